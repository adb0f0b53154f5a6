"""What one `make run` consists of: which servers are given, which are ours, and the settings of all.

Secrets that nobody gave are made once per database and kept in `.local/`, because what was sealed under
them can be read with them only.
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backoffice.environment import GIVEN_DATABASE, fingerprint
from backoffice.local.errors import CannotRun
from backoffice.local.files import read_values, write_values
from backoffice.local.ports import HOST, is_taken

DEFAULT_PORT = 8000
OCEAFIN = "OCEAFIN_PARTNER_API_"
PARTNER_SECRETS = tuple(OCEAFIN + name for name in ("CLIENT_ID", "CLIENT_SECRET", "WEBHOOK_SECRET"))


@dataclass(frozen=True)
class Installation:
    """What was given in the environment, and where what is ours is kept."""

    given: Mapping[str, str]
    folder: Path

    @property
    def database_is_ours(self) -> bool:
        return not self.given.get("DATABASE_URL")

    @property
    def redis_is_ours(self) -> bool:
        return not self.given.get("REDIS_URL")

    @property
    def oceafin_is_ours(self) -> bool:
        return not self.given.get(OCEAFIN + "BASE_URL")

    @property
    def is_demo(self) -> bool:
        """Demo data and demo logins exist only where both ends are ours."""
        return self.database_is_ours and self.oceafin_is_ours

    def port(self) -> int:
        """The port for web, API and webhook. Raises CannotRun if it cannot be had."""
        said = self.given.get("PORT") or str(DEFAULT_PORT)
        if not (said.isascii() and said.isdigit() and 1 <= int(said) <= 65535):
            raise CannotRun(f"PORT must be a number from 1 to 65535, not {said}.")
        if is_taken(int(said)):
            raise CannotRun(
                f"Port {said} on this machine is taken by another program. End that program, "
                f"or choose another port: make run PORT={int(said) % 65535 + 1}"
            )
        return int(said)

    def check(self) -> None:
        """Raise CannotRun if what was given does not suffice."""
        missing = [name for name in PARTNER_SECRETS if not self.given.get(name)]
        if missing and not self.oceafin_is_ours:
            raise CannotRun(
                f"{OCEAFIN}BASE_URL names an Oceafin, so {', '.join(missing)} must be given too. "
                "Without any of them, `make run` starts a stand-in Oceafin."
            )

    def server_passwords(self) -> dict[str, str]:
        """The passwords of the servers that are ours."""
        return self._kept(
            "servers.json", {name: secrets.token_hex(24) for name in ("admin", "owner", "redis")}
        )

    def secrets(self) -> dict[str, str]:
        """The secrets of this database that nobody gave, by the names of their settings."""
        made = own_secrets()
        if self.oceafin_is_ours:
            made[OCEAFIN + "CLIENT_ID"] = "demo-client"
            made[OCEAFIN + "CLIENT_SECRET"] = secrets.token_urlsafe(32)
            made[OCEAFIN + "WEBHOOK_SECRET"] = secrets.token_urlsafe(32)
        if self.is_demo:
            made["DEMO_PASSWORD"] = secrets.token_urlsafe(12)
        whose = "" if self.database_is_ours else "-" + fingerprint(self.given["DATABASE_URL"])[:12]
        kept = self._kept(f"secrets{whose}.json", made)
        return {name: kept[name] for name in made if not self.given.get(name)}

    def settings(self, *, servers: Mapping[str, str]) -> dict[str, str]:
        """The settings that `make run` adds to what was given: `servers` are the addresses of ours."""
        flags = {"BACKOFFICE_LOCAL": "1", "PORT": str(self.port())} | (
            {"DEMO_ALLOWED": "1"} if self.is_demo else {}
        )
        return flags | self.secrets() | dict(servers)

    def write_environment(self, settings: Mapping[str, str]) -> None:
        """Leave for `manage.py` what was made here, and which Oceafin it is for. A secret that was given is never
        written down; what was given of the database is only named by its fingerprint."""
        public = {
            name: self.given[name]
            for name in (OCEAFIN + "BASE_URL", OCEAFIN + "CLIENT_ID")
            if self.given.get(name)
        }
        made_for = {} if self.database_is_ours else {GIVEN_DATABASE: fingerprint(self.given["DATABASE_URL"])}
        write_values(self.folder / "environment.json", dict(settings) | public | made_for)

    def _kept(self, name: str, made: Mapping[str, str]) -> dict[str, str]:
        path = self.folder / name
        kept = read_values(path)
        if not set(made) <= set(kept):
            kept = dict(made) | kept
            write_values(path, kept)
        return kept


def own_secrets() -> dict[str, str]:
    """New secrets of an installation, by the names of their settings."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AUDIT_KEY": secrets.token_urlsafe(48),
    }


def container_secrets() -> dict[str, str]:
    """New values for the file `.env` that docker-compose.yml reads."""
    names = (*PARTNER_SECRETS[1:], "DATABASE_PASSWORD", "STORAGE_PASSWORD")
    return own_secrets() | {name: secrets.token_hex(24) for name in names}


def webhook_url(port: int) -> str:
    return f"http://{HOST}:{port}/webhooks/oceafin/"
