"""How long the quote that approvers see still lives, and what a conversion comes to, as the pages show it."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from backoffice.staff.models import User
from payments import conversion, letters, requesting, staging, terms, ways
from payments.models import FixedSide, Kind, PaymentRequest
from payments.money import plain
from payments.states import PaymentState


def can_be_asked(payment: PaymentRequest) -> bool:
    """Whether pressing for a new quote would bring one: nothing stands in the way, and none is on its way."""
    way = ways.of(payment)
    if not way.is_quoted or payment.customer.refusal_reason() or letters.quote_under_way(payment):
        return False
    return way.obstacle(payment) is None


def quote_context(payment: PaymentRequest, user: User, now: datetime) -> dict[str, Any]:
    """For the part of a page that counts down the quote and has it asked for again; {} where that is over."""
    if payment.state != PaymentState.PENDING_APPROVAL or not ways.of(payment).is_quoted:
        return {}
    quote = payment.shown_quote
    obstacle = ways.of(payment).obstacle(payment)
    return {
        "life": {
            # What has to happen before Oceafin can be asked.
            "first": payment.customer.refusal_reason() or (str(obstacle) if obstacle else ""),
            "quote": quote,
            "lives": quote is not None and quote.is_live(now),
            "under_way": letters.quote_under_way(payment),
            # Who opens it to decide has it asked for anew; others press the button that the page has anyway.
            "ask": requesting.quote_is_old(payment, now=now) and staging.is_named(payment, user),
            "url": reverse("payments:fresh_quote", args=[payment.payment_ref]),
        }
    }


def conversion_context(payment: PaymentRequest) -> dict[str, Any]:
    """What is sold for what, at which rate, and what it came to; {} of another kind."""
    if payment.kind != Kind.CONVERSION:
        return {}
    of = conversion.sides(payment)
    buys = payment.fixed_side == FixedSide.BUY
    quote = payment.quotes.order_by("-number").first()
    done = conversion.done(payment)
    return {
        "conversion": {
            "title": conversion.title(payment),
            "buys": buys,
            "sell_currency": of[FixedSide.SELL],
            "buy_currency": of[FixedSide.BUY],
            "most_paid": terms.digits(payment.most_paid, payment.other_currency),
            "rate": conversion.rate_in_words(payment, quote.rate) if quote and quote.rate else "",
            "tolerance": plain(terms.tolerance_of(payment)),
            "done": done,
            "done_rate": conversion.rate_in_words(payment, payment.done_rate) if payment.done_rate else "",
        }
    }
