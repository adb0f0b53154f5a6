"""A statement adds up what can be read, names the rest, and leaves the house only on record."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from django.test import Client
from django.utils import timezone

from backoffice.reveals.models import Export
from backoffice.reveals.services import PurposeNeeded
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts.models import Balance
from payments.accounts.statements import services, spans, sums
from payments.accounts.statements.spans import NoSpan, Span
from tests.accounts.movements import keep, movement
from tests.customers.conftest import known_customer
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db
JUNE = Span(date(2026, 6, 1), date(2026, 6, 30))
NOW = timezone.now


@pytest.fixture
def customer() -> Customer:
    return known_customer()


@pytest.fixture
def in_paris(settings) -> None:
    settings.BUSINESS_TIME_ZONE = ZoneInfo("Europe/Paris")


def balance(customer: Customer, available: str, currency: str = "EUR", **changes: Any) -> Balance:
    asked = {"network": "", "pending": "0", "read_at": NOW(), **changes}
    return Balance.objects.create(customer=customer, currency=currency, available=available, **asked)


def account(customer: Customer, span: Span = JUNE, currency: str = "EUR") -> sums.Account:
    (found,) = [each for each in sums.accounts_of(customer, span) if each.currency == currency]
    return found


def at(day: str, **changes: Any) -> dict[str, Any]:
    return {"occurredAt": f"2026-{day}T10:00:00Z", **changes}


def as_rows(customer: Customer, span: Span = JUNE) -> list[dict[str, str]]:
    with services.statement_csv(customer, span, now=NOW()) as file:
        return list(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"))))


def as_text(file: Any) -> tuple[str, int]:
    pdf = pypdfium2.PdfDocument(file.read())
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf), len(pdf)
    finally:
        pdf.close()


def taken(customer: Customer, form: str = "csv", **changes: Any) -> Any:
    asked = {"purpose": "CUSTOMER_ASKED", "actor": actor(person(Role.AUDITOR)), "span": JUNE, **changes}
    return services.make_statement(customer=customer, form=form, now=NOW(), **asked)


# --- what it adds up to -------------------------------------------------------------------------------------------


def test_opens_with_what_was_before_and_closes_with_all(customer):
    keep(
        customer,
        movement(1, **at("05-31", amount="100.00")),
        movement(2, **at("06-02", amount="20.00", feeAmount="0.50")),
        movement(3, **at("06-03", amount="50.00", direction="DEBIT", feeAmount="1.25", status="RETURNED")),
        movement(4, **at("07-01", amount="7.00")),
    )
    found = account(customer)
    assert (found.opening, found.came_in, found.went_out, found.fees, found.closing, found.lines) == (
        100,
        20,
        50,
        Decimal("1.75"),
        70,
        2,
    )


def test_keeps_currencies_and_networks_apart(customer):
    keep(
        customer,
        movement(1, **at("06-02")),
        movement(2, **at("06-02", currency="USDC", network="TRON", amount="0.123456789012345678")),
        movement(3, **at("06-02", currency="USDC", network="POLYGON", amount="2")),
    )
    told = [(each.currency, each.network, each.closing) for each in sums.accounts_of(customer, JUNE)]
    assert told == [
        ("EUR", "", 10),
        ("USDC", "POLYGON", 2),
        ("USDC", "TRON", Decimal("0.123456789012345678")),
    ]


def test_loses_no_digit_of_long_amounts(customer):
    long = "9" * 30 + "." + "9" * 18
    keep(customer, *(movement(number, **at("06-02", amount=long)) for number in range(3)))
    assert account(customer).closing == sums.add(*[Decimal(long)] * 3)
    assert [row["balance"] for row in as_rows(customer) if row["row"] == "LINE"][-1].startswith(
        "2" + "9" * 29
    )


def test_goes_by_the_business_clock(customer, in_paris):
    keep(
        customer,
        movement(1, occurredAt="2026-05-31T21:59:59Z"),
        movement(2, occurredAt="2026-05-31T22:00:00Z"),
        movement(3, occurredAt="2026-06-30T21:59:59Z"),
        movement(4, occurredAt="2026-06-30T22:00:00Z"),
    )
    found = account(customer)
    assert (found.opening, found.came_in, found.lines) == (10, 20, 2)
    lines = [row for row in as_rows(customer) if row["row"] == "LINE"]
    assert lines[0]["at"] == "2026-06-01T00:00:00+02:00"


def test_of_a_day_with_a_change_of_clocks_has_all_its_hours(in_paris):
    spring, autumn = (Span(day, day) for day in (date(2026, 3, 29), date(2026, 10, 25)))
    assert spring.end - spring.start == timedelta(hours=23)
    assert autumn.end - autumn.start == timedelta(hours=25)


@pytest.mark.parametrize(("first", "last"), [("2026-06-02", "2026-06-01"), ("0001-01-01", "9999-12-31")])
def test_has_a_span(first, last):
    with pytest.raises(NoSpan):
        Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": "lots"}, "amount cannot be read"),
        ({"amount": "1" + "0" * 30}, "amount cannot be read"),
        ({"amount": "-5.00"}, "amount cannot be read"),
        ({"amount": None}, "amount cannot be read"),
        ({"occurredAt": "2026-06-02T10:00:00"}, "date cannot be read"),
        ({"currency": None}, "names no currency"),
        ({"direction": "SIDEWAYS"}, "does not say whether"),
        ({"status": "PENDING"}, "has not happened yet"),
        ({"status": "FAILED"}, "nothing moved"),
        ({"status": "EXPLODED"}, "not one that we know"),
    ],
)
def test_names_what_it_cannot_sum_and_why(customer, changes, why):
    keep(customer, movement(1, **at("06-02")), movement(2, **at("06-02") | changes))
    assert account(customer).closing == 10
    (row,) = sums.not_summed(customer, JUNE)
    assert row.transaction_id == "tx-2"
    assert why in sums.why_not(row)
    (told,) = [each for each in as_rows(customer) if each["row"] == "NOT_SUMMED"]
    assert why in told["note"]


def test_says_how_many_earlier_ones_its_opening_is_without(customer):
    keep(customer, movement(1, **at("05-02", amount="lots")), movement(2, **at("06-02")))
    assert sums.not_summed_before(customer, JUNE) == 1
    assert not sums.not_summed(customer, JUNE)


# --- beside what Oceafin says -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("available", "difference"),
    [("60.00", "0"), ("61.50", "1.50"), ("0", "-60"), ("a lot", None), ("", None)],
)
def test_says_what_oceafins_balance_has_more(customer, available, difference):
    balance(customer, available)
    keep(
        customer,
        movement(1, **at("06-02", amount="100.00")),
        movement(2, **at("06-03", amount="30.00", direction="DEBIT")),
        # It has left what is available, and has not happened yet.
        movement(3, **at("06-04", amount="10.00", direction="DEBIT", status="PENDING")),
        movement(4, **at("06-05", amount="500.00", status="FAILED")),
    )
    compared = account(customer).compared
    assert compared is not None
    assert compared.by_lines == 60
    assert compared.difference == (None if difference is None else Decimal(difference))


def test_compares_only_what_had_happened_when_the_balance_was_read(customer):
    balance(customer, "10.00", read_at=JUNE.start)
    keep(customer, movement(1, **at("05-02")), movement(2, **at("06-02")))
    assert account(customer).compared.difference == 0


def test_names_a_balance_that_no_line_explains(customer):
    balance(customer, "5", currency="GBP")
    found = account(customer, currency="GBP")
    assert (found.closing, found.compared.difference) == (0, 5)


# --- the files ----------------------------------------------------------------------------------------------------


def test_is_a_spreadsheet_without_a_formula(customer):
    evil = '=HYPERLINK("http://x","y")'
    keep(
        customer,
        movement(1, **at("06-02", type=evil, currency="@EUR", resourceId="+1")),
        movement(2, **at("06-02", amount="-2+3", status=evil)),
        movement("=1+1", **at("06-03", direction="DEBIT", amount="50.00", network="\tx")),
    )
    with services.statement_csv(customer, JUNE, now=NOW()) as file:
        cells = [cell for row in csv.reader(io.StringIO(file.read().decode("utf-8-sig"))) for cell in row]
    assert "'" + evil[:16] in {cell[:17] for cell in cells}
    numbers = [cell for cell in cells if cell[:1] == "-"]
    assert numbers
    assert all(Decimal(number) < 0 for number in numbers)
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@", "\t", "\r"}]


def test_says_the_same_as_csv_and_as_a_pdf(customer, in_paris):
    balance(customer, "71.50")
    keep(
        customer,
        movement(1, **at("05-31", amount="100.00")),
        movement(2, **at("06-02", amount="20.00")),
        movement(3, **at("06-03", amount="50.00", direction="DEBIT")),
        movement(4, **at("06-04", amount="lots", type="Überweisung דוגמה")),
    )
    rows = {row["row"]: row for row in as_rows(customer)}
    assert [rows[name]["balance"] for name in ("OPENING", "CLOSING", "READ")] == ["100.00", "70.00", "71.50"]
    assert [rows[name]["amount"] for name in ("IN", "OUT", "DIFFERENCE")] == ["20.00", "50.00", "1.50"]
    text, _count = as_text(taken(customer, "pdf"))
    for words in (
        "Statement of cust-1",
        "Europe/Paris",
        "Ada Example",
        "2 Jun 2026, 12:00:00",
        "-50.00",
        "The difference is 1.50",
        "Not summed",
        "CREDIT lots EUR",
    ):
        assert words in text


def test_of_many_lines_is_written_without_holding_them(customer, monkeypatch):
    keep(customer, *(movement(number, **at("06-02")) for number in range(2_500)))
    rows = as_rows(customer)
    assert sum(row["row"] == "LINE" for row in rows) == 2_500
    assert rows[-2]["balance"] == "25000.00" or rows[-1]["balance"] == "25000.00"
    _text, pages = as_text(taken(customer, "pdf"))
    assert pages > 20
    monkeypatch.setattr(services, "PDF_LINES", 2_000)
    with pytest.raises(services.TooLong, match="CSV"):
        taken(customer, "pdf")


def test_is_taken_on_record_and_for_a_purpose(customer):
    keep(customer, movement())
    taken(customer).close()
    export = Export.objects.get()
    assert (export.customers, export.purpose) == (1, "CUSTOMER_ASKED")
    with pytest.raises(PurposeNeeded):
        taken(customer, purpose="")
    with pytest.raises(NotAllowed):
        taken(customer, actor=actor(person(Role.SUPPORT)))
    assert Export.objects.count() == 1


def test_is_handed_out_as_a_file_from_its_page(client: Client, customer):
    keep(customer, movement(1, **at("06-02")))
    sign_in(client, person(Role.OPERATIONS_LEAD))
    page = client.get("/transactions/of/cust-1/statement/?first=2026-06-01&last=2026-06-30")
    assert b"Closing balance" in page.content
    url = "/transactions/of/cust-1/statement/file/?first=2026-06-01&last=2026-06-30"
    assert b"What you need it for" in client.get(url).content
    answer = client.post(url, {"form": "csv", "purpose": "PAYMENT_TRACED", "words": ""})
    assert answer["Content-Disposition"].endswith('"statement-cust-1-2026-06-01-2026-06-30.csv"')
    assert answer["Cache-Control"] == "private, no-store"
    assert b"tx-1" in b"".join(answer.streaming_content)


def test_asks_for_the_second_factor_and_is_no_file_for_everybody(client: Client, customer):
    url = "/transactions/of/cust-1/statement/file/?first=2026-06-01&last=2026-06-30"
    given = {"form": "csv", "purpose": "PAYMENT_TRACED", "words": ""}
    client.force_login(person(Role.OPERATIONS_LEAD), backend="backoffice.staff.backend.StaffBackend")
    answer = client.post(url, given)
    assert "Content-Disposition" not in answer
    assert not Export.objects.exists()
    sign_in(client, person(Role.SUPPORT))
    assert client.post(url, given).status_code == 404


def test_of_this_month_ends_today(in_paris):
    late = timezone.datetime(2026, 6, 30, 22, 30, tzinfo=ZoneInfo("UTC"))
    assert spans.this_month(late) == Span(date(2026, 7, 1), date(2026, 7, 1))
