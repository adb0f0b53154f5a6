"""A demo database and a real Oceafin never meet, nor a real database and the demo.

One row in the database says what it is, because a database outlives the settings that it is opened with.
The row is written by `make run` and read by everything that could send to Oceafin or make demo data.
"""

from enum import StrEnum
from urllib.parse import urlsplit

from django.db.backends.base.base import BaseDatabaseWrapper

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Kind(StrEnum):
    """What a database holds. One that was never marked may be anything, so it is never taken for a demo."""

    DEMO = "DEMO"
    REAL = "REAL"


class WrongInstallation(Exception):
    """The database and what it was opened with do not belong together. Nothing was changed."""


def is_stand_in(base_url: str) -> bool:
    """Whether the address can only be a stand-in Oceafin: one on this machine."""
    return urlsplit(base_url).hostname in LOOPBACK


def kind_of(connection: BaseDatabaseWrapper) -> Kind | None:
    """What the database was marked as."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('installation_kind')")
        if cursor.fetchone() == (None,):
            return None
        cursor.execute("SELECT kind FROM installation_kind")
        row = cursor.fetchone()
    return Kind(row[0]) if row else None


def mark(connection: BaseDatabaseWrapper, kind: Kind) -> None:
    """Write down what the database is. What was written first stays: else raises WrongInstallation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS installation_kind "
            "(one boolean PRIMARY KEY DEFAULT true CHECK (one), kind text NOT NULL)"
        )
        cursor.execute("INSERT INTO installation_kind (kind) VALUES (%s) ON CONFLICT DO NOTHING", [kind])
    if kind_of(connection) != kind:
        raise WrongInstallation(f"This database is marked {kind_of(connection)} and cannot become {kind}.")


def check_partner(connection: BaseDatabaseWrapper, *, base_url: str) -> None:
    """Raise WrongInstallation if a demo database was opened with a real Oceafin, or the other way round."""
    kind = kind_of(connection)
    if kind is Kind.DEMO and not is_stand_in(base_url):
        raise WrongInstallation(
            "This database holds demo data, so it must not speak to a real Oceafin. "
            "Give DATABASE_URL the address of an empty database, or leave OCEAFIN_PARTNER_API_BASE_URL unset."
        )
    if kind is Kind.REAL and is_stand_in(base_url):
        raise WrongInstallation(
            "This database holds work with a real Oceafin, so it must not speak to a stand-in. "
            "Set OCEAFIN_PARTNER_API_BASE_URL, or use another database."
        )


def require_demo(connection: BaseDatabaseWrapper, *, allowed: bool) -> None:
    """Raise WrongInstallation unless the settings allow demo commands and the database is a demo's."""
    if not allowed or kind_of(connection) is not Kind.DEMO:
        raise WrongInstallation(
            "Demo data is made only beside `make run` with its own database and its own stand-in Oceafin."
        )
