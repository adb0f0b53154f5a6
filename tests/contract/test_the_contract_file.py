"""The contract file: whole, marked field by field, and in step with what is stated and assumed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from backoffice.oceafin import contract

STATED, ASSUMED = "stated", "assumed"
CUSTOMER = "/customers/{customerId}"

# Every operation that is known, and whether its path is stated or assumed.
TABLE = """
stated   POST /customers
assumed  POST /customers/{customerId}/files
assumed  POST /customers/{customerId}/onboarding-submissions
stated   GET  /customers/{customerId}/balances
stated   GET  /customers/{customerId}/transactions
stated   GET  /transactions/{transactionId}
stated   GET  /customers/{customerId}/fiat-account-capabilities
stated   POST /customers/{customerId}/fiat-account-applications
stated   POST /fiat-account-applications/{applicationId}/additional-info
stated   GET  /customers/{customerId}/fiat-accounts
stated   GET  /customers/{customerId}/fiat-deposit-instructions
stated   GET  /customers/{customerId}/fiat-deposits
stated   GET  /fiat-deposits/{depositId}
stated   GET  /customers/{customerId}/bank-accounts
stated   POST /customers/{customerId}/bank-accounts
assumed  GET  /customers/{customerId}/fiat-withdrawal-capabilities
assumed  POST /customers/{customerId}/fiat-withdrawal-capabilities
assumed  POST /fiat-withdrawal-capabilities/{capabilityId}/additional-info
assumed  POST /customers/{customerId}/fiat-withdrawal-quotes
assumed  POST /customers/{customerId}/fiat-withdrawals
assumed  GET  /customers/{customerId}/fiat-withdrawals
assumed  POST /fiat-withdrawals/{withdrawalId}/submit
assumed  POST /fiat-withdrawals/{withdrawalId}/additional-info
assumed  GET  /fiat-withdrawals/{withdrawalId}
assumed  GET  /customers/{customerId}/conversion-quotes
assumed  POST /customers/{customerId}/conversion-quotes
assumed  GET  /conversion-quotes/{quoteId}
assumed  GET  /customers/{customerId}/conversions
assumed  POST /customers/{customerId}/conversions
assumed  GET  /conversions/{conversionId}
assumed  GET  /customers/{customerId}/crypto-deposit-addresses
assumed  POST /customers/{customerId}/crypto-deposit-addresses
assumed  GET  /customers/{customerId}/crypto-deposits
assumed  GET  /crypto-deposits/{depositId}
assumed  POST /crypto-deposits/{depositId}/travel-rule
assumed  GET  /customers/{customerId}/crypto-wallet-addresses
assumed  POST /customers/{customerId}/crypto-wallet-addresses
assumed  POST /customers/{customerId}/crypto-withdrawal-quotes
assumed  GET  /customers/{customerId}/crypto-withdrawals
assumed  POST /customers/{customerId}/crypto-withdrawals
assumed  POST /crypto-withdrawals/{withdrawalId}/submit
assumed  GET  /crypto-withdrawals/{withdrawalId}
assumed  GET  /customers/{customerId}/collection-wallets
assumed  POST /customers/{customerId}/collection-wallets
assumed  GET  /collection-wallets/{walletId}
assumed  GET  /customers/{customerId}/collections
assumed  GET  /collections/{collectionId}
assumed  GET  /customers/{customerId}/refunds
assumed  POST /customers/{customerId}/refunds
assumed  POST /refunds/{refundId}/submit
assumed  GET  /refunds/{refundId}
"""
STATED_CODES = {
    "PARTNER_AUTH_FAILED",
    "PARTNER_SIGNATURE_INVALID",
    "PARTNER_SIGNATURE_EXPIRED",
    "PARTNER_NONCE_REPLAYED",
    "PARTNER_SCOPE_DENIED",
    "PARTNER_PRODUCT_DISABLED",
    "PARTNER_CUSTOMER_NOT_FOUND",
    "PARTNER_RESOURCE_NOT_FOUND",
    "PARTNER_RESOURCE_STATE_INVALID",
    "PARTNER_IDEMPOTENCY_CONFLICT",
    "PARTNER_OPERATION_NOT_APPROVED",
    "PARTNER_QUOTE_EXPIRED",
    "PARTNER_TRAVEL_RULE_REQUIRED",
    "PARTNER_PROCESSING_UNAVAILABLE",
}
ALWAYS = {
    "X-Partner-Client-Id",
    "X-Partner-Timestamp",
    "X-Partner-Nonce",
    "X-Partner-Signature",
    "X-Request-Id",
}
OPERATIONS = list(contract.operations().values())
SCHEMAS: dict[str, Any] = contract.load()["components"]["schemas"]


def follow(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    target: Any = contract.load()
    for name in part["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return follow(target)


def every_part(part: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, dict):
        yield path, part
        for name, inner in part.items():
            yield from every_part(inner, f"{path}/{name}")
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield from every_part(inner, f"{path}/{number}")


PARTS = list(every_part(dict(contract.load())))


def test_has_every_operation_with_its_mark_and_no_other():
    expected = {tuple(line.split()) for line in TABLE.strip().splitlines()}
    found = {(one.mark, one.method, one.path.removeprefix("/partner/v1")) for one in OPERATIONS}
    assert found == expected


def test_is_openapi_3_1_with_unique_operation_ids_and_declared_tags():
    document = contract.load()
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(document["info"])
    specs = [item[method] for item in document["paths"].values() for method in item]
    assert len({spec["operationId"] for spec in specs}) == len(specs) == len(OPERATIONS)
    assert {tag for spec in specs for tag in spec["tags"]} == {tag["name"] for tag in document["tags"]}


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.operation_id)
def test_operation_is_called_with_what_the_contract_demands(one):
    params = [follow(param) for param in one.spec["parameters"]]
    headers = {param["name"] for param in params if param["in"] == "header"}
    assert headers == ALWAYS | ({"Idempotency-Key"} if one.method != "GET" else set())
    assert [param["name"] for param in params if param["in"] == "path"] == re.findall(r"\{(\w+)\}", one.path)
    assert ("requestBody" in one.spec) == (one.method != "GET")
    for param in params:
        assert param["x-oceafin"] in {STATED, ASSUMED}
        assert param["required"] is (param["in"] != "query")


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one.operation_id)
def test_operation_answers_with_a_resource_or_a_problem(one):
    responses = {status: follow(response) for status, response in one.spec["responses"].items()}
    assert set(responses) == {"2XX", "401", "4XX", "5XX"}
    for response in responses.values():
        assert response["description"]
    reply = follow(responses["2XX"]["content"]["application/json"]["schema"])
    id_field = contract.id_field(one.operation_id)
    if id_field:
        assert id_field in reply["required"]
        assert set(reply["required"]) <= {id_field, "status"}
    for status in ("401", "4XX", "5XX"):
        assert (
            follow(responses[status]["content"]["application/problem+json"]["schema"]) is SCHEMAS["Problem"]
        )


def test_refs_all_lead_somewhere():
    refs = [part["$ref"] for _, part in PARTS if "$ref" in part]
    assert refs
    for part in (part for _, part in PARTS if "$ref" in part):
        assert follow(part)


def test_has_no_schema_that_nothing_uses():
    used = {part["$ref"].rpartition("/")[2] for _, part in PARTS if "$ref" in part}
    assert set(SCHEMAS) <= used


def test_every_field_and_schema_is_marked():
    unmarked = [
        f"{path}/{name}"
        for path, part in PARTS
        if path.startswith("#/components/schemas") and isinstance(part.get("properties"), dict)
        for name, field in part["properties"].items()
        if not {"const", "not"} & set(field) and field.get("x-oceafin") not in {STATED, ASSUMED}
    ]
    assert unmarked == []
    assert [
        name for name, schema in SCHEMAS.items() if schema.get("x-oceafin") not in {STATED, ASSUMED}
    ] == []


@pytest.mark.parametrize(
    ("schema", "field", "mark"),
    [
        ("CustomerCreate", "partnerCustomerRef", STATED),
        ("CustomerCreate", "metadata", STATED),
        ("Customer", "status", STATED),
        ("OnboardingSubmissionCreate", "additionalPersonalDetails", STATED),
        ("OnboardingSubmissionCreate", "additionalCorporationDetails", STATED),
        ("OnboardingSubmissionCreate", "personalDetails", ASSUMED),
        ("SupportingDocument", "fileAssetId", STATED),
        ("SupportingDocument", "documentType", ASSUMED),
        ("PartnerAttestation", "attestedByClientId", STATED),
        ("PartnerAttestation", "attestedBy", ASSUMED),
        ("OperationAuthorization", "operationHash", ASSUMED),
        ("FiatWithdrawal", "status", ASSUMED),
        ("Problem", "requestId", STATED),
        ("WebhookEvent", "eventId", STATED),
    ],
)
def test_field_is_marked_as_the_guide_words_it(schema, field, mark):
    assert SCHEMAS[schema]["properties"][field]["x-oceafin"] == mark


def test_lists_every_error_code_with_its_status():
    codes = SCHEMAS["ProblemCode"]["x-oceafin-codes"]
    assert {code for code, facts in codes.items() if facts["x-oceafin"] == STATED} == STATED_CODES
    assert [code for code, facts in codes.items() if facts["x-oceafin"] == ASSUMED] == [
        "PARTNER_VALIDATION_FAILED"
    ]
    assert SCHEMAS["ProblemCode"]["enum"] == list(codes)
    assert {facts["status"] for facts in codes.values() if facts["x-oceafin-status"] == STATED} == {401}


def test_refuses_unknown_fields_in_requests_and_allows_them_in_replies():
    for one in OPERATIONS:
        reply = follow(one.spec["responses"]["2XX"]["content"]["application/json"]["schema"])
        for branch in reply.get("anyOf", [reply]):
            assert branch.get("additionalProperties", True) is True
    for name in ("CustomerCreate", "FiatWithdrawalCreate", "BankAccountCreate", "RefundCreate"):
        assert SCHEMAS[name]["additionalProperties"] is False


def test_statuses_in_replies_may_grow():
    for name, schema in SCHEMAS.items():
        for field_name, field in schema.get("properties", {}).items():
            if "enum" in field and not any(name.endswith(end) for end in ("Create", "Reference", "Upload")):
                is_sent = name in {"SupportingDocument", "Authorizer", "TravelRuleInfo"}
                assert is_sent or field.get("x-oceafin-open-enum"), (name, field_name)


def test_describes_webhooks_and_their_headers():
    hook = contract.load()["webhooks"]["event"]["post"]
    names = [follow(param)["name"] for param in hook["parameters"]]
    assert names == [
        "X-Oceafin-Webhook-Timestamp",
        "X-Oceafin-Webhook-Nonce",
        "X-Oceafin-Webhook-Signature",
    ]
    event = SCHEMAS["WebhookEvent"]["properties"]
    assert "crypto.deposit.pending_travel_rule" in event["eventType"]["enum"]
    assert "fiat_withdrawal" in event["resource"]["properties"]["resourceType"]["enum"]


def test_examples_keep_to_their_schemas():
    checked = 0
    for one in OPERATIONS:
        body = one.spec.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in body:
            assert contract.validate_request(one.operation_id, body["example"]) == []
            checked += 1
        for status, response in one.spec["responses"].items():
            for media in follow(response).get("content", {}).values():
                if "example" in media:
                    code = int(status.replace("XX", "00"))
                    assert contract.validate_response(one.operation_id, code, media["example"]) == []
                    checked += 1
    hook = contract.load()["webhooks"]["event"]["post"]["requestBody"]["content"]["application/json"]
    assert contract.validate_event(hook["example"]) == []
    assert checked > 150


def test_paths_are_built_with_encoded_ids():
    assert contract.path_for("createCustomer") == "/partner/v1/customers"
    assert contract.path_for("getFiatWithdrawal", withdrawalId="a/b?c ü#") == (
        "/partner/v1/fiat-withdrawals/a%2Fb%3Fc%20%C3%BC%23"
    )
    assert contract.path_for("listBankAccounts", customerId="1", limit=5, cursor="x&y=") == (
        "/partner/v1/customers/1/bank-accounts?limit=5&cursor=x%26y%3D"
    )
    assert contract.path_for("listBankAccounts", customerId="1", cursor=None).endswith("/bank-accounts")


@pytest.mark.parametrize(
    "ids", [{}, {"customerId": ""}, {"customerId": ".."}, {"customerId": None}, {"customerId": 1, "other": 2}]
)
def test_paths_are_not_built_with_wrong_ids(ids):
    with pytest.raises(ValueError, match="listBankAccounts needs customerId"):
        contract.path_for("listBankAccounts", **ids)


def test_unknown_operation_is_named():
    with pytest.raises(contract.UnknownOperation, match="payEverybody"):
        contract.operation("payEverybody")
