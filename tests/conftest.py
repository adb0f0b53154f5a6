"""What every test stands on: settings, the database, and whether there is a browser."""

import os
from pathlib import Path

import pytest

from tests import environment
from tests.chromium import chromium

environment.settle()

# After the settings, because reading Django's settings fixes them.
import django  # noqa: E402
from django.conf import settings  # noqa: E402

if not environment.missing_servers():
    # One documents folder per test process, outside what is committed.
    os.environ["DOCUMENTS_FOLDER"] = str(
        Path(__file__).parent.parent
        / ".pytest_cache"
        / "documents"
        / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    )
    # Now, because the conftest files below import models.
    django.setup()

NO_CHROMIUM = "no Chromium was found (install Debian's `chromium`, or name one in CHROMIUM)"


def pytest_configure() -> None:
    missing = environment.missing_servers()
    if missing:
        raise pytest.UsageError(
            f"Tests need real servers: run `make test`, which starts them, or set {' and '.join(missing)}."
        )
    assert settings.DATABASES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(1 for report in skipped if NO_CHROMIUM in str(report.longrepr))
    if count:
        terminalreporter.write_line(f"{count} browser tests were skipped: {NO_CHROMIUM}.")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    """After the migrations: remember their rows, and flush in a way that append-only tables survive."""
    from django.test import TransactionTestCase

    from tests.flush import flush, remember_seeded_rows

    with django_db_blocker.unblock():
        remember_seeded_rows()
    TransactionTestCase._fixture_teardown = lambda self: flush()  # type: ignore[method-assign]
