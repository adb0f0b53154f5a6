"""A client that sends to a raw server, for the tests of what goes out and what comes back."""

import hashlib
import hmac
from datetime import UTC, datetime

from backoffice.oceafin.client import Client
from backoffice.oceafin.transport import Limits
from backoffice.oceafin.wire import (
    WireRequest,
)
from tests.oceafin.raw_server import RawServer, parts

NOW = datetime(2026, 6, 28, tzinfo=UTC)
SECRET = "test-secret"
LIMITS = Limits(connect=5, read=10, total=20, total_file=20, reply_bytes=64 * 1024)
# For servers that keep us waiting: what they do would go on for many times as long.
SHORT = Limits(connect=2, read=0.5, total=1.2, total_file=1.5, reply_bytes=64 * 1024)
BODY = b'{"partnerCustomerRef":"cust-100001","customerType":"INDIVIDUAL"}'
CREATE = WireRequest("POST", "/partner/v1/customers", BODY, "application/json", "cust-100001:create")


def client_of(url: str, limits: Limits = LIMITS) -> Client:
    return Client(base_url=url, client_id="client-1", client_secret=SECRET, limits=limits)


def send_to(*behaviours, request=CREATE, limits=LIMITS):
    with RawServer(*behaviours) as server:
        return client_of(server.url, limits).send(request, now=NOW), server


def signature_of(request: bytes) -> str:
    """The signature by the contract's rules, from the bytes that arrived and nothing else."""
    method, target, headers, body = parts(request)
    lines = [
        method,
        target,
        hashlib.sha256(body).hexdigest(),
        headers["x-partner-timestamp"],
        headers["x-partner-nonce"],
        headers.get("idempotency-key", ""),
    ]
    return hmac.new(SECRET.encode(), "\n".join(lines).encode("latin-1"), hashlib.sha256).hexdigest()
