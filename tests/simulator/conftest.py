from collections.abc import Iterator

import pytest

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner


@pytest.fixture(scope="session")
def _simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess("--seed", "tests") as process:
        yield process


@pytest.fixture
def simulator(_simulator: SimulatorProcess) -> SimulatorProcess:
    _simulator.reset()
    return _simulator


@pytest.fixture
def partner(simulator: SimulatorProcess) -> Partner:
    return Partner(simulator)
