"""What is a payout's own, against the stand-in Oceafin. What holds for every kind is in `test_every_kind`."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin import contract, outbox
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from customers import services as customers
from customers import statuses
from customers.models import Customer
from payments import duties, errors, letters, payee_news, services, telling
from payments.accounts import plan, switches
from payments.models import BankAccount, PaymentRequest, WalletAddress
from tests.payments.people import (
    approve,
    approver,
    deliver,
    deliver_once,
    fresh,
    maker,
    now,
    open_money_out,
    post_event,
    requested,
    wallet_of,
)
from tests.people import actor as staff
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from tests.waiting import eventually, somebody_waits_for_us
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "test-webhook-secret"


def approved_customer(oceafin: SimulatorProcess, ref: str = "cust-1") -> Customer:
    customer = customers.create_customer(
        partner_customer_ref=ref,
        customer_type="INDIVIDUAL",
        display_name="Ada Example",
        metadata={},
        actor=Actor.system("test"),
        now=now(),
    )
    deliver()
    oceafin.advance("customer", "APPROVED", ref=ref, tell=False)
    oceafin.fund(ref, "EUR", "20000.00")
    customer = Customer.objects.get(pk=customer.pk)
    customers.record_status(customer, status="APPROVED", at=now(), source="EVENT", now=now())
    return Customer.objects.get(pk=customer.pk)


def beneficiary(oceafin: SimulatorProcess, customer: Customer, **changes) -> BankAccount:
    """Added, told to Oceafin, accepted there, and paid to before."""
    days_ago = now() - timedelta(days=3)
    details = {"accountHolderName": "Ada Example", "iban": "DE02120300000000202051"}
    account, _new = services.add_bank_account(
        customer=customer,
        bank_account_ref="ba-1",
        details=details | changes,
        country="DE",
        currency="EUR",
        holder_type="SAME_NAME",
        actor=maker(),
        now=days_ago,
    )
    deliver()
    oceafin.step()
    BankAccount.objects.update(next_poll_at=now(), first_used_at=days_ago)
    payee_news.poll(now())
    return BankAccount.objects.select_related("customer").get(pk=account.pk)


def wallet_beneficiary(oceafin: SimulatorProcess, customer: Customer, **changes) -> WalletAddress:
    """Added, told to Oceafin, accepted there, and paid to before; the customer has coins."""
    oceafin.came_in("crypto_deposit", asset="USDC", network="ETHEREUM", amount="20000")
    days_ago = now() - timedelta(days=3)
    wallet = wallet_of(customer, now=days_ago, **changes)
    deliver()
    oceafin.step()
    WalletAddress.objects.update(next_poll_at=now(), first_used_at=days_ago)
    payee_news.poll(now())
    return WalletAddress.objects.select_related("customer").get(pk=wallet.pk)


@pytest.fixture
def account(oceafin: SimulatorProcess) -> BankAccount:
    open_money_out()
    return beneficiary(oceafin, approved_customer(oceafin))


def tell(oceafin: SimulatorProcess, *types: str) -> None:
    """Carry every event that Oceafin has through our front door, and apply what came."""
    for event in oceafin.events():
        body = event.get("body") or event.get("event") or event
        if not types or body.get("resource", {}).get("resourceType") in types:
            assert post_event(body, SECRET) == 202
    inbox.apply_due(worker="test")


def states_of(payment: PaymentRequest) -> list[str]:
    """The way that it went, from the trail."""
    entries = Entry.objects.filter(
        subject_type="payments.PaymentRequest", subject_id=str(payment.pk), facts__has_key="to"
    ).order_by("id")
    return [entry.facts["to"] for entry in entries]


def to_sent(account: BankAccount, ref: str = "wd-1", **changes) -> PaymentRequest:
    payment = requested(account, ref, **changes)
    deliver()
    approve(payment)
    deliver()
    return fresh(payment)


ROAD = ["PENDING_APPROVAL", "APPROVED", "SENDING", "SENT"]


def poll(payment: PaymentRequest) -> PaymentRequest:
    """A webhook was lost; the payment is read."""
    PaymentRequest.objects.update(next_poll_at=now())
    duties.poll_payments(now())
    return fresh(payment)


def test_is_settled_by_reading_when_no_event_comes(oceafin: SimulatorProcess, account: BankAccount) -> None:
    payment = to_sent(account)
    oceafin.step(3)
    assert poll(payment).state == "SETTLED"
    assert states_of(payment) == [*ROAD, "SETTLED"]


@pytest.mark.parametrize(
    ("ending", "states"),
    [
        ("failed", ["FAILED"]),
        ("cancelled", ["CANCELLED"]),
        ("returned", ["RETURNED"]),
        ("returned_late", ["RETURNED"]),
        ("missing", ["NEEDS_INFO"]),
    ],
)
def test_ends_as_oceafin_says(oceafin, account, ending: str, states: list[str]) -> None:
    payment = to_sent(account, purpose=f"simulate:{ending}")
    oceafin.step(4)
    tell(oceafin)
    assert states_of(payment) == [*ROAD, *states]
    if ending == "missing":
        assert fresh(payment).waits_for == "Please send the invoice."
    if ending == "failed":
        assert fresh(payment).failure_code == "BENEFICIARY_BANK_REJECTED"


def test_is_settled_by_its_transaction_while_its_customer_is_in_hand(oceafin, account: BankAccount) -> None:
    payment = to_sent(account)
    oceafin.step(3)
    plan.want(payment.customer, "transactions", "balances", now=now())

    def hear_of_the_transaction() -> None:
        try:
            tell(oceafin, "transaction")
        finally:
            connection.close()

    news = Thread(target=hear_of_the_transaction)
    with transaction.atomic():
        statuses.locked(payment.customer)
        news.start()
        eventually(somebody_waits_for_us)
        plan.want(payment.customer, "transactions", "balances", now=now())
    news.join(30)
    assert {event.tries for event in Event.objects.filter(resource_type="transaction")} == {1}
    assert fresh(payment).state == "SETTLED"


def test_comes_back_after_it_was_settled(oceafin: SimulatorProcess, account: BankAccount) -> None:
    payment = to_sent(account, purpose="simulate:returned_late")
    oceafin.step(2)
    assert poll(payment).state == "SETTLED"
    oceafin.step(1)
    assert poll(payment).state == "RETURNED"


def test_goes_back_to_the_approvers_when_the_fee_rose(oceafin, account: BankAccount) -> None:
    payment = requested(account, amount="5000.00")
    deliver()
    approve(payment)
    oceafin.set(feePercent="1.5")
    deliver()
    payment = fresh(payment)
    assert payment.state == "PENDING_APPROVAL"
    assert (
        payment.terms_difference == "The fee is now 75.00 EUR; approved was at most 5.00 EUR (+1,400.00 %)."
    )
    assert payment.live_approvals.count() == 0
    assert oceafin.withdrawals() == []
    approve(payment)
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.withdrawals("wd-1")) == 1


def test_goes_to_its_end_before_the_next_one_begins(oceafin, account) -> None:
    payments = [requested(account, f"wd-{number}") for number in range(3)]
    deliver()
    for payment in payments:
        approve(payment)
    # Quote, draft and submit of the first: behind the quotes of a thousand others its own would have run out.
    outbox.deliver_due(lane="money", worker="test", limit=3)
    assert [fresh(payment).state for payment in payments] == ["SENT", "APPROVED", "APPROVED"]


def test_takes_a_new_draft_when_its_quote_ran_out_before_the_submit(oceafin, account) -> None:
    payment = requested(account)
    deliver()
    approve(payment)
    deliver_once()
    deliver_once()
    assert letters.open_letter(payment).kind == "withdrawal.submit"
    oceafin.pass_time(300)
    deliver()
    assert fresh(payment).state == "SENT"
    assert [draft.draft_ref for draft in payment.drafts.order_by("id")] == ["wd-1", "wd-1-2"]
    [effect] = oceafin.withdrawals()
    assert effect["withdrawalRef"] == "wd-1-2"


def test_takes_a_new_quote_when_its_quote_ran_out_before_the_draft(oceafin, account) -> None:
    payment = requested(account)
    deliver()
    approve(payment)
    deliver_once()
    oceafin.pass_time(300)
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.withdrawals()) == 1


def test_takes_a_new_quote_where_one_had_run_out_when_it_came(oceafin, account) -> None:
    """One that lives for three seconds more is not worth a draft."""
    payment = requested(account)
    deliver()
    approve(payment)
    oceafin.set(quoteLifetime=3)
    deliver_once()
    assert "had run out when it came" in fresh(payment).waits_for
    assert letters.open_letter(payment).kind == "withdrawal.sending_quote"
    assert letters.open_letter(payment).due_at > now() + timedelta(seconds=2)
    oceafin.set(quoteLifetime=120)
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.withdrawals()) == 1


@pytest.mark.parametrize("fault", ["lose_response", "html"])
def test_whose_quote_was_lost_is_in_no_doubt(oceafin, account, fault: str) -> None:
    """A quote moves nothing: it is asked for again."""
    payment = requested(account)
    deliver()
    approve(payment)
    oceafin.fault(fault, operation="^createFiatWithdrawalQuote$")
    deliver_once()
    assert fresh(payment).state == "SENDING"
    assert fresh(payment).waits_for
    deliver()
    assert states_of(payment) == ROAD
    assert len(oceafin.withdrawals()) == 1


def test_that_oceafin_gives_no_quote_for_says_so_and_is_approved_by_nobody(oceafin, account) -> None:
    oceafin.fault(
        "status", operation="^createFiatWithdrawalQuote$", status=422, code="PARTNER_LIMIT_EXCEEDED"
    )
    payment = requested(account)
    deliver()
    assert "Oceafin gives no quote" in fresh(payment).waits_for
    with pytest.raises(errors.NoQuoteYet):
        approve(payment)
    services.refresh_quote(payment=payment, actor=approver(), now=now())
    deliver()
    assert approve(payment).state == "APPROVED"


def test_without_enough_money_fails_with_oceafins_words(oceafin, account: BankAccount) -> None:
    payment = requested(account, amount="20000.01")
    deliver()
    approve(payment)
    approve(payment)
    deliver()
    payment = fresh(payment)
    assert (payment.state, payment.failure_code) == ("FAILED", "PARTNER_RESOURCE_STATE_INVALID")
    assert payment.failure_reason == "The balance in EUR is too small."
    assert oceafin.withdrawals() == []


def test_shows_oceafin_who_approved_it(oceafin: SimulatorProcess, account: BankAccount) -> None:
    payment = requested(account)
    deliver()
    ann = approver()
    approve(payment, ann)
    deliver()
    body = letters.body_of(Submission.objects.get(kind="withdrawal.draft"))
    evidence = body["operationAuthorization"]
    assert evidence["authorizedBy"][0]["userRef"] == f"staff-{ann.id}"
    assert evidence["authorizedBy"][0]["role"] == "PAYMENTS_APPROVER"
    assert len(evidence["operationHash"]) == 64
    assert evidence["policyVersion"] == "day-one-1"
    assert contract.validate_request("createFiatWithdrawal", body) == []


def test_keeps_a_status_that_nobody_knows(oceafin: SimulatorProcess, account: BankAccount) -> None:
    payment = to_sent(account)
    oceafin.fault("unknown_enum", operation="getFiatWithdrawal", value="ON_ICE")
    payment = poll(payment)
    assert (payment.state, payment.oceafin_status) == ("SENT", "ON_ICE")
    assert "ON_ICE" in payment.waits_for


@pytest.mark.parametrize("denied", ["createFiatWithdrawalQuote", "createFiatWithdrawal"])
def test_waits_and_does_not_fail_while_we_are_not_enabled_for_it(
    oceafin: SimulatorProcess, account: BankAccount, denied: str
) -> None:
    payment = requested(account)
    deliver()
    approve(payment)
    oceafin.set(denyOperations=[denied])
    for _ in range(2):
        deliver()
        assert (fresh(payment).state, switches.is_off(denied)) == ("APPROVED", True)
        assert "Switched off at Oceafin" in telling.waits_for(fresh(payment), now=now()).what
        switches.check_again(denied, actor=staff(person(Role.OPERATIONS_LEAD)), now=now())
    oceafin.set(denyOperations=[])
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.withdrawals()) == 1
