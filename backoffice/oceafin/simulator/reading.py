"""Reading request bodies: each function returns a field's value or raises a Problem that names the field.

This stands beside the contract file on purpose: the simulator stays strict where the file is silent.
"""

import re
from typing import Any

from .clock import seconds_of
from .problems import invalid

HEX_64 = re.compile(r"[0-9a-f]{64}")


def text(body: dict[str, Any], name: str, *, longest: int = 255) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise invalid(name, f"must be a text of 1 to {longest} characters")
    return value


def optional_text(body: dict[str, Any], name: str, *, longest: int = 255) -> str | None:
    return None if body.get(name) in (None, "") else text(body, name, longest=longest)


def choice(body: dict[str, Any], name: str, *allowed: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise invalid(name, "must be one of " + ", ".join(allowed))
    return value


def hash_hex(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not HEX_64.fullmatch(value):
        raise invalid(name, "must be 64 lowercase hexadecimal digits")
    return value


def instant(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or seconds_of(value) is None:
        raise invalid(name, "must be an offset date-time")
    return value


def section(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise invalid(name, "must be an object")
    return value


def items(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(name, "must be a list of objects")
    return value
