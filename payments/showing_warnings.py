"""What the pages of payments say of warnings."""

from datetime import datetime
from typing import Any

from payments import lasting
from payments.models import PaymentRequest
from payments.policies.wording import WARNING_WORDS
from payments.states import CANCELLABLE, PaymentState
from payments.warnings import warnings_of


def warnings_context(payment: PaymentRequest, now: datetime) -> dict[str, Any]:
    """What there is to warn of, looked up anew, and whether its approvals last; until it has left or ended."""
    if payment.state not in CANCELLABLE:
        return {"warnings": []}
    return {
        "warnings": warnings_of(payment, now=now),
        "asked_again": lasting.asked_again_words(payment, now),
    }


def words_of(payment: PaymentRequest) -> list[str]:
    """For a queue: what there was to warn of when it could first be decided, while that can be."""
    if payment.state != PaymentState.PENDING_APPROVAL:
        return []
    return [str(WARNING_WORDS[code]) for code in payment.warned_of if code in WARNING_WORDS]
