import pytest

from tests.faults.house import House
from tests.faults.scene import Scene, set_scene


@pytest.fixture
def scene(house: House) -> Scene:
    """An approved customer with money and an active bank account; money out is open."""
    return set_scene(house)
