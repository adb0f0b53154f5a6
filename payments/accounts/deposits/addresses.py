"""Addresses to pay coins in to: asked for once, told to Oceafin, shown when Oceafin has answered."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import audit, references, vault
from backoffice.audit import Actor
from backoffice.oceafin import contract, outbox
from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.models import Submission
from backoffice.staff import rights
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from customers.states import Standing
from payments.accounts import kept, plan
from payments.accounts.deposits import telling
from payments.accounts.deposits.models import WHERE_CONTEXT, DepositAddress
from payments.accounts.models import FoundBy
from payments.errors import CustomerRestricted, Unfit

CREATE = "deposit_address.create"
LIST = "crypto_deposit_addresses"
# Oceafin tells no event about an address: its list is read soon after it was made.
SOON = timedelta(seconds=10)
LONGEST_LABEL = 64
_ASSET = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,15}", re.ASCII)
_NETWORK = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,39}", re.ASCII)


def ask_for_address(
    *,
    customer: Customer,
    address_ref: str,
    asset: str,
    network: str,
    label: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[DepositAddress, bool]:
    """Ask Oceafin for an address that `asset` can be paid in to over `network`; return it and whether it is new.

    It goes to Oceafin by itself once the customer is approved there. The same again under the same reference gives
    what stands. Raises NoReference, Unfit, ReferenceTaken, CustomerRestricted, NotAllowed.
    """
    references.check(address_ref)
    if not _ASSET.fullmatch(asset):
        raise Unfit("asset", _("Give the asset by its symbol in capitals, such as BTC."))
    if not _NETWORK.fullmatch(network):
        raise Unfit("network", _("Give the network by its name in capitals, such as BITCOIN."))
    label = label.strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        raise Unfit("label", _("Give at most %(count)d characters, in one line.") % {"count": LONGEST_LABEL})
    body = {"addressRef": address_ref, "asset": asset, "network": network, "label": label}
    digest = references.request_digest(body)
    try:
        with transaction.atomic():
            return _asked(customer, body, digest, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        standing = DepositAddress.objects.filter(customer=customer, address_ref=address_ref).first()
        if standing is None:
            raise
        return _same(standing, digest), False


def body_of(address: DepositAddress) -> dict[str, str]:
    """The body of the creation (contract, ASSUMED)."""
    body = {"addressRef": address.address_ref or "", "asset": address.asset, "network": address.network}
    return {**body, "label": address.label} if address.label else body


def tell_of_address(address: DepositAddress, *, now: datetime) -> Submission | None:
    """Write the letter once the customer is known and approved at Oceafin. Again does no harm."""
    customer = address.customer
    if customer.refusal_reason() or address.address_id or address.refusal:
        return None
    return outbox.enqueue(
        kind=CREATE,
        subject=address,
        key=key_of(customer, address.address_ref or ""),
        path_url=contract.path_for("createCryptoDepositAddress", customerId=customer.oceafin_customer_id),
        body=body_of(address),
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def key_of(customer: Customer, address_ref: str) -> str:
    return f"{customer.partner_customer_ref}:crypto-deposit-address:create:{address_ref}"


def tell_waiting(customer: Customer, now: datetime) -> None:
    """The customer is approved now: ask for the addresses that waited for that. Called with it locked."""
    waiting = customer.deposit_addresses.filter(address_id=None, refusal="", address_ref__isnull=False)
    for address in waiting.order_by("id"):
        address.customer = customer
        tell_of_address(address, now=now)


def hear(address: DepositAddress, item: Resource, *, source: str, now: datetime) -> bool:
    """Take down what Oceafin says of an address; True if that is news. Another address under the same id is
    never shown in its place. Call with customer and address locked."""
    at = kept.instant(item, "updatedAt")
    if at is not None and address.said_at is not None and at < address.said_at:
        return False
    changes: dict[str, Any] = {
        "read_at": now,
        "address_id": address.address_id or kept.identifier(item, "addressId"),
    }
    if at is not None:
        changes["said_at"] = at
    status, old = kept.text(item, "status"), address.status
    if status:
        changes["status"] = status
    news = bool(status) and status != old
    where = {name: kept.text(item, name, 300) for name in ("address", "memo") if kept.text(item, name, 300)}
    if where.get("address"):
        news = _take_where(address, where, changes, source=source, now=now) or news
    for name, value in changes.items():
        setattr(address, name, value)
    address.save(update_fields=list(changes))
    if status and status != old:
        facts = {"from": old, "to": status, "addressId": address.address_id}
        _record(address, "deposit_address.status", source, now, facts)
        telling.address_changed(address, old, now=now)
    return news


def keep(customer: Customer, items: list[Resource], now: datetime) -> int:
    """Write one page of a customer's addresses; return how many items were news."""
    news = 0
    for item in items:
        if kept.identifier(item, "addressId"):
            with transaction.atomic():
                news += _kept(customer, item, now)
    return news


