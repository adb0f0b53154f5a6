"""A partner's webhook endpoint: keeps what came in and answers what it is told."""

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    body: bytes
    timestamp: str
    nonce: str
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def is_signed_with(self, secret: str) -> bool:
        base = "\n".join([self.timestamp, self.nonce, hashlib.sha256(self.body).hexdigest()])
        return hmac.new(secret.encode(), base.encode(), hashlib.sha256).hexdigest() == self.signature


class Endpoint:
    """Answers `statuses` one after another, the last of them for ever."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses = [202]
        self._lock = threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                names = ("Timestamp", "Nonce", "Signature")
                words = [self.headers.get(f"X-Oceafin-Webhook-{name}", "") for name in names]
                self.send_response(endpoint._take(Received(body, *words)))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/oceafin/"

    def _take(self, received: Received) -> int:
        with self._lock:
            self.received.append(received)
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def of_type(self, event_type: str) -> list[Received]:
        return [received for received in self.received if received.event["eventType"] == event_type]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
