"""Starts the simulator as a process of its own and speaks to its control door. For tests that need Oceafin.

with SimulatorProcess(webhook_url=...) as oceafin:
    oceafin.fault("lose_response", operation="submitFiatWithdrawal")
    ...
    assert len(oceafin.withdrawals()) == 1
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import urllib3

ROOT = Path(__file__).resolve().parent.parent.parent


class SimulatorProcess:
    """One simulator on a free port. It dies with the process that started it."""

    def __init__(
        self,
        *arguments: str,
        client_id: str = "demo-client",
        client_secret: str = "demo-client-secret",
        webhook_secret: str = "demo-webhook-secret",
        webhook_url: str = "",
        state: Path | str | None = None,
        port: int = 0,
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.webhook_secret = webhook_secret
        self._arguments = [*arguments, *(["--state", str(state)] if state else [])]
        self._environment = os.environ | {
            "SIMULATOR_CLIENT_ID": client_id,
            "SIMULATOR_CLIENT_SECRET": client_secret,
            "SIMULATOR_WEBHOOK_SECRET": webhook_secret,
            "SIMULATOR_WEBHOOK_URL": webhook_url,
        }
        self._port = port
        # By itself, because a test asks thousands of times and `requests` takes longer than the answer.
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)
        self.start()

    def __enter__(self) -> "SimulatorProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns once it answers; `base_url` says where."""
        command = [sys.executable, "-m", "backoffice.oceafin.simulator", "--until-stdin-closes"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self._port), *self._arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("simulator http://"):
            raise RuntimeError(f"the simulator did not start: {line!r}")
        self.base_url = line.split()[1]
        self._port = int(self.base_url.rpartition(":")[2])

    def stop(self) -> None:
        self._end(self.process.terminate)

    def kill(self) -> None:
        """kill -9."""
        self._end(self.process.kill)

    def restart(self) -> None:
        """Stops and starts on the same port; give `state`, or everything is forgotten."""
        self.stop()
        self.start()

    def _end(self, end: Callable[[], None]) -> None:
        end()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    # Control calls

    def control(self, method: str, path: str, **data: Any) -> Any:
        """One control call; raises if it is refused."""
        url = f"{self.base_url}/_simulator/{path}"
        answer = self._pool.request(method, url, json=data or None, timeout=130)
        if answer.status >= 400:
            raise ValueError(f"{method} {path}: {answer.status} {answer.data.decode()}")
        return answer.json()

    def reset(self) -> None:
        self.control("POST", "reset")

    def step(self, steps: int = 1) -> int:
        """Moves everything that can move, `steps` times; returns how many moves that were."""
        return int(self.control("POST", "step", steps=steps)["moved"])

    def advance(
        self, resource_type: str, status: str = "", *, ref: str = "", id: str = "", **more: Any
    ) -> Any:
        """Moves one resource by our reference or its id. more: tell=False, occurredAt, data, failureCode."""
        which = {"resourceId": id} if id else {"ref": ref}
        return self.control("POST", "advance", resourceType=resource_type, status=status, **which, **more)

    def pass_time(self, seconds: float) -> None:
        """Business time: quotes run out, keys are forgotten, webhooks tried again. Signatures stay fresh."""
        self.control("POST", "clock", advance=seconds)

    def skew_clock(self, seconds: float) -> None:
        """Wire time: signatures go stale, `Date` and webhook timestamps are wrong. 0 mends it."""
        self.control("POST", "clock", skew=seconds)

    def fund(self, ref: str, currency: str = "EUR", amount: str = "50000.00") -> None:
        self.control("POST", "fund", partnerCustomerRef=ref, currency=currency, amount=amount)

    def deposit(self, kind: str, *, ref: str = "cust-1", **terms: Any) -> Any:
        """Money comes in: kind fiat_deposit, crypto_deposit or collection; simulate, currency or asset, amount."""
        return self.control("POST", "deposit", kind=kind, partnerCustomerRef=ref, **terms)

    def set(self, **settings: Any) -> None:
        """quoteLifetime, feePercent, refundFee, cryptoFee, conversionFeePercent, conversionRates, conversionSlip,
        webhookUrl, webhookSecret, denyOperations, inactiveCapabilities."""
        self.control("POST", "settings", **settings)

    def disable(self, *products: str) -> None:
        """Switches these products off and all others on."""
        self.control("POST", "products", disable=list(products))

    def forget_keys(self, match: str = "") -> list[str]:
        return list(self.control("POST", "forget_keys", match=match)["forgotten"])

    # Faults and gates

    def fault(
        self,
        name: str,
        /,
        *,
        method: str = "",
        path: str = "",
        operation: str = "",
        key: str = "",
        event_type: str = "",
        resource_type: str = "",
        times: int = 1,
        **options: Any,
    ) -> Any:
        """Does wrong at the next `times` requests or events that match (regular expressions, searched)."""
        parts = {"method": method, "path": path, "operation": operation, "key": key}
        parts |= {"eventType": event_type, "resourceType": resource_type}
        match = {part: pattern for part, pattern in parts.items() if pattern}
        return self.control("POST", "faults", fault=name, match=match, times=times, **options)

    def faults(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def gate(self, name: str, *, book: bool, **match: Any) -> "Gate":
        """Holds the next request that matches, after the work is done (`book=True`) or before it is."""
        self.fault("gate", name=name, book=book, **match)
        return Gate(self, name)

    # What happened

    def book(self) -> list[dict[str, Any]]:
        """All money that moved: kind FUNDING, WITHDRAWAL, CRYPTO_WITHDRAWAL, FEE, REFUND, CONVERSION, CONVERTED,
        RETURN."""
        return list(self.control("GET", "book")["entries"])

    def withdrawals(self, withdrawal_ref: str = "") -> list[dict[str, Any]]:
        """The effects: entries of kind WITHDRAWAL or CRYPTO_WITHDRAWAL, of one reference if given."""
        entries = (entry for entry in self.book() if entry["kind"] in {"WITHDRAWAL", "CRYPTO_WITHDRAWAL"})
        return [entry for entry in entries if withdrawal_ref in ("", entry["withdrawalRef"])]

    def refunds(self, refund_ref: str = "") -> list[dict[str, Any]]:
        """The effects of kind REFUND, of one reference if given."""
        entries = (entry for entry in self.book() if entry["kind"] == "REFUND")
        return [entry for entry in entries if refund_ref in ("", entry["refundRef"])]

    def conversions(self, conversion_ref: str = "") -> list[dict[str, Any]]:
        """The effects of kind CONVERSION, of one reference if given: what was sold."""
        entries = (entry for entry in self.book() if entry["kind"] == "CONVERSION")
        return [entry for entry in entries if conversion_ref in ("", entry["conversionRef"])]

    def came_in(self, kind: str = "fiat_deposit", *, ref: str = "cust-1", **terms: Any) -> str:
        """A deposit or collection that was credited; its id."""
        identity = str(self.deposit(kind, ref=ref, **terms)["resourceId"])
        self.advance(kind, "COMPLETED", id=identity)
        return identity

    def requests(self, operation: str = "") -> list[dict[str, Any]]:
        """Every signed request that came in, oldest first."""
        found = self.control("GET", "requests")["requests"]
        return [request for request in found if operation in ("", request["operation"])]

    def events(self, state: str = "") -> list[dict[str, Any]]:
        """Every event with its deliveries; state PENDING, DELIVERED, FAILED, LOST, HELD or NO_ENDPOINT."""
        return list(self.control("GET", f"events?state={state}")["events"])

    def resources(self, resource_type: str) -> list[dict[str, Any]]:
        return list(self.control("GET", f"resources/{resource_type}")["resources"])

    def send_event(self, event_id: str = "", **parts: Any) -> list[int]:
        """Sends one event now and returns what was answered (0: nothing). parts: event, raw, rawBase64, age,
        secret, signature, nonce, timestamp, without, copies."""
        which = {"eventId": event_id} if event_id else {}
        return list(self.control("POST", "events/send", **which, **parts)["statuses"])

    def wait_until_delivered(self, seconds: float = 15) -> None:
        """Returns once no event waits for its delivery."""
        wait_until(lambda: not self.events("PENDING"), seconds, "events are still not delivered")


class Gate:
    def __init__(self, simulator: SimulatorProcess, name: str) -> None:
        self._simulator = simulator
        self.name = name

    def wait(self, seconds: float = 15) -> None:
        """Returns once somebody stands at the gate."""
        found = self._simulator.control("GET", f"gates/{self.name}?wait={seconds}")
        assert found["waiting"], f"nobody came to the gate {self.name} in {seconds} s"

    def open(self) -> None:
        self._simulator.control("POST", f"gates/{self.name}/open")

    @contextlib.contextmanager
    def held(self, seconds: float = 15) -> Iterator[None]:
        """Inside, somebody stands at the gate; afterwards it is open."""
        self.wait(seconds)
        try:
            yield
        finally:
            self.open()


def wait_until(holds: Callable[[], Any], seconds: float, sentence: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.02)