def locked(pk: int) -> DepositAddress:
    customer_id = DepositAddress.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id)
    address = DepositAddress.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    address.customer = customer
    return address


def _asked(
    customer: Customer, body: dict[str, str], digest: str, *, actor: Actor, now: datetime
) -> tuple[DepositAddress, bool]:
    customer = statuses.locked(customer)
    if actor.kind == "STAFF":
        rights.require(actor, Right.REQUEST_PAYMENTS, now)
    standing = DepositAddress.objects.filter(customer=customer, address_ref=body["addressRef"]).first()
    if standing is not None:
        return _same(standing, digest), False
    if customer.standing != Standing.ACTIVE:
        raise CustomerRestricted(customer.refusal_reason())
    address = DepositAddress.objects.create(
        address_ref=body["addressRef"],
        customer=customer,
        asset=body["asset"],
        network=body["network"],
        label=body["label"],
        request_digest=digest,
        found_by=FoundBy.REPLY,
        created_at=now,
        created_by=actor.label,
    )
    facts = {"ref": address.address_ref, "asset": address.asset, "network": address.network}
    audit.record(actor=actor, verb="deposit_address.asked", subject=address, now=now, facts=facts)
    tell_of_address(address, now=now)
    return address, True


def _same(standing: DepositAddress, digest: str) -> DepositAddress:
    if standing.request_digest != digest:
        raise references.ReferenceTaken(standing, standing.address_ref or "")
    return standing


def _kept(customer: Customer, item: Resource, now: datetime) -> bool:
    address_id, ref = kept.identifier(item, "addressId"), kept.text(item, "addressRef")
    ours = DepositAddress.objects.filter(customer=customer)
    asked = ours.filter(address_ref=ref, address_id=None).first() if ref else None
    if asked is not None:
        # It shows what became of our letter; the letter is locked before the record.
        letter = Submission.objects.filter(key=key_of(customer, ref)).first()
        if letter is not None:
            try:
                outbox.settle_from_evidence(letter, item, source="read", now=now)
            except Contradiction:
                return False
    customer = statuses.locked(customer)
    rows = DepositAddress.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(address_id=address_id).first() or (rows.get(pk=asked.pk) if asked else None)
    if row is None:
        row = _found(customer, item, ref, now)
    elif row.customer_id != customer.pk:
        # An id that stands for another customer's is not taken over.
        return False
    row.customer = customer
    return hear(row, item, source="read", now=now)


def _found(customer: Customer, item: Resource, ref: str, now: datetime) -> DepositAddress:
    """One that nobody asked for here. Its reference is kept where it can be one of ours and is free."""
    free = not DepositAddress.objects.filter(customer=customer, address_ref=ref).exists()
    usable = bool(re.fullmatch(references.PATTERN, ref)) and free
    address = DepositAddress.objects.create(
        address_ref=ref if usable else None,
        customer=customer,
        asset=kept.text(item, "asset", 16),
        network=kept.text(item, "network", 40),
        label=kept.text(item, "label", LONGEST_LABEL),
        found_by=FoundBy.READ,
        created_at=now,
        created_by="Oceafin",
    )
    _record(address, "deposit_address.found", "read", now, {"ref": ref, "asset": address.asset})
    return address


def _take_where(
    address: DepositAddress, where: dict[str, str], changes: dict[str, Any], *, source: str, now: datetime
) -> bool:
    whole, digest = _written(where), where_hash(where)
    if not address.where_hash:
        try:
            changes["where_sealed"] = vault.seal_text(
                address.customer.vault_key, whole, context=WHERE_CONTEXT
            )
            changes["where_hash"] = digest
        except vault.KeyDestroyed:
            return False
        return True
    if digest == address.where_hash or address.contradiction:
        return False
    changes["contradiction"] = _(
        "Oceafin names another address under the same id now. "
        "Tell nobody to pay in here until Oceafin has explained it."
    )
    _record(address, "deposit_address.contradicted", source, now, {})
    return True


def where_hash(where: dict[str, str]) -> str:
    """What an address is found by: `address`, and its `memo` if it has one."""
    return vault.fingerprint(_written(where), context="deposit_address.where")


def _written(where: dict[str, str]) -> str:
    return json.dumps(where, sort_keys=True, ensure_ascii=False)


def _record(address: DepositAddress, verb: str, source: str, now: datetime, facts: dict[str, Any]) -> None:
    audit.record(actor=Actor.oceafin(source), verb=verb, subject=address, now=now, facts=facts)


def want_soon(customer: Customer, *, now: datetime) -> None:
    plan.want(customer, LIST, now=now + SOON)
