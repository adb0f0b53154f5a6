"""What every test stands on: settings, the database, and whether there is a browser."""

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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

    from tests.static_files import look_through_once

    look_through_once()

if TYPE_CHECKING:
    from tests.faults.house import House

NO_CHROMIUM = "no Chromium was found (install Debian's `chromium-headless-shell`, or name one in CHROMIUM)"


def pytest_configure(config: pytest.Config) -> None:
    missing = environment.missing_servers()
    if missing:
        raise pytest.UsageError(
            f"Tests need real servers: run `make test`, which starts them, or set {' and '.join(missing)}."
        )
    assert settings.DATABASES
    if config.getoption("numprocesses", None):
        from tests.template import migrated_template

        # Begun while the processes of the tests still read what there is to test; they wait for its end.
        threading.Thread(target=migrated_template, daemon=True).start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What takes long begins first, so that no process of the tests ends long after the others. Files that need a house
    # stand in a row: each process builds one house only.
    places: dict[Path, int] = {}
    for item in items:
        place = 0 if lives_in_a_house(item) else 1 if item.get_closest_marker("browser") else 2
        places[item.path] = min(place, places.get(item.path, place))
    items.sort(key=lambda item: places[item.path])
    if chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_collection_finish() -> None:
    # What was imported stays to the end. Not looking through it again and again saves a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def lives_in_a_house(item: pytest.Item) -> bool:
    return "kept_house" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Its workers would reach into the database of the tests that follow."""
    if lives_in_a_house(item) and not (nextitem and lives_in_a_house(nextitem)):
        close_the_house()


def pytest_sessionfinish() -> None:
    if not environment.missing_servers():
        close_the_house()


def close_the_house() -> None:
    from tests.houses import keeper

    keeper.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(1 for report in skipped if NO_CHROMIUM in str(report.longrepr))
    if count:
        terminalreporter.write_line(f"{count} browser tests were skipped: {NO_CHROMIUM}.")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Each process copies the one database that was migrated, under a name of its own."""
    from tests.template import migrated_template

    settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """After the migrations: remember their rows, and flush in a way that append-only tables survive."""
    from django.test import TransactionTestCase

    from tests.faults.house import ring_seldom_while_nobody_hears
    from tests.flush import flush, make_house_keys, remember_seeded_rows

    ring_seldom_while_nobody_hears()
    with django_db_blocker.unblock():
        make_house_keys()
        remember_seeded_rows()
    TransactionTestCase._fixture_teardown = lambda self: flush()  # type: ignore[method-assign]
    yield
    # No database is dropped that somebody is connected to.
    close_the_house()


@pytest.fixture(autouse=True)
def _refusals_are_counted_when_the_test_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that adds the counts to the table would reach into the tests that follow."""
    from webhooks import refusals

    monkeypatch.setattr(refusals, "counter", refusals.RefusalCounter(flushes_by_itself=False))


@pytest.fixture
def kept_house(transactional_db: None, tmp_path_factory: pytest.TempPathFactory) -> "House":
    from tests.faults.house import House
    from tests.houses import keeper

    return keeper.open(lambda: House(tmp_path_factory.mktemp("house")))


@pytest.fixture
def house(kept_house: "House", settings) -> "Iterator[House]":
    """The whole back office running, with an empty database and an Oceafin that knows nobody.

    The test's own process belongs to it: it rings the same bell and asks the same Oceafin.
    """
    from tests.houses import lived_in

    with lived_in(kept_house, settings) as house:
        yield house
