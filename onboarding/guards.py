"""What every verb of this app begins and ends with: locks, rights, expected states, and the one way to move."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from onboarding import due, errors, submission
from onboarding.models import Case
from onboarding.requested import answering
from onboarding.second_look import services as second_look
from onboarding.states import CASE, CaseState

# A claim on which nothing is done for so long ends; each act, and having the page open, carries it on.
CLAIM_LASTS = timedelta(minutes=60)
LONGEST_TEXT = 4000
UNCLAIMED: dict[str, Any] = {"claimed_by": None, "claimed_at": None, "claim_expires_at": None}


def locked(case: Case) -> tuple[Case, Customer]:
    customer = statuses.locked(case.customer_id)
    row = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    row.customer = customer
    return row, customer


def allow(actor: Actor, right: Right, now: datetime) -> None:
    """The partner's system was let in by its scope; a person needs the right."""
    if actor.kind == "STAFF":
        rights.require(actor, right, now)


def reviewer(actor: Actor, now: datetime) -> User:
    return rights.require(actor, Right.REVIEW_CASES, now)


def decider(case: Case, actor: Actor, now: datetime, *, right: Right = Right.REVIEW_CASES) -> User:
    """Who decides has the right, and has taken the case."""
    user = rights.require(actor, right, now)
    if case.is_held_by(user, now):
        second_look.refuse(case, user)
        carry_on(case, now)
        return user
    refuse_claimed_by_another(case, now)
    raise errors.NotClaimed(_("Take this case first, so that nobody else decides it at the same time."))


def carry_on(case: Case, now: datetime) -> None:
    """The holder is at work: their claim goes on. Written only once half of it is over."""
    if is_half_over(case, now):
        set_columns(case, claim_expires_at=now + CLAIM_LASTS)


def is_half_over(case: Case, now: datetime) -> bool:
    return case.claim_expires_at is not None and case.claim_expires_at - now < CLAIM_LASTS / 2


def refuse_claimed_by_another(case: Case, now: datetime) -> None:
    """A claim that has run out keeps nobody away, even before the sweep has ended it."""
    expires_at = case.claim_expires_at
    if case.claimed_by is not None and expires_at is not None and expires_at > now:
        raise errors.ClaimedByAnother(
            _("%(name)s took this case at %(time)s UTC. Take the next one, or ask %(name)s to give it back.")
            % {"name": case.claimed_by.display_name, "time": f"{case.claimed_at:%H:%M}"}
        )


def expect(case: Case, states: Iterable[CaseState], otherwise: str) -> None:
    if case.state not in states:
        sentence = _("This case is %(state)s. ") % {"state": case.get_state_display().lower()}
        raise errors.CannotBeDone(sentence + otherwise)


def back_to_review(case: Case, *, actor: Actor, now: datetime, verb: str, **entry: Any) -> None:
    """Back to review, what was signed is void, and what was asked for is answered."""
    second_look.void(case, actor=actor, now=now)
    case.info_requests.filter(answered_at__isnull=True).update(answered_at=now)
    answering.close(case, now=now)
    reckoned = due.columns(submission_type=case.submission_type, risk_level=case.risk_level, since=now)
    back = {**reckoned, "stuck_reason": "", **submission.VOID_ATTESTATION}
    if case.state in {CaseState.OPEN, CaseState.IN_REVIEW}:
        audit.record(
            actor=actor, verb=verb, subject=case, now=now, customer_key=case.customer.vault_key, **entry
        )
    else:
        move(case, CaseState.IN_REVIEW, actor=actor, now=now, verb=verb, **entry, **back)


def move(case: Case, to: CaseState, *, actor: Actor, now: datetime, verb: str, **more: Any) -> None:
    audit.move(
        case, to, machine=CASE, actor=actor, now=now, verb=verb, customer_key=case.customer.vault_key, **more
    )


def set_columns(case: Case, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(case, name, value)
    case.save(update_fields=list(columns))


def needed(text: str) -> str:
    found = words(text)
    if not found:
        raise errors.ReasonNeeded(_("Write the reason, so that somebody else understands it later."))
    return found


def words(text: str) -> str:
    found = text.replace("\x00", "").strip()
    if len(found) > LONGEST_TEXT:
        raise errors.ReasonNeeded(
            _("This text has %(count)d characters; at most %(limit)d are kept. Shorten it.")
            % {"count": len(found), "limit": LONGEST_TEXT}
        )
    return found
