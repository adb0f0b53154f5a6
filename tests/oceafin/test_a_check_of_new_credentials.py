"""A check of new credentials says for each thing whether it works, and what to do where it does not."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backoffice.oceafin import checkup, contract, sandbox_walk
from backoffice.oceafin.client import Client
from tests.simulator.driver import SimulatorProcess
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as oceafin:
        yield oceafin


@pytest.fixture
def oceafin(running: SimulatorProcess, settings) -> SimulatorProcess:
    running.reset()
    settings.OCEAFIN_PARTNER_API_BASE_URL = running.base_url
    settings.OCEAFIN_PARTNER_API_CLIENT_ID = running.client_id
    settings.OCEAFIN_PARTNER_API_CLIENT_SECRET = running.client_secret
    return running


def checked(*options: str) -> str:
    out = StringIO()
    call_command("oceafin_check", *options, stdout=out)
    return out.getvalue()


def failed(*options: str) -> str:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("oceafin_check", *options, stdout=out)
    return out.getvalue()


def test_finds_that_all_is_well_and_changes_nothing(oceafin):
    said = checked()
    assert "ok      Signature: Oceafin accepts our signature." in said
    assert "none failed" in said
    assert oceafin.resources("customer") == []


def test_says_that_nobody_answers(settings):
    settings.OCEAFIN_PARTNER_API_BASE_URL = "http://127.0.0.1:9"
    said = failed()
    assert "FAILED  Connection" in said
    assert "OCEAFIN_PARTNER_API_BASE_URL" in said


def test_says_that_the_secret_is_wrong(oceafin, settings):
    settings.OCEAFIN_PARTNER_API_CLIENT_SECRET = "another"
    assert "Compare OCEAFIN_PARTNER_API_CLIENT_SECRET" in failed()


def test_says_that_the_client_is_unknown(oceafin, settings):
    settings.OCEAFIN_PARTNER_API_CLIENT_ID = "another"
    assert "Compare OCEAFIN_PARTNER_API_CLIENT_ID" in failed()


def test_says_how_wrong_the_clock_is(oceafin):
    oceafin.skew_clock(600)
    said = failed()
    assert "behind Oceafin's" in said
    assert "by NTP" in said


def test_names_what_is_switched_off(oceafin):
    oceafin.set(denyOperations=["listBalances"])
    said = checked()
    assert "look    Read: " in said
    assert "the client lacks the scope" in said


def test_sends_an_event_to_the_public_address(oceafin, live_server):
    said = checked("--webhook-url", f"{live_server.url}/webhooks/oceafin/")
    assert "ok      Webhook: A signed event was taken in, a forged one refused." in said
    assert Event.objects.get().event_type == "oceafin_check"


def test_says_that_the_site_has_another_webhook_secret(oceafin, live_server):
    (*_, webhook) = checkup.findings(
        Client.from_settings(),
        now=timezone.now(),
        webhook_url=f"{live_server.url}/webhooks/oceafin/",
        webhook_secret="another-secret",
    )
    assert webhook.holds is False
    assert "OCEAFIN_PARTNER_API_WEBHOOK_SECRET" in webhook.next_step


def test_walks_the_recommended_sequence_in_a_sandbox(oceafin):
    said = checked("--sandbox")
    for step in (
        "Create a test customer",
        "Send the same again",
        "Send another body",
        "Upload a document",
        "Submit",
    ):
        assert f"ok      {step}" in said
    (customer,) = oceafin.resources("customer")
    assert customer["status"] == "SUBMITTED"


def test_submits_all_that_the_contract_names_of_a_consent():
    sent = sandbox_walk.submission_body("check-1", "file-1", "client-1", "p", timezone.now())
    named = contract.load()["components"]["schemas"]["ConsentEvidence"]["properties"]
    assert sent["consentEvidence"].keys() == named.keys()


def test_never_walks_at_the_production_address():
    client = Client(base_url="https://api.oceafin.com", client_id="c", client_secret="s")
    steps = sandbox_walk.walk(
        client, base_url="https://api.oceafin.com", client_id="c", person="p", now=timezone.now()
    )
    with pytest.raises(sandbox_walk.NotASandbox):
        next(steps)
