"""The PostgreSQL that comes as a wheel, through what a laptop does to it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backoffice.local.errors import CannotRun
from backoffice.local.postgres import Postgres


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("server")
    # As root the server runs as another user, who must be able to pass through.
    for step in (folder, *folder.parents[:3]):
        if step.stat().st_uid == os.geteuid() and step.is_relative_to("/tmp"):
            step.chmod(step.stat().st_mode | 0o011)
    return folder


@pytest.fixture(scope="module")
def one_server(folder: Path) -> Iterator[Postgres]:
    postgres = Postgres(folder=folder, log=folder / "log", admin_password="first", throw_away=True)
    postgres.start()
    yield postgres
    postgres.process.stop()


@pytest.fixture
def server(one_server: Postgres) -> Postgres:
    if not one_server.process.running:
        one_server.start()
    return one_server


def test_keeps_its_data_from_one_start_to_the_next(server: Postgres) -> None:
    url = server.make_database(password="owner")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.process.stop()

    server.start()

    with psycopg.connect(server.make_database(password="owner")) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_gives_the_application_a_role_without_special_rights(server: Postgres) -> None:
    with psycopg.connect(server.make_database(password="owner")) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY (SELECT 1) TO PROGRAM 'true'")


def test_refuses_who_does_not_know_the_password(server: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.make_database(password="owner").replace(":owner@", ":guess@"))


def test_starts_again_after_it_was_killed_and_its_number_went_to_another_program(server: Postgres) -> None:
    server.make_database()
    assert server.process.child
    os.killpg(server.process.child.pid, signal.SIGKILL)
    server.process.child.wait()
    lock = server.place.data / "postmaster.pid"
    lines = lock.read_text().split("\n")
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    server.start()

    assert server.answers()


def test_ends_the_one_that_an_earlier_run_left_behind(server: Postgres, folder: Path) -> None:
    again = Postgres(folder=folder, log=folder / "log2", admin_password="first", throw_away=True)
    again.start()

    assert again.answers()
    assert not server.process.running
    again.process.stop()


def test_whose_password_is_lost_says_so_in_a_sentence(server: Postgres, folder: Path) -> None:
    server.process.stop()
    stranger = Postgres(folder=folder, log=folder / "log2", admin_password="second", throw_away=True)

    with pytest.raises(CannotRun, match="another password"):
        stranger.start()
    stranger.process.stop()


def test_with_data_of_another_version_says_so_in_a_sentence(server: Postgres) -> None:
    server.process.stop()
    file = server.place.data / "PG_VERSION"
    ours = file.read_text()
    file.write_text("9\n")

    with pytest.raises(CannotRun, match="written by PostgreSQL 9"):
        server.start()
    file.write_text(ours)
