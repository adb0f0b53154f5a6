import pytest

from backoffice.oceafin.simulator.signatures import request_signature
from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner

PROBE = "/transactions/00000000-0000-4000-8000-000000000000"
SIGNED = ["X-Partner-Client-Id", "X-Partner-Timestamp", "X-Partner-Nonce", "X-Partner-Signature"]


def test_computes_the_signature_of_the_contract_page() -> None:
    signature = request_signature(
        "test-secret",
        method="POST",
        target="/partner/v1/customers",
        body=b'{"partnerCustomerRef":"cust-100001","customerType":"INDIVIDUAL"}',
        timestamp="2026-06-28T00:00:00Z",
        nonce="0123456789abcdef0123",
        key="cust-100001:create",
    )
    assert signature == "330be5cc20baa8322320013c6afa625f45025600cbca9cfc55e018ae7220876d"


def test_answers_a_well_signed_probe_with_not_found(partner: Partner) -> None:
    reply = partner.get(PROBE)
    assert (reply.status_code, reply.json()["code"]) == (404, "PARTNER_RESOURCE_NOT_FOUND")
    assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", SIGNED)
def test_needs_every_authentication_header(partner: Partner, header: str) -> None:
    reply = partner.get(PROBE, without=header)
    assert (reply.status_code, reply.json()["code"]) == (401, "PARTNER_AUTH_FAILED")


def test_knows_only_its_own_client(partner: Partner) -> None:
    reply = partner.get(PROBE, change={"X-Partner-Client-Id": "somebody"})
    assert reply.json()["code"] == "PARTNER_AUTH_FAILED"


@pytest.mark.parametrize("age", [301, -310])
def test_refuses_a_stale_or_future_timestamp(partner: Partner, age: int) -> None:
    assert partner.get(PROBE, age=age).json()["code"] == "PARTNER_SIGNATURE_EXPIRED"


@pytest.mark.parametrize("age", [290, -290])
def test_takes_a_timestamp_inside_the_window(partner: Partner, age: int) -> None:
    assert partner.get(PROBE, age=age).status_code == 404


def test_judges_freshness_and_tells_the_date_by_its_own_clock(
    partner: Partner, simulator: SimulatorProcess
) -> None:
    simulator.skew_clock(-40_000_000)
    reply = partner.get(PROBE)
    assert reply.json()["code"] == "PARTNER_SIGNATURE_EXPIRED"
    assert " 2025 " in reply.headers["Date"]


def test_does_not_mistake_stepped_time_for_a_wrong_clock(
    partner: Partner, simulator: SimulatorProcess
) -> None:
    simulator.pass_time(100_000)
    assert partner.get(PROBE).status_code == 404


def test_takes_a_nonce_once(partner: Partner) -> None:
    assert partner.get(PROBE, nonce="n" * 16).status_code == 404
    assert partner.get(PROBE, nonce="n" * 16).json()["code"] == "PARTNER_NONCE_REPLAYED"


def test_refuses_a_short_nonce(partner: Partner) -> None:
    assert partner.get(PROBE, nonce="n" * 15).json()["code"] == "PARTNER_AUTH_FAILED"


def test_lets_a_forger_burn_no_nonce(partner: Partner) -> None:
    forged = {"X-Partner-Signature": "0" * 64}
    assert partner.get(PROBE, nonce="n" * 16, change=forged).json()["code"] == "PARTNER_SIGNATURE_INVALID"
    assert partner.get(PROBE, nonce="n" * 16).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"X-Partner-Signature": "F" * 64},
        {"X-Partner-Nonce": "another-nonce-of-mine"},
        {"Idempotency-Key": "another"},
    ],
)
def test_refuses_what_the_signature_does_not_cover(partner: Partner, change: dict[str, str]) -> None:
    reply = partner.post("/customers", {}, change=change)
    assert (reply.status_code, reply.json()["code"]) == (401, "PARTNER_SIGNATURE_INVALID")


def test_signs_no_key_on_a_get(partner: Partner) -> None:
    assert partner.get(PROBE, change={"Idempotency-Key": "k-1"}).status_code == 404


def test_signs_path_and_query_as_they_stand_on_the_wire(partner: Partner, customer_id: str) -> None:
    path = f"/customers/{customer_id}/transactions?limit=5&cursor=MTA%3D"
    assert partner.get(path).status_code == 200


def test_needs_a_request_id_and_a_key(partner: Partner) -> None:
    without_id = partner.get(PROBE, without="X-Request-Id")
    assert without_id.json()["errors"][0]["field"] == "X-Request-Id"
    without_key = partner.send("POST", "/customers", b"{}")
    assert without_key.json()["errors"][0]["field"] == "Idempotency-Key"


def test_writes_every_request_down(partner: Partner, simulator: SimulatorProcess) -> None:
    partner.customer("cust-9")
    partner.get(PROBE, nonce="n" * 16)
    first, second = simulator.requests()
    assert (first["operation"], first["outcome"], first["status"]) == ("createCustomer", "answered", 201)
    assert len(first["bodySha256"]) == 64
    assert (second["nonce"], second["outcome"], second["code"]) == (
        "n" * 16,
        "refused",
        "PARTNER_RESOURCE_NOT_FOUND",
    )


def test_opens_the_control_calls_to_no_web_page(simulator: SimulatorProcess) -> None:
    import requests

    reply = requests.get(
        f"{simulator.base_url}/_simulator/book", headers={"Origin": "https://x.test"}, timeout=5
    )
    assert reply.status_code == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_calls_a_body_that_is_no_object_invalid(partner: Partner, body: bytes) -> None:
    reply = partner.send("POST", "/customers", body, key="k-1")
    assert (reply.status_code, reply.json()["code"]) == (400, "PARTNER_VALIDATION_FAILED")
