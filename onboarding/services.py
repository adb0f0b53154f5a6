"""What a person, the partner's system or a job can do with a case.

Each verb is one transaction: it locks the customer, then the case, checks the state and the actor's right
under those locks, moves the case along its table and writes the audit entry. `now` is an aware UTC instant.
All refusals are subclasses of `staff.errors.Refusal`; when one is raised nothing was changed.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff.roles import Right
from onboarding import errors, guards, submission
from onboarding.asking import ask_for_more
from onboarding.attesting import attest_and_submit
from onboarding.claiming import claim_case, claim_next, hand_over_case, release_case
from onboarding.deciding import accept_case, decide_document, decline_case
from onboarding.intake import add_document, amend_case, bring_document, edit_case, open_case
from onboarding.models import Case
from onboarding.people.services import decide_person, link_document, unlink_document
from onboarding.requested.services import collect_item, collect_unanswered, drop_item, remind_customer
from onboarding.second_look import services as second_look
from onboarding.states import AMENDABLE, CaseState

__all__ = [
    "accept_case",
    "add_document",
    "add_note",
    "amend_case",
    "ask_for_more",
    "attest_and_submit",
    "bring_document",
    "claim_case",
    "claim_next",
    "collect_item",
    "collect_unanswered",
    "decide_document",
    "decide_person",
    "decline_case",
    "drop_item",
    "edit_case",
    "hand_over_case",
    "link_document",
    "open_case",
    "release_case",
    "remind_customer",
    "return_to_review",
    "settle_contradiction",
    "unlink_document",
    "withdraw_case",
]


@transaction.atomic
def add_note(*, case: Case, note: str, actor: Actor, now: datetime) -> None:
    """Write something down for colleagues; it stays in the trail. Raises ReasonNeeded, NotAllowed."""
    case, customer = guards.locked(case)
    guards.reviewer(actor, now)
    words = guards.words(note)
    if not words:
        raise errors.ReasonNeeded(_("Write the note first."))
    audit.record(
        actor=actor, verb="case.noted", subject=case, now=now, note=words, customer_key=customer.vault_key
    )


@transaction.atomic
def return_to_review(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """Bring a case back to review by hand: the answer came another way, or an acceptance was too quick.

    A signed case only while nothing of it can have reached Oceafin. Raises ReasonNeeded, CannotBeDone, NotAllowed.
    """
    case, _customer = guards.locked(case)
    guards.reviewer(actor, now)
    returnable = (CaseState.READY, CaseState.NEEDS_INFO, CaseState.MISSING_INFO, CaseState.SUBMITTING)
    guards.expect(case, returnable, _("It is not waiting for anything that you could end."))
    if case.state == CaseState.SUBMITTING and submission.may_reach_oceafin(case):
        raise errors.CannotBeDone(
            _("It is on its way to Oceafin and can no longer be taken back. Wait for the answer.")
        )
    guards.back_to_review(case, actor=actor, now=now, verb="case.returned", note=guards.needed(reason))
    return case


@transaction.atomic
def settle_contradiction(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """A lead has found out which is right, Oceafin or we, and says so; the case leaves the queue of stuck ones.

    The case itself stays where it stands. Raises ReasonNeeded, CannotBeDone, NotAllowed.
    """
    case, customer = guards.locked(case)
    guards.allow(actor, Right.LEAD_CASES, now)
    if not case.contradiction:
        raise errors.CannotBeDone(
            _("Oceafin does not contradict this case, or somebody has settled it already.")
        )
    words = guards.needed(reason)
    guards.set_columns(case, contradiction="")
    key = customer.vault_key
    audit.record(
        actor=actor, verb="case.contradiction_settled", subject=case, now=now, note=words, customer_key=key
    )
    return case


@transaction.atomic
def withdraw_case(*, case: Case, reason: str, actor: Actor, now: datetime) -> Case:
    """Take a case back, by the partner's system or by who leads. Raises CannotBeDone, NotAllowed."""
    case, _customer = guards.locked(case)
    guards.allow(actor, Right.LEAD_CASES, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin and cannot be taken back."))
    guards.move(
        case,
        CaseState.WITHDRAWN,
        actor=actor,
        now=now,
        verb="case.withdrawn",
        note=guards.words(reason),
        **guards.UNCLAIMED,
    )
    second_look.end_with(case, actor=actor, now=now)
    return case
