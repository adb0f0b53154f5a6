"""What is known of a customer's capabilities to pay out, and having one activated.

A capability that Oceafin lists and that is not active keeps a payout waiting; one that nobody listed keeps nothing
back, for Oceafin checks anyway.
"""

import json
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import once, vault
from backoffice.audit import Actor, record
from backoffice.oceafin import contract, outbox
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.models import Submission
from customers import statuses
from customers.models import Customer
from payments.accounts import kept, plan
from payments.accounts.fiat.hearing import items_of
from payments.capabilities import models as words
from payments.capabilities.models import MISSING_CONTEXT, WithdrawalCapability
from payments.errors import NotReady

LIST, ACTIVATE, INFO = (
    "fiat_withdrawal_capabilities",
    "withdrawal_capability.activate",
    "withdrawal_capability.info",
)
ANSWER_IT = gettext_lazy("A payments maker answers Oceafin, with text or documents.")
ASK_SUPPORT = gettext_lazy("An operations lead asks Oceafin's support.")
Listener = Callable[[Customer, str, datetime], None]
_LISTENERS: list[Listener] = []


class NotActivated(NotReady):
    """Oceafin does not pay out in this currency for this customer, or not yet."""


def on_active(listener: Listener) -> None:
    """Be told that a customer can pay out in a currency now, with the customer locked. Called in ready()."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def obstacle(customer: Customer, currency: str, bank_account_id: str = "") -> NotActivated | None:
    """Why nothing can be paid out in this currency now; None where it can, and where nothing is known."""
    row = standing_in_the_way(customer, currency, bank_account_id)
    if row is None:
        return None
    if row.refusal:
        sentence = _("Oceafin did not activate payouts in %(currency)s: %(said)s")
        return NotActivated(sentence % {"currency": currency, "said": row.refusal}, who=str(ASK_SUPPORT))
    sentence = {
        words.NEEDS_INFO: _("Oceafin asks for more before it pays out in %(currency)s for this customer."),
        words.REJECTED: _("Oceafin does not pay out in %(currency)s for this customer. Ask its support."),
    }.get(
        row.status,
        _("Oceafin does not pay out in %(currency)s for this customer yet. Its activation goes by itself."),
    )
    who = {words.NEEDS_INFO: ANSWER_IT, words.REJECTED: ASK_SUPPORT}.get(row.status, "")
    return NotActivated(sentence % {"currency": currency}, who=str(who))


def standing_in_the_way(
    customer: Customer, currency: str, bank_account_id: str = ""
) -> WithdrawalCapability | None:
    """The capability that is not active, if none of this currency is."""
    of_it = WithdrawalCapability.objects.filter(customer=customer, currency=currency).order_by("id")
    rows = once.asked(("capabilities", customer.pk, currency), lambda: list(of_it))
    rows = [row for row in rows if row.bank_account_id in ("", bank_account_id)]
    if not rows or any(row.status not in words.INACTIVE for row in rows):
        return None
    # What a person can do something about comes first.
    rows[0].customer = customer
    return next((row for row in rows if row.status == words.NEEDS_INFO), rows[0])


def activate(capability: WithdrawalCapability, *, now: datetime) -> Submission | None:
    """Have it activated, once: that moves no money. Call with the customer locked."""
    customer = capability.customer
    if capability.status != words.AVAILABLE or capability.asked_at or customer.refusal_reason():
        return None
    capability.asked_at = now
    capability.save(update_fields=["asked_at"])
    ref, currency = customer.partner_customer_ref, capability.currency
    record(
        actor=Actor.system("payments"),
        verb="withdrawal_capability.asked",
        subject=capability,
        now=now,
        facts={"currency": currency},
    )
    body = {"capabilityRef": f"{ref}:{currency}", "currency": currency}
    if capability.bank_account_id:
        body["bankAccountId"] = capability.bank_account_id
    return outbox.enqueue(
        kind=ACTIVATE,
        subject=capability,
        key=f"{ref}:fiat-withdrawal-capability:activate:{capability.capability_id}",
        path_url=contract.path_for(
            "activateFiatWithdrawalCapability", customerId=customer.oceafin_customer_id
        ),
        body=body,
        vault_key=customer.vault_key,
        customer_ref=ref,
        now=now,
    )


@transaction.atomic
def keep(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write a page of capabilities, as they came; return how many say something new."""
    customer = statuses.locked(customer)
    return sum(heard(customer, item, now=now, source="capabilities list") for item in items)


def heard(customer: Customer, item: Resource, *, now: datetime, source: str) -> bool:
    """Take down what Oceafin says of one; the newest instant counts. Call with the customer locked."""
    capability_id = kept.identifier(item, "capabilityId")
    if not capability_id:
        return False
    row = WithdrawalCapability.objects.filter(customer=customer, capability_id=capability_id).first()
    at = kept.instant(item, "updatedAt")
    if row is not None and at and row.updated_at and at < row.updated_at:
        return False
    old = row.status if row else ""
    row = row or WithdrawalCapability(customer=customer, capability_id=capability_id, status_since=now)
    row.customer = customer
    row.status = kept.text(item, "status")
    row.currency = kept.text(item, "currency", 16) or row.currency
    row.bank_account_id = kept.identifier(item, "bankAccountId") or row.bank_account_id
    row.updated_at, row.read_at = at or row.updated_at, now
    asked = items_of(item.get("missing"))
    if asked or row.status != words.NEEDS_INFO:
        text = json.dumps(asked, ensure_ascii=False)
        row.missing_sealed = (
            vault.seal_text(customer.vault_key, text, context=MISSING_CONTEXT) if asked else b""
        )
    if row.status != old:
        row.status_since, row.refusal = now, ""
    row.save()
    if row.status != old:
        _status_changed(row, old, now=now, source=source)
    return row.status != old


def refused(capability: WithdrawalCapability, said: str, *, now: datetime) -> None:
    """Oceafin would not activate it: a person sees why. Call with the customer locked."""
    capability.refusal = said[:300]
    capability.save(update_fields=["refusal"])
    actor = Actor.oceafin("reply")
    record(actor=actor, verb="withdrawal_capability.refused", subject=capability, now=now)


def _status_changed(row: WithdrawalCapability, old: str, *, now: datetime, source: str) -> None:
    facts = {"status": row.status, "before": old, "currency": row.currency}
    record(
        actor=Actor.oceafin(source), verb="withdrawal_capability.status", subject=row, now=now, facts=facts
    )
    if row.status == words.ACTIVE and old:
        for listener in _LISTENERS:
            listener(row.customer, row.currency, now)


def register() -> None:
    """Called once in ready()."""
    plan.register(plan.List(LIST, "listFiatWithdrawalCapabilities", keep))
