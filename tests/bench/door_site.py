"""Contestant: our endpoint, through the whole WSGI application. Words: fresh, forged."""

import hashlib
import hmac
import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

from backoffice.wsgi import application
from tests.bench import event
from tests.bench.rounds import serve
from tests.bench.wsgi_caller import environ, timed

SECRET = os.environ["OCEAFIN_PARTNER_API_WEBHOOK_SECRET"].encode()


def request(*, forged: bool) -> dict[str, Any]:
    body = json.dumps(event.fresh()).encode()
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    nonce = uuid.uuid4().hex
    base = f"{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    signature = "0" * 64 if forged else hmac.digest(SECRET, base.encode(), "sha256").hex()
    headers = {"Timestamp": timestamp, "Nonce": nonce, "Signature": signature}
    named = {f"X-Oceafin-Webhook-{name}": value for name, value in headers.items()}
    return environ("/webhooks/oceafin/", body, named)


def run(count: int, word: str) -> float:
    forged = word == "forged"
    return timed(
        application, [request(forged=forged) for _ in range(count)], expected="401" if forged else "202"
    )


if __name__ == "__main__":
    serve(run)
