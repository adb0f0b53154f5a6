"""A reconciliation finds what both sides do not agree on, says what it could not look at, and forgets nothing."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.audit.models import Entry
from backoffice.staff.errors import NotAllowed, ReasonNeeded
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import duties
from payments.accounts.models import Balance
from payments.models import PaymentRequest
from payments.reconciliation import checking, comparing, services, working
from payments.reconciliation.errors import NothingRuns, NotNow, RunsAlready
from payments.reconciliation.finding import Outcome
from payments.reconciliation.models import Break, NotChecked, Run
from tests.accounts.movements import keep, movement
from tests.customers.conftest import known_customer
from tests.payments.people import fresh, now, sql
from tests.payments.test_a_payout import account, approved_customer, to_sent
from tests.people import actor, person, sign_in
from tests.simulator.driver import SimulatorProcess

__all__ = ["account"]

pytestmark = pytest.mark.django_db(transaction=True)
NEVER = timedelta(days=-1)


@pytest.fixture(autouse=True)
def at_once(monkeypatch) -> None:
    """What both sides may take their time for is asked about at once."""
    monkeypatch.setattr(comparing, "MARGIN", NEVER)
    monkeypatch.setattr(checking, "BOOKED_WITHIN", NEVER)
    monkeypatch.setattr(checking, "QUIET", timedelta(0))


def compared(**changes: Any) -> Run:
    run = services.begin(actor=actor(person(Role.OPERATIONS_LEAD)), now=now())
    working.work()
    run.refresh_from_db()
    assert run.state == "FINISHED"
    return run


def kinds() -> list[str]:
    return sorted(Break.objects.filter(state__in=["OPEN", "TAKEN"]).values_list("kind", flat=True))


def settled(oceafin: SimulatorProcess, account: Any, ref: str = "wd-1") -> PaymentRequest:
    """Both sides say that it is carried out."""
    payment = to_sent(account, ref)
    oceafin.advance("fiat_withdrawal", "COMPLETED", ref=ref, tell=False)
    PaymentRequest.objects.filter(pk=payment.pk).update(next_poll_at=now())
    duties.poll_payments(now())
    payment = fresh(payment)
    assert payment.state == "SETTLED"
    return payment


def pretend(payment: PaymentRequest, **columns: Any) -> None:
    """What ours says is put wrong, past every guard."""
    with transaction.atomic():
        sql("SET LOCAL session_replication_role = replica")
        PaymentRequest.objects.filter(pk=payment.pk).update(**columns)


def test_finds_nothing_where_both_sides_agree(oceafin, account) -> None:
    payment = settled(oceafin, account)
    oceafin.fund("cust-1", "EUR", "5.00")
    run = compared()
    assert kinds() == []
    assert not NotChecked.objects.exists()
    assert (run.customers_done, run.found) == (1, 0)
    assert Balance.objects.get(customer=payment.customer).available == "19905.00"


def test_finds_each_way_in_which_they_disagree_and_sees_it_go_again(oceafin, account) -> None:
    paid, back, dear, lost = (settled(oceafin, account, f"wd-{number}") for number in range(1, 5))
    oceafin.advance("fiat_withdrawal", "RETURNED", ref=back.payment_ref, tell=False)
    was = {
        payment.pk: (payment.amount, payment.highest_fee, payment.oceafin_id)
        for payment in (paid, dear, lost)
    }
    pretend(paid, amount=Decimal("99.00"))
    pretend(dear, highest_fee=Decimal("0.50"))
    pretend(lost, oceafin_id="00000000-0000-4000-8000-00000000dead")
    compared()
    found = {(each.kind, each.payment.payment_ref): each for each in Break.objects.select_related("payment")}
    assert {key for key in found if key[1] != "wd-4"} == {
        ("DIFFERING", "wd-1"),
        ("DIFFERING", "wd-2"),
        ("FEE", "wd-3"),
    }
    assert ("MISSING_THERE", "wd-4") in found
    assert ("NO_TRANSACTION", "wd-4") in found
    assert found["DIFFERING", "wd-1"].gist == "amount: 99.00 | 100.00"
    assert found["DIFFERING", "wd-2"].gist == "state: SETTLED | RETURNED"
    assert found["FEE", "wd-3"].gist == "1.00 EUR"
    first_seen = found["FEE", "wd-3"].first_seen_at
    for payment in (paid, dear, lost):
        amount, fee, oceafin_id = was[payment.pk]
        pretend(payment, amount=amount, highest_fee=fee, oceafin_id=oceafin_id)
    compared()
    assert kinds() == ["DIFFERING"]
    pretend(dear, highest_fee=Decimal("0.50"))
    compared()
    again = Break.objects.get(kind="FEE")
    assert (again.state, again.first_seen_at) == ("OPEN", first_seen)
    verbs = Entry.objects.filter(subject_type="reconciliation.Break", subject_id=str(again.pk)).order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "break.found",
        "break.resolved",
        "break.found_again",
    ]


def test_finds_what_none_of_our_payments_explains(oceafin, account) -> None:
    payment = settled(oceafin, account)
    with transaction.atomic():
        sql("SET LOCAL session_replication_role = replica")
        sql(
            "UPDATE payments_draft SET oceafin_id = NULL, draft_ref = 'another' WHERE payment_id = %s",
            payment.pk,
        )
    compared()
    found = Break.objects.get(kind="MISSING_HERE")
    assert (found.oceafin_id, found.amount, found.currency) == (payment.oceafin_id, Decimal("100.00"), "EUR")
    assert found.theirs["status"] == "COMPLETED"


def test_finds_a_balance_that_the_movements_do_not_come_to(oceafin, account, monkeypatch) -> None:
    settled(oceafin, account)
    compared()
    keep(Customer.objects.get(), movement())
    compared()
    found = Break.objects.get(kind="BALANCE")
    assert (found.state, found.gist, found.amount) == ("OPEN", "difference -10.00", Decimal(-10))
    # Right when something moves, balance and lines are of different instants: nothing is said of it.
    monkeypatch.setattr(checking, "QUIET", timedelta(hours=1))
    compared()
    found.refresh_from_db()
    assert found.state == "OPEN"
    assert "Money moved" in NotChecked.objects.get().why


def test_makes_no_break_of_a_list_that_it_could_not_read(oceafin, account) -> None:
    payment = settled(oceafin, account)
    pretend(payment, highest_fee=Decimal("0.50"))
    compared()
    assert kinds() == ["FEE"]
    pretend(payment, highest_fee=Decimal("1.00"), oceafin_id="00000000-0000-4000-8000-00000000dead")
    oceafin.fault("status", operation="listFiatWithdrawals", status=500, times=9)
    compared()
    assert "MISSING_THERE" not in kinds()
    assert "FEE" in kinds(), "what was not read is not gone"
    assert "Payout" in NotChecked.objects.values_list("what", flat=True)


def test_is_one_at_a_time_and_goes_on_where_a_killed_worker_stopped(oceafin, account, monkeypatch) -> None:
    settled(oceafin, account)
    approved_customer(oceafin, "cust-2")
    Balance.objects.create(
        customer=Customer.objects.get(partner_customer_ref="cust-2"), currency="EUR", read_at=now()
    )
    lead = actor(person(Role.OPERATIONS_LEAD))
    run = services.begin(actor=lead, now=now())
    with pytest.raises(RunsAlready):
        services.begin(actor=lead, now=now())
    finish, done = working._done, []

    def killed_after_the_first(row: Run, customer: Customer, outcome: Any) -> None:
        finish(row, customer, outcome)
        done.append(customer.partner_customer_ref)
        if len(done) == 1:
            monkeypatch.setattr(working, "_next", lambda lease: (_ for _ in ()).throw(SystemExit))

    step = working._next
    monkeypatch.setattr(working, "_done", killed_after_the_first)
    with pytest.raises(SystemExit):
        working.work()
    run.refresh_from_db()
    assert (run.state, run.customers_done) == ("RUNNING", 1)
    monkeypatch.setattr(working, "_next", step)
    working.work()
    assert done == ["cust-1"], "its lease has not run out"
    Run.objects.update(leased_until=now() - timedelta(seconds=1))
    working.work()
    run.refresh_from_db()
    assert (run.state, done) == ("FINISHED", ["cust-1", "cust-2"])


def test_names_a_customer_that_our_handling_fails_on_and_goes_on_behind(monkeypatch) -> None:
    broken, behind = (known_customer(ref) for ref in ("cust-1", "cust-2"))
    for each in (broken, behind):
        Balance.objects.create(customer=each, currency="EUR", read_at=now())

    def whole(check: checking.Check) -> Outcome:
        if check.customer == broken:
            raise RuntimeError("a defect of ours")
        return Outcome()

    monkeypatch.setattr(checking.Check, "whole", whole)
    run = compared()
    assert run.customers_done == 2
    assert [(row.customer, row.what) for row in NotChecked.objects.all()] == [(broken, "everything")]


def test_is_cancelled_by_a_lead_and_what_a_worker_finds_then_is_not_kept(
    oceafin, account, monkeypatch
) -> None:
    payment = settled(oceafin, account)
    pretend(payment, highest_fee=Decimal("0.50"))
    lead = actor(person(Role.OPERATIONS_LEAD))
    run = services.begin(actor=lead, now=now())
    whole = checking.Check.whole

    def cancelled_meanwhile(check: checking.Check) -> Any:
        outcome = whole(check)
        services.cancel(actor=lead, now=now())
        return outcome

    monkeypatch.setattr(checking.Check, "whole", cancelled_meanwhile)
    working.work()
    run.refresh_from_db()
    assert (run.state, run.customers_done, kinds()) == ("CANCELLED", 0, [])


def test_begins_once_a_night_and_not_before_there_is_something(oceafin, account) -> None:
    at = now()
    assert not services.begin_nightly(at)
    settled(oceafin, account)
    assert not services.begin_nightly(at), "everything is of today"
    tomorrow = at + timedelta(days=1)
    assert services.begin_nightly(tomorrow)
    assert not services.begin_nightly(tomorrow)
    assert not services.begin_nightly(tomorrow + timedelta(days=1)), "one still goes on"
    assert Run.objects.get().is_nightly


def test_is_looked_after_by_a_lead(oceafin, account, client: Client) -> None:
    payment = settled(oceafin, account)
    pretend(payment, highest_fee=Decimal("0.50"))
    compared()
    found = Break.objects.get()
    page = reverse("reconciliation:break", args=[found.pk])
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    assert "Take it" not in client.get(page).content.decode()
    assert client.post(f"{page}take/").status_code == 404
    with pytest.raises(NotAllowed):
        services.take(found, actor=actor(person(Role.PAYMENTS_APPROVER)), now=now())
    olga = person(Role.OPERATIONS_LEAD, name="Olga")
    sign_in(client, olga)
    assert client.get(reverse("reconciliation:overview")).content.decode().count("wd-1") == 1
    client.post(f"{page}take/")
    with pytest.raises(NotNow, match="Olga looks after it"):
        services.take(found, actor=actor(person(Role.OPERATIONS_LEAD)), now=now())
    assert "wd-1" in client.get(reverse("reconciliation:overview") + "?owner=mine&kind=FEE").content.decode()
    assert "wd-1" not in client.get(reverse("reconciliation:overview") + "?owner=nobody").content.decode()
    client.post(f"{page}explain/", {"reason": "Agreed by phone"})
    shown = client.get(page).content.decode()
    assert all(words in shown for words in ("Agreed by phone", "1.00 EUR", "0.50 EUR"))
    compared()
    found.refresh_from_db()
    assert found.state == "EXPLAINED"
    Break.objects.filter(pk=found.pk).update(gist="another story")
    compared()
    found.refresh_from_db()
    assert (found.state, found.owner) == ("OPEN", None)
    with pytest.raises(DatabaseError), transaction.atomic():
        Break.objects.filter(pk=found.pk).delete()


def test_break_is_taken_and_explained_once_and_given_back_by_leads(oceafin, account) -> None:
    payment = settled(oceafin, account)
    pretend(payment, highest_fee=Decimal("0.50"))
    compared()
    found, olga = Break.objects.get(), actor(person(Role.OPERATIONS_LEAD))
    outsider = actor(person(Role.PAYMENTS_APPROVER))
    with pytest.raises(NotNow, match="Nobody looks after it"):
        services.give_back(found, actor=olga, now=now())
    services.take(found, actor=olga, now=now())
    for act in (services.give_back, partial(services.explain, reason="Agreed")):
        with pytest.raises(NotAllowed):
            act(found, actor=outsider, now=now())
    services.give_back(found, actor=olga, now=now())
    found.refresh_from_db()
    assert (found.state, found.owner) == ("OPEN", None)
    with pytest.raises(ReasonNeeded):
        services.explain(found, reason=" ", actor=olga, now=now())
    services.explain(found, reason="Agreed by phone", actor=olga, now=now())
    for act in (services.take, services.give_back, partial(services.explain, reason="Again")):
        with pytest.raises(NotNow):
            act(found, actor=olga, now=now())
    with pytest.raises(NothingRuns):
        services.cancel(actor=olga, now=now())
    with pytest.raises(NotAllowed):
        services.begin(actor=outsider, now=now())


def test_is_kept_as_it_was_by_the_database(account) -> None:
    at, ann = now(), person(Role.OPERATIONS_LEAD)
    whole = {"day": at.date(), "state_since": at, "started_at": at}
    run = Run.objects.create(**whole, is_nightly=True)

    def refused(said: str, act: Any) -> None:
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            act()

    refused("run_one_at_a_time", partial(Run.objects.create, **whole, is_nightly=False, asked_by=ann))
    refused("Cannot update", partial(Run.objects.update, day=at.date() - timedelta(days=1)))
    Run.objects.update(state="FINISHED")
    refused("FSM|transition", partial(Run.objects.update, state="RUNNING"))
    refused("run_nightly_once_a_day", partial(Run.objects.create, **whole, is_nightly=True))
    refused("run_asked_for_by_somebody", partial(Run.objects.create, **whole, is_nightly=False))
    refused("Cannot delete", Run.objects.all().delete)

    seen = {"state_since": at, "first_seen_at": at, "last_seen_at": at, "run": run, "scope": "EUR"}
    about = {"customer": account.customer, "kind": "FEE", "subject": "payment:1:fee"}
    Break.objects.create(**about, **seen)
    refused("break_once", partial(Break.objects.create, **about, **seen))
    refused("break_taken_by_somebody", partial(Break.objects.update, state="TAKEN"))
    refused("break_explained_by_somebody", partial(Break.objects.update, state="EXPLAINED"))
    refused("break_seen_in_order", partial(Break.objects.update, last_seen_at=at - timedelta(days=1)))
    refused("Cannot update", partial(Break.objects.update, subject="payment:2:fee"))
