"""Bytes in, bytes out: a threaded HTTP/1.1 server with keep-alive."""

import json
import socket
import struct
import sys
import time
import uuid
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import control, routes
from .call import Call
from .faults import ANSWER_FAULTS, Fault
from .problems import Answer, Problem, answer, problem_answer
from .spoil import spoilt
from .world import World

LARGEST_BODY = 64 * 1024 * 1024
LONGEST_WAIT = 120.0


class SimulatorServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, world: World, *, control_door: control.Control) -> None:
        self.world = world
        self.control = control_door
        super().__init__((world.options.host, world.options.port), Handler)

    def server_bind(self) -> None:
        # The parent asks the name server for our name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A partner that hangs up is not worth a traceback; anything else is a defect of ours."""
        if not isinstance(sys.exception(), (OSError, ValueError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SimulatorServer

    def handle_any(self) -> None:
        if self.path.startswith("/_simulator/"):
            self._control()
            return
        with self.server.world.serving():
            self._partner()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

    def _partner(self) -> None:
        world = self.server.world
        call = Call(self.command, self.path, self.headers, b"", str(uuid.uuid4()))
        fault = world.faults.take(set(ANSWER_FAULTS), _facts(call))
        if fault is not None and fault.name == "reset_before":
            with world.store.transaction():
                routes.write_down(world, call, outcome="reset", fault=fault.name, answer=None)
            self._reset()
            return
        try:
            call.body = self._read_body()
        except Problem as problem:
            self.close_connection = True
            self._send(problem_answer(problem, call.request_id))
            return
        self._send_as(self._work(call, fault), fault)

    def _work(self, call: Call, fault: Fault | None) -> Answer:
        """Does the work, or not, and lets the fault have its way with the answer."""
        world = self.server.world
        if fault is None:
            return routes.serve(world, call)
        if fault.name == "gate" and not fault.books:
            world.gates.wait_at(str(fault.options.get("name", "gate")), fault.seconds(LONGEST_WAIT))
            return routes.serve(world, call, fault=fault.name)
        if fault.name == "stall" and not fault.books:
            world.gates.wait_at(f"stall {call.request_id}", fault.seconds(30))
        if not fault.books:
            unavailable = Problem("PARTNER_PROCESSING_UNAVAILABLE", "Nothing was done, by a fault.")
            bad = spoilt(problem_answer(unavailable, call.request_id), fault, call.request_id)
            with world.store.transaction():
                routes.write_down(world, call, outcome="not done", fault=fault.name, answer=bad)
            return bad
        good = routes.serve(world, call, fault=fault.name)
        if fault.name == "gate":
            world.gates.wait_at(str(fault.options.get("name", "gate")), fault.seconds(LONGEST_WAIT))
        if fault.name == "stall":
            world.gates.wait_at(f"stall {call.request_id}", fault.seconds(30))
        return spoilt(good, fault, call.request_id)

    def _control(self) -> None:
        try:
            if not self.client_address[0].startswith("127.") or self.headers.get("Origin"):
                raise Problem(
                    "SIMULATOR_LOOPBACK_ONLY", "The control calls are for this machine only.", status=403
                )
            body = self._read_body()
            data = json.loads(body) if body else {}
            if not isinstance(data, dict):
                raise Problem("SIMULATOR_NOT_UNDERSTOOD", "The body must be a JSON object.")
            result = self.server.control.handle(self.command, self.path, data)
        except (ValueError, TypeError, KeyError) as error:
            self._send(problem_answer(Problem("SIMULATOR_NOT_UNDERSTOOD", f"{error!r}"), ""))
        except Problem as problem:
            self._send(problem_answer(problem, ""))
        else:
            self._send(answer(200, result))

    def _read_body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise Problem("PARTNER_VALIDATION_FAILED", "A Content-Length is needed.", status=411)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal():
            raise Problem("PARTNER_VALIDATION_FAILED", "The Content-Length is no number.")
        if int(length) > LARGEST_BODY:
            raise Problem("PARTNER_VALIDATION_FAILED", "The body is too large.", status=413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError("the partner hung up inside the body")
        return body

    def _send_as(self, ready: Answer, fault: Fault | None) -> None:
        head, body = self._head(ready), ready.body
        match fault.name if fault else "":
            case "lose_response":
                self._reset() if fault and fault.options.get("reset") else self._hang_up()
            case "truncate":
                self.wfile.write(head + body[: len(body) // 2])
                self._hang_up()
            case "drip" if fault is not None:
                pause = fault.seconds(10) / (len(head) + len(body))
                for place in range(len(head) + len(body)):
                    self.wfile.write((head + body)[place : place + 1])
                    time.sleep(pause)
            case _:
                self._send(ready)

    def _send(self, ready: Answer) -> None:
        self.wfile.write(self._head(ready) + (b"" if self.command == "HEAD" else ready.body))

    def _head(self, ready: Answer) -> bytes:
        """Status line and headers. `Date` tells our own clock, which a skew can make wrong."""
        headers = {
            "Date": formatdate(self.server.world.clock.wire_now(), usegmt=True),
            "Content-Type": ready.content_type,
            "Content-Length": str(len(ready.body)),
            "X-Request-Id": self.headers.get("X-Request-Id", ""),
            **({"Connection": "close"} if self.close_connection else {}),
            **ready.headers,
        }
        reason = HTTPStatus(ready.status).phrase if ready.status in list(HTTPStatus) else ""
        lines = [
            f"HTTP/1.1 {ready.status} {reason}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self) -> None:
        """Closes so that the other side reads "connection reset by peer"."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the record of requests is in the store."""


def _facts(call: Call) -> dict[str, str]:
    """What faults match on."""
    found = routes.find_route(call.method, call.path)
    return {
        "method": call.method,
        "path": call.target,
        "operation": found[0].operation if found else "",
        "key": call.headers.get("Idempotency-Key", ""),
    }
