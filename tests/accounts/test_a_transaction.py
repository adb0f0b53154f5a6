"""A transaction is kept as it was told, found under every form of list, and explained by a record or a person."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.audit.models import Entry
from backoffice.oceafin.wire import Answer
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import events
from payments.accounts import transactions
from payments.accounts.models import Contradiction, FoundBy, Reading, Transaction
from payments.accounts.pages import BrokeOff, pages
from payments.accounts.statements import listing, services, telling
from tests.accounts.movements import keep, kept, movement
from tests.customers.conftest import known_customer
from tests.people import actor, person
from webhooks.inbox import Applied, Ignored, Parked, ReadFailed
from webhooks.models import Event

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def customer() -> Customer:
    return known_customer()


# --- what stands --------------------------------------------------------------------------------------------------


def test_is_not_overwritten_by_an_older_word(customer):
    keep(customer, movement(status="COMPLETED", updatedAt="2026-06-28T12:00:00Z"))
    keep(customer, movement(status="PENDING", updatedAt="2026-06-28T11:00:00Z"))
    assert kept().status == "COMPLETED"
    keep(customer, movement(status="RETURNED", updatedAt="2026-06-28T13:00:00Z"))
    assert kept().status == "RETURNED"


def test_is_not_overwritten_by_a_page_that_was_asked_for_before(customer):
    now = NOW()
    keep(customer, movement(status="COMPLETED"), at=now, found_by=FoundBy.EVENT)
    keep(customer, movement(status="PENDING"), at=now - timedelta(seconds=1))
    assert kept().status == "COMPLETED"
    keep(customer, movement(status="RETURNED"), at=now + timedelta(seconds=1))
    assert kept().status == "RETURNED"


def test_is_known_from_an_event_even_if_that_told_nothing_new(customer):
    keep(customer, movement())
    assert kept().found_by == FoundBy.READ
    assert keep(customer, movement(), found_by=FoundBy.EVENT) == 0
    assert kept().found_by == FoundBy.EVENT


def test_of_one_id_twice_in_a_page_is_the_newer_one(customer):
    older, newer = "2026-06-28T11:00:00Z", "2026-06-28T12:00:00Z"
    keep(customer, movement(amount="2.00", updatedAt=newer), movement(amount="1.00", updatedAt=older))
    assert kept().amount == "2.00"
    keep(customer, movement(2, amount="1.00"), movement(2, amount="2.00"))
    assert kept(2).amount == "2.00"


def test_of_one_id_on_two_pages_is_kept_once(customer):
    keep(customer, movement(1), movement(2))
    assert keep(customer, movement(2), movement(3)) == 1
    assert Transaction.objects.count() == 3


def test_of_another_customer_stays_and_the_contradiction_is_shown(customer):
    other = known_customer("cust-2")
    keep(customer, movement(amount="10.00"))
    keep(other, movement(amount="99.00"), movement(2))
    keep(other, movement(amount="98.00"))
    assert (kept().customer, kept().amount) == (customer, "10.00")
    assert kept(2).customer == other
    contradiction = Contradiction.objects.get()
    assert (contradiction.customer, contradiction.told["amount"]) == (other, "99.00")
    assert Entry.objects.filter(verb="transaction.contradicted").count() == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"amount": "0.123456789012345678"}, {"amount": "0.123456789012345678"}),
        ({"amount": "1" + "0" * 30}, {"amount": "1" + "0" * 30, "value": None}),
        ({"amount": "9" * 80}, {"amount": "9" * 63 + "…", "value": None}),
        ({"amount": "-1.00"}, {"amount": "-1.00"}),
        ({"feeAmount": "1,00"}, {"fee_amount": "1,00", "fee_value": None}),
        (
            {"occurredAt": "2026-06-28T00:00:00"},
            {"occurred_at": None, "occurred_text": "2026-06-28T00:00:00"},
        ),
        ({"resourceType": None, "resourceId": None}, {"resource_type": "", "resource_id": ""}),
        ({"resourceId": "r" * 65}, {"resource_id": ""}),
        ({"status": "\x00N\x00EW"}, {"status": "NEW"}),
        ({"type": "half \ud83d"}, {"transaction_type": "half \ufffd"}),
        ({"status": '"}{,\\', "type": "NULL"}, {"status": '"}{,\\', "transaction_type": "NULL"}),
        ({"network": ["TRON"], "currency": {"code": "EUR"}}, {"network": "", "currency": ""}),
    ],
)
def test_is_kept_as_it_came_and_never_guessed(customer, changes: dict[str, Any], expected: dict[str, Any]):
    keep(customer, movement(**changes))
    assert {name: getattr(kept(), name) for name in expected} == expected


def test_is_not_taken_for_another_of_a_longer_id(customer):
    assert keep(customer, movement("x" * 80), movement()) == 1


def test_belongs_to_a_customer_that_is_there_and_to_no_other_later(customer):
    keep(customer, movement())
    nowhere = Customer(pk=999_999_999, partner_customer_ref="nobody")
    with pytest.raises(DatabaseError, match="belongs to a customer"), transaction.atomic():
        keep(nowhere, movement(2))
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Transaction.objects.update(customer=known_customer("cust-2"))
    assert kept().customer == customer


def test_is_found_in_a_list_that_changes_while_it_is_read(customer):
    """A new one pushes the last of a page onto the next, and a page that was deleted is empty."""

    def answered(items: list[Any], cursor: str = "") -> Answer:
        return Answer(200, {}, b"", {"items": items, "nextCursor": cursor or None})

    replies = [
        answered([movement(2), movement(1)], "a"),
        answered([movement(1), movement(0)], "b"),
        answered([], "c"),
        answered([movement(9), "nonsense", None], "a"),
    ]
    reading = pages(lambda _path: replies.pop(0), "/partner/v1/x")
    with pytest.raises(BrokeOff, match="circle"):
        any(keep(customer, *page) is None for page in reading)
    assert set(Transaction.objects.values_list("transaction_id", flat=True)) == {
        "tx-0",
        "tx-1",
        "tx-2",
        "tx-9",
    }


# --- what an event tells ------------------------------------------------------------------------------------------


def event_about(customer: Customer | None, number: int = 1, **changes: Any) -> Event:
    named = {
        "oceafin_customer_id": str(customer.oceafin_customer_id) if customer else "",
        "partner_customer_ref": customer.partner_customer_ref if customer else "",
    } | changes
    return Event(event_id=f"ev-{number}", resource_type="transaction", resource_id=f"tx-{number}", **named)


def heard(event: Event, told: dict[str, Any]) -> Any:
    resource = events.read_transaction(event, lambda _path: Answer(200, {}, b"", told))
    return events.apply_transaction(event, resource, NOW())


def test_is_kept_when_an_event_tells_of_it_and_its_lists_are_due(customer):
    outcome = heard(event_about(customer), movement())
    assert isinstance(outcome, Applied)
    assert (kept().customer, kept().found_by) == (customer, FoundBy.EVENT)
    due = Reading.objects.filter(customer=customer, due_at__lte=NOW())
    assert {"transactions", "balances"} <= set(due.values_list("name", flat=True))


def test_of_a_customer_that_is_not_known_yet_waits(customer):
    unknown = {"oceafin_customer_id": "5a3e8a9e-0000-4000-8000-00000000beef", "partner_customer_ref": "x"}
    for event in (event_about(None), event_about(None, **unknown), event_about(customer, **unknown)):
        assert isinstance(heard(event, movement()), Parked)
    assert not Transaction.objects.exists()


def test_that_an_event_names_for_another_customer_is_not_moved(customer):
    keep(customer, movement())
    other = known_customer("cust-2")
    assert isinstance(heard(event_about(other), movement(amount="99.00")), Ignored)
    assert kept().customer == customer
    assert Contradiction.objects.get().found_by == FoundBy.EVENT


def test_is_not_taken_from_an_answer_about_another(customer):
    with pytest.raises(ReadFailed):
        heard(event_about(customer), movement(2))


# --- what the partner's systems are told --------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        telling.outgoing, "announce", lambda kind, _key, body, _now: found.append((kind, body))
    )
    return found


def test_is_told_of_when_it_is_young_or_an_event_told_of_it_or_it_changed(customer, told):
    keep(customer, movement(1), movement(2, occurredAt="nonsense"))
    assert told == []
    keep(customer, movement(3, occurredAt=NOW().isoformat()))
    keep(customer, movement(4), found_by=FoundBy.EVENT)
    keep(customer, movement(1, status="RETURNED"), movement(2, occurredAt="nonsense"))
    assert [(kind, body["transactionId"]) for kind, body in told] == [
        ("customer.transaction.updated", each) for each in ("tx-3", "tx-4", "tx-1")
    ]
    assert told[2][1]["status"] == "RETURNED"


# --- what explains it ---------------------------------------------------------------------------------------------


def test_is_linked_to_our_record_at_once_and_when_that_appears_later(customer, monkeypatch):
    ours: dict[str, tuple[str, str]] = {"dep-1": ("x.Deposit", "7")}
    explain = lambda ids: {each: ours[each] for each in ids if each in ours}  # noqa: E731
    monkeypatch.setitem(transactions._explainers, "fiat_deposit", explain)
    keep(customer, movement(1), movement(2), movement(3, resourceId=None))
    assert (kept(1).explained_type, kept(1).explained_id) == ("x.Deposit", "7")
    assert {row.transaction_id for row in listing.unexplained()} == {"tx-2", "tx-3"}
    ours["dep-2"] = ("x.Deposit", "8")
    assert transactions.explain_waiting(NOW()) == 1
    assert kept(2).explained_id == "8"


def test_is_linked_however_many_newer_ones_nothing_explains(customer, monkeypatch):
    monkeypatch.setattr(transactions, "A_ROUND", 2)
    monkeypatch.setattr(transactions, "ROUNDS", 1)
    keep(customer, *[movement(number) for number in range(9)])
    ours = {"dep-0": ("x.Deposit", "7"), "dep-8": ("x.Deposit", "9")}
    explain = lambda ids: {each: ours[each] for each in ids if each in ours}  # noqa: E731
    monkeypatch.setitem(transactions._explainers, "fiat_deposit", explain)
    linked = [transactions.explain_waiting(NOW()) for _time in range(5)]
    assert (kept(0).explained_id, kept(8).explained_id, kept(4).explained_type) == ("7", "9", "")
    assert (linked[0], sum(linked)) == (1, 2)
    ours["dep-4"] = ("x.Deposit", "8")
    assert sum(transactions.explain_waiting(NOW()) for _time in range(5)) == 1


def test_is_explained_anew_when_it_is_about_something_else(customer, monkeypatch):
    monkeypatch.setitem(
        transactions._explainers, "fiat_deposit", lambda ids: {each: ("x.Deposit", each) for each in ids}
    )
    keep(customer, movement())
    keep(customer, movement(resourceId="dep-9"))
    assert kept().explained_id == "dep-9"
    keep(customer, movement(resourceType="comet"))
    assert kept().explained_type == ""


def test_leaves_the_list_with_a_persons_words_and_comes_back_without_them(customer):
    lead = person(Role.OPERATIONS_LEAD)
    keep(customer, movement())
    services.explain(kept(), words="A test deposit.", actor=actor(lead), now=NOW())
    assert not listing.unexplained().exists()
    explanation = kept().explanations.get()
    assert explanation.words == "A test deposit."
    assert b"test deposit" not in bytes(explanation.words_sealed)
    with pytest.raises(services.Explained):
        services.explain(kept(), words="Again.", actor=actor(lead), now=NOW())

    services.take_back(kept(), actor=actor(lead), now=NOW())
    assert listing.unexplained().get() == kept()
    with pytest.raises(services.NotExplained):
        services.take_back(kept(), actor=actor(lead), now=NOW())
    verbs = Entry.objects.filter(subject_type="accounts.Transaction").order_by("id")
    assert [entry.verb for entry in verbs] == ["transaction.explained", "transaction.explanation_taken_back"]


def test_keeps_a_persons_words_when_oceafin_says_more(customer):
    keep(customer, movement())
    services.explain(kept(), words="Known.", actor=actor(person(Role.OPERATIONS_LEAD)), now=NOW())
    keep(customer, movement(status="RETURNED", resourceId="dep-2"))
    assert kept().explained_type == "accounts.Explanation"


def test_is_explained_only_by_who_leads(customer):
    keep(customer, movement())
    for role in (Role.SUPPORT, Role.PAYMENTS_MAKER, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            services.explain(kept(), words="x", actor=actor(person(role)), now=NOW())


# --- a long list --------------------------------------------------------------------------------------------------


def test_is_on_exactly_one_page_of_a_long_list(customer):
    same = [movement(number, occurredAt="2026-06-28T00:00:00Z") for number in range(4)]
    later = [movement(number, occurredAt=f"2026-06-29T00:00:0{number}Z") for number in range(4, 7)]
    keep(customer, *same, *later, movement(7, occurredAt=None), movement(8, occurredAt="soon"))
    found, cursor = [], ""
    while True:
        page = listing.page_of(listing.of_customer(customer, {}), cursor=cursor, limit=2)
        found += [row.transaction_id for row in page.rows]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(found) == len(set(found)) == 9
    assert set(found[:2]) == {"tx-7", "tx-8"}
    assert found[2:5] == ["tx-6", "tx-5", "tx-4"]


@pytest.mark.parametrize("cursor", ["x", "MTIz", "fC0x", "bm90IGFuIGluc3RhbnR8MQ==", "|", "é"])
def test_list_refuses_a_cursor_that_is_none(customer, cursor):
    with pytest.raises(listing.NoCursor):
        listing.page_of(listing.of_customer(customer, {}), cursor=cursor)
