"""What a case waits for, in one sentence: for staff, and for the partner's system without anything internal."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding import submission
from onboarding.models import Case
from onboarding.states import CASE, CaseState


@dataclass(frozen=True)
class Waits:
    """What, since when, who can move it, and what happens by itself."""

    what: str
    since: datetime
    who: str = ""
    by_itself: str = ""


def waits(case: Case) -> Waits:
    """The sentence at the top of a case's page."""
    what, who, by_itself = _sentence(case)
    return Waits(str(what), case.state_since, str(who), str(by_itself))


def _sentence(case: Case) -> tuple[str | Promise, str | Promise, str | Promise]:
    holder = case.claimed_by.display_name if case.claimed_by else ""
    reviewer = _("%(name)s has taken it.") % {"name": holder} if holder else _("Any reviewer can take it.")
    match CaseState(case.state):
        case CaseState.OPEN:
            return _("Waits for a reviewer."), reviewer, ""
        case CaseState.IN_REVIEW:
            return _("Waits for a decision."), reviewer, ""
        case CaseState.READY:
            signer = reviewer if holder else _("Who leads compliance can take it and sign.")
            return _("Waits for a signature; then it goes to Oceafin."), signer, ""
        case CaseState.NEEDS_INFO:
            return (
                _("Waits for the customer's answer."),
                _("The partner's system hands it in; a reviewer can also take the case up by hand."),
                "",
            )
        case CaseState.SUBMITTING:
            who = _("A person has to decide; see what was sent.") if case.stuck_reason else ""
            return _("Waits to reach Oceafin."), who, submission.waits_for(case)
        case CaseState.MISSING_INFO:
            return (
                _("Oceafin asks for more."),
                _("The partner's system hands it in; a reviewer can also take the case up by hand."),
                "",
            )
        case CaseState.SUBMITTED | CaseState.PROCESSING:
            return (
                _("Waits for Oceafin's decision."),
                "",
                _("It arrives by itself, and is asked for every hour."),
            )
        case _:
            return CASE.sentences[CaseState(case.state)], "", ""


_FOR_PARTNER: dict[CaseState, Promise] = {
    CaseState.OPEN: gettext_lazy("It waits for our review."),
    CaseState.IN_REVIEW: gettext_lazy("It is in review."),
    CaseState.READY: gettext_lazy("The review is done; it is about to be submitted."),
    CaseState.NEEDS_INFO: gettext_lazy("We wait for what is asked for here. Send the amended whole."),
    CaseState.SUBMITTING: gettext_lazy("It is on its way to Oceafin."),
    CaseState.SUBMITTED: gettext_lazy("Oceafin has it."),
    CaseState.PROCESSING: gettext_lazy("Oceafin looks at it."),
    CaseState.MISSING_INFO: gettext_lazy("Oceafin waits for what is asked for here. Send the amended whole."),
}


def waiting_for(case: Case) -> str | None:
    """What the partner's system reads: no names, notes or holds. None once the case has ended."""
    sentence = _FOR_PARTNER.get(CaseState(case.state))
    return str(sentence) if sentence else None
