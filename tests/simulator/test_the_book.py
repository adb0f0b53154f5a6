import sqlite3
from pathlib import Path

import pytest

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner


def test_has_one_entry_for_a_submitted_withdrawal(
    partner: Partner, simulator: SimulatorProcess, account_id: str, customer_id: str, withdrawal_id: str
) -> None:
    assert simulator.withdrawals() == []
    assert partner.submit(withdrawal_id, key="wd-1:submit").json()["status"] == "SUBMITTED"
    [entry] = simulator.withdrawals("wd-1")
    assert entry["withdrawalId"] == withdrawal_id
    assert (entry["currency"], entry["amount"]) == ("EUR", "100.00")
    assert (entry["feeAmount"], entry["receiveAmount"]) == ("1.00", "99.00")
    assert (entry["bankAccountId"], entry["key"]) == (account_id, "wd-1:submit")
    assert entry["operationHash"] == "b" * 64
    [balance] = partner.get(f"/customers/{customer_id}/balances").json()["items"]
    assert (balance["available"], balance["pending"]) == ("150.00", "100.00")


@pytest.mark.parametrize("end", ["FAILED", "RETURNED", "CANCELLED"])
def test_gives_money_back_once_and_in_an_entry_of_its_own(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, withdrawal_id: str, end: str
) -> None:
    partner.submit(withdrawal_id)
    simulator.advance("fiat_withdrawal", end, ref="wd-1")
    simulator.advance("fiat_withdrawal", end, ref="wd-1")
    assert [entry["kind"] for entry in simulator.book()] == ["FUNDING", "WITHDRAWAL", "RETURN"]
    [balance] = partner.get(f"/customers/{customer_id}/balances").json()["items"]
    assert (balance["available"], balance["pending"]) == ("250.00", "0.00")


def test_shows_two_effects_if_two_withdrawals_carry_one_reference(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, account_id: str, withdrawal_id: str
) -> None:
    partner.submit(withdrawal_id)
    partner.submit(partner.draft(customer_id, account_id))
    assert len(simulator.withdrawals("wd-1")) == 2


def test_makes_the_transactions(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, withdrawal_id: str
) -> None:
    partner.submit(withdrawal_id)
    taken, funded = partner.get(f"/customers/{customer_id}/transactions").json()["items"]
    assert (taken["direction"], taken["status"], taken["resourceId"]) == ("DEBIT", "PENDING", withdrawal_id)
    assert (funded["direction"], funded["type"], funded["amount"]) == ("CREDIT", "FIAT_DEPOSIT", "250.00")
    simulator.step(2)
    one = partner.get(f"/transactions/{taken['transactionId']}").json()
    assert one == taken | {"status": "COMPLETED"}


def test_cannot_be_rewritten(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with SimulatorProcess(state=state) as simulator:
        partner = Partner(simulator)
        partner.approved_customer()
        simulator.fund("cust-1")
        connection = sqlite3.connect(state)
        for sql in ("UPDATE book SET amount = '1'", "DELETE FROM book"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
                connection.execute(sql)
        connection.close()
