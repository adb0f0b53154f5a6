"""What this partner is not enabled for at Oceafin: remembered, waited for, and tried again when a person says so."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin import contract, kinds, reads
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from backoffice.vault.models import DataKey
from payments import services, telling
from payments.accounts import plan, switches
from payments.accounts.models import Reading, SwitchedOff
from tests.customers.conftest import known_customer
from tests.oceafin.conftest import App, again, app, deliver, make_due, oceafin, write
from tests.oceafin.scripted import Script, answer, lost, problem
from tests.payments.people import approve, fresh, maker, open_money_out, waiting_payment
from tests.payments.people import deliver as deliver_all
from tests.people import person

__all__ = ["app", "oceafin"]
pytestmark = pytest.mark.django_db(transaction=True)

TAKEN = answer(thingId="t-1", status="SUBMITTED")
NOT_THERE = problem(404, "PARTNER_RESOURCE_NOT_FOUND")
DENIED = problem(403, "PARTNER_PRODUCT_DISABLED", detail="Withdrawals are not enabled.")


def switch_off(operation: str = "x") -> None:
    switches.remember(operation, code="PARTNER_PRODUCT_DISABLED", detail="Not yet.", now=timezone.now())


def check_again(operation: str = "x", role: Role = Role.OPERATIONS_LEAD) -> None:
    switches.check_again(operation, actor=Actor.staff(person(role)), now=timezone.now())


@pytest.mark.parametrize("code", ["PARTNER_PRODUCT_DISABLED", "PARTNER_SCOPE_DENIED"])
def test_is_remembered_from_a_refused_letter(oceafin: Script, app: App, code: str) -> None:
    oceafin.posts.append(problem(403, code, detail="No."))
    row = write()
    deliver()
    assert (again(row).state, app.words) == ("REFUSED", ["Refused"])
    off = SwitchedOff.objects.get()
    assert (off.operation, off.code, off.detail) == ("x", code, "No.")
    assert [entry.verb for entry in audit.timeline_of(off)] == ["operation.switched_off"]


def test_is_not_what_another_refusal_says(oceafin: Script, app: App) -> None:
    oceafin.posts.append(problem(403, "PARTNER_OPERATION_NOT_APPROVED"))
    write()
    deliver()
    assert not SwitchedOff.objects.exists()


def test_lets_the_letters_behind_it_wait_and_leaves_their_records_alone(
    oceafin: Script, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate moves a record when it lets it go: what stays here must not have moved."""
    oceafin.posts.extend([DENIED, TAKEN])
    write()
    deliver()

    def gate(submission: Submission, now: object) -> kinds.GateAnswer:
        vault.create_key(purpose="moved by the gate")
        return kinds.Go()

    watched = dataclasses.replace(kinds.named("thing.pay"), gate=gate)
    monkeypatch.setitem(kinds._KINDS, "thing.pay", watched)
    row = write()
    deliver()
    waiting = again(row)
    assert (waiting.state, waiting.tries, waiting.lease_number) == ("QUEUED", 0, 0)
    assert waiting.waits_for.startswith("Switched off at Oceafin")
    assert waiting.due_at > timezone.now() + timedelta(minutes=1)
    assert len(oceafin.sent) == 1
    assert not DataKey.objects.filter(purpose="moved by the gate").exists()


