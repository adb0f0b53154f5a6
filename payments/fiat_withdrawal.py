"""FIAT_WITHDRAWAL: which steps it takes at Oceafin, and each body exactly as the contract has it (section 4)."""

from datetime import datetime
from typing import Any

from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.models import Submission
from backoffice.oceafin.signing import format_timestamp, parse_timestamp
from payments import terms
from payments.models import BankAccount, Draft, PaymentRequest, Quote, QuotePurpose
from payments.money import format_amount, read_decimal

QUOTE, SENDING_QUOTE = "withdrawal.quote", "withdrawal.sending_quote"
DRAFT, SUBMIT = "withdrawal.draft", "withdrawal.submit"
RESOURCE_TYPE = "fiat_withdrawal"


def bank_account_body(account: BankAccount) -> dict[str, Any]:
    return {
        "bankAccountRef": account.bank_account_ref,
        **account.details,
        "country": account.country,
        "currency": account.currency,
        "holderType": account.holder_type,
    }


def quote_body(payment: PaymentRequest) -> dict[str, Any]:
    return {
        "bankAccountId": payment.beneficiary.oceafin_bank_account_id,
        "currency": payment.currency,
        "amount": format_amount(payment.amount, payment.currency),
    }


def draft_body(payment: PaymentRequest, draft: Draft) -> dict[str, Any]:
    """The draft, with the evidence of who approved exactly this operation, when and how."""
    return {
        "withdrawalRef": draft.withdrawal_ref,
        "quoteId": draft.quote.oceafin_quote_id,
        "bankAccountId": payment.beneficiary.oceafin_bank_account_id,
        "currency": payment.currency,
        "amount": format_amount(payment.amount, payment.currency),
        **payment.wording,
        "operationAuthorization": {
            "authorizationRef": draft.withdrawal_ref,
            "authorizedBy": [
                {
                    "userRef": f"staff-{approval.approver_id}",
                    "role": approval.role,
                    "approvedAt": format_timestamp(approval.approved_at),
                    "method": approval.method,
                }
                for approval in payment.live_approvals
            ],
            "operationHash": draft.operation_hash,
            "policyVersion": payment.policy_version,
        },
    }


def key(payment: PaymentRequest, step: str, ref: str) -> str:
    """Stable per action, in the style of the contract's examples: cust-1:fiat-withdrawal:create:wd-9001."""
    return f"{payment.customer.partner_customer_ref}:fiat-withdrawal:{step}:{ref}"


def read_quote(
    payment: PaymentRequest, resource: Resource, *, number: int, purpose: QuotePurpose, now: datetime
) -> Quote:
    """A quote as it came. What cannot be read stays empty, and is never guessed."""
    expires = resource.get("expiresAt")
    rate = resource.get("rate")
    return Quote(
        payment=payment,
        number=number,
        purpose=purpose,
        oceafin_quote_id=str(resource["quoteId"])[:64],
        fee=_storable(resource.get("feeAmount")),
        fee_currency=_currency(resource.get("feeCurrency")),
        receives=_storable(resource.get("receiveAmount")),
        receive_currency=_currency(resource.get("receiveCurrency")),
        rate="" if rate is None else str(rate)[:60],
        expires_at=parse_timestamp(expires) if isinstance(expires, str) else None,
        received_at=now,
    )


def mismatch(expected: dict[str, Any], resource: Resource) -> str:
    """Which field of an answer is not what we sent; empty if all that it carries agree."""
    for name in ("withdrawalRef", "currency", "bankAccountId", "quoteId"):
        if name in expected and resource.get(name) not in (None, "", expected[name]):
            return name
    said = resource.get("amount")
    if "amount" in expected and said is not None and read_decimal(said) != read_decimal(expected["amount"]):
        return "amount"
    return ""


def refuse_mismatch(expected: dict[str, Any], resource: Resource) -> None:
    """Raise Contradiction if Oceafin answers about another operation than the one that we sent."""
    field = mismatch(expected, resource)
    if field:
        raise Contradiction(
            f"Oceafin answered with another {field} than we sent. Nothing more is sent; ask Oceafin."
        )


def draft_difference(payment: PaymentRequest, quote: Quote, resource: Resource) -> str:
    """How the draft that Oceafin made is worse than what was approved; fields that it lacks are the quote's."""
    fee, receives = resource.get("feeAmount"), resource.get("receiveAmount")
    return terms.difference(
        payment,
        fee=quote.fee if fee is None else read_decimal(fee),
        fee_currency=resource.get("feeCurrency") or quote.fee_currency,
        receives=quote.receives if receives is None else read_decimal(receives),
        receive_currency=resource.get("receiveCurrency") or quote.receive_currency,
    )


def withdrawal_id_of(submission: Submission) -> str:
    """The withdrawal that a submit is about: its path names it."""
    return submission.path_url.rsplit("/", 2)[-2]


def _storable(value: object) -> Any:
    found = read_decimal(value)
    if found is None or abs(found) >= 10**16 or -int(found.as_tuple().exponent) > 4:
        return None
    return found


def _currency(value: object) -> str:
    return value if isinstance(value, str) and len(value) == 3 else ""
