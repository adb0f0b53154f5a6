"""A receiver of webhooks to try things with, beside `make run`: verifies each message and prints it.

    python -m backoffice.local.receiver whsec_...        # listens on http://127.0.0.1:8700/hooks

It is written from the specification alone, so that a mistake in our own signing cannot cancel out; and it may serve
as a pattern for a real one, which would also remember each `webhook-id`.
"""

import base64
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

PORT = 8700
FRESH_SECONDS = 300


def verified(secret: str, headers: dict[str, str], body: bytes, *, now: float) -> bool:
    """Whether one of the signatures is right, and the message fresh."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > FRESH_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    right = "v1," + base64.b64encode(hmac.new(key, signed, "sha256").digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(right.encode(), each.encode()) for each in given)


class Handler(BaseHTTPRequestHandler):
    secret = ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length)) if length.isdecimal() and len(length) < 7 else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_right = verified(self.secret, headers, body, now=time.time())
        if is_right:
            print(headers["webhook-id"], json.dumps(json.loads(body), indent=2, ensure_ascii=False))
        else:
            print("Refused: the signature does not match, or the message is old.")
        self.send_response(204 if is_right else 401)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        del args


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0].startswith("whsec_"):
        print("Give the secret of the endpoint: python -m backoffice.local.receiver whsec_...")
        return 2
    Handler.secret = arguments[0]
    print(f"Listens on http://127.0.0.1:{PORT}/hooks; Ctrl-C ends it.")
    try:
        HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
