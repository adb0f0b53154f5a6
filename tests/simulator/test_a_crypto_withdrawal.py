"""A crypto withdrawal: coins move once, with a transaction of their network; what is not right is refused."""

from typing import Any

import pytest

from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import COINS, Partner
from tests.waiting import eventually


@pytest.fixture
def wallet_id(partner: Partner, simulator: SimulatorProcess, customer_id: str) -> str:
    simulator.came_in("crypto_deposit", amount="100", **COINS)
    return partner.wallet(customer_id)


def submit(partner: Partner, made: dict[str, Any]) -> Any:
    return partner.post(f"/crypto-withdrawals/{made['withdrawalId']}/submit", {}).json()


def kinds(simulator: SimulatorProcess) -> list[str]:
    return [entry["kind"] for entry in simulator.book()]


def test_moves_coins_once_it_is_submitted(
    partner, simulator, customer_id: str, wallet_id: str, endpoint: Endpoint
) -> None:
    made = partner.crypto_draft(customer_id, wallet_id)
    assert (made["status"], made["feeAmount"], made["feeCurrency"]) == ("DRAFT", "1.000000", "USDC")
    assert simulator.withdrawals() == []
    assert submit(partner, made)["status"] == "SUBMITTED"
    assert submit(partner, made)["code"] == "PARTNER_RESOURCE_STATE_INVALID"
    [entry] = simulator.withdrawals("cw-1")
    assert (entry["amount"], entry["network"]) == ("25.000000", "ETHEREUM")
    assert entry["walletAddressId"] == wallet_id
    simulator.step()
    under_way = partner.get(f"/crypto-withdrawals/{made['withdrawalId']}").json()
    assert (under_way["status"], under_way["confirmations"]) == ("PROCESSING", 1)
    simulator.step()
    done = partner.get(f"/crypto-withdrawals/{made['withdrawalId']}").json()
    assert (done["transactionHash"], done["confirmations"]) == (under_way["transactionHash"], 12)
    told = {"crypto_withdrawal.created", "crypto_withdrawal.updated", "customer.transaction.updated"}
    eventually(lambda: told <= {each.event["eventType"] for each in endpoint.received})


def test_takes_a_fee_in_another_token_beside_it(partner, simulator, customer_id, wallet_id) -> None:
    simulator.set(cryptoFee="0.002 ETH")
    made = partner.crypto_draft(customer_id, wallet_id, purpose="simulate:failed")
    assert (made["feeAmount"], made["feeCurrency"]) == ("0.002000000000000000", "ETH")
    assert submit(partner, made)["detail"] == "The balance in ETH on ETHEREUM is too small."
    simulator.came_in("crypto_deposit", asset="ETH", network="ETHEREUM", amount="1")
    assert submit(partner, made)["status"] == "SUBMITTED"
    simulator.step(2)
    assert kinds(simulator)[2:] == ["CRYPTO_WITHDRAWAL", "FEE", "RETURN", "RETURN"]
    balances = partner.get(f"/customers/{customer_id}/balances").json()["items"]
    available = {each["currency"]: each["available"] for each in balances}
    assert available == {"ETH": "1.000000000000000000", "USDC": "100.000000"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"network": "POLYGON"}, "PARTNER_VALIDATION_FAILED"),
        ({"asset": "DOGE"}, "PARTNER_VALIDATION_FAILED"),
        ({"amount": "25.0000001"}, "PARTNER_VALIDATION_FAILED"),
        ({"amount": "26"}, "PARTNER_VALIDATION_FAILED"),
        ({"walletAddressId": "00000000-0000-4000-8000-000000000000"}, "PARTNER_RESOURCE_NOT_FOUND"),
        ({"operationAuthorization": {}}, "PARTNER_OPERATION_NOT_APPROVED"),
    ],
)
def test_that_is_not_right_is_refused(partner, customer_id, wallet_id, changes: dict, code: str) -> None:
    assert partner.crypto_draft(customer_id, wallet_id, **changes)["code"] == code


def test_goes_to_no_wallet_that_is_not_active(partner, simulator, customer_id, wallet_id) -> None:
    made = partner.crypto_draft(customer_id, wallet_id)
    simulator.advance("crypto_wallet_address", "REJECTED", id=wallet_id)
    assert submit(partner, made)["detail"] == "The wallet is not active."
    refused = partner.post(
        f"/customers/{customer_id}/crypto-wallet-addresses",
        {"walletAddressRef": "w-2", "address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", **COINS},
    )
    assert refused.json()["errors"][0]["field"] == "address"
