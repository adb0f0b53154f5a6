"""A tiny Oceafin on loopback that answers by a script, for the outgoing border's own tests."""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[["Handler"], None]


@dataclass
class Seen:
    method: str
    path: str
    key: str
    nonce: str
    body: bytes


@dataclass
class Script:
    """Answers in turn; the last one stays. Everything that arrived is in `seen`."""

    url: str = ""
    posts: deque[Step] = field(default_factory=deque)
    gets: deque[Step] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)

    @property
    def sent(self) -> list[Seen]:
        return [one for one in self.seen if one.method == "POST"]

    def next(self, method: str) -> Step:
        steps = self.posts if method == "POST" else self.gets
        return steps.popleft() if len(steps) > 1 else steps[0]


def answer(code: int = 201, /, **body: Any) -> Step:
    return lambda handler: handler.reply(code, body)


def problem(status: int, code: str, **more: Any) -> Step:
    return lambda handler: handler.reply(status, {"code": code, "title": code, "status": status, **more})


def html(status: int = 502) -> Step:
    return lambda handler: handler.raw(status, b"<html>gateway</html>", "text/html")


def lost(handler: "Handler") -> None:
    """It took effect, and the answer never comes."""
    handler.close_connection = True
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Script

    def do_POST(self) -> None:
        self._play("POST")

    def do_GET(self) -> None:
        self._play("GET")

    def reply(self, status: int, body: dict[str, Any]) -> None:
        kind = "application/json" if status < 400 else "application/problem+json"
        self.raw(status, json.dumps(body).encode(), kind)

    def raw(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass

    def _play(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = self.headers
        self.script.seen.append(
            Seen(
                method,
                self.path,
                headers.get("Idempotency-Key", ""),
                headers.get("X-Partner-Nonce", ""),
                body,
            )
        )
        self.script.next(method)(self)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that the script cut is no error of the test."""


@contextmanager
def scripted_oceafin() -> Iterator[Script]:
    script = Script()
    server = Server(("127.0.0.1", 0), type("Scripted", (Handler,), {"script": script}))
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
