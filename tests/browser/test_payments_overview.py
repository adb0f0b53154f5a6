"""The overview in a browser: asked for in the address, read by eye or as a table, and taken along."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from backoffice.audit import Actor
from backoffice.staff.roles import Role
from payments import services
from tests.payments.days import ended
from tests.payments.people import now, waiting_payment
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def some_days() -> None:
    """Three weeks of payments, some of which went wrong."""
    people = [
        Actor.staff(person(Role.PAYMENTS_APPROVER, name=name)) for name in ("Ada Specimen", "Leo Muster")
    ]
    today = now()
    for number, (ago, amount, end) in enumerate(
        [
            (0.05, "1250.00", "SETTLED"),
            (1.2, "750.00", "FAILED"),
            (2, "2300.50", "SETTLED"),
            (19, "990.00", "SETTLED"),
        ]
    ):
        ended(
            f"wd-{number}",
            amount,
            at=today - timedelta(days=ago),
            end=end,
            by=people[number % 2],
            waited=timedelta(hours=1 + 3 * number),
        )
    ended("cw-1", "42.500001", at=today - timedelta(days=1), kind="CRYPTO_WITHDRAWAL", by=people[0])
    refused = waiting_payment("wd-99", now=today - timedelta(hours=5))
    services.reject(
        payment=refused, reason="Asked for twice.", actor=people[1], now=today - timedelta(hours=1)
    )


def test_is_asked_for_read_and_taken_along(page, enter, judge) -> None:
    some_days()
    enter(person(Role.OPERATIONS_LEAD))
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="Payments overview").first.click()
    expect(page.get_by_role("heading", name="USDC on Ethereum")).to_be_visible()
    judge(page, "overview")

    # By keyboard: the last 30 days, then one currency, all of it in the address.
    page.get_by_role("link", name="Last 30 days").press("Enter")
    page.get_by_role("link", name="Last 30 days").and_(page.locator("[aria-current]")).wait_for()
    page.get_by_label("Currency", exact=True).select_option("EUR")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_role("heading", name="USDC on Ethereum")).to_have_count(0)
    assert "currency=EUR" in page.url
    card = page.get_by_role("region", name="EUR").first
    expect(card).to_contain_text("4,540.50 EUR")
    summary = card.locator("summary")
    if card.locator("details[open]").count():
        summary.press("Enter")
    summary.press("Enter")
    expect(card.get_by_role("row").nth(1)).to_contain_text("1,250.00 EUR")

    with page.expect_download() as taken:
        page.get_by_role("button", name="volumes").press("Enter")
    assert taken.value.suggested_filename.startswith("volumes-")
    assert '"990.00"' in taken.value.path().read_text("utf-8-sig")
