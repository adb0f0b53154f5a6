from collections.abc import Iterator

import pytest

from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
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


@pytest.fixture
def endpoint(simulator: SimulatorProcess) -> Iterator[Endpoint]:
    """Where the simulator's events go."""
    endpoint = Endpoint()
    simulator.set(webhookUrl=endpoint.url)
    yield endpoint
    simulator.reset()
    endpoint.close()


@pytest.fixture
def customer_id(partner: Partner) -> str:
    return partner.approved_customer()


@pytest.fixture
def account_id(partner: Partner, customer_id: str) -> str:
    return partner.bank_account(customer_id)


@pytest.fixture
def withdrawal_id(simulator: SimulatorProcess, partner: Partner, customer_id: str, account_id: str) -> str:
    """A draft of 100.00 EUR with the money for it at hand."""
    simulator.fund("cust-1", "EUR", "250.00")
    return partner.draft(customer_id, account_id)
