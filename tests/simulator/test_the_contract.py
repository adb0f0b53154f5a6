"""Every answer and every event of the simulator keeps to the contract file, read here as plain data."""

from typing import Any

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator

from backoffice.oceafin.simulator.contractfile import FILE
from backoffice.oceafin.simulator.routes import PREFIX, ROUTES, find_route
from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import COINS, Partner
from tests.simulator.test_a_customer import upload


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return dict(yaml.load(FILE.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


class Watched(Partner):
    """A partner that holds every answer against the contract."""

    def __init__(self, simulator: SimulatorProcess, contract: dict[str, Any]) -> None:
        super().__init__(simulator)
        self._contract = contract
        self.seen: set[str] = set()

    def send(self, method: str, path: str, *args: Any, **more: Any) -> requests.Response:
        reply = super().send(method, path, *args, **more)
        found = find_route(method, PREFIX + path.partition("?")[0])
        assert found is not None
        operation = self._contract["paths"][PREFIX + found[0].template][method.lower()]
        kind = "Problem" if reply.status_code >= 400 else None
        schema = {"$ref": f"#/components/schemas/{kind}"} if kind else success_schema(operation)
        self.hold_against(schema, reply.json())
        if kind is None:
            self.seen.add(found[0].operation)
        return reply

    def hold_against(self, schema: dict[str, Any], data: Any) -> None:
        Draft202012Validator({"components": self._contract["components"], **schema}).validate(data)


def success_schema(operation: dict[str, Any]) -> dict[str, Any]:
    return dict(operation["responses"]["2XX"]["content"]["application/json"]["schema"])


def test_names_the_operations_as_the_simulator_does(contract: dict[str, Any]) -> None:
    for route in ROUTES:
        operation = contract["paths"][PREFIX + route.template][route.method.lower()]
        assert operation["operationId"] == route.operation


def convert(partner: Watched, customer_id: str) -> None:
    wanted = {"sellCurrency": "EUR", "buyCurrency": "USDC", "buyAmount": "10.000000"}
    quote = partner.post(f"/customers/{customer_id}/conversion-quotes", wanted).json()
    assert partner.get(f"/conversion-quotes/{quote['quoteId']}").json() == quote
    made = partner.post(
        f"/customers/{customer_id}/conversions", partner.conversion_body(quote["quoteId"])
    ).json()
    assert (made["status"], made["buyAmount"]) == ("CREATED", "10.000000")
    assert partner.get(f"/conversions/{made['conversionId']}").json() == made
    for part in ("conversion-quotes", "conversions"):
        assert partner.get(f"/customers/{customer_id}/{part}").json()["items"]


def test_is_kept_by_every_answer_and_every_event(
    simulator: SimulatorProcess, contract: dict[str, Any], endpoint: Endpoint
) -> None:
    partner = Watched(simulator, contract)
    customer_id = partner.customer()
    upload(partner, customer_id, b"bytes")
    partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
    simulator.step(2)
    simulator.fund("cust-1")
    account_id = partner.bank_account(customer_id)
    withdrawal_id = partner.draft(customer_id, account_id, purpose="simulate:missing")
    partner.submit(withdrawal_id)
    partner.submit(withdrawal_id)
    simulator.step(2)
    partner.get(f"/fiat-withdrawals/{withdrawal_id}")
    partner.post(
        f"/fiat-withdrawals/{withdrawal_id}/additional-info", {"supportingDocuments": [], "answers": []}
    )
    for part in ("balances", "transactions", "bank-accounts", "fiat-withdrawals"):
        assert partner.get(f"/customers/{customer_id}/{part}").json()["items"]
    [taken, _] = partner.get(f"/customers/{customer_id}/transactions").json()["items"]
    partner.get(f"/transactions/{taken['transactionId']}")
    take_money_in(partner, simulator, customer_id)
    convert(partner, customer_id)
    have_a_currency_activated(partner, simulator, customer_id)
    source_id = simulator.came_in(currency="EUR", amount="10.00")
    refund = partner.post(f"/customers/{customer_id}/refunds", partner.refund_body(source_id)).json()
    partner.post(f"/refunds/{refund['refundId']}/submit", {})
    partner.get(f"/refunds/{refund['refundId']}")
    assert partner.get(f"/customers/{customer_id}/refunds").json()["items"]
    send_coins_out(partner, simulator, customer_id)
    assert partner.seen == {route.operation for route in ROUTES}

    simulator.wait_until_delivered()
    for received in endpoint.received:
        # The list of event types is open: the schema's enum names the known ones only.
        known = contract["components"]["schemas"]["WebhookEvent"]["properties"]["eventType"]["enum"]
        partner.hold_against(
            {"$ref": "#/components/schemas/WebhookEvent"}, received.event | {"eventType": known[0]}
        )


def send_coins_out(partner: Partner, simulator: SimulatorProcess, customer_id: str) -> None:
    """Every operation of wallets and crypto withdrawals, each list with something in it."""
    home = f"/customers/{customer_id}"
    simulator.came_in("crypto_deposit", amount="100", **COINS)
    wallet_id = partner.wallet(customer_id)
    drafted = partner.crypto_draft(customer_id, wallet_id)
    partner.post(f"/crypto-withdrawals/{drafted['withdrawalId']}/submit", {})
    simulator.step(2)
    done = partner.get(f"/crypto-withdrawals/{drafted['withdrawalId']}").json()
    assert (done["status"], done["confirmations"]) == ("COMPLETED", 12)
    for part in ("crypto-wallet-addresses", "crypto-withdrawals"):
        assert partner.get(f"{home}/{part}").json()["items"]


def have_a_currency_activated(partner: "Watched", simulator: SimulatorProcess, customer_id: str) -> None:
    simulator.set(inactiveCapabilities={"GBP": "missing"})
    path = f"/customers/{customer_id}/fiat-withdrawal-capabilities"
    statuses = {each["currency"]: each["status"] for each in partner.get(path).json()["items"]}
    assert statuses == {"EUR": "ACTIVE", "GBP": "AVAILABLE", "USD": "ACTIVE"}
    asked = partner.post(path, {"capabilityRef": "cap-1", "currency": "GBP"}).json()
    simulator.step()
    answers = {"answers": [{"code": "EXPECTED_VOLUME", "value": "10,000"}]}
    partner.post(f"/fiat-withdrawal-capabilities/{asked['capabilityId']}/additional-info", answers)
    simulator.step()
    assert all(each["status"] == "ACTIVE" for each in partner.get(path).json()["items"])


def take_money_in(partner: Partner, simulator: SimulatorProcess, customer_id: str) -> None:
    """Every operation of accounts, deposits and collections, each list with something in it."""
    home = f"/customers/{customer_id}"
    partner.get(f"{home}/fiat-account-capabilities")
    body = {"applicationRef": "fa-1", "currency": "EUR", "purpose": "simulate:missing"}
    application = partner.post(f"{home}/fiat-account-applications", body).json()["applicationId"]
    simulator.step(2)
    partner.post(f"/fiat-account-applications/{application}/additional-info", {"answers": []})
    coins = {"asset": "USDC", "network": "POLYGON"}
    partner.post(f"{home}/crypto-deposit-addresses", {"addressRef": "a-1", **coins})
    wallet = partner.post(f"{home}/collection-wallets", {"collectionWalletRef": "w-1", **coins}).json()
    partner.get(f"/collection-wallets/{wallet['walletId']}")
    simulator.step()
    fiat = simulator.deposit("fiat_deposit", currency="EUR", amount="10.00")
    crypto = simulator.deposit("crypto_deposit", amount="2.5", simulate="travel_rule", **coins)
    collected = simulator.deposit("collection", amount="3", **coins)
    simulator.step()
    partner.get(f"/fiat-deposits/{fiat['resourceId']}")
    partner.get(f"/crypto-deposits/{crypto['resourceId']}")
    partner.get(f"/collections/{collected['resourceId']}")
    rule = {"originatorType": "INDIVIDUAL", "originatorName": "A", "originatingVasp": {"name": "V"}}
    partner.post(f"/crypto-deposits/{crypto['resourceId']}/travel-rule", rule)
    for part in ("fiat-accounts", "fiat-deposit-instructions", "fiat-deposits", "crypto-deposit-addresses"):
        assert partner.get(f"{home}/{part}").json()["items"]
    for part in ("crypto-deposits", "collection-wallets", "collections"):
        assert partner.get(f"{home}/{part}").json()["items"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"customerType": "INDIVIDUAL", "displayName": "Ada", "metadata": {}}, "partnerCustomerRef"),
        (
            {"partnerCustomerRef": "c", "customerType": "X", "displayName": "Ada", "metadata": {}},
            "customerType",
        ),
    ],
)
def test_is_what_a_request_is_held_against(partner: Partner, body: dict[str, Any], field: str) -> None:
    reply = partner.post("/customers", body)
    assert reply.json()["errors"][0]["field"] == field
