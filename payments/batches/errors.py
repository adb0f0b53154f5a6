"""What the services of batches say when they will not do something."""

from backoffice.staff.errors import Refusal


class UnusableFile(Refusal):
    """A file that cannot be read as a list of payments; the sentence says what to do."""


class NotYours(Refusal):
    """Who uploaded a file books it: nobody else becomes its maker by the way."""


class BadRows(Refusal):
    """All or none were wanted, and not all rows are good."""


class NothingToBook(Refusal):
    """No row of the file is good."""


class NotNow(Refusal):
    """The batch is not where this can be done."""


class SelectionChanged(Refusal):
    """The rows or their terms are not those that were seen."""


class NothingToApprove(Refusal):
    """No row of the batch waits for this person's approval."""


class AlreadyThere(Refusal):
    """The same payment stands already; this row did not make it."""
