"""HTTP to Oceafin within hard limits: what the library below would retry, follow or wait for, this does not.

`requests` and `urllib3` time each read, so a peer that drips a byte now and then holds a caller for ever; and
they do not tell whether a failed request had begun to leave. Both are decided here, at the socket.
"""

import http.client
import io
import socket
import threading
import time
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

PIECE = 16 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes of one call. `total` runs from connecting to the last byte of the reply."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 15.0
    total_file: float = 120.0
    # A list may come whole, as a bare array (contract section 4): some tens of thousands of movements.
    reply_bytes: int = 8 * 1024 * 1024


class Stopped(TimeoutError):
    """The call was ended by one of its limits."""


@dataclass(slots=True)
class Call:
    """The running call: its limits, its end, and whether a byte may have left."""

    limits: Limits
    seconds: float
    left: bool = False
    received: int = 0
    began: float = field(default_factory=time.monotonic)

    def allowance(self, most: float) -> float:
        """Seconds that the next wait may take. Raises Stopped when the whole call has no time left."""
        if self.is_over():
            raise Stopped
        return max(0.001, min(most, self.began + self.seconds - time.monotonic()))

    def is_over(self) -> bool:
        """Whether the time of the whole call is used up."""
        return time.monotonic() >= self.began + self.seconds

    def count(self, length: int) -> None:
        """Counts bytes of the reply, headers included. Raises Stopped above the limit."""
        self.received += length
        if self.received > self.limits.reply_bytes:
            raise Stopped


class _Running(threading.local):
    call: Call | None = None


running = _Running()


def _call() -> Call:
    if running.call is None:
        raise RuntimeError("A connection to Oceafin is used only inside a call of the client.")
    return running.call


class _TimedReply(io.RawIOBase):
    """Reads a reply with each wait bounded by what is left of the whole call."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        call = _call()
        self._sock.settimeout(call.allowance(call.limits.read))
        length = self._raw.readinto(buffer)
        call.count(length or 0)
        return length

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReply(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    """Marks the moment of leaving, and bounds connecting and sending."""

    response_class = TimedResponse

    def connect(self) -> None:
        call = _call()
        if call.left:
            # http.client opens a closed connection again by itself: the rest would go out as a new request.
            raise ConnectionResetError("The connection was closed while the request was being sent.")
        self.timeout = call.allowance(call.limits.connect)
        super().connect()

    def send(self, data: Any) -> None:
        call = _call()
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), PIECE):
            allowance = call.allowance(call.limits.read)
            call.left = True
            if self.sock is not None:
                self.sock.settimeout(allowance)
            super().send(data[start : start + PIECE])


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class OnceSession(requests.Session):
    """A session that sends each request once: no retry, redirect, proxy, netrc or cookie."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.clear()
        self.adapters.clear()
        adapter = _Adapter(max_retries=0, pool_connections=1, pool_maxsize=4)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        del resp
        # Session.send reads and decodes a redirect's whole body only to prepare a request that is never sent.
