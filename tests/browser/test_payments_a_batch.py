"""A batch in a real browser: from a file with bad rows to settled payments, by two people with nothing but clicks."""

import pytest
from playwright.sync_api import Page, expect

from backoffice.staff.roles import Role
from payments import duties
from payments.accounts.services import read_balances
from payments.batches.models import Batch
from payments.models import PaymentRequest
from tests.batches.people import csv_of, line, work
from tests.payments.people import deliver, now, open_money_out
from tests.payments.test_a_payout import approved_customer, beneficiary
from tests.people import enrol, person
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GOOD = 12


def test_goes_from_its_file_to_settled_with_three_bad_rows_named(
    page: Page, enter, judge, shoot, oceafin: SimulatorProcess
) -> None:
    open_money_out()
    customer = approved_customer(oceafin)
    beneficiary(oceafin, customer)
    read_balances(customer, now=now())
    rows = [line(f"wd-{number}", "10.00") for number in range(GOOD)]
    bad = [line("wd-x", "0"), line("wd-y", account="ba-9"), line("wd-z", purpose="=1+1")]
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
    work()
    deliver()
    page.reload()
    expect(page.get_by_text(f"{GOOD} payments wait for approval.")).to_be_visible()

    page.context.clear_cookies()
    ada = person(Role.PAYMENTS_APPROVER, name="Ada Approver")
    phone = enrol(ada)
    enter(ada)
    page.goto("/payouts/batches/payroll-1/")
    page.get_by_role("link", name=f"Review and approve {GOOD} payments").click()
    judge(page, "batch-approve")
    page.get_by_role("link", name="Hold out wd-3").click()
    page.get_by_label("Reason").fill("The invoice is not here yet")
    page.get_by_role("button", name="Hold it out").click()
    expect(page.get_by_text("held out by Ada Approver")).to_be_visible()
    page.get_by_role("button", name=f"Approve {GOOD - 1} payments").click()
    # However fresh the last one: a code of these rows' own.
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("is being carried out")).to_be_visible()
    work()
    deliver()
    oceafin.step(3)
    PaymentRequest.objects.filter(state="SENT").update(next_poll_at=now())
    duties.poll_payments(now())
    page.reload()
    expect(page.get_by_text("1 payment waits for approval.")).to_be_visible()
    expect(page.get_by_text(f"{GOOD - 1} done, 0 refused")).to_be_visible()
    judge(page, "batch-booked")
    settled = PaymentRequest.objects.filter(state="SETTLED").count()
    assert (settled, Batch.objects.get().bad) == (GOOD - 1, 3)
    page.goto("/payouts/batches/payroll-1/rows/?bad")
    judge(page, "batch-bad-rows")
    page.goto("/payouts/batches/payroll-1/rows/")
    page.get_by_role("link", name="wd-4").click()
    expect(page.get_by_role("link", name="Batch payroll-1")).to_be_visible()
    expect(page.get_by_role("link", name="line 6", exact=True)).to_be_visible()
    judge(page, "batch-payment")
