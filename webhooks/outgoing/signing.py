"""Signatures of the Standard Webhooks specification (version 1, HMAC-SHA256). Pure.

`webhook-signature` holds one `v1,<base64>` for each secret that is in use, separated by spaces, over
`{webhook-id}.{webhook-timestamp}.{body}`: id as sent, timestamp in whole Unix seconds, body byte for byte.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC-SHA256, keyed by the bytes that the secret's base64 stands for."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def headers(secrets: Sequence[str], *, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one attempt, made anew for each; the id stays the same."""
    timestamp = int(now.timestamp())
    signatures = [sign(each, message_id=message_id, timestamp=timestamp, body=body) for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
