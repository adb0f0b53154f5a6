from typing import Any

import pytest

from backoffice.oceafin import contract
from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import Partner
from tests.waiting import eventually


def draft(partner: Partner, customer_id: str, source_id: str, **changes: Any) -> Any:
    return partner.post(f"/customers/{customer_id}/refunds", partner.refund_body(source_id, **changes))


def code_of(reply: Any) -> str:
    return str(reply.json()["code"])


@pytest.fixture
def deposit_id(simulator: SimulatorProcess, customer_id: str) -> str:
    return simulator.came_in(currency="EUR", amount="25.00")


def test_moves_money_once_it_is_submitted(
    partner, simulator, customer_id, deposit_id, endpoint: Endpoint
) -> None:
    made = draft(partner, customer_id, deposit_id)
    assert contract.validate_response("createRefund", made.status_code, made.json()) == []
    assert (made.json()["status"], simulator.refunds()) == ("DRAFT", [])
    refund_id = made.json()["refundId"]
    assert partner.post(f"/refunds/{refund_id}/submit", {}).json()["status"] == "SUBMITTED"
    [entry] = simulator.refunds("rf-1")
    assert (entry["amount"], entry["sourceId"], entry["refundId"]) == ("10.00", deposit_id, refund_id)
    [balance] = partner.get(f"/customers/{customer_id}/balances").json()["items"]
    assert (balance["available"], balance["pending"]) == ("15.00", "10.00")
    taken = partner.get(f"/customers/{customer_id}/transactions").json()["items"][0]
    assert (taken["direction"], taken["resourceType"], taken["resourceId"]) == ("DEBIT", "refund", refund_id)
    simulator.step(2)
    assert partner.get(f"/refunds/{refund_id}").json()["status"] == "COMPLETED"
    [listed] = partner.get(f"/customers/{customer_id}/refunds").json()["items"]
    assert listed["refundRef"] == "rf-1"
    kinds = {"refund.created", "refund.updated", "customer.transaction.updated"}
    eventually(lambda: kinds <= {each.event["eventType"] for each in endpoint.received})


def test_gives_its_money_back_where_it_fails(partner, simulator, customer_id, deposit_id) -> None:
    refund_id = draft(partner, customer_id, deposit_id, reason="simulate:failed").json()["refundId"]
    partner.post(f"/refunds/{refund_id}/submit", {})
    simulator.step(2)
    assert [entry["kind"] for entry in simulator.book()] == ["FUNDING", "REFUND", "RETURN"]
    assert partner.get(f"/refunds/{refund_id}").json()["failureCode"]


def test_never_sends_back_more_than_came_in(partner, simulator, customer_id, deposit_id) -> None:
    assert (
        code_of(draft(partner, customer_id, deposit_id, amount="25.01")) == "PARTNER_RESOURCE_STATE_INVALID"
    )
    first, second = (
        draft(partner, customer_id, deposit_id, refundRef=ref, amount="20.00").json()["refundId"]
        for ref in ("rf-1", "rf-2")
    )
    assert partner.post(f"/refunds/{first}/submit", {}).ok
    assert code_of(partner.post(f"/refunds/{second}/submit", {})) == "PARTNER_RESOURCE_STATE_INVALID"
    assert len(simulator.refunds()) == 1


def test_sends_back_every_digit_of_a_token(partner, simulator, customer_id) -> None:
    amount = "0.123456789012345678"
    source_id = simulator.came_in("crypto_deposit", asset="ETH", network="ARBITRUM", amount=amount)
    made = draft(partner, customer_id, source_id, sourceType="CRYPTO_DEPOSIT", currency="ETH", amount=amount)
    assert (made.json()["amount"], made.json()["network"]) == (amount, "ARBITRUM")
    assert partner.post(f"/refunds/{made.json()['refundId']}/submit", {}).ok
    assert simulator.refunds()[0]["amount"] == amount


def test_needs_its_own_credited_source_and_evidence(partner, simulator, customer_id, deposit_id) -> None:
    other = partner.approved_customer("cust-2")
    assert code_of(draft(partner, other, deposit_id)) == "PARTNER_RESOURCE_NOT_FOUND"
    assert draft(partner, customer_id, deposit_id, currency="USD").status_code == 400
    assert draft(partner, customer_id, deposit_id, operationAuthorization=None).status_code in {400, 403}
    waiting = simulator.deposit("fiat_deposit", currency="EUR", amount="5.00")["resourceId"]
    assert code_of(draft(partner, customer_id, waiting)) == "PARTNER_RESOURCE_STATE_INVALID"
    assert simulator.refunds() == []


def test_names_a_fee_in_its_draft(partner, simulator, customer_id, deposit_id) -> None:
    simulator.set(refundFee="0.50")
    assert draft(partner, customer_id, deposit_id).json()["feeAmount"] == "0.50"
