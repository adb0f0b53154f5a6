"""Asking the customer for more, through the partner's system."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor
from onboarding import errors, guards
from onboarding.models import REQUEST_CONTEXT, Case, InfoRequest
from onboarding.second_look import services as second_look
from onboarding.states import CaseState


@transaction.atomic
def ask_for_more(
    *, case: Case, text_for_customer: str, note: str, actor: Actor, now: datetime
) -> InfoRequest:
    """Ask the customer, through the partner's system, in words that the customer reads. `note` stays with us.

    Raises ReasonNeeded, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can ask for more."))
    text = guards.words(text_for_customer)
    if not text:
        raise errors.ReasonNeeded(_("Write what the customer should send, in words that the customer reads."))
    sealed = vault.seal_text(customer.vault_key, text, context=REQUEST_CONTEXT)
    asked = InfoRequest.objects.create(case=case, text_sealed=sealed, asked_by=user, asked_at=now)
    second_look.void(case, actor=actor, now=now)
    guards.move(
        case,
        CaseState.NEEDS_INFO,
        actor=actor,
        now=now,
        verb="case.asked_for_more",
        facts={"request": asked.pk},
        note=guards.words(note),
        **guards.UNCLAIMED,
    )
    return asked
