"""What the services of reconciliation say when they will not do something."""

from backoffice.staff.errors import Refusal


class RunsAlready(Refusal):
    """One run at a time."""


class NothingRuns(Refusal):
    """There is no run to cancel."""


class NotNow(Refusal):
    """The break is not where this can be done."""


class DayNotOver(Refusal):
    """Only a day that is over is closed."""


class NotRead(Refusal):
    """The customer's transactions were not read to their end since the day was over."""


class ClosedAlready(Refusal):
    """Somebody signed this day of this account."""


class ChangedMeanwhile(Refusal):
    """What was seen on the page is not what stands now."""
