import pytest
import requests

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner


def test_ends_a_stalled_request_before_it_forgets(
    simulator: SimulatorProcess, partner: Partner, withdrawal_id: str
) -> None:
    simulator.fault("stall", seconds=60, book=False, operation="submit")
    with pytest.raises(requests.Timeout):
        partner.submit(withdrawal_id, timeout=0.2)
    simulator.reset()
    assert simulator.requests() == []
    assert simulator.book() == []
    assert simulator.faults() == []


def test_gives_no_id_out_a_second_time(simulator: SimulatorProcess, partner: Partner) -> None:
    before = partner.customer()
    simulator.reset()
    assert partner.customer() != before
