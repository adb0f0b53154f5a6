"""A demo database and a real Oceafin never meet."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from backoffice.local.ownership import Kind, WrongInstallation, check_partner, kind_of, mark, require_demo

REAL = "https://api.oceafin.com"
STAND_IN = "http://127.0.0.1:8900"

pytestmark = pytest.mark.django_db


def test_that_was_never_marked_is_no_demo() -> None:
    assert kind_of(connection) is None
    with pytest.raises(WrongInstallation):
        require_demo(connection, allowed=True)


def test_of_a_demo_refuses_a_real_oceafin() -> None:
    mark(connection, Kind.DEMO)

    check_partner(connection, base_url=STAND_IN)
    with pytest.raises(WrongInstallation, match="demo data"):
        check_partner(connection, base_url=REAL)


def test_of_a_demo_allows_demo_commands_only_where_the_settings_do() -> None:
    mark(connection, Kind.DEMO)

    require_demo(connection, allowed=True)
    with pytest.raises(WrongInstallation):
        require_demo(connection, allowed=False)


def test_with_real_work_refuses_a_stand_in_and_demo_commands() -> None:
    mark(connection, Kind.REAL)

    check_partner(connection, base_url=REAL)
    with pytest.raises(WrongInstallation, match="real Oceafin"):
        check_partner(connection, base_url=STAND_IN)
    with pytest.raises(WrongInstallation):
        require_demo(connection, allowed=True)


def test_keeps_its_first_mark() -> None:
    mark(connection, Kind.REAL)
    with pytest.raises(WrongInstallation):
        mark(connection, Kind.DEMO)
    assert kind_of(connection) is Kind.REAL


@pytest.mark.django_db(transaction=True)
def test_of_a_demo_ends_a_worker_that_would_send_to_a_real_oceafin() -> None:
    mark(connection, Kind.DEMO)
    database = settings.DATABASES["default"]
    name = connection.settings_dict["NAME"]
    url = f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{name}"
    try:
        worker = subprocess.run(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "backoffice",
                "worker",
                "--pool",
                "solo",
                "--queues",
                "none",
            ],
            env=os.environ | {"DATABASE_URL": url, "OCEAFIN_PARTNER_API_BASE_URL": REAL},
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE installation_kind")
    assert worker.returncode != 0
    assert "This database holds demo data" in worker.stderr
