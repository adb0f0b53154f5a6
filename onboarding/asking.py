"""Asking the customer for more, through the partner's system: everything that was collected, in one letter."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor
from onboarding import errors, guards
from onboarding.models import REQUEST_CONTEXT, Case, InfoRequest
from onboarding.requested import answering, services, telling
from onboarding.requested.texts import AskCode
from onboarding.second_look import services as second_look
from onboarding.states import CaseState


@transaction.atomic
def ask_for_more(
    *, case: Case, text_for_customer: str, note: str, actor: Actor, now: datetime, language: str = ""
) -> InfoRequest:
    """Ask the customer for everything that was collected, and for `text_for_customer` where there is one.

    What the customer reads goes to the partner's system; `note` stays with us. Raises ReasonNeeded (nothing to ask
    for), CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can ask for more."))
    if guards.words(text_for_customer):
        services.collect_item(
            case=case, code=AskCode.OTHER, text=text_for_customer, language=language, actor=actor, now=now
        )
    items = list(case.requested_items.collected().order_by("id"))
    if not items:
        raise errors.ReasonNeeded(_("Write what the customer should send, in words that the customer reads."))
    for item in items:
        item.case = case
    letter = "\n\n".join(item.message for item in items)
    sealed = vault.seal_text(customer.vault_key, letter, context=REQUEST_CONTEXT)
    asked = InfoRequest.objects.create(case=case, text_sealed=sealed, asked_by=user, asked_at=now)
    second_look.void(case, actor=actor, now=now)
    answering.send_collected(case, asked, now=now)
    guards.move(
        case,
        CaseState.NEEDS_INFO,
        actor=actor,
        now=now,
        verb="case.asked_for_more",
        facts={"request": asked.pk, "items": [item.code for item in items]},
        note=guards.words(note),
        **guards.UNCLAIMED,
    )
    telling.information_requested(case, now=now)
    return asked
