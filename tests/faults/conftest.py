"""One house for all fault tests of a process, swept out between them."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError

from backoffice.celery import app
from backoffice.oceafin import client as client_module
from tests.faults.house import House
from tests.faults.scene import Scene, set_scene
from tests.flush import flush
from tests.waiting import eventually


@pytest.fixture(scope="package")
def running_house(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[House]:
    with django_db_blocker.unblock(), House(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(transactional_db: None, running_house: House, settings) -> Iterator[House]:
    """The whole back office running, with an empty database and an Oceafin that knows nobody.

    The test's own process belongs to it: it rings the same bell and asks the same Oceafin.
    """
    running_house.oceafin.reset()
    running_house.watch_over_workers()
    settings.OCEAFIN_PARTNER_API_BASE_URL = running_house.oceafin.base_url
    client_module.reset_clients()
    app.conf.broker_write_url = running_house.broker.url()
    yield running_house
    app.conf.broker_write_url = None
    running_house.oceafin.clear_faults()
    running_house.oceafin.reset()
    client_module.reset_clients()
    eventually(_swept_out)


@pytest.fixture
def scene(house: House) -> Scene:
    """An approved customer with money and an active bank account; money out is open."""
    return set_scene(house)


def _swept_out() -> bool:
    """The workers still live: where one of them stands in the way, try again."""
    try:
        flush()
    except OperationalError:
        return False
    return True
