"""One request of a partner, as it stood on the wire."""

import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from .problems import Problem, invalid


@dataclass
class Call:
    """`target` is path and query, raw. `data` and `ids` are filled in once the route is known."""

    method: str
    target: str
    headers: Message
    body: bytes
    request_id: str
    ids: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name: str) -> str:
        """The header's only value; "" if it is missing. One that stands there twice is refused."""
        values = self.headers.get_all(name, [])
        if len(values) > 1:
            raise Problem("PARTNER_AUTH_FAILED", f"The header {name} stands in the request more than once.")
        return str(values[0]) if values else ""

    @property
    def key(self) -> str:
        return "" if self.method == "GET" else self.header("Idempotency-Key")

    @property
    def content_type(self) -> str:
        return self.header("Content-Type")

    @property
    def is_multipart(self) -> bool:
        return self.content_type.lower().startswith("multipart/form-data")

    def read_json(self) -> dict[str, Any]:
        """The body as an object; raises PARTNER_VALIDATION_FAILED if it is none."""
        if self.content_type.partition(";")[0].strip().lower() != "application/json":
            raise invalid("body", "must be application/json")
        try:
            data = json.loads(self.body, parse_constant=_no_such_number)
        except (ValueError, RecursionError):
            raise invalid("body", "is not valid JSON") from None
        if not isinstance(data, dict):
            raise invalid("body", "must be a JSON object")
        return data


def _no_such_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
