"""Money in is played: accounts, deposits, the Travel Rule, collection wallets."""

from typing import Any

import pytest

from backoffice.oceafin import contract
from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import Partner
from tests.waiting import eventually

VASP = {"name": "Example VASP", "country": "DE"}
RULE = {"originatorType": "INDIVIDUAL", "originatorName": "Alex Example", "originatingVasp": VASP}


def keeps(operation: str, reply: Any) -> Any:
    """The answer, which keeps to the contract file."""
    assert reply.ok, reply.text
    assert contract.validate_response(operation, reply.status_code, reply.json()) == []
    return reply.json()


def items(operation: str, reply: Any) -> list[dict[str, Any]]:
    return list(keeps(operation, reply)["items"])


def apply(partner: Partner, customer_id: str, **changes: str) -> dict[str, Any]:
    body = {"applicationRef": "fa-1", "currency": "EUR"} | changes
    path = f"/customers/{customer_id}/fiat-account-applications"
    return dict(keeps("applyForFiatAccount", partner.post(path, body)))


def test_begins_with_what_may_be_opened(partner: Partner, customer_id: str) -> None:
    path = f"/customers/{customer_id}/fiat-account-capabilities"
    first = items("listFiatAccountCapabilities", partner.get(path))
    assert {each["currency"]: each["status"] for each in first} == dict.fromkeys(
        ["EUR", "GBP", "USD"], "AVAILABLE"
    )
    assert items("listFiatAccountCapabilities", partner.get(path)) == first


def test_opens_an_account_and_says_where_to_pay_in(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, endpoint: Endpoint
) -> None:
    apply(partner, customer_id)
    simulator.step(2)
    (account,) = items("listFiatAccounts", partner.get(f"/customers/{customer_id}/fiat-accounts"))
    (where,) = items(
        "listFiatDepositInstructions", partner.get(f"/customers/{customer_id}/fiat-deposit-instructions")
    )
    assert account["status"] == "ACTIVE"
    assert (where["iban"], where["fiatAccountId"]) == (account["iban"], account["fiatAccountId"])
    eventually(lambda: len(endpoint.received) == 3)
    assert {each.event["eventType"] for each in endpoint.received} == {
        "fiat_account.application.submitted",
        "fiat_account_application.updated",
    }


def test_asks_for_more_before_an_account(
    partner: Partner, simulator: SimulatorProcess, customer_id: str
) -> None:
    application = apply(partner, customer_id, purpose="simulate:missing")
    path = f"/fiat-account-applications/{application['applicationId']}/additional-info"
    simulator.step(2)
    asked = partner.post(path, {"answers": [{"code": "SOURCE_OF_FUNDS", "value": "Salary"}]})
    assert keeps("addFiatAccountInfo", asked)["status"] == "PROCESSING"
    assert partner.post(path, {"answers": []}).json()["code"] == "PARTNER_RESOURCE_STATE_INVALID"
    simulator.step()
    assert items("listFiatAccounts", partner.get(f"/customers/{customer_id}/fiat-accounts"))


def test_takes_a_deposit_in_once(partner: Partner, simulator: SimulatorProcess, customer_id: str) -> None:
    deposit = simulator.deposit("fiat_deposit", currency="EUR", amount="99.50", senderName="Ada Berg")
    simulator.step(5)
    simulator.advance("fiat_deposit", "COMPLETED", id=deposit["resourceId"])
    shown = keeps("getFiatDeposit", partner.get(f"/fiat-deposits/{deposit['resourceId']}"))
    assert (shown["status"], shown["amount"]) == ("COMPLETED", "99.50")
    (balance,) = items("listBalances", partner.get(f"/customers/{customer_id}/balances"))
    assert (balance["currency"], balance["available"]) == ("EUR", "99.50")
    (moved,) = items("listCustomerTransactions", partner.get(f"/customers/{customer_id}/transactions"))
    assert (moved["resourceType"], moved["resourceId"]) == ("fiat_deposit", deposit["resourceId"])


