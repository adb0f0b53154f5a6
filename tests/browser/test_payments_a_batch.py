"""A batch in a real browser: from a file with bad rows to settled payments, by two people with nothing but clicks."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments import duties
from payments.accounts.services import read_balances
from payments.batches.models import Batch
from payments.models import PaymentRequest
from tests.batches.people import csv_of, line, work
from tests.faults.books import effects_are_ours_and_happened_once
from tests.payments.people import deliver_together, now, open_money_out
from tests.payments.test_a_payout import approved_customer, beneficiary
from tests.people import enrol, person
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GOOD, CUSTOMERS = 1_000, 5


def test_goes_from_its_file_to_settled_with_three_bad_rows_named(
    page: Page, enter, judge, oceafin: SimulatorProcess, settings
) -> None:
    # Each payment is read once at the end, in one minute.
    settings.OCEAFIN_READS_PER_MINUTE = 2 * GOOD
    open_money_out()
    for number in range(CUSTOMERS):
        customer = approved_customer(oceafin, f"cust-{number}")
        beneficiary(oceafin, customer)
        read_balances(customer, now=now())
    rows = [line(f"wd-{number}", "10.00", customer=f"cust-{number % CUSTOMERS}") for number in range(GOOD)]
    bad = [
        line("wd-x", "0", customer="cust-0"),
        line("wd-y", account="ba-9", customer="cust-0"),
        line("wd-z", purpose="=1+1", customer="cust-0"),
    ]
    content = csv_of(*rows[:5], *bad, *rows[5:])

    enter(person(Role.PAYMENTS_MAKER, name="Mara Maker"))
    page.goto("/payouts/batches/")
    judge(page, "batches-empty")
    page.get_by_role("link", name="Upload a file").first.click()
    judge(page, "batch-upload")
    page.get_by_label("Your reference").fill("payroll-1")
    page.get_by_label("File").set_input_files(
        {"name": "payroll.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="payroll-1")).to_be_visible()
    work()
    # The page follows by itself.
    expect(page.get_by_role("button", name=f"Book {GOOD} payments")).to_be_visible()
    expect(page.get_by_text("The amount must be more than 0.")).to_be_visible()
    expect(page.get_by_role("cell", name="wd-z")).to_be_visible()
    judge(page, "batch-preview")
    page.get_by_role("button", name=f"Book {GOOD} payments").click()
    with nobody_looking(page):
        work()
        deliver_together()
    expect(page.get_by_text(f"{GOOD} payments wait for approval.")).to_be_visible()

    page.context.clear_cookies()
    ada = person(Role.PAYMENTS_APPROVER, name="Ada Approver")
    phone = enrol(ada)
    enter(ada)
    page.goto("/payouts/batches/payroll-1/")
    page.get_by_role("link", name=f"Review and approve {GOOD} payments").click()
    judge(page, "batch-approve")
    page.get_by_role("link", name="Hold out wd-3", exact=True).click()
    page.get_by_label("Reason").fill("The invoice is not here yet")
    page.get_by_role("button", name="Hold it out").click()
    expect(page.get_by_text("held out by Ada Approver")).to_be_visible()
    page.get_by_role("button", name=f"Approve {GOOD - 1} payments").click()
    # However fresh the last one: a code of these rows' own.
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("is being carried out")).to_be_visible()
    with nobody_looking(page):
        work()
        deliver_together()
        oceafin.step(3)
        PaymentRequest.objects.filter(state="SENT").update(next_poll_at=now())
        while duties.poll_payments(now()):
            pass
    expect(page.get_by_text("1 payment waits for approval.")).to_be_visible()
    expect(page.get_by_text(f"{GOOD - 1} done, 0 refused")).to_be_visible()
    judge(page, "batch-booked")
    everything_settled_once(oceafin)
    page.goto("/payouts/batches/payroll-1/rows/?bad")
    judge(page, "batch-bad-rows")
    page.goto("/payouts/batches/payroll-1/rows/")
    page.get_by_role("link", name="wd-4", exact=True).click()
    expect(page.get_by_role("link", name="Batch payroll-1")).to_be_visible()
    expect(page.get_by_role("link", name="line 6", exact=True)).to_be_visible()
    judge(page, "batch-payment")


@contextmanager
def nobody_looking(page: Page) -> Iterator[None]:
    """A page that follows by itself asks every other second how far it is."""
    where = page.url
    page.goto("about:blank")
    yield
    page.goto(where)


def everything_settled_once(oceafin: SimulatorProcess) -> None:
    """By our records, and by Oceafin's own book."""
    settled = set(PaymentRequest.objects.filter(state="SETTLED").values_list("payment_ref", flat=True))
    assert (len(settled), Batch.objects.get().bad) == (GOOD - 1, 3)
    assert PaymentRequest.objects.exclude(state="SETTLED").get().payment_ref == "wd-3"
    moved = oceafin.withdrawals()
    assert sorted(entry["withdrawalRef"] for entry in moved) == sorted(settled)
    assert sum(Decimal(entry["amount"]) for entry in moved) == 10 * (GOOD - 1)
    effects_are_ours_and_happened_once(oceafin)
