"""How the demo's payouts are brought to every state that a payment has, each by the person who may."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from backoffice.audit import Actor
from backoffice.local.demo import screenings, staff
from customers.models import Customer
from payments import services
from payments.models import BankAccount, ExchangeRate, PaymentRequest
from payments.states import PaymentState

MAKER, APPROVERS = "maker", ("approver2", "approver3")
RATES = {"USD": Decimal("0.92"), "GBP": Decimal("1.17"), "USDC": Decimal("0.92")}
LONG_AGO = timedelta(days=7, hours=1)


class Wish(StrEnum):
    """Where a payout is brought to."""

    PENDING = "PENDING"
    ONE_YES = "ONE_YES"  # one of two approvals is there
    APPROVED = "APPROVED"  # and then whatever Oceafin makes of it
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Payout:
    """One payout. `plays` is its part at the stand-in Oceafin; `by_program` if the partner's system asks for it."""

    number: int
    customer: str
    amount: str
    currency: str
    purpose: str
    wish: Wish
    plays: str = ""
    by_program: bool = False
    # Asked for so many hours ago: in the overview some take longer than others.
    waited: int = 0

    @property
    def ref(self) -> str:
        return f"wd-{self.number}"


def _numbered(first: int, *rows: tuple) -> list[Payout]:  # type: ignore[type-arg]
    return [Payout(number, *row) for number, row in enumerate(rows, first)]


# What the approver's first page shows.
FIRST = _numbered(
    9001,
    ("cust-1001", "1250.00", "EUR", "Rent for December", Wish.ONE_YES),
    ("corp-2001", "8420.50", "EUR", "Invoice 4471, hull paint", Wish.PENDING),
    ("cust-1002", "2300.00", "EUR", "Own account", Wish.ONE_YES, "", True),
    ("corp-2001", "18900.00", "USD", "Invoice 9014, engine parts", Wish.PENDING),
    ("cust-1003", "640.00", "GBP", "School fees", Wish.ONE_YES),
    ("cust-1002", "1800.00", "GBP", "Deposit for a flat", Wish.PENDING),
)
OTHERS = _numbered(
    9010,
    ("cust-1001", "320.00", "EUR", "Own account", Wish.APPROVED),
    ("corp-2001", "2750.00", "EUR", "Harbour fees", Wish.APPROVED, "", False, 5),
    ("cust-1003", "410.25", "EUR", "Own account", Wish.APPROVED, "", True, 26),
    ("cust-1004", "990.00", "EUR", "Furniture", Wish.APPROVED),
    ("corp-2002", "1475.00", "EUR", "Invoice 118", Wish.APPROVED, "failed"),
    ("cust-1005", "260.00", "EUR", "Gift", Wish.APPROVED, "returned"),
    ("corp-2003", "1120.00", "EUR", "Invoice 77", Wish.APPROVED, "returned_late"),
    ("corp-2002", "3050.00", "EUR", "Invoice 121", Wish.APPROVED, "missing"),
    ("cust-1004", "150.00", "EUR", "Own account", Wish.APPROVED, "cancelled"),
    ("corp-2004", "2200.00", "EUR", "Crew wages", Wish.APPROVED, "slow"),
    ("cust-1005", "75.00", "EUR", "Own account", Wish.REJECTED),
    ("corp-2003", "9800.00", "EUR", "Invoice 80", Wish.REJECTED, "", True),
    ("cust-1001", "500.00", "EUR", "Typed twice", Wish.CANCELLED),
    ("corp-2004", "4100.00", "EUR", "Charter, first part", Wish.EXPIRED),
    ("corp-2003", "5600.00", "EUR", "Charter, second part", Wish.PENDING, "", True),
    ("corp-2001", "4200.00", "USD", "Invoice 9020, pumps", Wish.APPROVED, "", False, 3),
    ("cust-1003", "380.00", "GBP", "School books", Wish.APPROVED, "", False, 1),
)
# Asked for and approved one by one while somebody looks on.
LATECOMERS = _numbered(
    9040,
    ("corp-2002", "740.00", "EUR", "Invoice 130", Wish.APPROVED),
    ("cust-1004", "1310.00", "EUR", "Own account", Wish.PENDING, "", True),
    ("corp-2001", "960.00", "EUR", "Pilot fees", Wish.APPROVED),
    ("cust-1005", "45.00", "EUR", "Own account", Wish.ONE_YES),
    ("corp-2003", "880.00", "EUR", "Invoice 83", Wish.APPROVED, "slow"),
    ("corp-2004", "6400.00", "EUR", "Fuel", Wish.PENDING, "", True),
)


