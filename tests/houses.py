"""One running back office for all tests of this process that stand in a row, swept out between them.

def test_a_payout_is_settled(house: House) -> None:      # `house` comes from tests/conftest.py
    ...
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError

from backoffice.celery import app
from backoffice.oceafin import client as client_module
from tests.faults.house import House
from tests.flush import flush
from tests.waiting import eventually


class Keeper:
    """Keeps one house for as long as the tests want it: to start its processes takes longer than most tests."""

    def __init__(self) -> None:
        self._house: House | None = None

    def open(self, build: Callable[[], House]) -> House:
        """The house that runs, or a new one; a worker that somebody killed is started again."""
        if self._house is None:
            self._house = build().__enter__()
        self._house.watch_over_workers()
        return self._house

    def close(self) -> None:
        if self._house is not None:
            house, self._house = self._house, None
            house.__exit__(None, None, None)


keeper = Keeper()


@contextmanager
def lived_in(house: House, settings: Any) -> Iterator[House]:
    """An empty database and an Oceafin that knows nobody; this process rings its bell and asks its Oceafin."""
    house.oceafin.reset()
    settings.OCEAFIN_PARTNER_API_BASE_URL = house.oceafin.base_url
    client_module.reset_clients()
    app.conf.broker_write_url = house.broker.url()
    try:
        yield house
    finally:
        app.conf.broker_write_url = None
        house.oceafin.clear_faults()
        house.oceafin.reset()
        client_module.reset_clients()
        eventually(_swept_out)


def _swept_out() -> bool:
    """The workers still live: where one of them stands in the way, try again."""
    try:
        flush()
    except OperationalError:
        return False
    return True
