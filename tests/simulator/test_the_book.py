from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner


def test_has_one_entry_for_a_submitted_withdrawal(partner: Partner, simulator: SimulatorProcess) -> None:
    customer_id = partner.approved_customer()
    account_id = partner.bank_account(customer_id)
    simulator.fund("cust-1", "EUR", "250.00")
    withdrawal_id = partner.draft(customer_id, account_id)
    assert simulator.withdrawals() == []

    assert partner.submit(withdrawal_id, key="wd-1:submit").json()["status"] == "SUBMITTED"

    [entry] = simulator.withdrawals("wd-1")
    assert entry["withdrawalId"] == withdrawal_id
    assert (entry["currency"], entry["amount"]) == ("EUR", "100.00")
    assert (entry["bankAccountId"], entry["key"]) == (account_id, "wd-1:submit")
    assert entry["operationHash"] == "b" * 64
    [balance] = partner.get(f"/customers/{customer_id}/balances").json()["items"]
    assert (balance["available"], balance["pending"]) == ("150.00", "100.00")
