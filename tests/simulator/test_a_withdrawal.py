from typing import Any

import pytest

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner


def code_of(reply: Any) -> str:
    return str(reply.json()["code"])


def test_is_for_approved_customers_only(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.advance("customer", "SUSPENDED", ref="cust-1")
    assert code_of(partner.submit(withdrawal_id)) == "PARTNER_RESOURCE_STATE_INVALID"
    assert simulator.withdrawals() == []


def test_has_the_terms_of_its_quote(partner: Partner, customer_id: str, account_id: str) -> None:
    quote = partner.quote(customer_id, account_id, "5000.00")
    assert (quote["feeAmount"], quote["receiveAmount"], quote["rate"]) == ("5.00", "4995.00", None)
    path = f"/customers/{customer_id}/fiat-withdrawals"
    body = partner.draft_body(account_id, quote)
    assert code_of(partner.post(path, body | {"amount": "5000.01"})) == "PARTNER_VALIDATION_FAILED"
    assert partner.post(path, body).json()["feeAmount"] == "5.00"


def test_needs_a_quote_that_is_still_open(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, account_id: str
) -> None:
    path = f"/customers/{customer_id}/fiat-withdrawals"
    body = partner.draft_body(account_id, partner.quote(customer_id, account_id))
    simulator.pass_time(121)
    reply = partner.post(path, body)
    assert (reply.status_code, code_of(reply)) == (409, "PARTNER_QUOTE_EXPIRED")


def test_uses_its_quote_up(partner: Partner, customer_id: str, account_id: str) -> None:
    path = f"/customers/{customer_id}/fiat-withdrawals"
    body = partner.draft_body(account_id, partner.quote(customer_id, account_id))
    assert partner.post(path, body).status_code == 201
    assert code_of(partner.post(path, body)) == "PARTNER_QUOTE_EXPIRED"


def test_is_not_submitted_on_an_expired_quote(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.pass_time(121)
    assert code_of(partner.submit(withdrawal_id)) == "PARTNER_QUOTE_EXPIRED"
    assert simulator.withdrawals() == []


def test_may_not_use_what_is_another_customers(partner: Partner, customer_id: str, account_id: str) -> None:
    other = partner.approved_customer("cust-2")
    quote = partner.quote(customer_id, account_id)
    stolen_account = partner.post(
        f"/customers/{other}/fiat-withdrawal-quotes",
        {"bankAccountId": account_id, "currency": "EUR", "amount": "5.00"},
    )
    own_account = partner.bank_account(other, "ba-2")
    stolen_quote = partner.post(
        f"/customers/{other}/fiat-withdrawals", partner.draft_body(own_account, quote)
    )
    assert code_of(stolen_account) == code_of(stolen_quote) == "PARTNER_RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    "change",
    [
        {"authorizedBy": []},
        {"operationHash": "abc"},
        {"authorizationRef": ""},
        {"policyVersion": None},
        {"authorizedBy": [{"userRef": "u-2", "role": "approver", "approvedAt": "today", "method": "TOTP"}]},
    ],
)
def test_needs_whole_authorization_evidence(
    partner: Partner, customer_id: str, account_id: str, change: dict[str, Any]
) -> None:
    body = partner.draft_body(account_id, partner.quote(customer_id, account_id))
    body["operationAuthorization"] |= change
    reply = partner.post(f"/customers/{customer_id}/fiat-withdrawals", body)
    assert reply.status_code in {400, 403}
    assert code_of(reply) in {"PARTNER_OPERATION_NOT_APPROVED", "PARTNER_VALIDATION_FAILED"}


def test_without_evidence_is_not_approved(partner: Partner, customer_id: str, account_id: str) -> None:
    body = partner.draft_body(account_id, partner.quote(customer_id, account_id))
    del body["operationAuthorization"]
    reply = partner.post(f"/customers/{customer_id}/fiat-withdrawals", body)
    assert (reply.status_code, code_of(reply)) == (403, "PARTNER_OPERATION_NOT_APPROVED")


@pytest.mark.parametrize(
    ("currency", "amount"),
    [
        ("EUR", "1.001"),
        ("JPY", "100.5"),
        ("EUR", "0.00"),
        ("EUR", "-5"),
        ("EUR", "1e3"),
        ("EUR", 5),
        ("XXX", "5"),
    ],
)
def test_has_an_amount_that_its_currency_allows(
    partner: Partner, customer_id: str, currency: str, amount: object
) -> None:
    account_id = partner.bank_account(customer_id, currency="JPY" if currency == "JPY" else "EUR")
    body = {"bankAccountId": account_id, "currency": currency, "amount": amount}
    reply = partner.post(f"/customers/{customer_id}/fiat-withdrawal-quotes", body)
    assert (reply.status_code, code_of(reply)) == (400, "PARTNER_VALIDATION_FAILED")


def test_needs_the_money_to_be_there(partner: Partner, customer_id: str, account_id: str) -> None:
    reply = partner.submit(partner.draft(customer_id, account_id))
    assert (reply.status_code, code_of(reply)) == (409, "PARTNER_RESOURCE_STATE_INVALID")


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("rent", ["SUBMITTED", "PROCESSING", "COMPLETED", "COMPLETED"]),
        ("simulate:failed", ["SUBMITTED", "PROCESSING", "FAILED", "FAILED"]),
        ("simulate:returned", ["SUBMITTED", "PROCESSING", "RETURNED", "RETURNED"]),
        ("simulate:returned_late", ["SUBMITTED", "PROCESSING", "COMPLETED", "RETURNED"]),
        ("simulate:missing", ["SUBMITTED", "PROCESSING", "MISSING_INFO_REQUIRED", "MISSING_INFO_REQUIRED"]),
    ],
)
def test_goes_where_its_purpose_says(
    partner: Partner,
    simulator: SimulatorProcess,
    customer_id: str,
    account_id: str,
    words: str,
    path: list[str],
) -> None:
    simulator.fund("cust-1")
    withdrawal_id = partner.draft(customer_id, account_id, purpose=words)
    found = [partner.submit(withdrawal_id).json()["status"]]
    for _ in range(3):
        simulator.step()
        found.append(partner.get(f"/fiat-withdrawals/{withdrawal_id}").json()["status"])
    assert found == path


