"""Keeping what Oceafin lists of a customer: what may be opened, the accounts, and where to pay in."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.oceafin.kinds import Resource
from customers import statuses
from customers.models import Customer
from payments.accounts import kept, plan
from payments.accounts.fiat import hearing, telling
from payments.accounts.fiat.models import (
    ACCOUNT_CONTEXT,
    DETAILS,
    INSTRUCTION_CONTEXT,
    REQUIRED_CONTEXT,
    DepositInstruction,
    FiatAccount,
    FiatAccountApplication,
    FiatAccountCapability,
    seal_json,
)
from payments.accounts.fiat.states import ApplicationState
from payments.accounts.models import FoundBy

CAPABILITIES, ACCOUNTS, INSTRUCTIONS = hearing.LISTS
LONGEST_DETAIL = 300
# One reading goes through its pages faster than this: what it did not see is no longer listed.
ONE_READING = timedelta(minutes=1)


def register() -> None:
    """Called once in ready()."""
    plan.register(plan.List(CAPABILITIES, "listFiatAccountCapabilities", keep_capabilities))
    plan.register(plan.List(ACCOUNTS, "listFiatAccounts", keep_accounts))
    plan.register(plan.List(INSTRUCTIONS, "listFiatDepositInstructions", keep_instructions))


@transaction.atomic
def keep_capabilities(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write a page of what may be opened, as it came; return how many say something new."""
    customer = statuses.locked(customer)
    news = 0
    for item in _named(items, "capabilityId").values():
        required = hearing.items_of(item.get("requiredInfo"))
        told = {
            "status": kept.text(item, "status"),
            "currency": kept.text(item, "currency", 16),
            "country": kept.text(item, "country", 16),
        }
        capability_id = kept.identifier(item, "capabilityId")
        row = FiatAccountCapability.objects.filter(customer=customer, capability_id=capability_id).first()
        if row is not None:
            row.customer = customer
        same = row is not None and all(getattr(row, name) == value for name, value in told.items())
        if row is None or not same or row.required != required:
            news += 1
        sealed = seal_json(customer.vault_key, required, context=REQUIRED_CONTEXT) if required else b""
        FiatAccountCapability.objects.update_or_create(
            customer=customer,
            capability_id=capability_id,
            defaults={**told, "required_sealed": sealed, "read_at": now},
        )
        if told["status"] == "MISSING_INFO_REQUIRED" and required:
            _asked_in_the_list(customer, capability_id, required, now)
    return news


