"""Where settings come from: the process environment, and under `make run` the file that it keeps.

`make run` writes the addresses of the servers that it started and the secrets that it made to
`.local/environment.json`. A command started beside it (`python manage.py ...`) reads the same file,
so that both speak to one installation. The process environment always wins.
"""

import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL_FILE = ROOT / ".local" / "environment.json"


class SettingMissing(Exception):
    """A setting that has no default was not given."""


class Environment:
    """Reads settings by name; says in one sentence which is missing or unreadable."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        self._values = _local_values() | dict(os.environ) if values is None else values

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, "") or default
        if value is None:
            raise SettingMissing(f"The setting {name} is missing. Set it in the environment, see README.md.")
        return value

    def flag(self, name: str) -> bool:
        return self._values.get(name, "").lower() in {"1", "true", "yes", "on"}

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        try:
            return int(value)
        except ValueError:
            raise SettingMissing(f"The setting {name} must be a whole number.") from None

    def words(self, name: str, default: str | None = None) -> list[str]:
        return [word for word in (part.strip() for part in self.text(name, default).split(",")) if word]


def _local_values() -> dict[str, str]:
    if os.environ.get("DATABASE_URL") and os.environ.get("SECRET_KEY"):
        return {}
    try:
        return {name: str(value) for name, value in json.loads(LOCAL_FILE.read_text()).items()}
    except (OSError, ValueError):
        return {}
