"""Our client and the stand-in Oceafin meet: what is sent and what is answered keeps to the contract file."""

import copy
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from backoffice.oceafin import contract, signing
from backoffice.oceafin.client import Client
from backoffice.oceafin.transport import Limits
from backoffice.oceafin.wire import Answer, NoAnswer, Problem, StreamedBody, WireRequest
from tests.simulator.driver import SimulatorProcess
from tests.simulator.endpoint import Endpoint
from tests.waiting import eventually

# What the simulator offers until more products are built.
OFFERED = {
    "createCustomer",
    "uploadCustomerFile",
    "createOnboardingSubmission",
    "listBalances",
    "listCustomerTransactions",
    "getTransaction",
    "listBankAccounts",
    "createBankAccount",
    "createFiatWithdrawalQuote",
    "createFiatWithdrawal",
    "listFiatWithdrawals",
    "submitFiatWithdrawal",
    "addFiatWithdrawalInfo",
    "getFiatWithdrawal",
}


class Journey:
    """Sends through the real client, and checks each body and each reply against the contract file."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self.simulator = simulator
        self.client = Client(
            base_url=simulator.base_url,
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
            limits=Limits(read=2, total=4),
        )
        self.called: set[str] = set()

    def read(self, operation_id: str, **ids: Any) -> Any:
        reply = self.client.get(contract.path_for(operation_id, **ids), now=datetime.now(UTC))
        return self._checked(operation_id, reply)

    def send(self, operation_id: str, body: Any, *, key: str, **ids: Any) -> Any:
        assert contract.validate_request(operation_id, body) == []
        return self._checked(operation_id, self.reply(operation_id, body, key=key, **ids))

    def reply(self, operation_id: str, body: Any, *, key: str, **ids: Any) -> Any:
        path = contract.path_for(operation_id, **ids)
        request = WireRequest("POST", path, json.dumps(body).encode(), "application/json", key)
        return self.client.send(request, now=datetime.now(UTC))

    def upload(self, file: bytes, **ids: Any) -> Any:
        head = (
            b'--b\r\nContent-Disposition: form-data; name="documentType"\r\n\r\nPASSPORT\r\n'
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="p.png"\r\n'
            b"Content-Type: image/png\r\n\r\n"
        )
        whole = head + file + b"\r\n--b--\r\n"
        body = StreamedBody(
            head, lambda: io.BytesIO(file), b"\r\n--b--\r\n", len(whole), hashlib.sha256(whole).hexdigest()
        )
        path = contract.path_for("uploadCustomerFile", **ids)
        request = WireRequest("POST", path, body, "multipart/form-data; boundary=b", "file-1")
        return self._checked("uploadCustomerFile", self.client.send(request, now=datetime.now(UTC)))

    def _checked(self, operation_id: str, reply: Any) -> Any:
        assert isinstance(reply, Answer), reply
        assert contract.validate_response(operation_id, reply.status, reply.data) == []
        self.called.add(operation_id)
        return reply.data


def example(operation_id: str) -> Any:
    body = contract.operation(operation_id).spec["requestBody"]["content"]["application/json"]
    return copy.deepcopy(body["example"])


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorProcess]:
    with SimulatorProcess("--seed", "contract") as process:
        yield process


@pytest.fixture
def journey(running: SimulatorProcess) -> Journey:
    running.reset()
    return Journey(running)


def approved_customer(journey: Journey) -> str:
    customer_id = journey.send("createCustomer", example("createCustomer"), key="c")["customerId"]
    journey.simulator.advance("customer", "APPROVED", id=customer_id)
    return customer_id


def draft(journey: Journey, customer_id: str, **changes: Any) -> str:
    account = example("createBankAccount") | {"iban": "DE02120300000000202051"}
    account_id = journey.send("createBankAccount", account, key="b", customerId=customer_id)["bankAccountId"]
    journey.simulator.advance("bank_account", "ACTIVE", id=account_id)
    journey.simulator.fund("cust-100001", "EUR", "500.00")
    quote = journey.send(
        "createFiatWithdrawalQuote",
        {"bankAccountId": account_id, "currency": "EUR", "amount": "100.00"},
        key="q",
        customerId=customer_id,
    )
    body = example("createFiatWithdrawal") | {"quoteId": quote["quoteId"], "bankAccountId": account_id}
    return journey.send("createFiatWithdrawal", body | changes, key="d", customerId=customer_id)[
        "withdrawalId"
    ]


def test_keep_to_the_contract_from_a_new_customer_to_money_out(journey: Journey):
    customer_id = journey.send("createCustomer", example("createCustomer"), key="c")["customerId"]
    file = journey.upload(b"\x89PNG" + b"x" * 1000, customerId=customer_id)
    body = example("createOnboardingSubmission")
    body["supportingDocuments"] = [{"documentType": "PASSPORT", "fileAssetId": file["fileAssetId"]}]
    body["partnerAttestation"]["attestedByClientId"] = journey.simulator.client_id
    journey.send("createOnboardingSubmission", body, key="s", customerId=customer_id)
    journey.simulator.advance("customer", "APPROVED", id=customer_id)

    withdrawal_id = draft(journey, customer_id, paymentReference="simulate:missing")
    journey.send("submitFiatWithdrawal", {}, key="w", withdrawalId=withdrawal_id)
    journey.simulator.step(2)
    answers = {"answers": [{"code": "INVOICE_NEEDED", "value": "17"}]}
    journey.send("addFiatWithdrawalInfo", answers, key="i", withdrawalId=withdrawal_id)
    journey.simulator.step()

    assert journey.read("getFiatWithdrawal", withdrawalId=withdrawal_id)["status"] == "COMPLETED"
    assert journey.read("listFiatWithdrawals", customerId=customer_id, limit=1)["items"]
    assert journey.read("listBankAccounts", customerId=customer_id)["items"]
    assert journey.read("listBalances", customerId=customer_id)["items"]
    transactions = journey.read("listCustomerTransactions", customerId=customer_id)["items"]
    journey.read("getTransaction", transactionId=transactions[0]["transactionId"])
    assert journey.called == OFFERED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"partnerCustomerRef": "x"}, "PARTNER_VALIDATION_FAILED"),
        (
            {"partnerCustomerRef": "x", "customerType": "ROBOT", "displayName": "R"},
            "PARTNER_VALIDATION_FAILED",
        ),
    ],
)
def test_refusals_are_problems_of_the_contract(journey: Journey, body, code):
    problem = journey.reply("createCustomer", body, key="k")
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert problem.errors
    assert problem.oceafin_request_id
    data = json.loads(problem.body)
    assert contract.validate_response("createCustomer", problem.status, data) == []


def test_a_wrong_secret_is_refused_as_the_contract_says(running: SimulatorProcess):
    client = Client(base_url=running.base_url, client_id=running.client_id, client_secret="wrong")
    problem = client.get(contract.path_for("getTransaction", transactionId="1"), now=datetime.now(UTC))
    assert isinstance(problem, Problem)
    assert (problem.status, problem.code) == (401, "PARTNER_SIGNATURE_INVALID")


def test_missing_evidence_is_an_operation_that_is_not_approved(journey: Journey):
    customer_id = approved_customer(journey)
    draft(journey, customer_id)
    body = example("createFiatWithdrawal") | {"withdrawalRef": "wd-2"}
    del body["operationAuthorization"]
    body["bankAccountId"] = journey.read("listBankAccounts", customerId=customer_id)["items"][0][
        "bankAccountId"
    ]
    problem = journey.reply("createFiatWithdrawal", body, key="d2", customerId=customer_id)
    assert isinstance(problem, Problem)
    assert problem.code == "PARTNER_OPERATION_NOT_APPROVED"


@pytest.mark.parametrize("fault", ["lose_response", "truncate", "html", "reset_before"])
def test_a_lost_or_spoilt_answer_leaves_open_what_happened(journey: Journey, fault):
    journey.simulator.fault(fault, operation="createCustomer")
    reply = journey.reply("createCustomer", example("createCustomer"), key="c")
    assert isinstance(reply, NoAnswer)
    assert reply.left is True
    assert isinstance(journey.reply("createCustomer", example("createCustomer"), key="c"), Answer)
    assert len(journey.simulator.resources("customer")) == 1


@pytest.mark.parametrize("fault", ["extra_fields", "nulls", "unknown_enum"])
def test_a_reply_that_has_grown_is_still_an_answer_of_the_contract(journey: Journey, fault):
    journey.simulator.fault(fault, operation="createCustomer")
    journey.send("createCustomer", example("createCustomer"), key="c")


def test_events_keep_to_the_contract_and_are_verified_by_our_signing(journey: Journey):
    endpoint = Endpoint()
    try:
        journey.simulator.set(webhookUrl=endpoint.url)
        withdrawal_id = draft(journey, approved_customer(journey))
        journey.send("submitFiatWithdrawal", {}, key="w", withdrawalId=withdrawal_id)
        eventually(lambda: len(endpoint.received) >= 2)
        for event in list(endpoint.received):
            assert contract.validate_event(event.event) == []
            base = signing.webhook_base_string(timestamp=event.timestamp, nonce=event.nonce, body=event.body)
            assert signing.verify(journey.simulator.webhook_secret, base, event.signature)
            assert signing.parse_timestamp(event.timestamp)
    finally:
        endpoint.close()
        journey.simulator.reset()
