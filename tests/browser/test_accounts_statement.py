"""A lead finds a movement that nothing explains, writes down what it is, and takes the statement along."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts.models import Balance
from tests.accounts.movements import keep, kept, movement
from tests.browser.doors import make_stale
from tests.customers.conftest import known_customer
from tests.people import enrol, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

JUNE = "first=2026-06-01&last=2026-06-30"


@pytest.fixture
def customer() -> Customer:
    """A shop of two currencies, with something in its lists that cannot be read."""
    customer = known_customer("cust-100001", display_name="Ōkami 株式会社 شركة المثال")
    now = timezone.now()
    for currency, network, available in (("EUR", "", "4272.50"), ("USDC", "POLYGON", "0.123456789012345678")):
        Balance.objects.create(
            customer=customer,
            currency=currency,
            network=network,
            available=available,
            pending="0.00",
            updated_at=now - timedelta(minutes=3),
            read_at=now,
        )
    paid = [
        movement(
            number,
            direction="DEBIT" if number % 4 == 0 else "CREDIT",
            type="FIAT_WITHDRAWAL" if number % 4 == 0 else "FIAT_DEPOSIT",
            amount="200.00" if number % 4 == 0 else "140.00",
            feeAmount="0.50",
            occurredAt=f"2026-06-{number % 27 + 1:02}T1{number % 9}:15:00Z",
        )
        for number in range(1, 56)
    ]
    coins = {
        "currency": "USDC",
        "network": "POLYGON",
        "amount": "0.123456789012345678",
        "type": "CRYPTO_DEPOSIT",
    }
    keep(
        customer,
        *paid,
        movement("before", amount="1000.00", occurredAt="2026-05-12T08:00:00Z"),
        movement("coins", **coins),
        movement("lots", amount="lots", occurredAt="2026-06-09T08:00:00Z"),
        movement("pending", status="PENDING", direction="DEBIT", occurredAt="2026-06-29T08:00:00Z"),
    )
    return customer


def text_of(path: Path) -> str:
    pdf = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def test_of_a_span_is_read_and_taken_along_by_a_lead(
    page: Page, enter: Callable, judge: Callable, customer: Customer, tmp_path: Path
) -> None:
    lead = person(Role.OPERATIONS_LEAD, name="Olga Lead")
    phone = enrol(lead)
    enter(lead)
    page.goto("/transactions/unexplained/")
    judge(page, "unexplained")
    page.goto(f"/customers/customer/{customer.pk}/tabs/money/")
    page.get_by_role("link", name="All transactions").click()
    judge(page, "transactions")
    page.get_by_label("Direction").select_option("Went out")
    page.get_by_label("Type").select_option("FIAT_WITHDRAWAL")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("[data-rows] tbody tr")).to_have_count(13)
    page.get_by_role("link", name="tx-24", exact=True).click()
    expect(page.get_by_text("No record of ours explains this transaction.")).to_be_visible()
    judge(page, "transaction")
    page.get_by_role("link", name="Explain it").click()
    page.get_by_label("What it is").fill("A payout that was made by telephone.")
    page.get_by_role("button", name="Explain it").click()
    expect(page.get_by_text("It is off the list of what nothing explains.")).to_be_visible()
    judge(page, "transaction-explained")
    assert kept(24).explained_type

    page.goto(f"/transactions/of/cust-100001/statement/?{JUNE}")
    euros = page.get_by_role("region", name="EUR")
    expect(euros.get_by_text("4,280.00").first).to_be_visible()
    judge(page, "statement")
    page.get_by_role("link", name="Take it along (PDF, CSV)").click()
    judge(page, "statement-export")
    make_stale()
    assert "140.00" in taken(page, "csv", tmp_path, code=phone.code(1)).read_text()
    told = text_of(taken(page, "pdf", tmp_path))
    assert "4,280.00" in told
    assert "tx-24" in told


def taken(page: Page, form: str, folder: Path, *, code: str = "") -> Path:
    """The file that the browser saves, after a purpose and, if the last one is stale, another code."""
    page.goto(f"/transactions/of/cust-100001/statement/file/?{JUNE}")
    page.get_by_label("File").select_option(form)
    page.get_by_label("What you need it for").select_option("CUSTOMER_ASKED")
    make = page.get_by_role("button", name="Make the file")
    if code:
        make.click()
        page.get_by_label("Code").fill(code)
        make = page.get_by_role("button", name="Go on")
    with page.expect_download() as download:
        make.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
