"""Whether new credentials work, asked step by step, and what to do where they do not.

Nothing here changes anything at Oceafin: it reads with ids that nobody has. The one thing it leaves behind is an
event of our own making in our own mailbox, set aside with its reason.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import requests

from backoffice.oceafin import contract, signing
from backoffice.oceafin.client import Client
from backoffice.oceafin.wire import Answer, NoAnswer, Problem, Reply

CLOCKS_MAY_DIFFER = timedelta(seconds=30)
SECONDS = 10
SWITCHED_OFF = {
    "PARTNER_SCOPE_DENIED": "the client lacks the scope",
    "PARTNER_PRODUCT_DISABLED": "the product is not enabled",
}
NEXT_STEPS = {
    "PARTNER_AUTH_FAILED": "Oceafin does not know this client. Compare OCEAFIN_PARTNER_API_CLIENT_ID with what Oceafin "
    "issued for this environment, and ask Oceafin whether the client is active.",
    "PARTNER_SIGNATURE_INVALID": "The client is known and the signature is not right. Compare "
    "OCEAFIN_PARTNER_API_CLIENT_SECRET with what Oceafin issued; look for a space or a line break at its end.",
    "PARTNER_SIGNATURE_EXPIRED": "This machine's clock is wrong. Set it by NTP and check again.",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. `holds` is None where it was not checked, or where a person has to judge."""

    what: str
    holds: bool | None
    sentence: str
    next_step: str = ""


def findings(
    client: Client, *, now: datetime, webhook_url: str = "", webhook_secret: str = ""
) -> Iterator[Finding]:
    """Connection, clock, signature, every harmless read, the webhook. Stops where the rest would say nothing."""
    reply = client.get(f"/partner/v1/transactions/{uuid.uuid4()}", now=now)
    if isinstance(reply, NoAnswer) and reply.server_date is None:
        yield Finding(
            "Connection",
            False,
            reply.reason,
            "Check OCEAFIN_PARTNER_API_BASE_URL, and whether a firewall lets this machine out.",
        )
        return
    yield Finding("Connection", True, "Oceafin answers.")
    yield _clock(reply, now)
    signature = _signature(reply)
    yield signature
    if not signature.holds:
        return
    for operation in contract.operations().values():
        if operation.method == "GET":
            yield _read(client, operation, now)
    yield from _webhook(webhook_url, webhook_secret, now)


def _clock(reply: Reply, now: datetime) -> Finding:
    if reply.server_date is None:
        return Finding("Clock", None, "Oceafin's answer tells no time.")
    apart = now - reply.server_date
    seconds = round(apart.total_seconds())
    sentence = (
        f"This machine's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Oceafin's."
    )
    if abs(apart) <= CLOCKS_MAY_DIFFER:
        return Finding("Clock", True, sentence)
    return Finding("Clock", False, sentence, "Set this machine's clock by NTP.")


def _signature(reply: Reply) -> Finding:
    if isinstance(reply, Answer) or (isinstance(reply, Problem) and reply.status == 404 and reply.readable):
        return Finding("Signature", True, "Oceafin accepts our signature.")
    if isinstance(reply, Problem):
        told = reply.code or f"status {reply.status} without a code"
        advice = "Ask Oceafin, and give the request id " + (reply.oceafin_request_id or reply.request_id)
        return Finding(
            "Signature", False, f"Oceafin answered {told}. {reply.detail}", NEXT_STEPS.get(reply.code, advice)
        )
    reason = reply.reason if isinstance(reply, NoAnswer) else ""
    return Finding("Signature", False, reason, "Check again in a minute.")


def _read(client: Client, operation: contract.Operation, now: datetime) -> Finding:
    reply = client.get(harmless_path(operation), now=now)
    what = f"Read: {operation.summary}"
    if isinstance(reply, Answer):
        return Finding(what, True, "Allowed.")
    if isinstance(reply, Problem):
        if reply.code in SWITCHED_OFF:
            return Finding(
                what,
                None,
                f"Switched off: {SWITCHED_OFF[reply.code]}.",
                "If you need it, ask Oceafin to enable it.",
            )
        if reply.status == 404 and reply.code:
            return Finding(what, True, "Allowed.")
        if reply.status == 404:
            return Finding(
                what,
                None,
                "Oceafin knows no such address.",
                "Compare the contract with Oceafin's own file: manage.py contract_diff FILE.",
            )
        return Finding(what, False, f"Oceafin answered {reply.code or reply.status}. {reply.detail}")
    return Finding(what, False, reply.reason, "Check again in a minute.")


def harmless_path(operation: contract.Operation) -> str:
    """A reading of this operation with ids that nobody has: allowed, Oceafin answers 404 or an empty list."""
    values = {part[1:-1]: uuid.uuid4() for part in operation.path.split("/") if part.startswith("{")}
    return contract.path_for(operation.operation_id, **values)


def _webhook(url: str, secret: str, now: datetime) -> Iterator[Finding]:
    what = "Webhook"
    if not url:
        yield Finding(
            what,
            None,
            "Not checked.",
            "Give its public address: --webhook-url https://.../webhooks/oceafin/",
        )
        return
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        yield Finding(
            what, False, "Oceafin delivers over https only.", "Give the https address of this site."
        )
        return
    genuine, forged = _deliver(url, secret, now), _deliver(url, secret + "x", now)
    if genuine == 202 and forged == 401:
        yield Finding(what, True, "A signed event was taken in, a forged one refused.")
    elif genuine == 401:
        yield Finding(
            what,
            False,
            "The site refuses events that are signed with this secret.",
            "The web process runs with another OCEAFIN_PARTNER_API_WEBHOOK_SECRET, or its clock is wrong.",
        )
    else:
        yield Finding(
            what,
            False,
            f"A signed event was answered {genuine or 'nothing'}, a forged one {forged or 'nothing'}.",
            "Check that the address leads to this back office, unchanged by any proxy.",
        )


def _deliver(url: str, secret: str, now: datetime) -> int:
    body = (
        f'{{"eventId":"{uuid.uuid4()}","eventType":"oceafin_check","resource":{{"resourceType":"oceafin_check",'
        f'"resourceId":""}},"occurredAt":"{signing.format_timestamp(now)}","data":{{}}}}'
    ).encode()
    timestamp, nonce = signing.format_timestamp(now), signing.new_nonce()
    base = signing.webhook_base_string(timestamp=timestamp, nonce=nonce, body=body)
    headers = {
        "Content-Type": "application/json",
        "X-Oceafin-Webhook-Timestamp": timestamp,
        "X-Oceafin-Webhook-Nonce": nonce,
        "X-Oceafin-Webhook-Signature": signing.sign(secret, base),
    }
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException:
        return 0
    return answer.status_code
