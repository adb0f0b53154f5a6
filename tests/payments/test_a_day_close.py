"""A day close is signed by a person as it was seen, and never changes; what comes later stands beside it."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.reveals.models import Export
from backoffice.staff.errors import NotAllowed, ReasonNeeded
from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts.models import Balance, Reading
from payments.accounts.statements.spans import Span
from payments.reconciliation import adjusting, closing, exporting
from payments.reconciliation.errors import ChangedMeanwhile, ClosedAlready, DayNotOver, NotRead
from payments.reconciliation.models import Adjustment, ClosedLine, DayClose
from tests.accounts.movements import keep, kept, movement
from tests.customers.conftest import known_customer
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 28)
NOW = timezone.now


@pytest.fixture
def customer() -> Customer:
    """Before the day 100.00 came in; on it 30.00, and 10.00 went out."""
    customer = known_customer()
    keep(
        customer,
        movement(1, amount="100.00", occurredAt="2026-06-27T10:00:00Z"),
        movement(2, amount="30.00", occurredAt="2026-06-28T10:00:00Z"),
        movement(3, amount="10.00", direction="DEBIT", feeAmount="1.00", occurredAt="2026-06-28T11:00:00Z"),
    )
    Reading.objects.filter(customer=customer, name="transactions").update(read_at=NOW())
    Balance.objects.create(customer=customer, currency="EUR", available="120.00", pending="0", read_at=NOW())
    return customer


def seen(customer: Customer, day: date = DAY) -> closing.Day:
    (found,) = closing.days_of(customer, day)
    return found


def signed(customer: Customer, **changes: Any) -> DayClose:
    day = changes.get("day", DAY)
    asked: dict[str, Any] = {
        "seen_digest": seen(customer, day).digest,
        "day": day,
        "currency": "EUR",
        "network": "",
        "actor": actor(person(Role.OPERATIONS_LEAD)),
        "now": NOW(),
        **changes,
    }
    return closing.sign(customer=customer, **asked)


def test_holds_what_the_statement_says_line_by_line(customer) -> None:
    close = signed(customer)
    figures = (close.opening, close.came_in, close.went_out, close.fees, close.closing)
    assert figures == tuple(Decimal(each) for each in ("100", "30", "10", "1", "120"))
    assert close.difference == 0
    assert list(ClosedLine.objects.order_by("id").values_list("amount", flat=True)) == [30, -10]
    with pytest.raises(ClosedAlready):
        signed(customer)
    for change in (DayClose.objects.all().delete, lambda: DayClose.objects.update(closing=1)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_adds_up_says_why_and_is_made_once_in_the_database(customer) -> None:
    close = signed(customer)
    first = close.closed_lines.order_by("id").first()
    later = {"day": DAY + timedelta(days=1)}
    for changes, said in (
        ({}, "day_close_once"),
        ({**later, "closing": 121}, "day_close_adds_up"),
        ({**later, "signed_at": close.ends_at - timedelta(seconds=1)}, "day_close_of_a_day_over"),
        ({**later, "difference": 1, "note_sealed": b""}, "day_close_says_why_it_differs"),
    ):
        copy = DayClose.objects.get(pk=close.pk)
        copy.pk = None
        for name, value in changes.items():
            setattr(copy, name, value)
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            copy.save(force_insert=True)
    nothing = {"close": close, "transaction": first.transaction, "found_at": NOW()}
    with pytest.raises(DatabaseError, match="adjusts_something"), transaction.atomic():
        Adjustment.objects.create(**nothing, difference=0, fee_difference=0)
    Adjustment.objects.create(**nothing, difference=1, fee_difference=0)
    for model, change in ((ClosedLine, {"amount": 0}), (Adjustment, {"difference": 2})):
        for act in (partial(model.objects.update, **change), model.objects.all().delete):
            with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
                act()
    first.pk = None
    with pytest.raises(DatabaseError, match="closed_line_once"), transaction.atomic():
        first.save(force_insert=True)


def test_needs_a_lead_a_day_that_is_over_and_what_was_read_since(customer) -> None:
    with pytest.raises(NotAllowed):
        signed(customer, actor=actor(person(Role.PAYMENTS_APPROVER)))
    with pytest.raises(DayNotOver):
        signed(customer, day=NOW().date() + timedelta(days=1))
    end = Span(DAY, DAY).end
    for read in (
        {"read_at": end - timedelta(microseconds=1)},
        {"read_at": None},
        {"read_at": end, "failure": "Oceafin was silent."},
    ):
        Reading.objects.update(**{"failure": "", **read})
        with pytest.raises(NotRead):
            signed(customer)
    Reading.objects.update(read_at=end, failure="")
    signed(customer)


def test_is_refused_where_the_day_changed_since_it_was_seen(customer) -> None:
    digest = seen(customer).digest
    keep(customer, movement(4, amount="1.00"))
    with pytest.raises(ChangedMeanwhile):
        signed(customer, seen_digest=digest)


def test_says_why_where_the_balance_differs(customer) -> None:
    Balance.objects.update(available="125.00")
    with pytest.raises(ReasonNeeded):
        signed(customer)
    close = signed(customer, note="Oceafin mends it on Monday")
    assert (close.difference, close.note) == (5, "Oceafin mends it on Monday")


def test_stays_and_later_changes_are_adjustments(customer) -> None:
    close = signed(customer)
    assert adjusting.look_through(customer, now=NOW()) == 0
    keep(
        customer,
        movement(2, amount="31.50", occurredAt="2026-06-28T10:00:00Z"),
        movement(3, amount="10.00", direction="DEBIT", status="FAILED", occurredAt="2026-06-28T11:00:00Z"),
        movement(4, amount="7.00", occurredAt="2026-06-28T20:00:00Z"),
        movement(5, amount="8.00", occurredAt="2026-06-29T20:00:00Z"),
    )
    assert adjusting.look_through(customer, now=NOW()) == 3
    assert adjusting.look_through(customer, now=NOW()) == 0
    rows = Adjustment.objects.filter(close=close).order_by("transaction_id")
    assert [(row.transaction.transaction_id, row.difference) for row in rows] == [
        ("tx-2", Decimal("1.50")),
        ("tx-3", Decimal("10")),
        ("tx-4", Decimal("7")),
    ]
    keep(customer, movement(2, amount="30.00", occurredAt="2026-06-28T10:00:00Z"))
    adjusting.look_through(customer, now=NOW())
    assert sum(Adjustment.objects.filter(transaction=kept(2)).values_list("difference", flat=True)) == 0
    close.refresh_from_db()
    assert close.closing == 120


def test_is_adjusted_by_what_happened_on_its_day_in_its_account_alone(customer) -> None:
    close = signed(customer)
    first, last = close.starts_at.isoformat(), (close.ends_at - timedelta(microseconds=1)).isoformat()
    keep(
        customer,
        movement(11, amount="1.00", occurredAt=(close.starts_at - timedelta(microseconds=1)).isoformat()),
        movement(12, amount="2.00", occurredAt=close.ends_at.isoformat()),
        movement(13, amount="3.00", occurredAt=first, currency="USD"),
        movement(14, amount="4.00", occurredAt=first, status="PENDING"),
    )
    keep(known_customer("cust-2"), movement(15, amount="5.00", occurredAt=first))
    assert adjusting.look_through(customer, now=NOW()) == 0
    keep(
        customer, movement(16, amount="6.00", occurredAt=first), movement(17, amount="7.00", occurredAt=last)
    )
    assert adjusting.look_through(customer, now=NOW()) == 2


def test_is_signed_on_its_page_after_it_was_looked_at(customer, client: Client) -> None:
    sign_in(client, person(Role.OPERATIONS_LEAD))
    days = reverse("reconciliation:days")
    page = client.get(f"{days}?day={DAY}").content.decode()
    assert "120.00" in page
    sign = reverse("reconciliation:sign")
    account = f"{customer.pk}:EUR:"
    shown = client.get(sign, {"day": DAY, "account": account}).content.decode()
    digest = seen(customer).digest
    assert f"{account}|{digest}" in shown
    answer = client.post(sign, {"day": DAY, "account": f"{account}|{digest}"})
    assert answer.url == f"{days}?day={DAY}"
    close = DayClose.objects.get()
    assert (
        "Nothing of this day has changed"
        in client.get(reverse("reconciliation:close", args=[close.pk])).content.decode()
    )
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    assert client.post(sign, {"day": DAY}).status_code == 404
    assert "Signed" in client.get(f"{days}?day={DAY}").content.decode()


def test_goes_into_the_books_as_a_file_on_record(customer, client: Client) -> None:
    keep(customer, movement("=2+3", type="=HYPERLINK()"))
    span = Span(DAY, DAY)
    with pytest.raises(NotAllowed):
        exporting.make_bookings(span=span, purpose="AUDIT", actor=actor(person(Role.SUPPORT)), now=NOW())
    sign_in(client, person(Role.OPERATIONS_LEAD))
    url = reverse("reconciliation:bookings")
    answer = client.post(url, {"first": DAY, "last": DAY, "purpose": "OTHER", "words": "The books of June"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["transactionId"], row["direction"], row["amount"], row["feeAmount"]) for row in rows] == [
        ("tx-=2+3", "CREDIT", "10.00", "0.00"),
        ("tx-2", "CREDIT", "30.00", "0.00"),
        ("tx-3", "DEBIT", "10.00", "1.00"),
    ]
    assert rows[0]["kind"] == "'=HYPERLINK()"
    assert rows[1]["customerRef"] == customer.partner_customer_ref
    assert Export.objects.get().customers == 1
    answer = client.post(url, {"first": "2025-01-01", "last": DAY, "purpose": "OTHER", "words": "x"})
    assert "at most 366 days" in answer.content.decode()
