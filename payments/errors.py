"""What the services say when they will not do something: sentences for the person who asked."""

from backoffice.staff.errors import ReasonNeeded as ReasonNeeded
from backoffice.staff.errors import Refusal


class Unfit(Refusal):
    """A field that cannot be taken as it is. `field` is its name in the API."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class UnsupportedKind(Unfit):
    """A kind of payment that this installation does not offer yet."""


class CustomerRestricted(Refusal):
    """Nothing leaves for this customer: our own standing of it."""


class CustomerNotApproved(Refusal):
    """Oceafin does not know the customer, or has not approved it."""


class NotReady(Refusal):
    """It cannot go where it should now. `for_good`: it never will. `who` can do something about it, in a sentence."""

    def __init__(self, sentence: str, *, for_good: bool = False, who: str = "") -> None:
        super().__init__(sentence)
        self.for_good, self.who = for_good, who


class BeneficiaryNotReady(NotReady):
    """Oceafin does not take payments to this bank account, or not yet."""


class NotConfirmed(Refusal):
    """By the policy nothing is approved for a beneficiary that nobody confirmed."""


class SameConfirmer(Refusal):
    """Whoever added a beneficiary does not confirm it."""


class SourceNotReady(NotReady):
    """What would be sent back is not there to be sent back."""


class NoQuotes(Refusal):
    """Oceafin gives no quotes for this kind of payment."""


class NoQuoteYet(Refusal):
    """What it costs and what arrives is not known, so there is nothing to approve."""


class QuoteUnderWay(Refusal):
    """Oceafin is being asked for a quote already."""


class TermsChanged(Refusal):
    """What the approver saw is not what would be approved."""


class SameApprover(Refusal):
    """The maker of a payment does not approve it."""


class AlreadyDecided(Refusal):
    """Somebody decided before."""


class ApprovalDeadlinePassed(Refusal):
    """Nobody approved it in time."""


class LimitReached(Refusal):
    """One approver lets out only so much a day."""


class NoExchangeRate(Refusal):
    """How much it is in the base currency is not known, so no limit can be checked."""


class NotClosed(Unfit):
    """Another payment takes the place only of one that is closed with its money still here."""


class TooLate(Refusal):
    """It has left, or is leaving, and cannot be taken back by us."""


class HeldAlready(Refusal):
    """Somebody holds it already."""


class NotHeld(Refusal):
    """Nobody holds it, so there is nothing to release."""


class SwitchStands(Refusal):
    """The money-out switch is already where it should go, or nobody asked."""


class SameAdministrator(Refusal):
    """Two administrators open money out, not one twice."""


class PolicyRefuses(Refusal):
    """A rule of the policy does not let this payment go."""


class NotYourStage(Refusal):
    """The people who are asked first, or now, are others."""


class StepUpNeeded(Refusal):
    """The second factor was not shown for this decision, or has covered as much as it may."""


class NothingToWithdraw(Refusal):
    """This person has no approval here that counts."""
