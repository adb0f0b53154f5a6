"""From the partner's request to Oceafin's word: the API, the outbox, the simulator, a signed event, the inbox."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backoffice.audit import Actor
from backoffice.oceafin import client as client_module
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Submission
from backoffice.staff import clients
from customers import services
from customers.models import Customer, Document
from tests.customers.specimens import picture
from tests.simulator.driver import SimulatorProcess
from tests.waiting import eventually
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMER = {
    "partnerCustomerRef": "cust-1",
    "customerType": "INDIVIDUAL",
    "displayName": "Zoë",
    "metadata": {},
}


@pytest.fixture(scope="module")
def _process():
    with SimulatorProcess(
        client_id="test-client", client_secret="test-client-secret", webhook_secret="test-webhook-secret"
    ) as process:
        yield process


@pytest.fixture
def oceafin(_process: SimulatorProcess, settings, live_server) -> SimulatorProcess:
    _process.reset()
    _process.set(webhookUrl=f"{live_server.url}/webhooks/oceafin/")
    settings.OCEAFIN_PARTNER_API_BASE_URL = _process.base_url
    client_module.reset_clients()
    yield _process
    _process.reset()
    client_module.reset_clients()


@pytest.fixture
def partner() -> APIClient:
    token = clients.create_from_shell(name="p", scopes=["customers", "onboarding"], now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def deliver() -> None:
    Submission.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    outbox.deliver_due(lane="papers", worker="test")


def test_is_known_and_approved_in_the_end(oceafin: SimulatorProcess, partner: APIClient) -> None:
    assert partner.post("/api/v1/customers", CUSTOMER, format="json").status_code == 201
    deliver()
    body = partner.get("/api/v1/customers/cust-1").json()
    assert body["status"] == "DRAFT"
    assert body["customerId"]

    oceafin.advance("customer", "APPROVED", ref="cust-1")

    def approved() -> bool:
        inbox.apply_due(worker="test")
        return partner.get("/api/v1/customers/cust-1").json()["status"] == "APPROVED"

    eventually(approved)
    assert Event.objects.filter(state="APPLIED").exists()
    assert Customer.objects.get().may_send_money_out()


def test_hands_in_a_document_that_arrives_byte_by_byte(oceafin: SimulatorProcess, partner: APIClient) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    partner.post("/api/v1/customers", CUSTOMER, format="json")
    file = SimpleUploadedFile("x.jpg", picture("JPEG"))
    form = {"file": file, "documentType": "SELFIE"}
    assert partner.post("/api/v1/customers/cust-1/documents", form, format="multipart").status_code == 201
    services.send_document(Document.objects.get(), actor=Actor.system("test"), now=timezone.now())
    deliver()
    deliver()
    assert Submission.objects.get(kind="file.upload").state == "ACCEPTED"
    assert Document.objects.get().oceafin_file_asset_id is not None


def test_is_asked_about_when_the_event_is_lost(oceafin: SimulatorProcess, partner: APIClient) -> None:
    partner.post("/api/v1/customers", CUSTOMER, format="json")
    deliver()
    oceafin.advance("customer", "SUBMITTED", ref="cust-1", tell=False)
    Customer.objects.update(poll_due_at=timezone.now() - timedelta(seconds=1))
    services.poll_due_customers(timezone.now())
    deliver()
    assert partner.get("/api/v1/customers/cust-1").json()["status"] == "SUBMITTED"


def test_is_there_once_at_oceafin_when_the_answer_is_lost(
    oceafin: SimulatorProcess, partner: APIClient
) -> None:
    oceafin.fault("lose_response", operation="createCustomer")
    partner.post("/api/v1/customers", CUSTOMER, format="json")
    deliver()
    assert Submission.objects.get().state == "UNCONFIRMED"
    deliver()
    assert Submission.objects.get().state == "ACCEPTED"
    assert Customer.objects.get().oceafin_customer_id is not None
