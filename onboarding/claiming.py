"""Taking a case, handing it over, giving it back: who has taken it decides it, and sees its personal data.

A claim ends by itself when nothing is done in the case for an hour; the case is then anybody's again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, reveals
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding import errors, guards, queues
from onboarding.models import Case
from onboarding.second_look import services as second_look
from onboarding.states import AMENDABLE, CASE, CaseState

CLAIM_TRIES = 20
EXPIRED_AT_ONCE = 200
_SYSTEM = Actor.system("claims")


@transaction.atomic
def claim_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Take a case: from now on this person decides, and sees its personal data, which is on record by this.

    Raises ClaimedByAnother, CannotBeDone, NotAllowed. Taking one's own case again changes nothing.
    """
    case, _customer = guards.locked(case)
    user = guards.reviewer(actor, now)
    guards.expect(case, AMENDABLE, _("There is nothing to decide in it now."))
    if case.is_held_by(user, now):
        guards.carry_on(case, now)
        return case
    guards.refuse_claimed_by_another(case, now)
    second_look.refuse(case, user)
    _reveal_to(user, case, now)
    claim = _claim_of(user, now)
    facts: dict[str, Any] = {"reveals": "personal data", "for": "the decision of this case"}
    if case.claimed_by_id is not None:
        facts["was_with"] = case.claimed_by_id
    if case.state == CaseState.OPEN:
        audit.move(
            case,
            CaseState.IN_REVIEW,
            machine=CASE,
            actor=actor,
            now=now,
            verb="case.claimed",
            facts=facts,
            **claim,
        )
        return case
    guards.set_columns(case, **claim)
    audit.record(
        actor=actor, verb="case.claimed", subject=case, now=now, facts={**facts, "state": case.state}
    )
    return case


def opens_data(user: User, customer_key: UUID, now: datetime) -> bool:
    """Who has taken a case of this customer sees its data everywhere, for as long as they have it."""
    held = Case.objects.filter(claimed_by=user, claim_expires_at__gt=now)
    return held.filter(customer__vault_key=customer_key).exists()


def claim_next(*, actor: Actor, now: datetime) -> Case | None:
    """Take the most urgent case that this person may take; None if there is none. Raises NotAllowed.

    Their own come first. Of two who ask at once each gets another one.
    """
    user = rights.person(actor)
    own = queues.mine(user, now).first()
    if own is not None:
        return own
    for case in queues.to_take(user, now)[:CLAIM_TRIES]:
        try:
            return claim_case(case=case, actor=actor, now=now)
        except (errors.ClaimedByAnother, errors.CannotBeDone, errors.NotYours):
            continue
    return None


@transaction.atomic
def hand_over_case(*, case: Case, to: User, note: str, actor: Actor, now: datetime) -> Case:
    """Give a case to a named colleague, with a note for them. Who has taken it may, and who leads.

    The colleague needs the right to review, for a case that waits for a signature the right to sign; it is on
    record that they see its personal data from now on. Raises ReasonNeeded, CannotBeDone, NotClaimed, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = rights.person(actor)
    # Both rows in one order: two who hand over to each other at once must not wait for each other.
    held = {
        row.pk: row for row in User.objects.select_for_update(no_key=True).filter(pk__in=[user.pk, to.pk])
    }
    is_mine = case.is_held_by(user, now)
    rights.require(user, Right.REVIEW_CASES if is_mine else Right.LEAD_CASES, now)
    guards.expect(case, AMENDABLE, _("There is nothing to decide in it now."))
    if case.is_held_by(to, now):
        raise errors.CannotBeDone(_("%(name)s has this case already.") % {"name": to.display_name})
    words = guards.needed(note)
    receiver = held[to.pk]
    _refuse_receiver(receiver, case)
    second_look.refuse(case, receiver)
    _reveal_to(receiver, case, now)
    facts = {"receiver": receiver.pk, "name": receiver.display_name, "was_with": case.claimed_by_id}
    facts |= {"reveals": "personal data"}
    claim = _claim_of(receiver, now)
    if case.state == CaseState.OPEN:
        guards.move(
            case,
            CaseState.IN_REVIEW,
            actor=actor,
            now=now,
            verb="case.handed_over",
            facts=facts,
            note=words,
            **claim,
        )
        return case
    guards.set_columns(case, **claim)
    audit.record(
        actor=actor,
        verb="case.handed_over",
        subject=case,
        now=now,
        facts=facts,
        note=words,
        customer_key=customer.vault_key,
    )
    return case


@transaction.atomic
def release_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Give a case back to the queue; who leads may give back anybody's. Raises NotClaimed, NotAllowed."""
    case, _customer = guards.locked(case)
    user = rights.person(actor)
    if case.claimed_by_id is None:
        raise errors.NotClaimed(_("Nobody has taken this case."))
    rights.require(user, Right.REVIEW_CASES if case.claimed_by_id == user.pk else Right.LEAD_CASES, now)
    facts = {"was_with": case.claimed_by_id}
    guards.set_columns(case, **guards.UNCLAIMED)
    audit.record(actor=actor, verb="case.released", subject=case, now=now, facts=facts)
    return case


def expire_claims(now: datetime) -> int:
    """End the claims on which nothing was done for too long; a duty of the sweep. Returns how many."""
    ended = 0
    for case in Case.objects.filter(claim_expires_at__lte=now).order_by("claim_expires_at")[:EXPIRED_AT_ONCE]:
        ended += _expire(case, now)
    return ended


@transaction.atomic
def _expire(case: Case, now: datetime) -> bool:
    case, _customer = guards.locked(case)
    if case.claim_expires_at is None or case.claim_expires_at > now:
        return False
    facts = {"was_with": case.claimed_by_id}
    guards.set_columns(case, **guards.UNCLAIMED)
    audit.record(actor=_SYSTEM, verb="case.claim_expired", subject=case, now=now, facts=facts)
    return True


def _claim_of(user: User, now: datetime) -> dict[str, Any]:
    return {"claimed_by": user, "claimed_at": now, "claim_expires_at": now + guards.CLAIM_LASTS}


def _reveal_to(user: User, case: Case, now: datetime) -> None:
    """To have a case is to see its data: a look of the person who gets it, whoever gave it to them."""
    reveals.record(customer=case.customer, subject=case, actor=Actor.staff(user), now=now)


def _refuse_receiver(receiver: User, case: Case) -> None:
    right = Right.ATTEST_CASES if case.state == CaseState.READY else Right.REVIEW_CASES
    if not receiver.is_active or right not in rights.rights_held(receiver):
        raise errors.NotYours(
            _("%(name)s does not have the right to %(right)s. Choose somebody else.")
            % {"name": receiver.display_name, "right": right.label}
        )
