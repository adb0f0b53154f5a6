from collections.abc import Iterator

import pytest

from backoffice.oceafin import client as client_module
from payments.ways import WAYS
from tests.simulator.driver import SimulatorProcess


@pytest.fixture(params=list(WAYS))
def kind(request: pytest.FixtureRequest) -> str:
    """Every kind of payment that is offered: what holds for one holds for all."""
    return str(request.param)


@pytest.fixture(scope="session")
def _oceafin() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(
        "--seed",
        "payments",
        client_id="test-client",
        client_secret="test-client-secret",
        webhook_secret="test-webhook-secret",
    ) as process:
        yield process


@pytest.fixture
def oceafin(_oceafin: SimulatorProcess, settings) -> Iterator[SimulatorProcess]:
    """A whole stand-in Oceafin, fresh, that our own client speaks to."""
    _oceafin.reset()
    settings.OCEAFIN_PARTNER_API_BASE_URL = _oceafin.base_url
    client_module.reset_clients()
    yield _oceafin
    client_module.reset_clients()
