"""What most fault tests begin with: a customer who may be paid for, money, and the people who decide.

Everything is made by the real services and carried by the real workers; nothing is written past them.
"""

import itertools
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers import services as customers
from customers.models import Customer
from payments import payee_news, services, ways
from payments.accounts.deposits.models import Deposit
from payments.models import BankAccount, PaymentRequest
from tests.faults import clockwork
from tests.faults.house import House
from tests.people import person
from tests.simulator.driver import Gate, SimulatorProcess
from tests.waiting import eventually

# Planted: nothing of these may ever stand in a log, the trail or the words on a try.
IBAN = "DE89370400440532013000"
HOLDER = "Hedwig Planted-Holder"
PARTNER = Actor.system("the partner's system")

Row = TypeVar("Row", bound=Model)
_numbers = itertools.count(1)


@dataclass
class Scene:
    house: House
    customer: Customer
    account: BankAccount
    maker: Actor
    approvers: list[Actor] = field(default_factory=list)
    administrators: list[Actor] = field(default_factory=list)

    @property
    def oceafin(self) -> SimulatorProcess:
        return self.house.oceafin


def set_scene(house: House) -> Scene:
    """Needs `house.oceafin` to be where this process's own client sends, too."""
    administrators = [Actor.staff(person(Role.ADMINISTRATOR)) for _ in range(2)]
    services.ask_to_open_money_out(actor=administrators[0], now=timezone.now())
    services.confirm_open_money_out(actor=administrators[1], now=timezone.now())
    customer = an_approved_customer(house)
    return Scene(
        house=house,
        customer=customer,
        account=an_active_account(house, customer),
        maker=Actor.staff(person(Role.PAYMENTS_MAKER)),
        approvers=[Actor.staff(person(Role.PAYMENTS_APPROVER)) for _ in range(2)],
        administrators=administrators,
    )


def a_customer(ref: str = "", **changes: str) -> Customer:
    asked = {"customer_type": "INDIVIDUAL", "display_name": HOLDER, **changes}
    return customers.create_customer(
        partner_customer_ref=ref or f"cust-{next(_numbers)}",
        metadata={},
        actor=PARTNER,
        now=timezone.now(),
        **asked,
    )


def an_approved_customer(house: House, ref: str = "") -> Customer:
    customer = a_customer(ref)
    eventually(lambda: again(customer).oceafin_customer_id)
    house.oceafin.advance("customer", "APPROVED", ref=customer.partner_customer_ref)
    eventually(lambda: again(customer).oceafin_status == "APPROVED")
    house.oceafin.fund(customer.partner_customer_ref)
    return again(customer)


def an_active_account(house: House, customer: Customer, ref: str = "ba-1") -> BankAccount:
    account, _is_new = services.add_bank_account(
        customer=customer,
        bank_account_ref=ref,
        details={"accountHolderName": HOLDER, "iban": IBAN, "bankName": "Specimen Bank"},
        country="DE",
        currency="EUR",
        holder_type="SAME_NAME",
        actor=PARTNER,
        now=timezone.now(),
    )
    eventually(lambda: again(account).oceafin_bank_account_id)
    house.oceafin.advance("bank_account", "ACTIVE", id=again(account).oceafin_bank_account_id)
    # No event tells of it; the reading that would come in some seconds is made at once.
    BankAccount.objects.filter(pk=account.pk).update(next_poll_at=timezone.now())
    payee_news.poll(timezone.now())
    account = BankAccount.objects.select_related("customer").get(pk=account.pk)
    assert account.is_active
    return account


def a_requested_payout(scene: Scene, ref: str = "wd-1", amount: str = "120.00") -> PaymentRequest:
    """It waits for approval, and Oceafin has said what it costs."""
    payment = request_payout(scene, ref, amount)

    def is_priced() -> bool:
        # A broker that was gone a moment ago may have taken a worker with it.
        hurry(scene.house)
        return bool(again(payment).terms_digest)

    eventually(is_priced, 30, every=0.1)
    return again(payment)


