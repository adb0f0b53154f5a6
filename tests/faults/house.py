"""The whole back office as real processes, beside the test's own database: what the fault tests break.

    with House(folder) as house:
        house.oceafin.fault("lose_response", ...)
        house.kill_worker("money")

Nothing in the product knows that it is being tested. Faults come from outside: a killed process, a held row
lock, a broker that is gone, an Oceafin that stalls.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import redis
import requests
from django.conf import settings
from django.db import connection

from backoffice.celery import app
from backoffice.local import parts
from backoffice.local.ports import HOST, free_port
from backoffice.local.processes import Process, wait_until
from backoffice.local.valkey import Valkey
from backoffice.oceafin import bell
from backoffice.oceafin.models import Submission
from tests.simulator.driver import SimulatorProcess
from tests.waiting import eventually

TASKS = {**bell.TASKS, "events": bell.EVENTS_TASK, "batches": bell.BATCHES_TASK}
QUEUE = {"money": "money", "papers": "papers", "events": "papers", "batches": "papers"}


# While no house stands nobody hears the bells of the test's process, and each costs as much as some queries.
SELDOM, AS_EVER = 2.0, bell.AT_MOST_EVERY
_standing: set[int] = set()


def ring_seldom_while_nobody_hears() -> None:
    """How often this process may ring: as in production from the moment that a house is built until it is gone."""
    bell.AT_MOST_EVERY = AS_EVER if _standing else SELDOM


class House:
    """Web, both workers, a broker and an Oceafin of our own. Each can be killed, paused and started again."""

    def __init__(
        self, folder: Path, *, database_url: str = "", workers: tuple[str, ...] = parts.QUEUES
    ) -> None:
        self.folder = folder
        self._database_url = database_url or own_database_url()
        self._queues = workers
        self.workers: dict[str, Process] = {}

    def __enter__(self) -> "House":
        _standing.add(id(self))
        ring_seldom_while_nobody_hears()
        self.port = free_port()
        self.web_url = f"http://{HOST}:{self.port}"
        self.oceafin = SimulatorProcess(
            client_id=os.environ["OCEAFIN_PARTNER_API_CLIENT_ID"],
            client_secret=os.environ["OCEAFIN_PARTNER_API_CLIENT_SECRET"],
            webhook_secret=os.environ["OCEAFIN_PARTNER_API_WEBHOOK_SECRET"],
            webhook_url=f"{self.web_url}/webhooks/oceafin/",
            state=self.folder / "oceafin.db",
        )
        self.broker = Valkey(folder=self.folder / "valkey", log=self.folder / "valkey.log", password="test")
        self.broker.start()
        self.web = parts.web(port=self.port, environment=self.environment(), folder=self.folder)
        self.web.start()
        for queue in self._queues:
            self.start_worker(queue)
        wait_until(self._web_answers, process=self.web)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in [*self.workers.values(), self.web]:
            # They hold nothing that anybody waits for any more.
            self._kill(process)
        self.broker.process.stop()
        self.oceafin.stop()
        _standing.discard(id(self))
        ring_seldom_while_nobody_hears()

    def environment(self) -> Mapping[str, str]:
        """What the processes are started with: the test's settings, and the addresses of this house."""
        return {
            **os.environ,
            "DATABASE_URL": self._database_url,
            "REDIS_URL": self.broker.url(),
            "OCEAFIN_PARTNER_API_BASE_URL": self.oceafin.base_url,
            # The folder that this very process uses, whatever its environment says by now.
            "DOCUMENTS_FOLDER": settings.STORAGES["default"]["OPTIONS"]["location"],
        }

    def logs(self) -> Iterator[Path]:
        """What the processes of this house have written down."""
        yield from (self.folder / "log").glob("*.log*")

    # --- workers -----------------------------------------------------------------------------------------------
    def start_worker(self, queue: str) -> None:
        worker = parts.worker(queue=queue, environment=self.environment(), folder=self.folder)
        worker.start()
        self.workers[queue] = worker

    def kill_worker(self, queue: str) -> None:
        """kill -9 for the worker and every process of it."""
        self._kill(self.workers[queue])

    def kill_and_restart_worker(self, queue: str) -> None:
        self.kill_worker(queue)
        self.start_worker(queue)

    def watch_over_workers(self) -> None:
        """What the supervisor of every installation does: a worker that ended is started again.

        Celery ends where its broker goes away with a bell in hand (it cannot put it back).
        """
        for queue, worker in list(self.workers.items()):
            if not worker.running:
                self._kill(worker)
                self.start_worker(queue)

    @classmethod
    def kill_holder(cls, letter: Submission) -> None:
        """kill -9 for the one process that holds this letter; its parent starts another in its place."""
        letter.refresh_from_db()
        cls.kill_leased(letter.leased_by)

    @staticmethod
    def kill_leased(by: str) -> None:
        """kill -9 for the one process that has leased something under this name."""
        os.kill(_number(by), signal.SIGKILL)

    @staticmethod
    def freeze_holder(letter: Submission) -> int:
        """That process stands still, with all that it holds, until it is thawed. Returns its number."""
        letter.refresh_from_db()
        number = _number(letter.leased_by)
        os.kill(number, signal.SIGSTOP)
        return number

    @staticmethod
    def thaw(number: int) -> None:
        os.kill(number, signal.SIGCONT)

    # --- the broker --------------------------------------------------------------------------------------------
    def ring(self, lane: str) -> None:
        """One bell for `money`, `papers`, `events` or `batches`, as any process would ring it."""
        with app.connection_for_write(self.broker.url()) as broker:
            app.send_task(TASKS[lane], connection=broker, queue=QUEUE[lane], retry=False, ignore_result=True)

    def empty_broker(self) -> None:
        with redis.Redis.from_url(self.broker.url()) as broker:
            broker.flushall()

    @contextmanager
    def broker_stopped(self) -> Iterator[None]:
        """Killed, and started again at the address it had."""
        self._kill(self.broker.process)
        try:
            yield
        finally:
            self.broker.process.start()
            eventually(self.broker.answers)

    @contextmanager
    def broker_hung(self) -> Iterator[None]:
        """It still accepts connections and answers nothing."""
        self._signal(self.broker.process, signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(self.broker.process, signal.SIGCONT)

    # --- the web process ---------------------------------------------------------------------------------------
    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(f"{self.web_url}{path}", timeout=10, **options)

    def sign_in(self, email: str, password: str, code: str) -> int:
        """The pages of the sign-in, one after the other; the answer of the first page behind them."""
        with requests.Session() as browser:
            answer = browser.get(f"{self.web_url}/sign-in/", timeout=10)
            for path, words in (
                ("/sign-in/", {"login": email, "password": password}),
                ("/sign-in/code/", {"code": code}),
            ):
                token = browser.cookies.get("csrftoken", "")
                headers = {"X-CSRFToken": token, "Referer": answer.url}
                answer = browser.post(f"{self.web_url}{path}", data=words, headers=headers, timeout=10)
            return browser.get(f"{self.web_url}/", timeout=10, allow_redirects=False).status_code

    def _web_answers(self) -> bool:
        try:
            return self.get("/healthz").ok
        except requests.RequestException:
            return False

    @staticmethod
    def _signal(process: Process, number: signal.Signals) -> None:
        assert process.child is not None
        with suppress(ProcessLookupError):
            os.killpg(process.child.pid, number)

    @classmethod
    def _kill(cls, process: Process) -> None:
        assert process.child is not None
        # Its children too, where it left some behind.
        cls._signal(process, signal.SIGKILL)
        process.child.wait()


def _number(leased_by: str) -> int:
    assert leased_by, "nobody holds it"
    return int(leased_by.rsplit(":", 1)[1])


def own_database_url() -> str:
    """The address of the database that this test process works on."""
    known = connection.settings_dict
    password = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{password}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
