"""One running back office for a file of tests, and the test's own process made a part of it.

@pytest.fixture(scope="module")
def running_house(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), House(tmp_path_factory.mktemp("house")) as house:
        yield house

@pytest.fixture
def house(transactional_db, running_house, settings):
    with lived_in(running_house, settings) as house:
        yield house
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError

from backoffice.celery import app
from backoffice.oceafin import client as client_module
from tests.faults.house import House
from tests.flush import flush
from tests.waiting import eventually


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
