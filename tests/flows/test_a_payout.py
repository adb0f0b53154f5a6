"""The journey of a payout: the partner's system asks, one person approves, workers carry it, Oceafin's word comes in.

Every part is real: the API, the services, the outgoing border over signed HTTP to a stand-in Oceafin in its own
process, and its events as signed bytes at our front door.
"""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backoffice.audit.models import Entry
from backoffice.oceafin import client as client_module
from backoffice.oceafin.models import Attempt
from backoffice.staff import clients
from payments import duties, payee_news
from payments.models import BankAccount, PaymentRequest
from tests.payments.people import approve, deliver, now, open_money_out, post_event
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "test-webhook-secret"
IBAN = "DE02120300000000202051"


@pytest.fixture
def oceafin(settings):
    with SimulatorProcess(
        client_id="test-client", client_secret="test-client-secret", webhook_secret=SECRET
    ) as process:
        settings.OCEAFIN_PARTNER_API_BASE_URL = process.base_url
        client_module.reset_clients()
        yield process
    client_module.reset_clients()


@pytest.fixture
def api() -> APIClient:
    token = clients.create_from_shell(name="erp", scopes=["customers", "payments"], now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def carry(oceafin: SimulatorProcess) -> None:
    """What workers and web do by themselves: deliver what is due, take in what Oceafin tells, apply it."""
    deliver()
    known = set(Event.objects.values_list("event_id", flat=True))
    for event in oceafin.events():
        body = event.get("body") or event.get("event") or event
        if body["eventId"] not in known:
            assert post_event(body, SECRET) == 202
    Event.objects.filter(state__in=["RECEIVED", "PARKED"]).update(due_at=now())
    inbox.apply_due(worker="test")
    BankAccount.objects.filter(next_poll_at__isnull=False).update(next_poll_at=now())
    payee_news.poll(now())
    deliver()


def post(api: APIClient, path: str, **body: str):
    answer = api.post(f"/api/v1/{path}", body, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_goes_from_the_partners_request_to_settled(oceafin: SimulatorProcess, api: APIClient) -> None:
    open_money_out()
    post(
        api,
        "customers",
        partnerCustomerRef="cust-1",
        customerType="INDIVIDUAL",
        displayName="Ada Example",
    )
    post(
        api,
        "customers/cust-1/bank-accounts",
        bankAccountRef="ba-1",
        accountHolderName="Ada Example",
        iban=IBAN,
        country="DE",
        currency="EUR",
        holderType="SAME_NAME",
    )
    carry(oceafin)
    assert api.get("/api/v1/customers/cust-1/bank-accounts/ba-1").json()["status"] is None

    oceafin.advance("customer", "APPROVED", ref="cust-1", data={"status": "APPROVED"})
    oceafin.fund("cust-1", "EUR", "500.00")
    carry(oceafin)
    oceafin.step()
    carry(oceafin)
    assert api.get("/api/v1/customers/cust-1/bank-accounts/ba-1").json()["status"] == "ACTIVE"

    asked = post(
        api,
        "payment-requests",
        paymentRef="wd-9001",
        kind="FIAT_WITHDRAWAL",
        partnerCustomerRef="cust-1",
        amount="120.00",
        currency="EUR",
        bankAccountRef="ba-1",
        purpose="Invoice 17",
    )
    assert asked["state"] == "PENDING_APPROVAL"
    carry(oceafin)
    payment = PaymentRequest.objects.get()
    assert duties.refresh_balances(now()) == 1
    assert payment.approvals_needed == 2  # a beneficiary that was never used before
    approve(payment)
    assert PaymentRequest.objects.get().state == "PENDING_APPROVAL"
    approve(payment)
    carry(oceafin)
    oceafin.step(3)
    carry(oceafin)

    shown = api.get("/api/v1/payment-requests/wd-9001").json()
    assert (shown["state"], shown["waitingFor"]) == ("SETTLED", None)
    assert [line["state"] for line in shown["timeline"]] == [
        *["PENDING_APPROVAL", "APPROVED", "SENDING", "SENT", "SETTLED"]
    ]
    [effect] = oceafin.withdrawals("wd-9001")
    assert (effect["amount"], effect["currency"]) == ("120.00", "EUR")
    assert Attempt.objects.filter(nonce="").count() == Attempt.objects.filter(purpose="LOOK").count()
    text = " ".join(str(entry) + str(entry.facts) for entry in Entry.objects.all())
    assert IBAN not in text
