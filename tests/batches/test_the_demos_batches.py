"""The demo's batches: wages with two wrong rows, and invoices that wait for an approver."""

import pytest

from backoffice.local.demo import batches
from payments.batches.models import Batch
from payments.models import PaymentRequest
from tests.batches.people import faults_of, work
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, maker, now

pytestmark = pytest.mark.django_db(transaction=True)


def test_wait_where_a_visitor_finds_them(monkeypatch) -> None:
    by = maker()
    monkeypatch.setattr("backoffice.local.demo.staff.actor", lambda _name: by)
    customer = known_customer("corp-2001")
    assert not any(wanted.go_on(now()) for wanted in batches.LAST), "the account is told first"
    account_of(customer, "acct-eur")
    assert all(wanted.go_on(now()) for wanted in [*batches.LAST, *batches.LAST])
    work()
    wages, invoices = (Batch.objects.get(batch_ref=ref) for ref in ("wages-november", "invoices-week-47"))
    assert (wages.state, wages.good, faults_of(wages)) == (
        "READ",
        3,
        {4: ["bankAccountRef"], 6: ["amount"]},
    )
    assert (invoices.state, invoices.bad) == ("BOOKED", 0)
    waiting = PaymentRequest.objects.filter(state="PENDING_APPROVAL").order_by("payment_ref")
    assert [payment.payment_ref for payment in waiting] == ["inv-5101", "inv-5102", "inv-5103", "inv-5104"]
