"""The whole back office as real processes, beside the test's own database: what the fault tests break.

    with House(folder) as house:
        house.oceafin.fault("lose_response", ...)
        house.kill_worker("money")

Nothing in the product knows that it is being tested. Faults come from outside: a killed process, a held row
lock, a broker that is gone, an Oceafin that stalls.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import requests
from django.db import connection

from backoffice.local import parts
from backoffice.local.ports import HOST, free_port
from backoffice.local.processes import Process, wait_until
from backoffice.local.valkey import Valkey
from tests.simulator.driver import SimulatorProcess
from tests.waiting import eventually


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
            process.patience = 3
            process.stop()
        self.broker.process.stop()
        self.oceafin.stop()

    def environment(self) -> Mapping[str, str]:
        """What the processes are started with: the test's settings, and the addresses of this house."""
        return {
            **os.environ,
            "DATABASE_URL": self._database_url,
            "REDIS_URL": self.broker.url(),
            "OCEAFIN_PARTNER_API_BASE_URL": self.oceafin.base_url,
        }

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

    # --- the broker --------------------------------------------------------------------------------------------
    def stop_broker(self) -> None:
        self._kill(self.broker.process)

    def start_broker(self) -> None:
        """At the address it had."""
        self.broker.process.start()
        eventually(self.broker.answers)

    def hang_broker(self) -> None:
        """It still accepts connections and answers nothing."""
        assert self.broker.process.child is not None
        self.broker.process.child.send_signal(signal.SIGSTOP)

    def wake_broker(self) -> None:
        assert self.broker.process.child is not None
        self.broker.process.child.send_signal(signal.SIGCONT)

    def _web_answers(self) -> bool:
        try:
            return requests.get(f"{self.web_url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    @staticmethod
    def _kill(process: Process) -> None:
        assert process.child is not None
        os.killpg(process.child.pid, signal.SIGKILL)
        process.child.wait()


def own_database_url() -> str:
    """The address of the database that this test process works on."""
    known = connection.settings_dict
    password = f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{password}@{known['HOST']}:{known['PORT']}/{known['NAME']}"