def test_completes_once_the_missing_information_is_sent(
    partner: Partner, simulator: SimulatorProcess, customer_id: str, account_id: str
) -> None:
    simulator.fund("cust-1")
    withdrawal_id = partner.draft(customer_id, account_id, paymentReference="simulate:missing")
    path = f"/fiat-withdrawals/{withdrawal_id}/additional-info"
    partner.submit(withdrawal_id)
    assert code_of(partner.post(path, {"answers": []})) == "PARTNER_RESOURCE_STATE_INVALID"
    simulator.step(2)
    assert (
        partner.post(path, {"answers": [{"code": "INVOICE_NEEDED", "value": "17"}]}).json()["status"]
        == "PROCESSING"
    )
    simulator.step()
    assert partner.get(f"/fiat-withdrawals/{withdrawal_id}").json()["status"] == "COMPLETED"


def test_says_why_it_failed(partner: Partner, simulator: SimulatorProcess, withdrawal_id: str) -> None:
    partner.submit(withdrawal_id)
    simulator.advance("fiat_withdrawal", "FAILED", ref="wd-1", failureCode="BANK_CLOSED")
    withdrawal = partner.get(f"/fiat-withdrawals/{withdrawal_id}").json()
    assert withdrawal["failureCode"] == "BANK_CLOSED"
    assert withdrawal["failureReason"]


def test_is_found_in_the_pages_of_the_list(partner: Partner, customer_id: str, account_id: str) -> None:
    for number in range(5):
        partner.draft(customer_id, account_id, f"wd-{number}")
    refs, cursor = [], ""
    while True:
        page = partner.get(f"/customers/{customer_id}/fiat-withdrawals?limit=2{cursor}").json()
        refs += [item["withdrawalRef"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert refs == ["wd-4", "wd-3", "wd-2", "wd-1", "wd-0"]
