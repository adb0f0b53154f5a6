"""One house for all fault tests of a process, swept out between them."""

from collections.abc import Iterator

import pytest

from tests.faults.house import House
from tests.faults.scene import Scene, set_scene
from tests.houses import lived_in


@pytest.fixture(scope="package")
def running_house(django_db_setup: None, django_db_blocker, tmp_path_factory) -> Iterator[House]:
    with django_db_blocker.unblock(), House(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture
def house(transactional_db: None, running_house: House, settings) -> Iterator[House]:
    """The whole back office running, with an empty database and an Oceafin that knows nobody.

    The test's own process belongs to it: it rings the same bell and asks the same Oceafin.
    """
    running_house.watch_over_workers()
    with lived_in(running_house, settings) as house:
        yield house


@pytest.fixture
def scene(house: House) -> Scene:
    """An approved customer with money and an active bank account; money out is open."""
    return set_scene(house)
