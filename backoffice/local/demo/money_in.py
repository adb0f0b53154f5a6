"""Money in of the demo: an account that opens, one that Oceafin asks about, a wallet, and a refund that waits. What
came in as coins goes on: a crypto payout waits for approval."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backoffice.local.demo import staff
from customers.models import Customer
from payments import services as payments
from payments.accounts.collections import services as collections
from payments.accounts.collections.models import Collection
from payments.accounts.deposits.models import Deposit, Kind
from payments.accounts.fiat import services as fiat_accounts
from payments.models import PaymentRequest


@dataclass(frozen=True)
class Wanted:
    """One thing that the maker asks for once its customer is approved. What comes in comes by itself."""

    customer: str
    ask: Callable[[Customer, datetime], bool]

    def go_on(self, now: datetime) -> bool:
        customer = Customer.objects.filter(partner_customer_ref=self.customer).first()
        return customer is not None and not customer.refusal_reason() and self.ask(customer, now)


def _account(customer: Customer, now: datetime) -> bool:
    return _applied(customer, "fa-eur", "Takings of the shipyard", now)


def _account_asked_about(customer: Customer, now: datetime) -> bool:
    return _applied(customer, "fa-salary", "Salary, simulate:missing", now)


def _applied(customer: Customer, ref: str, purpose: str, now: datetime) -> bool:
    maker = staff.actor("maker")
    fiat_accounts.apply(
        customer=customer, application_ref=ref, currency="EUR", purpose=purpose, actor=maker, now=now
    )
    return True


def _wallet(customer: Customer, now: datetime) -> bool:
    collections.create_wallet(
        customer=customer,
        collection_wallet_ref="shop",
        asset="USDC",
        network="POLYGON",
        label="Online shop",
        actor=staff.actor("maker"),
        now=now,
    )
    return True


def _refund(customer: Customer, now: datetime) -> bool:
    """Of what came in to the account; False until it did."""
    ref, found = "rf-9101", Deposit.objects.filter(customer=customer, kind=Kind.FIAT, status="COMPLETED")
    if PaymentRequest.objects.filter(payment_ref=ref).exists():
        return True
    deposit = found.order_by("id").first()
    if deposit is None:
        return False
    payments.request_payment(
        payment_ref=ref,
        kind="REFUND",
        customer=customer,
        amount="25.00",
        currency=deposit.currency,
        details={"sourceType": "FIAT_DEPOSIT", "sourceId": deposit.deposit_id, "reason": "Paid twice"},
        actor=staff.actor("maker"),
        now=now,
    )
    return True


def _crypto_payout(customer: Customer, now: datetime) -> bool:
    """Of what came in to the shop; asked for once Oceafin took the wallet."""
    if PaymentRequest.objects.filter(payment_ref="cw-9201").exists():
        return True
    wallet, _new = payments.add_wallet_address(
        customer=customer,
        wallet_address_ref="supplier",
        asset="USDC",
        network="POLYGON",
        address="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        details={"holderName": "Specimen Supplies Ltd", "vaspName": "Specimen Exchange", "vaspCountry": "DE"},
        holder_type="THIRD_PARTY",
        actor=staff.actor("maker"),
        now=now,
    )
    came_in = Collection.objects.filter(customer=customer, status="COMPLETED", asset=wallet.asset)
    if not wallet.is_active or not came_in.exists():
        return False
    payments.request_payment(
        payment_ref="cw-9201",
        kind="CRYPTO_WITHDRAWAL",
        customer=customer,
        amount="120.00",
        currency=wallet.asset,
        details={"walletAddressRef": wallet.wallet_address_ref, "network": wallet.network},
        purpose="Invoice 311, packaging",
        actor=staff.actor("maker"),
        now=now,
    )
    return True


FIRST = (
    Wanted("corp-2001", _account),
    Wanted("cust-1002", _account_asked_about),
    Wanted("cust-1003", _wallet),
)
LAST = (Wanted("corp-2001", _refund), Wanted("cust-1003", _crypto_payout))
