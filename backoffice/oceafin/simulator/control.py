"""The door for the people who run the simulator: `/_simulator/...`, unsigned, loopback only.

What each call takes and gives is in docs/simulator.md.
"""

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from . import shown
from .events import Letter
from .money import read_amount, read_currency
from .postman import Postman, send_at_once
from .problems import Problem, invalid, to_json
from .products import deposits
from .resources import CUSTOMER, Resource
from .routes import PRODUCTS
from .world import World

Data = dict[str, Any]
SETTINGS = {
    "quoteLifetime": "quote_lifetime",
    "feePercent": "fee_percent",
    "refundFee": "refund_fee",
    "conversionFeePercent": "conversion_fee_percent",
    "conversionRates": "conversion_rates",
    "conversionSlip": "conversion_slip",
    "cryptoFee": "crypto_fee",
    "webhookUrl": "webhook_url",
    "webhookSecret": "webhook_secret",
    "denyOperations": "denied",
    "inactiveCapabilities": "inactive_capabilities",
}


class Control:
    def __init__(self, world: World, postman: Postman) -> None:
        self._world = world
        self._postman = postman
        self._calls: list[tuple[str, str, Callable[..., Any]]] = [
            ("GET", "health", self.health),
            ("POST", "reset", self.reset),
            ("POST", "clock", self.clock),
            ("POST", "step", self.step),
            ("POST", "advance", self.advance),
            ("POST", "fund", self.fund),
            ("POST", "deposit", self.deposit),
            ("POST", "products", self.products),
            ("POST", "settings", self.settings),
            ("GET", "book", lambda _: {"entries": self._world.book.shown()}),
            ("GET", "requests", lambda data: {"requests": shown.requests(self._world.store, data)}),
            ("GET", "events", lambda data: {"events": shown.events(self._world.store, data)}),
            ("POST", "events/send", self.send_event),
            ("GET", "resources/(?P<kind>[a-z_]+)", self.list_resources),
            ("POST", "forget_keys", self.forget_keys),
            ("POST", "faults", lambda data: self._world.faults.add(data).shown()),
            ("GET", "faults", lambda _: {"faults": self._world.faults.shown()}),
            ("DELETE", "faults", self.clear_faults),
            ("GET", "gates/(?P<name>[^/]+)", self.gate),
            ("POST", "gates/(?P<name>[^/]+)/open", self.open_gate),
        ]

    def handle(self, method: str, target: str, data: Data) -> Any:
        """Finds the call and runs it; the query of a GET counts as its data."""
        path, _, query = target.removeprefix("/_simulator/").partition("?")
        data = data | dict(parse_qsl(query))
        for wanted_method, pattern, run in self._calls:
            match = re.fullmatch(pattern, path)
            if match is not None and wanted_method == method:
                return run(data, **match.groupdict())
        raise Problem("SIMULATOR_NO_SUCH_CALL", "There is no such control call.", status=404)

    def health(self, _data: Data) -> Data:
        options = self._world.options
        return {"status": "ok", "auto": options.auto, "webhookUrl": self._world.events.url, **self._clocks()}

    def reset(self, _data: Data) -> Data:
        self._world.reset()
        return {}

    def clear_faults(self, _data: Data) -> Data:
        self._world.faults.clear()
        return {}

    def clock(self, data: Data) -> Data:
        """`advance` moves business time by seconds; `skew` sets how wrong the clock of the wire is."""
        if "advance" in data:
            self._world.clock.advance(float(data["advance"]))
        if "skew" in data:
            self._world.clock.set_skew(float(data["skew"]))
        self._world.events.ring()
        return self._clocks()

    def _clocks(self) -> Data:
        clock = self._world.clock
        return {"now": clock.instant(), "offset": clock.offset, "skew": clock.skew}

    def step(self, data: Data) -> Data:
        return {"moved": self._world.walk.step_all(int(data.get("steps", 1)))}

    def advance(self, data: Data) -> Data:
        """Moves one resource to any status; `tell: false` sends no event, `occurredAt` backdates it."""
        with self._world.store.transaction():
            resource = self._find(data)
            resource.fields |= {name: data[name] for name in ("failureCode", "failureReason") if name in data}
            self._world.walk.move(
                resource,
                str(data["status"]) if "status" in data else resource.status,
                tell=bool(data.get("tell", True)),
                occurred_at=str(data.get("occurredAt", "")),
                data=data.get("data"),
            )
            return shown.resource(resource)

    def _find(self, data: Data) -> Resource:
        kind = str(data.get("resourceType", CUSTOMER))
        resources = self._world.resources
        if "resourceId" in data:
            found = resources.find(kind, str(data["resourceId"]))
        else:
            found = resources.find_by_ref(kind, str(data.get("ref", data.get("partnerCustomerRef", ""))))
        if found is None:
            raise Problem("PARTNER_RESOURCE_NOT_FOUND", f"There is no such {kind} here.")
        return found

    def fund(self, data: Data) -> Data:
        with self._world.store.transaction():
            customer = self._find(data | {"resourceType": CUSTOMER})
            currency = read_currency(data)
            entry_id = self._world.walk.fund(customer, currency, Decimal(read_amount(data, currency)))
        return {"entryId": entry_id, "balances": self._world.book.balances(customer.id)}

    def deposit(self, data: Data) -> Data:
        """Money comes in: `kind` fiat_deposit, crypto_deposit or collection, with what it needs."""
        with self._world.store.transaction():
            customer = self._find(data | {"resourceType": CUSTOMER})
            return shown.resource(deposits.arrive(self._world, customer, data))

    def products(self, data: Data) -> Data:
        """The list given is what is switched off from now on; an empty one switches all on."""
        disabled = data.get("disable", [])
        if not isinstance(disabled, list) or not set(disabled) <= PRODUCTS:
            raise invalid("disable", "may name " + ", ".join(sorted(PRODUCTS)))
        self._world.store.keep_setting("disabled", disabled)
        return {"disabled": disabled}

    def settings(self, data: Data) -> Data:
        unknown = data.keys() - SETTINGS.keys()
        if unknown:
            raise invalid(sorted(unknown)[0], "is not one of " + ", ".join(SETTINGS))
        for name, value in data.items():
            self._world.store.keep_setting(SETTINGS[name], value)
        return data

    def list_resources(self, _data: Data, kind: str) -> Data:
        return {"resources": [shown.resource(resource) for resource in self._world.resources.all(kind)]}

    def forget_keys(self, data: Data) -> Data:
        """Forgets the stored answers whose key matches (all without `match`)."""
        pattern = re.compile(str(data.get("match", "")))
        with self._world.store.transaction():
            keys = [row["key"] for row in self._world.store.rows("SELECT key FROM remembered")]
            forgotten = [key for key in keys if pattern.search(key)]
            for key in forgotten:
                self._world.store.run("DELETE FROM remembered WHERE key = ?", key)
        return {"forgotten": forgotten}

    def gate(self, data: Data, name: str) -> Data:
        return self._world.gates.shown(name, float(data.get("wait", 0)))

    def open_gate(self, _data: Data, name: str) -> Data:
        self._world.gates.open(name)
        return self._world.gates.shown(name)

    def send_event(self, data: Data) -> Data:
        """Sends one event now and answers what came back: a stored one by `eventId`, any object as `event`,
        or any bytes as `raw` (text) or `rawBase64`. `age`, `secret`, `signature`, `nonce`, `timestamp` and
        `without` (header names) make its delivery wrong; `copies` go out at the same moment."""
        if not self._world.events.url:
            raise invalid("webhookUrl", "is not set: start with SIMULATOR_WEBHOOK_URL or set it by settings")
        event_id = str(data.get("eventId", ""))
        plain = not data.keys() - {"eventId"}
        if event_id and plain:
            return {"statuses": self._postman.deliver(event_id)}
        letters = [self._letter(data) for _ in range(int(data.get("copies", 1)))]
        return {"statuses": send_at_once(self._world, event_id, letters, "by hand")}

    def _letter(self, data: Data) -> Letter:
        words = {
            name: str(data[name]) for name in ("secret", "nonce", "timestamp", "signature") if name in data
        }
        letter = self._world.events.sign(self._bytes(data), age=float(data.get("age", 0)), **words)
        for name in data.get("without", []):
            letter.headers.pop(name, None)
        return letter

    def _bytes(self, data: Data) -> bytes:
        if "raw" in data:
            return str(data["raw"]).encode()
        if "rawBase64" in data:
            return base64.b64decode(data["rawBase64"])
        if "event" in data:
            return to_json(data["event"])
        row = self._world.store.row(
            "SELECT body FROM events WHERE event_id = ?", str(data.get("eventId", ""))
        )
        if row is None:
            raise invalid("eventId", "names no event")
        return bytes(row["body"])
