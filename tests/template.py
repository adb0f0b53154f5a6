"""One migrated database that every test process copies: drawing the tables is the slowest part of starting.

Its name tells what it was made from, so that another state of the migrations makes another one.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import dj_database_url
import django
import psycopg
from psycopg import sql

ROOT = Path(__file__).parent.parent
APPS = ("backoffice", "customers", "onboarding", "payments", "webhooks")
# Whoever comes first makes it; the others wait for that.
LOCK = 7_301_226


def migrated_template() -> str:
    """The name of a database on the server of DATABASE_URL that holds every table; made if it is not there."""
    url = os.environ["DATABASE_URL"]
    name = f"migrated_{_state()}"
    # Such a lock belongs to one database: runs that begin at different ones meet in this one.
    shared = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with psycopg.connect(shared, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        making = f"{name}_making"
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(making)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        there = urlunsplit(urlsplit(url)._replace(path=f"/{making}"))
        subprocess.run(migrate, check=True, cwd=ROOT, env={**os.environ, "DATABASE_URL": there})
        renamed = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(renamed.format(sql.Identifier(making), sql.Identifier(name)))
    return name


def copy_tables(*, to: str, programs: Path) -> None:
    """Put every table into the empty database at this address, on another server; `programs` holds PostgreSQL's own."""
    template = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{migrated_template()}"))
    dump = [programs / "pg_dump", "--no-owner"]
    tables = subprocess.run(dump, check=True, env=_address(template), stdout=subprocess.PIPE).stdout
    restore = [
        programs / "psql",
        "--no-psqlrc",
        "--quiet",
        "--output",
        os.devnull,
        "--set",
        "ON_ERROR_STOP=1",
    ]
    subprocess.run(restore, check=True, env=_address(to), input=tables)


def _address(url: str) -> dict[str, str]:
    """As PostgreSQL's programs read it from their environment: a command line shows its password to everybody."""
    known = dj_database_url.parse(url)
    parts = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    return {name: str(known[part]) for name, part in parts.items() if known[part]}


def _state() -> str:
    digest = hashlib.sha256(f"{django.VERSION} {sys.version}".encode())
    ours = [path for app in APPS for path in (ROOT / app).rglob("migrations/*.py")]
    for path in [ROOT / "requirements.lock", *sorted(ours)]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]