@pytest.mark.parametrize("script", ["failed", "returned"])
def test_takes_nothing_in_that_failed(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, script: str
) -> None:
    simulator.deposit("fiat_deposit", currency="EUR", amount="10.00", simulate=script)
    simulator.step(5)
    (deposit,) = items("listFiatDeposits", partner.get(f"/customers/{customer_id}/fiat-deposits"))
    assert deposit["status"] == script.upper()
    assert items("listBalances", partner.get(f"/customers/{customer_id}/balances")) == []


def test_waits_for_the_travel_rule(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, endpoint: Endpoint
) -> None:
    coins = {"asset": "ETH", "network": "ETHEREUM"}
    address = keeps(
        "createCryptoDepositAddress",
        partner.post(f"/customers/{customer_id}/crypto-deposit-addresses", {"addressRef": "a-1", **coins}),
    )
    deposit = simulator.deposit(
        "crypto_deposit", amount="0.123456789012345678", simulate="travel_rule", **coins
    )
    path = f"/crypto-deposits/{deposit['resourceId']}"
    simulator.step(5)
    shown = keeps("getCryptoDeposit", partner.get(path))
    assert (shown["status"], shown["addressId"]) == ("PENDING_TRAVEL_RULE", address["addressId"])
    eventually(
        lambda: (
            "crypto.deposit.pending_travel_rule" in {each.event["eventType"] for each in endpoint.received}
        )
    )
    assert keeps("addTravelRuleInfo", partner.post(f"{path}/travel-rule", RULE))["status"] == "PROCESSING"
    simulator.step()
    (balance,) = items("listBalances", partner.get(f"/customers/{customer_id}/balances"))
    assert (balance["available"], balance["network"]) == ("0.123456789012345678", "ETHEREUM")


@pytest.mark.parametrize(
    "rule",
    [
        {name: value for name, value in RULE.items() if name != "originatingVasp"},
        RULE | {"originatorType": "SHIP"},
        {"originatorType": "INDIVIDUAL", "originatorName": "A", "selfHosted": True},
    ],
)
def test_refuses_a_travel_rule_that_is_not_whole(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, rule: dict[str, Any]
) -> None:
    deposit = simulator.deposit(
        "crypto_deposit", asset="BTC", network="BITCOIN", amount="1", simulate="travel_rule"
    )
    simulator.step()
    reply = partner.post(f"/crypto-deposits/{deposit['resourceId']}/travel-rule", rule)
    assert reply.json()["code"] == "PARTNER_VALIDATION_FAILED"


def test_collects_into_a_wallet(partner: Partner, simulator: SimulatorProcess, customer_id: str) -> None:
    coins = {"asset": "USDC", "network": "POLYGON"}
    path = f"/customers/{customer_id}/collection-wallets"
    wallet = keeps(
        "createCollectionWallet",
        partner.post(path, {"collectionWalletRef": "cw-1", "label": "Shop", **coins}),
    )
    simulator.step()
    shown = keeps("getCollectionWallet", partner.get(f"/collection-wallets/{wallet['walletId']}"))
    assert shown["status"] == "ACTIVE"
    assert items("listCollectionWallets", partner.get(path)) == [shown]
    collected = simulator.deposit("collection", amount="25", **coins)
    simulator.step(3)
    one = keeps("getCollection", partner.get(f"/collections/{collected['resourceId']}"))
    assert (one["walletId"], one["amount"], one["status"]) == (wallet["walletId"], "25.000000", "COMPLETED")
    assert items("listCollections", partner.get(f"/customers/{customer_id}/collections")) == [one]


def test_knows_only_assets_on_their_networks(partner: Partner, customer_id: str) -> None:
    body = {"addressRef": "a-1", "asset": "BTC", "network": "TRON"}
    reply = partner.post(f"/customers/{customer_id}/crypto-deposit-addresses", body)
    assert reply.json()["errors"][0]["field"] == "network"
