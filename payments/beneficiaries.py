"""Bank accounts to pay to: taken in once, told to Oceafin, never changed."""

import json
import re
import unicodedata
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import references, vault
from backoffice.audit import Actor, record
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from customers.states import Standing
from payments import bank_details, errors, guards, letters, lookalikes, money
from payments.models import DETAILS_CONTEXT, BankAccount, HolderType

LONGEST = {"accountHolderName": 140, "accountNumber": 34, "bankName": 140, "routingNumber": 34}
FIELDS = ("accountHolderName", "accountNumber", "iban", "bankName", "swiftCode", "routingNumber")
_ACCOUNT = re.compile(r"[A-Za-z0-9./-]{1,34}")


def add_bank_account(
    *,
    customer: Customer,
    bank_account_ref: str,
    details: dict[str, str],
    country: str,
    currency: str,
    holder_type: str,
    replaces: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[BankAccount, bool]:
    """Take a beneficiary in; return it and whether it is new. It goes to Oceafin by itself.

    `details` has the contract's names: accountHolderName, accountNumber or iban, bankName, swiftCode,
    routingNumber. `replaces` is our reference of the one that it takes the place of. The same again under the same
    reference gives what stands. Raises NoReference, Unfit, ReferenceTaken, CustomerRestricted, NotAllowed.
    """
    references.check(bank_account_ref)
    if not re.fullmatch(r"[A-Z]{2}", country or ""):
        raise errors.Unfit("country", _("Give the country as two capital letters (ISO 3166), such as DE."))
    clean = checked_details(details, country)
    if currency not in money.EXPONENTS:
        raise errors.Unfit("currency", _("Give a currency by its ISO 4217 code in capitals, such as EUR."))
    if holder_type not in HolderType.values:
        raise errors.Unfit("holderType", _("The holder is SAME_NAME or THIRD_PARTY."))
    whole = {**clean, "country": country, "currency": currency, "holderType": holder_type}
    named = {"replaces": replaces} if replaces else {}
    digest = references.request_digest({"bankAccountRef": bank_account_ref, **whole, **named})
    try:
        with transaction.atomic():
            return _added(customer, bank_account_ref, whole, digest, replaces=replaces, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        existing = BankAccount.objects.filter(customer=customer, bank_account_ref=bank_account_ref).first()
        if existing is None:
            raise
        return _same(existing, digest), False


def checked_details(details: dict[str, str], country: str) -> dict[str, str]:
    """The details as they are kept and sent: trimmed, numbers without spaces, right for their country. Raises Unfit."""
    clean = {name: str(details.get(name) or "").strip() for name in FIELDS}
    for name, longest in LONGEST.items():
        if len(clean[name]) > longest or not _is_plain(clean[name]):
            sentence = _("Give at most %(count)d characters, in one line.") % {"count": longest}
            raise errors.Unfit(name, sentence)
    if not clean["accountHolderName"]:
        raise errors.Unfit("accountHolderName", _("Give the name of the account's holder."))
    clean["iban"] = _squeezed(clean["iban"]).upper()
    clean["accountNumber"] = _squeezed(clean["accountNumber"])
    clean["swiftCode"] = _squeezed(clean["swiftCode"]).upper()
    if bool(clean["iban"]) == bool(clean["accountNumber"]):
        raise errors.Unfit("iban", _("Give either an IBAN or an account number, not both."))
    if clean["accountNumber"] and not _ACCOUNT.fullmatch(clean["accountNumber"]):
        raise errors.Unfit("accountNumber", _("An account number has up to 34 letters and digits."))
    clean["routingNumber"] = _squeezed(clean["routingNumber"])
    try:
        right = bank_details.checked(clean, country)
    except bank_details.BadNumber as bad:
        raise errors.Unfit(bad.field, str(bad)) from None
    return {name: value for name, value in right.items() if value}


def _added(
    customer: Customer,
    ref: str,
    whole: dict[str, str],
    digest: str,
    *,
    replaces: str,
    actor: Actor,
    now: datetime,
) -> tuple[BankAccount, bool]:
    customer = statuses.locked(customer)
    guards.allow(actor, Right.REQUEST_PAYMENTS, now)
    existing = BankAccount.objects.filter(customer=customer, bank_account_ref=ref).first()
    if existing is not None:
        return _same(existing, digest), False
    try:
        bank_details.refuse_other_country(whole, whole["country"])
    except bank_details.BadNumber as bad:
        raise errors.Unfit(bad.field, str(bad)) from None
    if customer.standing != Standing.ACTIVE:
        raise errors.CustomerRestricted(customer.refusal_reason())
    number = whole.get("iban") or whole["accountNumber"]
    details = {name: whole[name] for name in FIELDS if name in whole}
    account = BankAccount(
        bank_account_ref=ref,
        customer=customer,
        details_sealed=vault.seal_text(customer.vault_key, canonical(details), context=DETAILS_CONTEXT),
        details_hash=vault.fingerprint(canonical(whole), context="bank_account.details"),
        number_fingerprint=vault.fingerprint(number.upper(), context="bank_account.number"),
        number_shapes=lookalikes.number_shapes(number, whole["country"], is_iban="iban" in whole),
        masked_number=vault.mask(number),
        country=whole["country"],
        currency=whole["currency"],
        holder_type=whole["holderType"],
        request_digest=digest,
        replaces=_to_be_replaced(customer, replaces),
        created_at=now,
        created_by=actor.label,
        **guards.added_by_columns(actor),
    )
    account.save(force_insert=True)
    facts: dict[str, Any] = {"ref": ref, "currency": account.currency, "country": account.country}
    facts |= {"replaces": replaces} if replaces else {}
    record(actor=actor, verb="bank_account.added", subject=account, now=now, facts=facts)
    letters.tell_of_payee(account, now=now)
    return account, True


def _to_be_replaced(customer: Customer, ref: str) -> BankAccount | None:
    found = customer.bank_accounts.filter(bank_account_ref=ref).first() if ref else None
    if ref and found is None:
        raise errors.Unfit("replaces", _("There is no such bank account of this customer."))
    return found


def _same(existing: BankAccount, digest: str) -> BankAccount:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, existing.bank_account_ref)
    return existing


def canonical(details: dict[str, str]) -> str:
    """One text for the same details, whatever their order."""
    return json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)
