"""An onboarding, end to end: the partner's request, the review, the signature, Oceafin's own word."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from backoffice.oceafin import client as client_module
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Submission
from backoffice.staff import clients
from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.customers.specimens import picture
from tests.onboarding.conftest import (
    accept_documents,
    act,
    again,
    attest,
    person_details,
    screened,
    to_ready,
    verbs,
)
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from tests.waiting import eventually
from webhooks import inbox

pytestmark = pytest.mark.django_db(transaction=True)
CASE = "/api/v1/onboarding-cases/kyc-1"


@pytest.fixture(scope="module")
def _process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(
        client_id="test-client", client_secret="test-client-secret", webhook_secret="test-webhook-secret"
    ) as process:
        yield process


@pytest.fixture
def oceafin(_process: SimulatorProcess, settings, live_server) -> Iterator[SimulatorProcess]:
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


@pytest.fixture
def rita():
    return person(Role.COMPLIANCE_REVIEWER, name="Rita")


@pytest.fixture
def lena():
    return person(Role.COMPLIANCE_LEAD, name="Lena")


def work() -> None:
    """One round of the worker: what is due leaves, what came in is applied."""
    Submission.objects.filter(leased_until=None).update(due_at=timezone.now() - timedelta(seconds=1))
    outbox.deliver_due(lane="papers", worker="test")
    inbox.apply_due(worker="test")


def upload(partner: APIClient, kind: str) -> str:
    form = {"file": SimpleUploadedFile("scan.jpg", picture("JPEG")), "documentType": kind}
    return partner.post("/api/v1/customers/cust-1/documents", form, format="multipart").json()["documentId"]


def hand_in(partner: APIClient, **metadata: str) -> Case:
    customer = {
        "partnerCustomerRef": "cust-1",
        "customerType": "INDIVIDUAL",
        "displayName": "Zoë",
        "metadata": metadata,
    }
    assert partner.post("/api/v1/customers", customer, format="json").status_code == 201
    body = {"caseRef": "kyc-1", **person_details(), "documentIds": [upload(partner, "PASSPORT")]}
    answer = partner.post("/api/v1/customers/cust-1/onboarding-cases", body, format="json")
    assert answer.status_code == 201, answer.content
    return screened(Case.objects.get())


def state_becomes(partner: APIClient, wanted: str, oceafin: SimulatorProcess) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        work()
        data = partner.get(CASE).json()
        if data["state"] in {"SUBMITTED", "PROCESSING"}:
            oceafin.step()
        return data if data["state"] == wanted else None

    return eventually(there, 20)


def test_ends_approved(oceafin: SimulatorProcess, partner: APIClient, rita, lena) -> None:
    case = hand_in(partner)
    to_ready(case, rita)
    attest(case, lena)
    data = state_becomes(partner, "APPROVED", oceafin)
    assert [line["state"] for line in data["timeline"]] == [
        "OPEN",
        "IN_REVIEW",
        "READY",
        "SUBMITTING",
        "SUBMITTED",
        "PROCESSING",
        "APPROVED",
    ]
    assert data["waitingFor"] is None
    assert partner.get("/api/v1/customers/cust-1").json()["status"] == "APPROVED"
    submissions = [each for each in oceafin.requests("createOnboardingSubmission") if each["status"] < 300]
    assert len(submissions) == 1
    assert again(case).oceafin_submission_id


def test_ends_rejected(oceafin: SimulatorProcess, partner: APIClient, lena) -> None:
    case = hand_in(partner, simulate="reject")
    to_ready(case, lena)
    attest(case, lena)
    state_becomes(partner, "REJECTED", oceafin)


def test_comes_back_for_missing_information_and_goes_again(
    oceafin: SimulatorProcess, partner: APIClient, rita, lena
) -> None:
    case = hand_in(partner, simulate="missing")
    to_ready(case, rita)
    attest(case, lena)
    data = state_becomes(partner, "MISSING_INFO", oceafin)
    assert data["askedFor"][0]["by"] == "OCEAFIN"
    assert data["askedFor"][0]["documentType"] == "PROOF_OF_ADDRESS"
    documents = [*data["documentIds"], upload(partner, "PROOF_OF_ADDRESS")]
    amended = partner.put(CASE, {**person_details(), "documentIds": documents}, format="json")
    assert amended.json()["state"] == "IN_REVIEW"
    act("claim_case", rita, case=case)
    accept_documents(case, rita)
    act("accept_case", rita, case=again(case))
    attest(case, lena)
    state_becomes(partner, "APPROVED", oceafin)
    assert again(case).submission_ref == "kyc-1-2"
    keys = Submission.objects.filter(kind="onboarding.submit").order_by("id").values_list("key", flat=True)
    assert list(keys) == ["cust-1:kyc-submit:kyc-1", "cust-1:kyc-submit:kyc-1-2"]


def test_is_submitted_once_when_the_answer_is_lost(
    oceafin: SimulatorProcess, partner: APIClient, lena
) -> None:
    case = hand_in(partner)
    to_ready(case, lena)
    oceafin.fault("lose_response", operation="createOnboardingSubmission")
    attest(case, lena)
    state_becomes(partner, "APPROVED", oceafin)
    assert len(oceafin.resources("onboarding_submission")) == 1
    assert verbs(case).count("case.submitted") == 1
