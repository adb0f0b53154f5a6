"""Taking a case, and giving it back: who has taken it decides it, and sees its personal data."""

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


@transaction.atomic
def claim_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Take a case: from now on this person decides, and sees its personal data, which is on record by this.

    Raises ClaimedByAnother, CannotBeDone, NotAllowed. Taking one's own case again changes nothing.
    """
    case, _customer = guards.locked(case)
    user = guards.reviewer(actor, now)
    guards.expect(case, AMENDABLE, _("There is nothing to decide in it now."))
    if case.claimed_by_id == user.pk:
        return case
    guards.refuse_claimed_by_another(case, now)
    second_look.refuse(case, user)
    reveals.record(customer=case.customer, subject=case, actor=actor, now=now)
    claim: dict[str, Any] = {"claimed_by": user, "claimed_at": now}
    facts = {"reveals": "personal data", "for": "the decision of this case"}
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


def opens_data(user: User, customer_key: UUID) -> bool:
    """Who has taken a case of this customer sees its data everywhere, for as long as they have it."""
    return Case.objects.filter(customer__vault_key=customer_key, claimed_by=user).exists()


def claim_next(*, actor: Actor, now: datetime) -> Case | None:
    """Take the most urgent case that this person may take; None if there is none. Raises NotAllowed.

    Of two who ask at once each gets another one.
    """
    user = rights.person(actor)
    own = queues.mine(user, now).first()
    if own is not None:
        return own
    for case in queues.to_review(user, now)[:CLAIM_TRIES]:
        try:
            return claim_case(case=case, actor=actor, now=now)
        except (errors.ClaimedByAnother, errors.CannotBeDone):
            continue
    return None


@transaction.atomic
def release_case(*, case: Case, actor: Actor, now: datetime) -> Case:
    """Give a case back to the queue; who leads may give back anybody's. Raises NotClaimed, NotAllowed."""
    case, _customer = guards.locked(case)
    user = rights.person(actor)
    if case.claimed_by_id is None:
        raise errors.NotClaimed(_("Nobody has taken this case."))
    rights.require(user, Right.REVIEW_CASES if case.claimed_by_id == user.pk else Right.LEAD_CASES, now)
    facts = {"was_with": case.claimed_by_id}
    guards.set_columns(case, claimed_by=None, claimed_at=None)
    audit.record(actor=actor, verb="case.released", subject=case, now=now, facts=facts)
    return case
