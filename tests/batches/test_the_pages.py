"""The pages and the API of batches, by who may do what there."""

import io
import json

import pgtrigger
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backoffice.staff import clients
from backoffice.staff.roles import Role
from payments.batches.models import Batch, Selection
from payments.models import PaymentRequest
from tests.batches.people import booked, csv_of, line, work
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, now, quoted
from tests.people import enrol, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account():
    return account_of(known_customer())


def test_lead_from_a_file_to_its_bad_rows(client: Client) -> None:
    sign_in(client, person(Role.PAYMENTS_MAKER))
    assert "No file was handed in yet" in client.get("/payouts/batches/").content.decode()
    file = SimpleUploadedFile("payroll.csv", csv_of(line("wd-1"), line("wd-2", "0")))
    answer = client.post("/payouts/batches/upload/", {"batch_ref": "b-1", "file": file})
    assert answer.headers["Location"] == "/payouts/batches/b-1/"
    work()
    page = client.get("/payouts/batches/b-1/").content.decode()
    assert "Book 1 payment" in page
    assert "The amount must be more than 0." in page
    given = b"".join(client.get("/payouts/batches/b-1/bad-rows.csv").streaming_content).decode()
    assert "wd-2" in given
    client.post("/payouts/batches/b-1/book/", {"rule": "ALL_GOOD"})
    work()
    assert "1 is a payment" in client.get("/payouts/batches/b-1/").content.decode()
    assert "wd-1" in client.get("/payouts/batches/b-1/rows/").content.decode()


def test_lead_from_a_payment_to_its_row_and_say_how_many_have_settled(client: Client) -> None:
    batch = booked(csv_of(line("wd-1"), line("wd-2")))
    sign_in(client, person(Role.PAYMENTS_MAKER))
    payment = batch.rows.get(line=3).payment
    page = client.get(f"/payments/paymentrequest/{payment.pk}/change/").content.decode()
    assert 'href="/payouts/batches/b-1/"' in page
    assert 'href="/payouts/batches/b-1/rows/?after=2"' in page
    rows = client.get("/payouts/batches/b-1/rows/?after=2").content.decode()
    assert "wd-2" in rows
    assert "wd-1" not in rows
    with pgtrigger.ignore():
        PaymentRequest.objects.update(state="SENT")
        PaymentRequest.objects.filter(pk=payment.pk).update(state="SETTLED")
    page = client.get("/payouts/batches/b-1/").content.decode()
    assert "1 of 2 have settled" in page


def test_ask_for_a_new_code_however_fresh_the_last_one(client: Client) -> None:
    batch = booked(csv_of(line("wd-1")))
    quoted(batch.rows.get().payment)
    yes = person(Role.PAYMENTS_APPROVER)
    phone = enrol(yes)
    sign_in(client, yes)
    address = "/payouts/batches/b-1/approve/"
    seen = client.get(address).context["seen"]
    asks = client.post(address, {"seen": seen})
    assert "exactly the rows that you reviewed" in asks.content.decode()
    assert not Selection.objects.exists()
    client.post(address, {"seen": seen, "step_up_code": phone.code()})
    assert Selection.objects.get().count == 1


def test_warn_beside_the_button_of_what_the_rows_warn_of(client: Client) -> None:
    batch = booked(csv_of(line("wd-1"), line("wd-2")))
    for row in batch.rows.all():
        quoted(row.payment)
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    page = client.get("/payouts/batches/b-1/approve/").content.decode()
    assert "Of 2 payments: nobody has confirmed the beneficiary" in page
    assert page.count("warnings</span>") == 2


def test_are_closed_to_who_may_not_see_payments(client: Client) -> None:
    sign_in(client, person(Role.COMPLIANCE_REVIEWER))
    for address in ("", "upload/", "template.csv"):
        assert client.get(f"/payouts/batches/{address}").status_code == 404


def test_are_answered_to_the_partner_in_the_names_of_the_api(api) -> None:
    file = io.BytesIO(csv_of(line("wd-1"), line("wd-2", "0")))
    file.name = "payroll.csv"
    answer = api.post("/api/v1/payment-batches", {"batchRef": "b-1", "file": file, "rule": "ALL_GOOD"})
    assert (answer.status_code, answer.json()["state"]) == (201, "UPLOADED")
    work()
    found = api.get("/api/v1/payment-batches/b-1").json()
    assert (found["state"], found["good"], found["bad"], found["payments"]) == ("BOOKED", 1, 1, 1)
    bad = api.get("/api/v1/payment-batches/b-1/rows?verdict=BAD").json()["items"]
    assert [(row["line"], row["errors"][0]["column"]) for row in bad] == [(3, "amount")]
    refused = api.post("/api/v1/payment-batches", {"batchRef": "b-2", "file": io.BytesIO(b"a,b\n")})
    assert refused.status_code == 400
    booked = api.post(
        "/api/v1/payment-batches/b-1/booking",
        json.dumps({"rule": "ALL_GOOD"}),
        content_type="application/json",
    )
    assert booked.status_code == 409
    assert Batch.objects.count() == 1


@pytest.fixture
def api() -> Client:
    token = clients.create_from_shell(name="core", scopes=["payments"], now=now())
    return Client(headers={"Authorization": f"Bearer {token}"})
