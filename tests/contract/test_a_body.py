"""A body beside the contract: what is wrong with it, in sentences that carry no personal data."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.oceafin import contract

UUID = "00000000-0000-4000-8000-000000000001"
DRAFT = {
    "withdrawalRef": "wd-9001",
    "quoteId": UUID,
    "bankAccountId": UUID,
    "currency": "EUR",
    "amount": "100.00",
}
ACCOUNT = {
    "bankAccountRef": "ba-1",
    "accountHolderName": "Alex Example",
    "country": "DE",
    "currency": "EUR",
    "holderType": "SAME_NAME",
}
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def submission(**changes):
    content = contract.operation("createOnboardingSubmission").spec["requestBody"]["content"]
    return copy.deepcopy(content["application/json"]["example"]) | changes


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount": 100}, "`amount` must be a text."),
        ({"amount": "1e3"}, "`amount` must be a decimal number in a text, such as 12.50."),
        ({"amount": "NaN"}, "`amount` must be a decimal number in a text, such as 12.50."),
        ({"quoteId": "q"}, "`quoteId` must be a UUID."),
        ({"withdrawalRef": ""}, "`withdrawalRef` must not be empty."),
        ({"iban": "DE1"}, "`iban` is not a field of the contract."),
        ({"purpose": None}, "`purpose` must be a text."),
        (
            {"operationAuthorization": {"authorizedBy": [{"method": "SMS"}]}},
            "`operationAuthorization.authorizedBy[0].method` must be one of TOTP, WEBAUTHN, PASSWORD.",
        ),
        (
            {"operationAuthorization": {"authorizedBy": [{"approvedAt": "2026-06-28T00:00:00"}]}},
            "`operationAuthorization.authorizedBy[0].approvedAt` must be a date and time with offset "
            "such as 2026-06-28T00:00:00Z.",
        ),
    ],
)
def test_to_be_sent_is_refused_with_the_field_and_the_rule(change, sentence):
    assert contract.validate_request("createFiatWithdrawal", DRAFT) == []
    assert contract.validate_request("createFiatWithdrawal", DRAFT | change) == [sentence]


def test_to_be_sent_names_every_missing_field():
    assert contract.validate_request("createFiatWithdrawalQuote", {}) == [
        "`bankAccountId` is missing.",
        "`currency` is missing.",
        "`amount` is missing.",
    ]


def test_of_a_bank_account_needs_one_of_two_numbers():
    assert contract.validate_request("createBankAccount", ACCOUNT) == [
        "At least one of `accountNumber`, `iban` must be given in the body."
    ]
    assert contract.validate_request("createBankAccount", ACCOUNT | {"iban": "DE1"}) == []


def test_of_a_submission_takes_the_details_of_its_type_only():
    assert contract.validate_request("createOnboardingSubmission", submission()) == []
    assert contract.validate_request(
        "createOnboardingSubmission", submission(corporationDetails={}, submissionType="KYC")
    )[-1] == ("`corporationDetails` must not be given here.")
    assert "`corporationDetails` is missing." in contract.validate_request(
        "createOnboardingSubmission", submission(submissionType="KYB")
    )


def test_never_shows_personal_data():
    body = submission()
    body["personalDetails"] |= {
        "firstName": ["Erika Mustermann"],
        "nationality": "Erika",
        "dateOfBirth": "Erika",
    }
    body["personalDetails"]["residentialAddress"] = "Erika street"
    sentences = contract.validate_request("createOnboardingSubmission", body)
    assert len(sentences) == 4
    assert "Erika" not in " ".join(sentences)


def test_of_a_reply_may_have_more_nulls_and_unknown_words():
    reply = {"customerId": UUID, "status": "ON_HOLIDAY", "createdAt": None, "extra": {"a": 1}}
    assert contract.validate_response("createCustomer", 201, reply) == []
    assert contract.validate_response("createCustomer", 299, reply) == []


def test_of_a_reply_needs_its_id_and_status():
    assert contract.validate_response("createCustomer", 200, {"customerId": None}) == [
        "`status` is missing.",
        "`customerId` must be a text.",
    ]


def test_of_a_list_may_be_a_page_or_a_bare_array():
    item = {"currency": "EUR", "available": "1.00"}
    for reply in ([item], {"items": [item], "nextCursor": None}, {"items": [item]}, [], {"items": []}):
        assert contract.validate_response("listBalances", 200, reply) == []
    assert contract.validate_response("listBalances", 200, [item, {"currency": 1}]) == [
        "`[1].currency` must be a text."
    ]
    assert contract.validate_response("listBalances", 200, {"items": [{}]}) == [
        "`items[0].currency` is missing."
    ]
    assert contract.validate_response("listBalances", 200, "x") == [
        "The body is in none of the forms of the contract."
    ]


def test_of_a_problem_needs_a_code_that_may_be_unknown():
    assert (
        contract.validate_response("listBalances", 404, {"code": "PARTNER_BRAND_NEW", "errors": None}) == []
    )
    assert contract.validate_response("listBalances", 500, {"title": "x"}) == ["`code` is missing."]
    assert contract.validate_response("listBalances", 302, {}) == [
        "The contract knows no reply with status 302 here."
    ]


def test_of_an_event_of_any_type_is_taken():
    event = {
        "eventId": UUID,
        "eventType": "lunch.served",
        "resource": {"resourceType": "lunch", "resourceId": None},
        "data": {"status": "HOT"},
    }
    assert contract.validate_event(event) == []
    assert set(contract.validate_event({"eventType": 5})) == {
        "`eventId` is missing.",
        "`eventType` must be a text.",
    }


@given(st.sampled_from(sorted(contract.operations())), any_json)
def test_of_any_shape_gives_sentences_and_never_fails(operation_id, data):
    for sentence in (
        *contract.validate_request(operation_id, data),
        *contract.validate_response(operation_id, 200, data),
        *contract.validate_event(data),
    ):
        assert sentence.endswith(".")
