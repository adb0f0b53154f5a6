"""What the pages of payments say of warnings."""

from datetime import datetime
from typing import Any

from payments.models import PaymentRequest
from payments.policies.wording import WARNING_WORDS
from payments.states import CANCELLABLE, PaymentState
from payments.warnings import warnings_of


def warnings_context(payment: PaymentRequest, now: datetime) -> dict[str, Any]:
    """What there is to warn of, looked up anew, until it has left or ended."""
    return {"warnings": warnings_of(payment, now=now) if payment.state in CANCELLABLE else []}


def words_of(payment: PaymentRequest) -> list[str]:
    """For a queue: what there was to warn of when it could first be decided, while that can be."""
    if payment.state != PaymentState.PENDING_APPROVAL:
        return []
    return [str(WARNING_WORDS[code]) for code in payment.warned_of if code in WARNING_WORDS]