def request_payout(scene: Scene, ref: str = "wd-1", amount: str = "120.00") -> PaymentRequest:
    payment, _is_new = services.request_payment(
        payment_ref=ref,
        kind="FIAT_WITHDRAWAL",
        customer=scene.customer,
        amount=amount,
        currency="EUR",
        details={"bankAccountRef": scene.account.bank_account_ref},
        purpose="invoice 17",
        payment_reference="RF-17",
        actor=scene.maker,
        now=timezone.now(),
    )
    return payment


def a_credited_deposit(scene: Scene, amount: str = "100.00") -> Deposit:
    """Oceafin told of it, to its end."""
    ref = scene.customer.partner_customer_ref
    identity = scene.oceafin.came_in(ref=ref, currency="EUR", amount=amount)
    return eventually(lambda: Deposit.objects.filter(deposit_id=identity, status="COMPLETED").first(), 20)


def a_requested_refund(
    scene: Scene, source: Deposit, ref: str = "rf-1", amount: str = "60.00"
) -> PaymentRequest:
    payment, _is_new = services.request_payment(
        payment_ref=ref,
        kind="REFUND",
        customer=scene.customer,
        amount=amount,
        currency="EUR",
        details={"sourceType": "FIAT_DEPOSIT", "sourceId": source.deposit_id, "reason": "sent twice"},
        actor=scene.maker,
        now=timezone.now(),
    )
    return payment


def approve(payment: PaymentRequest, by: Actor) -> PaymentRequest:
    seen = again(payment).terms_digest
    now = timezone.now()
    return services.approve(payment=payment, seen_terms=seen, proof=services.Proof(at=now), actor=by, now=now)


def an_approved_payout(scene: Scene, ref: str = "wd-1", amount: str = "120.00") -> PaymentRequest:
    """Approved by two: from here on it leaves by itself."""
    payment = a_requested_payout(scene, ref, amount)
    for approver in scene.approvers:
        approve(payment, approver)
    assert again(payment).state != "PENDING_APPROVAL"
    return again(payment)


def settles(scene: Scene, payment: PaymentRequest, seconds: float = 30, *, ring: bool = True) -> None:
    """Oceafin carries it out, and we come to know it; no back-off is waited for."""

    def is_settled() -> bool:
        hurry(scene.house, ring=ring)
        scene.oceafin.step()
        return again(payment).state == "SETTLED"

    eventually(is_settled, seconds, every=0.1)


def reaches(scene: Scene, payment: PaymentRequest, state: str, seconds: float = 30) -> PaymentRequest:
    def is_there() -> bool:
        hurry(scene.house)
        return again(payment).state == state

    eventually(is_there, seconds, every=0.1)
    return again(payment)


def hurry(house: House, *, ring: bool = True) -> None:
    """The back-offs that are running are over, and the bells ring."""
    house.watch_over_workers()
    moved = clockwork.make_letters_due() + clockwork.make_events_due()
    if moved and ring:
        for lane in ("money", "papers", "events"):
            house.ring(lane)


def letter(kind: str, payment: PaymentRequest) -> Submission | None:
    """The newest letter of this kind that was written for the payment."""
    return (
        Submission.objects.filter(
            kind=ways.of(payment).letter(kind),
            subject_type="payments.PaymentRequest",
            subject_id=str(payment.pk),
        )
        .order_by("-id")
        .first()
    )


def next_step_is_held(scene: Scene, operation: str, *, booked: bool = True) -> Gate:
    """The next request of this kind is done (or not yet) and waits for its answer until the gate is opened."""
    return scene.oceafin.gate(f"{operation}-{next(_numbers)}", book=booked, operation=f"{operation}$")


def again(row: Row) -> Row:
    """The row as it stands in the database now."""
    return type(row).objects.get(pk=row.pk)