@transaction.atomic
def keep_accounts(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write a page of accounts, as they came; return how many are new or say something new.

    An account that names its application ends it. What another customer has under this id is not touched.
    """
    # Before anything of theirs, as everywhere: else an event of the same instant and this page wait for each other.
    customer = statuses.locked(customer)
    return sum(
        _keep_account(customer, account_id, item, now)
        for account_id, item in _named(items, "fiatAccountId").items()
    )


@transaction.atomic
def keep_instructions(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write a page of deposit instructions; return how many are new or changed. Each of those is announced."""
    customer = statuses.locked(customer)
    news = sum(_keep_instruction(customer, item, now) for item in items if kept.text(item, "currency", 16))
    gone = DepositInstruction.objects.filter(customer=customer, is_listed=True, read_at__lt=now - ONE_READING)
    for row in gone:
        row.is_listed = False
        row.save(update_fields=["is_listed"])
        actor = Actor.oceafin("deposit instructions")
        record(
            actor=actor, verb="deposit_instruction.withdrawn", subject=row, now=now, customer_id=customer.pk
        )
        news += 1
    return news


def _keep_account(customer: Customer, account_id: str, item: Resource, now: datetime) -> int:
    known = FiatAccount.objects.select_for_update(no_key=True).filter(fiat_account_id=account_id).first()
    if known is not None and known.customer_id != customer.pk:
        return 0
    stated_at = kept.instant(item, "updatedAt")
    if known is not None and stated_at and known.updated_at and stated_at < known.updated_at:
        return 0
    details = _details(item)
    told: dict[str, Any] = {
        "status": kept.text(item, "status"),
        "currency": kept.text(item, "currency", 16),
        "country": kept.text(item, "country", 16),
        **_number(details),
    }
    old = known.status if known else ""
    account = known or FiatAccount(
        fiat_account_id=account_id, customer=customer, found_by=FoundBy.READ, found_at=now
    )
    account.customer = customer
    changed = known is None or any(getattr(account, name) != value for name, value in told.items())
    if known is None or account.details != details:
        changed = True
        account.details_sealed = seal_json(customer.vault_key, details, context=ACCOUNT_CONTEXT)
    for name, value in told.items():
        setattr(account, name, value)
    account.opened_at = kept.instant(item, "createdAt") or account.opened_at
    account.updated_at, account.read_at = stated_at or account.updated_at, now
    account.save()
    if account.status != old:
        _status_changed(account, old, now)
    hearing.account_found(account, kept.text(item, "applicationId"), kept.text(item, "applicationRef"), now)
    if known is None:
        DepositInstruction.objects.filter(
            customer=customer, fiat_account_id=account_id, account__isnull=True
        ).update(account=account)
    return int(changed)


def _status_changed(account: FiatAccount, old: str, now: datetime) -> None:
    facts = {"status": account.status, "before": old, "currency": account.currency}
    actor = Actor.oceafin("accounts list")
    record(actor=actor, verb="fiat_account.status", subject=account, now=now, facts=facts)
    telling.account_status(account, old, now)
    plan.want(account.customer, INSTRUCTIONS, now=now)


def _keep_instruction(customer: Customer, item: Resource, now: datetime) -> int:
    details = _details(item)
    account_id, currency = kept.identifier(item, "fiatAccountId"), kept.text(item, "currency", 16)
    number = _number(details)
    found = DepositInstruction.objects.select_for_update(no_key=True).filter(
        customer=customer,
        fiat_account_id=account_id,
        currency=currency,
        number_fingerprint=number["number_fingerprint"],
    )
    row = found.first()
    digest = vault.fingerprint(repr(sorted(details.items())), context="fiat_account.instruction")
    news = row is None or row.details_hash != digest or not row.is_listed
    row = row or DepositInstruction(
        customer=customer, fiat_account_id=account_id, currency=currency, found_at=now
    )
    row.customer = customer
    row.account = FiatAccount.objects.filter(customer=customer, fiat_account_id=account_id).first()
    row.number_fingerprint, row.masked_number = number["number_fingerprint"], number["masked_number"]
    if row.details_hash != digest:
        row.details_sealed = seal_json(customer.vault_key, details, context=INSTRUCTION_CONTEXT)
        row.details_hash = digest
    row.is_listed, row.read_at = True, now
    row.updated_at = kept.instant(item, "updatedAt")
    row.save()
    if news:
        actor = Actor.oceafin("deposit instructions")
        verb, facts = "deposit_instruction.available", {"currency": currency, "account": account_id}
        record(
            actor=actor, verb=verb, subject=row.account or row, now=now, facts=facts, customer_id=customer.pk
        )
        telling.instructions_available(row, now)
    return int(news)


def _asked_in_the_list(
    customer: Customer, capability_id: str, required: list[dict[str, str]], now: datetime
) -> None:
    """No event told it, or one without words: the list says what an application still lacks."""
    waiting = FiatAccountApplication.objects.filter(
        customer=customer, capability_id=capability_id, state=ApplicationState.SUBMITTED
    )
    for pk in list(waiting.values_list("pk", flat=True)[:10]):
        application = hearing.locked(pk)
        last = application.round
        # The list may still show what was answered a moment ago.
        if last is not None and last.items_hash == hearing.asked_hash(required):
            continue
        said = {"status": "MISSING_INFO_REQUIRED", "missing": required}
        hearing.heard(application, said, at=now, found_by=FoundBy.READ, source="capabilities list", now=now)


def _named(items: list[Resource], name: str) -> dict[str, Resource]:
    """By its id; items without one are left out, and of one id twice the later counts."""
    return {kept.identifier(item, name): item for item in items if kept.identifier(item, name)}


def _details(item: Resource) -> dict[str, str]:
    found = {name: kept.text(item, name, LONGEST_DETAIL) for name in DETAILS}
    return {name: value for name, value in found.items() if value}


def _number(details: dict[str, str]) -> dict[str, str]:
    number = "".join((details.get("iban") or details.get("accountNumber") or "").split()).upper()
    if not number:
        return {"number_fingerprint": "", "masked_number": ""}
    return {
        "number_fingerprint": vault.fingerprint(number, context="fiat_account.number"),
        "masked_number": vault.mask(number)[:40],
    }
