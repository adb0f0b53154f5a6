"""The contract file as data: request bodies are checked against it, where it stands beside us."""

import threading
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from .problems import Problem

FILE = Path(__file__).resolve().parent.parent / "partner-api.yaml"
MOST_ERRORS = 20

Check = Callable[[Any], Iterable[Any]]


class ContractFile:
    """Read at the first request that needs it; a missing file checks nothing."""

    def __init__(self, path: Path = FILE) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._validators: dict[tuple[str, str], Check] | None = None

    def check_body(self, method: str, template: str, body: Any) -> None:
        """Raises PARTNER_VALIDATION_FAILED with the fields that the contract does not allow."""
        check = self._read().get((method, template))
        if check is None:
            return
        errors = [_shown(error) for error in islice(check(body), MOST_ERRORS)]
        if errors:
            raise Problem("PARTNER_VALIDATION_FAILED", "The request is not valid.", errors=errors)

    def _read(self) -> dict[tuple[str, str], Check]:
        with self._lock:
            if self._validators is None:
                self._validators = _validators(self._path)
            return self._validators


def _shown(error: Any) -> dict[str, str]:
    """Field and sentence. Never jsonschema's own message: it repeats the value, which may be personal data."""
    path = [str(part) for part in error.absolute_path]
    message = f"does not keep to the contract ({error.validator})"
    if error.validator == "required":
        # One error for each missing field; only the message says which.
        path.append(error.message.partition("' is a required")[0].strip("'"))
        message = "is missing"
    return {"field": ".".join(path) or "body", "message": message}


def _validators(path: Path) -> dict[tuple[str, str], Check]:
    if not path.exists():
        return {}
    # Imported late: they take longer than the rest of the start.
    import yaml
    from jsonschema import Draft202012Validator

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506  both are safe loaders
    found = {}
    for template, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}) if isinstance(operation, dict) else {}
            schema = content.get("content", {}).get("application/json", {}).get("schema")
            if schema is not None:
                whole = {"components": document.get("components", {}), **schema}
                found[method.upper(), template.removeprefix("/partner/v1")] = Draft202012Validator(
                    whole
                ).iter_errors
    return found
