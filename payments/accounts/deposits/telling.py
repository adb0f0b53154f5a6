"""What the partner's systems are told of deposits and addresses: what the API shows, safe for the customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from payments.accounts.deposits.models import Deposit, DepositAddress, Kind
from webhooks import outgoing

if TYPE_CHECKING:
    from payments.accounts.deposits.hearing import Word

CHANGED = {Kind.FIAT: "fiat_deposit.status_changed", Kind.CRYPTO: "crypto_deposit.status_changed"}
ADDRESS_CHANGED = "crypto_deposit_address.status_changed"


def heard(word: "Word") -> None:
    """Tell of a new status, in the transaction that takes it down."""
    if word.old != word.deposit.status:
        _tell(word.deposit, word.old or None, word.now)


def matched(deposit: Deposit, *, now: datetime) -> None:
    """Tell of a deposit whose customer is known from now on."""
    _tell(deposit, None, now)


def address_changed(address: DepositAddress, old: str, *, now: datetime) -> None:
    customer = address.customer
    body = {
        "addressRef": address.address_ref,
        "addressId": address.address_id,
        "partnerCustomerRef": customer.partner_customer_ref,
        "asset": address.asset,
        "network": address.network,
        "status": address.status or ("REJECTED" if address.refusal else None),
        "previousStatus": old or None,
    }
    outgoing.announce(ADDRESS_CHANGED, customer.vault_key, body, now)


def _tell(deposit: Deposit, previous: str | None, now: datetime) -> None:
    customer = deposit.customer
    if customer is None:
        # Nobody is told of money that may be somebody else's.
        return
    kind = Kind(deposit.kind)
    body: dict[str, Any] = {
        "depositId": deposit.deposit_id,
        "partnerCustomerRef": customer.partner_customer_ref,
        "asset" if kind == Kind.CRYPTO else "currency": deposit.currency or None,
        "amount": deposit.amount or None,
        "status": deposit.status or None,
        "previousStatus": previous,
    }
    if kind == Kind.CRYPTO:
        body["network"] = deposit.network or None
    outgoing.announce(CHANGED[kind], customer.vault_key, body, now)
