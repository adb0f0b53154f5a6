"""A day of money out at the stand-in Oceafin: payments of every kind and in every state, for each page of the desk."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from django.db import transaction

from backoffice.staff.models import User
from backoffice.staff.roles import Role
from payments import duties
from payments import services as payments
from payments.batches.models import Batch
from payments.capabilities import services as capabilities
from payments.capabilities.models import WithdrawalCapability
from payments.desks import services as desks
from payments.desks.models import Finding
from payments.models import BankAccount, PaymentRequest, WalletAddress
from payments.notices.models import Notice, NoticeKind
from payments.policies.models import PolicyVersion
from payments.policies.reading import in_force
from tests.batches.people import booked, csv_of, line, work
from tests.payments.people import (
    account_of,
    approve,
    came_in,
    conversion_of,
    crypto_requested,
    deliver,
    fresh,
    now,
    open_money_out,
    refund_of,
    requested,
    wallet_of,
)
from tests.payments.policies import enough_people, proposed
from tests.payments.test_a_payout import approved_customer, beneficiary, to_sent
from tests.payments.test_an_unknown_outcome import SAID, in_doubt, lead
from tests.payments.test_the_time_of_a_payment import OFFICE, set_hours
from tests.people import actor, person
from tests.simulator.driver import SimulatorProcess

ASKED = [{"code": "MONTHLY_VOLUME", "message": "How much will be paid out in a month?"}]


@dataclass
class Scene:
    """Who is there, and what they find."""

    mara: User
    anton: User
    olga: User
    ada: User
    known: BankAccount
    new: BankAccount
    wallet: WalletAddress
    waiting: PaymentRequest
    conversion: PaymentRequest
    crypto: PaymentRequest
    refund: PaymentRequest
    later: PaymentRequest
    settled: PaymentRequest
    failed: PaymentRequest
    asked: PaymentRequest
    odd: PaymentRequest
    doubted: PaymentRequest
    finding: Finding
    capability: WithdrawalCapability
    batch: Batch
    notice: Notice
    version: PolicyVersion


def make_scene(oceafin: SimulatorProcess) -> Scene:
    open_money_out()
    customer = approved_customer(oceafin)
    known = beneficiary(oceafin, customer)
    settled = to_sent(known, "wd-settled", amount="1250.00")
    failed = to_sent(known, "wd-failed", purpose="simulate:failed")
    asked = to_sent(known, "wd-asked", purpose="simulate:missing")
    odd = to_sent(known, "wd-contradicted", amount="17.35")
    oceafin.step(4)
    PaymentRequest.objects.exclude(pk=odd.pk).update(next_poll_at=now())
    duties.poll_payments(now())
    said = {"withdrawalId": odd.oceafin_id, "status": "COMPLETED", "amount": "1.00"}
    with transaction.atomic():
        duties.observe_read(odd, said, source="read", now=now())
    doubted = requested(known, "wd-in-doubt", "999.99")
    deliver()
    in_doubt(oceafin, doubted, "reset_before", hours=23)
    finding = desks.propose_clearing(fresh(odd), **SAID, actor=lead(), now=now())
    new = account_of(customer, "ba-new", old=False, currency="USD", country="US", details=AMERICAN)
    coins = wallet_of(customer)
    for currency, rate in (("USD", "0.9217"), ("USDC", "0.92")):
        payments.enter_rate(
            currency=currency, rate=Decimal(rate), source="ECB", at=now(), actor=lead(), now=now()
        )
    waits = {
        "waiting": requested(known, "wd-20261124-salary", "18250.00"),
        "conversion": conversion_of(customer, amount="1000.00"),
        "crypto": crypto_requested(coins, amount="250.5"),
        "refund": refund_of(came_in(customer, "80.00"), amount="25.50", reason="Paid twice"),
    }
    later = requested(
        known, "wd-later", "70.00", scheduled_on=(now() + timedelta(days=10)).date().isoformat()
    )
    duties.read_balances(customer, now=now())
    deliver()
    approve(waits["waiting"])
    payments.hold(
        payment=requested(known, "wd-held", "40.00"), reason="The payee moved.", actor=lead(), now=now()
    )
    anton = person(Role.PAYMENTS_APPROVER, name="Anton Approver")
    return Scene(
        mara=person(Role.PAYMENTS_MAKER, name="Mara Maker"),
        anton=anton,
        olga=person(Role.OPERATIONS_LEAD, name="Olga Lead"),
        ada=person(Role.ADMINISTRATOR, name="Ada Administrator"),
        known=known,
        new=new,
        wallet=coins,
        later=later,
        settled=settled,
        failed=failed,
        asked=asked,
        odd=odd,
        doubted=doubted,
        finding=finding,
        capability=_a_capability_that_is_asked_about(known),
        batch=_a_batch(),
        notice=_a_notice(anton),
        version=_a_proposal(),
        **{name: fresh(payment) for name, payment in waits.items()},
    )


AMERICAN = {"accountHolderName": "Ada Example", "accountNumber": "000123456789", "routingNumber": "021000021"}


def _a_capability_that_is_asked_about(account: BankAccount) -> WithdrawalCapability:
    """And hours in which dollars leave."""
    told = {"capabilityId": "wc-usd", "currency": "USD", "status": "MISSING_INFO_REQUIRED", "missing": ASKED}
    capabilities.keep(account.customer, [told], now())
    set_hours(OFFICE, "USD")
    return WithdrawalCapability.objects.get()


def _a_batch() -> Batch:
    rows = [line(f"b1-{number}", f"{1000 * number + 10}.50", purpose="Salary") for number in range(1, 6)]
    bad = [line("b1-x", "0"), line("b1-y", account="ba-9"), line("b1-z", purpose="=1+1")]
    batch = booked(csv_of(*rows[:2], *bad, *rows[2:]), "payroll-2026-11")
    deliver()
    work()
    return batch


def _a_notice(approver: User) -> Notice:
    return Notice.objects.create(
        kind=NoticeKind.DIGEST,
        person=approver,
        business_day=now().date(),
        due_at=now(),
        created_at=now(),
        expires_at=now() + timedelta(hours=9),
        state_since=now(),
    )


def _a_proposal() -> PolicyVersion:
    enough_people()
    stands = in_force()
    rules = list(stands.rules)
    rules[2] = replace(rules[2], up_to=Decimal(500))
    return proposed(
        replace(stands, rules=tuple(rules)), by=actor(person(Role.ADMINISTRATOR, name="Bela Second"))
    )
