"""PostgreSQL is restarted in the middle of everything: in good order, and by kill -9 of its first process."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import dj_database_url
import pytest
from django.db import OperationalError, connection
from django.db.utils import InterfaceError

from backoffice.celery import app
from backoffice.local.postgres import Postgres
from backoffice.local.processes import wait_until
from backoffice.oceafin import client as client_module
from backoffice.vault.sealing import forget_cached_keys
from tests.faults import clockwork
from tests.faults.books import books_agree
from tests.faults.house import House
from tests.faults.scene import (
    Scene,
    a_requested_payout,
    again,
    approve,
    hurry,
    next_step_is_held,
    set_scene,
)
from tests.template import copy_tables
from tests.waiting import eventually

pytestmark = [pytest.mark.xdist_group("house"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server() -> Iterator[Postgres]:
    # Not below pytest's own folder: as root the server runs as another user, who must be able to pass through.
    with tempfile.TemporaryDirectory(prefix="backoffice-restarts-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = Postgres(folder=folder, log=folder / "postgres.log", admin_password="once", throw_away=True)
        server.start()
        yield server
        server.process.stop()


@pytest.fixture
def scene(server: Postgres, tmp_path: Path, settings) -> Iterator[Scene]:
    """A house on a database server of its own, which this test process works on too."""
    url = server.make_database()
    with server.admin() as admin:
        # What was committed must be there after a crash of the server, as in every real installation.
        admin.execute("ALTER DATABASE backoffice SET synchronous_commit = on")
    copy_tables(to=url, programs=server.place.programs)
    usual = dict(connection.settings_dict)
    there = dj_database_url.parse(url)
    connection.close()
    connection.settings_dict.update(
        {name: there[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    )
    forget_cached_keys()
    try:
        with House(tmp_path, database_url=url) as house:
            settings.OCEAFIN_PARTNER_API_BASE_URL = house.oceafin.base_url
            client_module.reset_clients()
            app.conf.broker_write_url = house.broker.url()
            yield set_scene(house)
    finally:
        app.conf.broker_write_url = None
        client_module.reset_clients()
        connection.close()
        connection.settings_dict.update(usual)
        forget_cached_keys()


def restart(server: Postgres, how: signal.Signals) -> None:
    """SIGINT is its fast shutdown; SIGKILL leaves its children to notice by themselves."""
    assert server.process.child is not None
    os.kill(server.process.child.pid, how)
    server.process.child.wait()
    again_until_it_starts(server)


def again_until_it_starts(server: Postgres) -> None:
    """The children of a killed server hold its memory until they have noticed."""

    def answers() -> bool:
        if not server.process.running:
            (server.place.data / "postmaster.pid").unlink(missing_ok=True)
            server.process.start()
        return server.answers()

    eventually(answers, 30, every=0.2)
    wait_until(server.answers, process=server.process)
    connection.close()


def patiently(look: Callable[[], bool]) -> Callable[[], bool]:
    """A broken connection is opened anew for the next look."""

    def looked() -> bool:
        with suppress(OperationalError, InterfaceError):
            return look()
        connection.close()
        return False

    return looked


def test_may_be_restarted_again_and_again_while_a_payout_is_on_its_way(
    scene: Scene, server: Postgres
) -> None:
    payment = a_requested_payout(scene)
    for approver in scene.approvers[:1]:
        approve(payment, approver)
    restart(server, signal.SIGINT)
    gate = next_step_is_held(scene, "createFiatWithdrawal")
    approve(payment, scene.approvers[1])
    with gate.held(30):
        restart(server, signal.SIGKILL)
    submit = next_step_is_held(scene, "submitFiatWithdrawal")

    def at_the_gate() -> bool:
        hurry(scene.house)
        clockwork.run_out_leases(key="create:wd-1")
        return bool(scene.oceafin.control("GET", f"gates/{submit.name}")["waiting"])

    eventually(patiently(at_the_gate), 60, every=0.2)
    restart(server, signal.SIGINT)
    submit.open()

    def settled() -> bool:
        clockwork.run_out_leases(key="submit:wd-1")
        hurry(scene.house)
        scene.oceafin.step()
        return again(payment).state == "SETTLED"

    eventually(patiently(settled), 60, every=0.2)
    # What a worker held when its connection broke is taken up again when its lease is over.
    clockwork.run_out_leases()
    books_agree(scene.oceafin, house=scene.house)