def open_money_out(*, now: datetime) -> None:
    """By two administrators, once: who stops it later finds it stopped."""
    switch = services.money_out()
    if switch.changed_at is None:
        services.ask_to_open_money_out(actor=staff.actor("admin"), now=now)
        services.confirm_open_money_out(actor=staff.actor("admin2"), now=now)


def enter_rates(*, now: datetime) -> None:
    """What other currencies are worth, so that limits can be counted."""
    for currency, rate in RATES.items():
        if ExchangeRate.objects.filter(currency=currency, at__gt=now - timedelta(hours=12)).exists():
            continue
        services.enter_rate(
            currency=currency, rate=rate, source="Demo", at=now, actor=staff.actor("operations"), now=now
        )


class Errand:
    """One payout's way. `go_on(now)` returns whether it has arrived."""

    def __init__(self, payout: Payout) -> None:
        self.payout = payout

    def go_on(self, now: datetime) -> bool:
        customer = Customer.objects.filter(partner_customer_ref=self.payout.customer).first()
        if customer is None or not customer.may_send_money_out():
            return False
        account = self._account(customer, now)
        if not account.is_active:
            return False
        payment = PaymentRequest.objects.filter(payment_ref=self.payout.ref).first()
        payment = payment or self._asked(customer, now)
        return self._decided(payment, now)

    def _account(self, customer: Customer, now: datetime) -> BankAccount:
        ref = f"acct-{self.payout.currency.lower()}"
        known = BankAccount.objects.filter(customer=customer, bank_account_ref=ref).first()
        if known is not None:
            return known
        account, _new = services.add_bank_account(
            customer=customer,
            bank_account_ref=ref,
            details=_details(customer, self.payout.currency),
            country={"EUR": "DE", "USD": "US", "GBP": "GB"}[self.payout.currency],
            currency=self.payout.currency,
            holder_type="SAME_NAME" if customer.customer_type == "INDIVIDUAL" else "THIRD_PARTY",
            actor=staff.program(),
            now=now,
        )
        screenings.screen_payee(account, actor=staff.program(), now=now)
        return account

    def _asked(self, customer: Customer, now: datetime) -> PaymentRequest:
        payout = self.payout
        asked_at = now - (LONG_AGO if payout.wish == Wish.EXPIRED else timedelta(hours=payout.waited))
        payment, _new = services.request_payment(
            payment_ref=payout.ref,
            kind="FIAT_WITHDRAWAL",
            customer=customer,
            amount=payout.amount,
            currency=payout.currency,
            details={"bankAccountRef": f"acct-{payout.currency.lower()}"},
            purpose=payout.purpose,
            payment_reference=f"simulate:{payout.plays}" if payout.plays else payout.ref,
            actor=staff.program() if payout.by_program else staff.actor(MAKER),
            now=asked_at,
        )
        return payment

    def _decided(self, payment: PaymentRequest, now: datetime) -> bool:
        wish = self.payout.wish
        if payment.state != PaymentState.PENDING_APPROVAL:
            return payment.state not in {PaymentState.APPROVED, PaymentState.SENDING}
        if wish == Wish.CANCELLED:
            reason = "Asked for twice by mistake."
            services.cancel(payment=payment, reason=reason, actor=self._maker(), now=now)
            return True
        if wish == Wish.EXPIRED:
            return services.expire_overdue(now) > 0
        if not payment.terms_digest:
            return False
        if wish == Wish.REJECTED:
            reason = "The invoice names another company."
            services.reject(payment=payment, reason=reason, actor=staff.actor(APPROVERS[0]), now=now)
        elif wish in {Wish.ONE_YES, Wish.APPROVED}:
            for username in APPROVERS[: 1 if wish == Wish.ONE_YES else 2]:
                services.approve(
                    payment=payment,
                    seen_terms=payment.terms_digest,
                    proof=services.Proof(at=now),
                    actor=staff.actor(username),
                    now=now,
                )
        return wish != Wish.APPROVED

    def _maker(self) -> Actor:
        return staff.actor(MAKER)


def _details(customer: Customer, currency: str) -> dict[str, str]:
    number = f"{int(customer.pk):010d}"
    if currency == "EUR":
        where = {"iban": _iban("DE", f"99999999{number}"), "swiftCode": "SPECDEFFXXX"}
    else:
        routing = {"USD": "123456780", "GBP": "12-34-56"}[currency]
        where = {"accountNumber": number, "routingNumber": routing}
    return {"accountHolderName": customer.display_name, "bankName": "Specimen Bank", **where}


def _iban(country: str, account: str) -> str:
    digits = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"
