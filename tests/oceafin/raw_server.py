"""A server on loopback that speaks bytes, so that a test decides each of them and sees each of ours."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType

from tests.waiting import eventually

Behaviour = Callable[[socket.socket], None]


class RawServer:
    """Serves each request by the next behaviour; the last one repeats. `requests` keeps their bytes."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)
        self.requests: list[bytes] = []
        self.connections = 0
        self.ended = 0
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> "RawServer":
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def wait_for_the_end(self) -> None:
        """Returns once every connection is closed by the client and read to its end."""
        eventually(lambda: self.connections and self.ended == self.connections)

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._serve_all(connection)
        finally:
            self.ended += 1

    def _serve_all(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection, contextlib.suppress(OSError):
            while not self.over.is_set():
                request = _read_request(connection)
                if not request:
                    return
                self.requests.append(request)
                behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
                behaviour(connection)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def reply(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> Behaviour:
    """A whole reply that says its length."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    return raw(head + body)


def raw(data: bytes, *, close: bool = False) -> Behaviour:
    """Exactly these bytes, and the end of the connection if `close`."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return behave


def drip(data: bytes, over: threading.Event, *, pause: float) -> Behaviour:
    """One byte at a time, `pause` seconds apart, until the test is over."""

    def behave(connection: socket.socket) -> None:
        for byte in data:
            if over.wait(pause):
                return
            connection.sendall(bytes([byte]))

    return behave


def reset(connection: socket.socket) -> None:
    """A hard reset of the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    connection.close()
    raise ConnectionResetError


def parts(request: bytes) -> tuple[str, str, dict[str, str], bytes]:
    """Method, target, headers (lowercase names) and body of a request as it came."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    return method, target, headers, body
