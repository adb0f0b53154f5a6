"""One POST to one endpoint within hard limits: no redirect, proxy, cookie or retry, and only to an address that was
checked just now."""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from backoffice.oceafin.client import refuse_open_transaction
from backoffice.oceafin.transport import Call, Limits, Stopped, TimedResponse, running
from webhooks.outgoing import addresses

LIMITS = Limits(connect=3.0, read=10.0, total=15.0, reply_bytes=64 * 1024)


@dataclass(frozen=True)
class Reply:
    """What came of one attempt: a status, or none and the reason in a sentence."""

    status: int | None
    detail: str = ""
    retry_after: timedelta | None = None
    address: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Connection(http.client.HTTPConnection):
    """Connects to one of the checked addresses, whatever the name leads to by now."""

    response_class = TimedResponse

    def __init__(self, target: addresses.Target, found: list[addresses.Address], call: Call) -> None:
        super().__init__(target.host, target.port)
        self._target, self._found, self._call = target, found, call
        self.address = ""

    def connect(self) -> None:
        call = self._call
        failure: OSError | None = None
        for address in self._found[:4]:
            self.address = str(address)
            try:
                self.sock = socket.create_connection(
                    (self.address, self._target.port), timeout=call.allowance(call.limits.connect)
                )
                break
            except Stopped:
                raise
            except OSError as error:
                failure = error
        else:
            raise failure or ConnectionError("no address")
        if self._target.tls:
            self.sock.settimeout(call.allowance(call.limits.connect))
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._target.host)
        self.sock.settimeout(call.allowance(call.limits.read))


def post(url: str, *, headers: Mapping[str, str], body: bytes) -> Reply:
    """Send once and read the status; of the reply's body nothing is kept. Never raises for what the other side does.

    Call it with no transaction open.
    """
    refuse_open_transaction()
    call = Call(limits=LIMITS, seconds=LIMITS.total, began=time.monotonic())
    try:
        target = addresses.target_of(url)
        connection = _Connection(target, addresses.resolve(target), call)
    except addresses.AddressRefused as refused:
        return Reply(None, str(refused))
    running.call = call
    try:
        connection.request(
            "POST",
            target.path,
            body=body,
            headers={
                "Host": target.host_header,
                "User-Agent": "oceafin-backoffice-webhooks",
                "Content-Type": "application/json",
                "Connection": "close",
                **headers,
            },
        )
        response = connection.getresponse()
        return Reply(
            response.status,
            _said(response.status),
            _retry_after(response.headers.get("Retry-After", "")),
            connection.address,
        )
    except ssl.SSLError as error:
        return Reply(
            None, f"TLS failed ({error.reason or type(error).__name__}).", address=connection.address
        )
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Reply(None, _unanswered(error), address=connection.address)
    finally:
        running.call = None
        connection.close()


def _said(status: int) -> str:
    if 300 <= status < 400:
        return f"Answered {status}: redirects are not followed. Give the final address."
    return f"Answered {status}."


def _unanswered(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "No answer in time."
    if isinstance(error, ConnectionRefusedError):
        return "Nothing listens at this address."
    return f"No readable answer ({type(error).__name__})."


def _retry_after(value: str) -> timedelta | None:
    """Seconds only; a date is not worth its clock."""
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() and len(value) < 6 else None
