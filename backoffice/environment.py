"""Where settings come from: the process environment, and beside `make run` the file that it keeps.

`make run` writes the addresses of the servers that it started and the secrets that it made to
`.local/environment.json`, so that a command beside it (`python manage.py ...`) speaks to the same
installation. The process environment always wins. What was given to `make run` is never written down.

The file belongs to one database. A shell that names another one (a production DATABASE_URL, say) gets
nothing from the file: the secrets of one installation must not meet the data of another.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL_FILE = ROOT / ".local" / "environment.json"
# In the file, in place of a DATABASE_URL that `make run` was given.
GIVEN_DATABASE = "DATABASE_URL_SHA256"


class SettingMissing(Exception):
    """A setting that has no default was not given."""


class Environment:
    """Reads settings by name; says in one sentence which is missing or unreadable."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = local_values(os.environ) | dict(os.environ) if values is None else values

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, "") or default
        if value is None:
            raise SettingMissing(
                f"The setting {name} is missing. Set it in the environment (see README.md), "
                "or start `make run`, which makes what this machine needs."
            )
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


def local_values(given: Mapping[str, str], file: Path | None = None) -> dict[str, str]:
    """What the file of `make run` adds to the environment `given`; nothing if it is another database's."""
    try:
        kept = {str(name): str(value) for name, value in json.loads((file or LOCAL_FILE).read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}
    made_for = kept.pop(GIVEN_DATABASE, None)
    database = given.get("DATABASE_URL")
    if made_for is not None:
        return kept if database and fingerprint(database) == made_for else {}
    return kept if database in (None, "", kept.get("DATABASE_URL")) else {}


def fingerprint(database_url: str) -> str:
    """What stands in the file for a database address that is not ours to keep."""
    return hashlib.sha256(database_url.encode()).hexdigest()
