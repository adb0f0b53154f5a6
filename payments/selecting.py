"""Several payments reviewed on one page and approved by one code, each by the same service as alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.states import IllegalMove
from payments import approving, queues, showing, showing_warnings, terms, ways
from payments.models import PaymentRequest

AT_MOST = 50


@dataclass(frozen=True)
class Result:
    """What became of one payment of the selection, in a sentence."""

    payment: PaymentRequest
    url: str
    is_approved: bool
    sentence: str


def chosen(refs: Sequence[str], user: User, now: datetime) -> list[PaymentRequest]:
    """Those of them that this person can decide now, in the order of the queue."""
    mine = queues.waiting_for_my_approval(user, now)
    return list(mine.filter(payment_ref__in=list(refs)[:AT_MOST])[:AT_MOST])


def approve_selection(
    seen: Sequence[tuple[PaymentRequest, str]], *, proof: approving.Proof, actor: Actor, now: datetime
) -> list[Result]:
    """Approve each with the terms that were seen of it; one that is refused keeps no other back."""
    results = []
    for payment, seen_terms in seen:
        try:
            done = approving.approve(
                payment=payment, seen_terms=seen_terms, proof=proof, actor=actor, now=now
            )
            results.append(Result(payment, showing.url_of(payment), True, showing.approved_sentence(done)))
        except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
            results.append(Result(payment, showing.url_of(payment), False, str(refusal)))
    return results


def review_context(payments: Sequence[PaymentRequest]) -> dict[str, Any]:
    return {
        "title": _("Review the chosen payments"),
        "rows": [_row(payment) for payment in payments],
        "totals": showing.totals(payments),
    }


def _row(payment: PaymentRequest) -> dict[str, Any]:
    return {
        "payment": payment,
        "url": showing.url_of(payment),
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "fee": terms.digits(payment.highest_fee, payment.fee_currency, payment.network),
        "receives": terms.digits(payment.least_received, payment.receive_currency),
        "to": ways.of(payment).to(payment),
        "warned": showing_warnings.words_of(payment),
        "fingerprint": payment.terms_digest[:12],
    }