def test_lets_go_by_itself_what_waited_once_it_is_checked_again(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    switch_off()
    rows = [write(), write()]
    deliver()
    assert oceafin.sent == []
    check_again()
    deliver()
    assert [again(row).state for row in rows] == ["ACCEPTED", "ACCEPTED"]
    assert len({one.key for one in oceafin.sent}) == 2


def test_does_not_wake_what_waits_for_another_operation(oceafin: Script, app: App) -> None:
    switch_off()
    row = write()
    deliver()
    switch_off("another")
    check_again("another")
    deliver()
    assert (again(row).state, oceafin.sent) == ("QUEUED", [])


def test_does_not_keep_what_is_no_longer_wanted(oceafin: Script, app: App) -> None:
    switch_off()
    app.gate = kinds.Withdraw("Cancelled.")
    row = write()
    deliver()
    assert (again(row).state, app.words) == ("WITHDRAWN", ["Withdrawn"])


def test_does_not_try_a_refused_letter_again(oceafin: Script, app: App) -> None:
    """Only the product's own button writes another one."""
    oceafin.posts.append(DENIED)
    row = write()
    deliver()
    check_again()
    make_due(row)
    deliver()
    assert (again(row).state, len(oceafin.sent)) == ("REFUSED", 1)


def test_is_looked_for_but_not_sent_again_where_a_try_may_have_arrived(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([lost, TAKEN])
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    switch_off()
    for _ in range(2):
        make_due(row)
        deliver()
    assert (again(row).state, len(oceafin.sent)) == ("UNCONFIRMED", 1)
    check_again()
    deliver()
    assert again(row).state == "ACCEPTED"
    first, second = oceafin.sent
    assert (first.key, first.body) == (second.key, second.body)


def test_takes_the_effect_that_a_look_finds_meanwhile(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(answer(thingId="t-1", status="SUBMITTED"))
    row = write()
    deliver()
    switch_off()
    make_due(row)
    deliver()
    assert (again(row).state, len(oceafin.sent)) == ("ACCEPTED", 1)


def test_is_denied_after_a_lost_answer_and_proves_nothing_about_it(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([lost, DENIED])
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    make_due(row)
    deliver()
    assert SwitchedOff.objects.filter(pk="x").exists()
    make_due(row)
    deliver()
    assert (again(row).state, len(oceafin.sent)) == ("HELD", 2)


def test_is_checked_again_by_who_leads_payments_alone(oceafin: Script, app: App) -> None:
    switch_off()
    with pytest.raises(NotAllowed):
        check_again(role=Role.PAYMENTS_APPROVER)
    assert switches.is_off("x")
    check_again()
    assert not switches.is_off("x")


def test_keeps_who_asked_last_when_it_is_denied_once_more(oceafin: Script, app: App) -> None:
    switch_off()
    check_again()
    switch_off()
    (shown,) = switches.shown()
    assert shown.checked is not None
    assert (shown.checked.verb, shown.checked.actor_kind) == ("operation.checked_again", "STAFF")


def test_keeps_an_approved_payment_where_it_can_still_be_taken_back(oceafin: Script) -> None:
    payment = waiting_payment()
    open_money_out()
    approve(payment)
    switch_off("createFiatWithdrawalQuote")
    deliver_all()
    letter = Submission.objects.get(kind="withdrawal.sending_quote")
    assert (fresh(payment).state, letter.state, oceafin.sent) == ("APPROVED", "QUEUED", [])
    assert letter.waits_for in telling.waits_for(fresh(payment), now=timezone.now()).what
    services.cancel(payment=payment, reason="No longer owed.", actor=maker(), now=timezone.now())
    deliver_all()
    assert (fresh(payment).state, again(letter).state) == ("CANCELLED", "WITHDRAWN")


def test_lets_an_approved_payment_leave_once_it_is_checked_again(oceafin: Script) -> None:
    oceafin.posts.append(problem(503, "PARTNER_PROCESSING_UNAVAILABLE"))
    payment = waiting_payment()
    open_money_out()
    approve(payment)
    switch_off("createFiatWithdrawalQuote")
    deliver()
    check_again("createFiatWithdrawalQuote")
    deliver()
    assert (fresh(payment).state, len(oceafin.sent)) == ("SENDING", 1)


# --- Reading ------------------------------------------------------------------------------------------------------


def test_is_remembered_from_a_read_and_not_read_again(oceafin: Script) -> None:
    oceafin.gets.append(problem(403, "PARTNER_SCOPE_DENIED", detail="Not yours."))
    path = "/partner/v1/customers/00000000-0000-4000-8000-000000000001/collections?limit=5"
    first, second = reads.read(path), reads.read(path)
    assert first.code == "PARTNER_SCOPE_DENIED"
    assert switches.is_off("listCollections")
    assert second.detail.startswith("Switched off at Oceafin")
    assert reads.is_denied(first)
    assert reads.is_denied(second)
    assert len(oceafin.seen) == 1


def test_leaves_the_reader_to_read_the_other_lists(oceafin: Script) -> None:
    with transaction.atomic():
        customer = known_customer()
        Reading.objects.all().delete()
        plan.want(customer, "balances", "transactions", now=timezone.now())
    oceafin.gets.extend(
        [problem(403, "PARTNER_PRODUCT_DISABLED", detail="No."), answer(200, items=[], nextCursor=None)]
    )
    assert plan.read_due(timezone.now()) == 2
    balances, transactions = Reading.objects.order_by("name")
    assert switches.is_off("listBalances")
    assert (balances.failure, balances.read_at) == ("No.", None)
    assert (transactions.failure, transactions.read_at is None) == ("", False)
    plan.want(customer, "balances", now=timezone.now())
    assert plan.read_due(timezone.now()) == 0


def test_is_named_by_each_kind_of_letter_as_the_contract_names_it() -> None:
    assert {kind.operation for kind in kinds.all_kinds()} <= set(contract.operations())
