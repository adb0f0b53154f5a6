from pathlib import Path

import pytest

from tests.simulator.driver import SimulatorProcess, wait_until
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import Partner


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_forgets_nothing(tmp_path: Path, end: str) -> None:
    with SimulatorProcess("--seed", "1", state=tmp_path / "state.sqlite3") as simulator:
        partner = Partner(simulator)
        customer_id = partner.approved_customer()
        account_id = partner.bank_account(customer_id)
        simulator.fund("cust-1")
        simulator.pass_time(1000)
        withdrawal_id = partner.draft(customer_id, account_id)
        first = partner.submit(withdrawal_id, key="k-1", nonce="n" * 16)
        book = simulator.book()

        getattr(simulator, end)()
        simulator.start()

        partner = Partner(simulator)
        assert simulator.book() == book
        assert simulator.control("GET", "health")["offset"] == 1000
        assert (
            partner.submit(withdrawal_id, key="k-1", nonce="n" * 16).json()["code"]
            == "PARTNER_NONCE_REPLAYED"
        )
        assert partner.submit(withdrawal_id, key="k-1").content == first.content
        assert partner.customer("cust-1") == customer_id
        assert partner.customer("cust-2") != customer_id
        simulator.step(2)
        assert partner.get(f"/fiat-withdrawals/{withdrawal_id}").json()["status"] == "COMPLETED"


def test_delivers_what_was_still_waiting(tmp_path: Path) -> None:
    endpoint = Endpoint()
    endpoint.statuses = [503]
    with SimulatorProcess(webhook_url=endpoint.url, state=tmp_path / "state.sqlite3") as simulator:
        Partner(simulator).customer()
        simulator.advance("customer", "APPROVED", ref="cust-1")
        wait_until(lambda: endpoint.received, 5, "not sent")
        simulator.kill()
        endpoint.statuses = [202]
        simulator.start()
        simulator.pass_time(10)
        simulator.wait_until_delivered()
    assert len({received.event["eventId"] for received in endpoint.received}) == 1
    endpoint.close()


def test_in_auto_mode_walks_everything_to_its_end(tmp_path: Path) -> None:
    with SimulatorProcess("--auto", "--speed", "100") as simulator:
        partner = Partner(simulator)
        customer_id = partner.customer()
        partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
        wait_until(lambda: simulator.resources("customer")[0]["status"] == "APPROVED", 10, "not approved")
        balances = partner.get(f"/customers/{customer_id}/balances").json()["items"]
        assert {balance["currency"]: balance["available"] for balance in balances}["EUR"] == "50000.00"
