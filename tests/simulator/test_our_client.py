"""The two implementations of the contract meet: ours signs and sends, the simulator checks and answers."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.oceafin import signing
from backoffice.oceafin.client import Client
from backoffice.oceafin.wire import Answer, NoAnswer, Problem, Reply, StreamedBody, WireRequest
from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import Partner

CUSTOMER = (
    '{"partnerCustomerRef":"cust-1","customerType":"INDIVIDUAL","displayName":"Zoë 你好","metadata":{}}'
).encode()


@pytest.fixture
def client(simulator: SimulatorProcess) -> Client:
    return Client(
        base_url=simulator.base_url, client_id=simulator.client_id, client_secret=simulator.client_secret
    )


def send(
    client: Client, body: bytes | StreamedBody = CUSTOMER, path: str = "/customers", **more: Any
) -> Reply:
    request = WireRequest("POST", "/partner/v1" + path, body, idempotency_key="cust-1:create", **more)
    return client.send(request, now=datetime.now(UTC))


def test_is_understood(client: Client) -> None:
    reply = send(client)
    assert isinstance(reply, Answer)
    assert isinstance(reply.data, dict)
    assert reply.data["status"] == "DRAFT"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?limit=5",
        "?cursor=MTA%3D&limit=5",
        "?limit=5&x=%2Fa+b%20c",
        "?limit=5&x=ü ~'()*",
        "?x=&limit=5&&",
    ],
)
def test_signs_a_path_as_it_stands_on_the_wire(client: Client, customer_id: str, query: str) -> None:
    path = f"/partner/v1/customers/{customer_id}/transactions{query}"
    assert isinstance(client.get(path, now=datetime.now(UTC)), Answer)


def test_signs_a_streamed_file(client: Client, customer_id: str) -> None:
    content = bytes(range(256)) * 4000
    head = b'--b\r\nContent-Disposition: form-data; name="documentType"\r\n\r\nPASSPORT\r\n--b\r\n'
    head += (
        b'Content-Disposition: form-data; name="file"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
    )
    tail = b"\r\n--b--\r\n"
    whole = head + content + tail
    body = StreamedBody(
        head, lambda: io.BytesIO(content), tail, len(whole), hashlib.sha256(whole).hexdigest()
    )
    path, kind = f"/customers/{customer_id}/files", 'multipart/form-data; boundary="b"'
    reply = send(client, body, path, content_type=kind)
    assert isinstance(reply, Answer)
    assert isinstance(reply.data, dict)
    assert reply.data["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("fault", ["lose_response", "reset_before", "truncate", "foreign", "html"])
def test_reads_a_spoilt_answer_as_no_proof(client: Client, simulator: SimulatorProcess, fault: str) -> None:
    simulator.fault(fault, operation="createCustomer")
    reply = send(client)
    readable = isinstance(reply, Answer) and isinstance(reply.data, dict) and "customerId" in reply.data
    assert not readable
    assert not isinstance(reply, Problem)
    assert not isinstance(reply, NoAnswer) or reply.left
    assert isinstance(send(client), Answer)


def test_reads_a_problem_with_its_code_and_when_to_come_back(
    client: Client, simulator: SimulatorProcess
) -> None:
    simulator.fault("status", status=503, retryAfter=7)
    reply = send(client)
    assert isinstance(reply, Problem)
    assert (reply.status, reply.code) == (503, "PARTNER_PROCESSING_UNAVAILABLE")
    assert reply.retry_after == timedelta(seconds=7)


def test_can_verify_a_webhook(simulator: SimulatorProcess, partner: Partner, endpoint: Endpoint) -> None:
    partner.customer()
    simulator.advance("customer", "APPROVED", ref="cust-1")
    simulator.wait_until_delivered()
    [received] = endpoint.received
    base = signing.webhook_base_string(timestamp=received.timestamp, nonce=received.nonce, body=received.body)
    assert signing.verify(simulator.webhook_secret, base, received.signature)
    assert signing.parse_timestamp(received.timestamp) is not None
