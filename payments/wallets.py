"""Wallets to pay coins to: taken in once, told to Oceafin, never changed."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import references, vault
from backoffice.audit import Actor, record
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from customers.states import Standing
from payments import errors, guards, letters, lookalikes, wallet_addresses
from payments.beneficiaries import canonical
from payments.models import WALLET_CONTEXT, Custody, HolderType, WalletAddress
from payments.way import check_token

# Beside the address itself; of several lines only the proof.
LONGEST = {
    "memo": 64,
    "label": 80,
    "holderName": 140,
    "vaspName": 140,
    "vaspCountry": 2,
    "vaspLei": 40,
    "walletOwnershipProof": 3500,
}
# Oceafin's contract has no field for these: they stay here.
NOT_SENT = ("vaspName", "vaspCountry", "vaspLei", "walletOwnershipProof")


def add_wallet_address(
    *,
    customer: Customer,
    wallet_address_ref: str,
    asset: str,
    network: str,
    address: str,
    details: Mapping[str, str],
    holder_type: str = "",
    self_hosted: bool | None = None,
    replaces: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[WalletAddress, bool]:
    """Take a wallet in; return it and whether it is new. It goes to Oceafin by itself.

    `details`: memo, label, holderName, and of its provider vaspName, vaspCountry, vaspLei, or for a self-hosted one
    walletOwnershipProof. What is left out can be missing when somebody is to be paid (`crypto_withdrawal.lacks`).
    `replaces` is our reference of the one that it takes the place of.
    The same again under the same reference gives what stands. Raises NoReference, Unfit, ReferenceTaken,
    CustomerRestricted, NotAllowed.
    """
    references.check(wallet_address_ref)
    clean = _checked(asset, network, address, details)
    if holder_type not in ("", *HolderType.values):
        raise errors.Unfit("holderType", _("The holder is SAME_NAME or THIRD_PARTY."))
    whole = {
        **clean,
        "asset": asset,
        "network": network,
        "holderType": holder_type,
        "custody": _custody(clean, self_hosted),
    }
    named = {"replaces": replaces} if replaces else {}
    digest = references.request_digest({"walletAddressRef": wallet_address_ref, **whole, **named})
    try:
        with transaction.atomic():
            return _added(
                customer, wallet_address_ref, whole, digest, replaces=replaces, actor=actor, now=now
            )
    except IntegrityError:
        # Of two at once the database let one through.
        existing = WalletAddress.objects.filter(
            customer=customer, wallet_address_ref=wallet_address_ref
        ).first()
        if existing is None:
            raise
        return _same(existing, digest), False


def _checked(asset: str, network: str, address: str, details: Mapping[str, str]) -> dict[str, str]:
    check_token(asset, network)
    try:
        right = wallet_addresses.checked(address, network)
    except wallet_addresses.BadAddress as bad:
        raise errors.Unfit("address", str(bad)) from None
    clean = {name: str(details.get(name) or "").strip() for name in LONGEST}
    for name, longest in LONGEST.items():
        allowed = "\n\r\t" if name == "walletOwnershipProof" else ""
        control = [char for char in clean[name] if unicodedata.category(char) in {"Cc", "Cs"}]
        if len(clean[name]) > longest or set(control) - set(allowed):
            sentence = _("Give at most %(count)d characters, as plain text.") % {"count": longest}
            raise errors.Unfit(_field(name), sentence)
    country = clean["vaspCountry"]
    if country and not (country.isascii() and country.isalpha() and country.isupper() and len(country) == 2):
        sentence = _("Give the country as two capital letters (ISO 3166), such as DE.")
        raise errors.Unfit("beneficiaryVasp", sentence)
    return {"address": right, **{name: value for name, value in clean.items() if value}}


def _field(name: str) -> str:
    return "beneficiaryVasp" if name in {"vaspName", "vaspCountry", "vaspLei"} else name


def _custody(clean: dict[str, str], self_hosted: bool | None) -> str:
    provider = clean.get("vaspName")
    if self_hosted and provider:
        sentence = _("A self-hosted wallet has no provider. Say one of both.")
        raise errors.Unfit("selfHosted", sentence)
    if self_hosted:
        return Custody.SELF_HOSTED
    if not provider and (clean.get("vaspCountry") or clean.get("vaspLei")):
        raise errors.Unfit("beneficiaryVasp", _("Give the name of the provider, too."))
    return Custody.PROVIDER if provider else ""


def _added(
    customer: Customer,
    ref: str,
    whole: dict[str, str],
    digest: str,
    *,
    replaces: str,
    actor: Actor,
    now: datetime,
) -> tuple[WalletAddress, bool]:
    customer = statuses.locked(customer)
    guards.allow(actor, Right.REQUEST_PAYMENTS, now)
    existing = WalletAddress.objects.filter(customer=customer, wallet_address_ref=ref).first()
    if existing is not None:
        return _same(existing, digest), False
    if customer.standing != Standing.ACTIVE:
        raise errors.CustomerRestricted(customer.refusal_reason())
    details = {name: whole[name] for name in ("address", *LONGEST) if name in whole}
    wallet = WalletAddress(
        wallet_address_ref=ref,
        customer=customer,
        asset=whole["asset"],
        network=whole["network"],
        details_sealed=vault.seal_text(customer.vault_key, canonical(details), context=WALLET_CONTEXT),
        details_hash=vault.fingerprint(canonical(whole), context=WALLET_CONTEXT),
        address_fingerprint=vault.fingerprint(
            wallet_addresses.same(whole["address"]), context="wallet_address.address"
        ),
        ends_fingerprint=lookalikes.ends(wallet_addresses.same(whole["address"])),
        masked_address=wallet_addresses.masked(whole["address"]),
        holder_type=whole["holderType"],
        custody=whole["custody"],
        told=sorted(details.keys() - {"address"}),
        request_digest=digest,
        replaces=_to_be_replaced(customer, replaces),
        created_at=now,
        created_by=actor.label,
        **guards.added_by_columns(actor),
    )
    wallet.save(force_insert=True)
    facts = {"ref": ref, "asset": wallet.asset, "network": wallet.network}
    facts |= {"replaces": replaces} if replaces else {}
    record(actor=actor, verb="wallet_address.added", subject=wallet, now=now, facts=facts)
    letters.tell_of_payee(wallet, now=now)
    return wallet, True


def _to_be_replaced(customer: Customer, ref: str) -> WalletAddress | None:
    found = customer.wallet_addresses.filter(wallet_address_ref=ref).first() if ref else None
    if ref and found is None:
        raise errors.Unfit("replaces", _("There is no such wallet of this customer."))
    return found


def _same(existing: WalletAddress, digest: str) -> WalletAddress:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, existing.wallet_address_ref)
    return existing
