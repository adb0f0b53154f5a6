"""REFUND: what came in goes back to where it came from (contract section 4).

Oceafin gives no quote for it and knows itself where the money came from, so its terms are the source and the amount.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from backoffice.oceafin.ids import small
from customers.models import Customer
from payments import errors, money, terms
from payments.accounts import refundable
from payments.accounts.refundable import Refundable
from payments.models import Kind, PaymentRequest, SourceType
from payments.states import NOTHING_LEFT
from payments.way import Asked, Operations, Way, amount_of


def find_source(customer: Customer, source_type: str, source_id: str) -> Refundable:
    """What came in, of this customer's own, and is theirs by now. Raises Unfit, SourceNotReady."""
    if source_type not in SourceType.values:
        raise errors.Unfit("sourceType", _("It is one of FIAT_DEPOSIT, CRYPTO_DEPOSIT and COLLECTION."))
    source = refundable.find(customer, source_type, source_id) if source_id else None
    if source is None:
        sentence = _("Nothing of this kind came in for this customer under this id. Look it up again.")
        raise errors.Unfit("sourceId", sentence)
    if source.doubt:
        raise errors.SourceNotReady(source.doubt)
    if not source.credited:
        raise errors.SourceNotReady(_not_credited(source))
    return source


def came_in(source: Refundable) -> Decimal:
    """How much, exact. Raises Unfit where it is not known, in which currency, or with how many digits."""
    try:
        money.exponent(source.currency, source.network)
    except money.UnknownCurrency:
        sentence = _(
            "It is not known how many digits %(token)s has, so nothing of it is sent back from here. Ask Oceafin."
        )
        raise errors.Unfit("currency", sentence % {"token": name_of(source)}) from None
    amount = money.read_decimal(source.amount)
    if (
        amount is None
        or not 0 < amount <= money.LARGEST
        or -int(amount.as_tuple().exponent) > money.DECIMAL_PLACES
    ):
        raise errors.Unfit(
            "amount", _("Oceafin does not say readably how much came in, so nothing can be sent back.")
        )
    return amount


def name_of(source: Refundable) -> str:
    return f"{source.currency} ({source.network})" if source.network else source.currency


def left_of(
    source_type: str, source_id: str, amount: Decimal, *, besides: PaymentRequest | None = None
) -> Decimal:
    """What is not asked back yet, of the `amount` that came in. Call with the customer locked to rely on it."""
    others = _holding().filter(source_type=source_type, source_id=source_id)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    asked: Decimal = others.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    return money.EXACT.subtract(amount, asked)


def asked_back(sources: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Decimal]:
    """What is asked back of each of these, by type and id; one of which nothing is asked is left out."""
    numbers = {source_id for _type, source_id in sources}
    rows = _holding().filter(source_id__in=numbers).values_list("source_type", "source_id")
    return {(kind, source_id): total for kind, source_id, total in rows.annotate(total=Sum("amount"))}


def _holding() -> QuerySet[PaymentRequest]:
    """Payments that hold what they ask for: they have left, or still may."""
    return PaymentRequest.objects.exclude(Q(state__in=NOTHING_LEFT, contradicted=False))


def _prepare(payment: PaymentRequest, asked: Asked) -> None:
    source_type, source_id = asked.get("sourceType", ""), small(asked.get("sourceId", ""))
    if not asked.get("reason"):
        raise errors.Unfit("reason", _("Write why it is sent back. Oceafin is told."))
    source = find_source(payment.customer, source_type, source_id)
    amount = came_in(source)
    if asked.get("network") and asked["network"] != source.network:
        raise errors.Unfit("network", _("It came in as %(token)s.") % {"token": name_of(source)})
    if payment.currency != source.currency:
        raise errors.Unfit("currency", _("It came in as %(token)s.") % {"token": name_of(source)})
    payment.amount = amount_of(asked, source.network)
    left = left_of(source_type, source_id, amount)
    if payment.amount > left:
        raise errors.Unfit("amount", _too_much(source, amount, left))
    payment.source_type, payment.source_id, payment.source_amount = source_type, source_id, amount
    payment.network = source.network
    # No quote comes. A fee that Oceafin names in the draft lies outside these terms, and goes to the approvers.
    payment.highest_fee, payment.fee_currency = Decimal(0), payment.currency
    payment.terms_digest = terms.digest_of(payment)


def _obstacle(payment: PaymentRequest) -> errors.NotReady | None:
    try:
        source = find_source(payment.customer, payment.source_type, payment.source_id)
        amount = came_in(source)
    except errors.SourceNotReady as refusal:
        return refusal
    except errors.Unfit as refusal:
        return errors.SourceNotReady(str(refusal))
    if (source.currency, source.network) != (payment.currency, payment.network):
        sentence = _("Oceafin now says that %(token)s came in. Ask Oceafin what is true.")
        return errors.SourceNotReady(sentence % {"token": name_of(source)})
    left = left_of(payment.source_type, payment.source_id, amount, besides=payment)
    if payment.amount > left:
        return errors.SourceNotReady(_too_much(source, amount, left))
    return None


def _not_credited(source: Refundable) -> str:
    return _("This has not been credited to the customer (%(status)s), so it cannot be sent back.") % {
        "status": source.status or "–"
    }


def _too_much(source: Refundable, amount: Decimal, left: Decimal) -> str:
    return _("Of the %(came)s that came in, %(left)s can still be sent back.") % {
        "came": terms.shown(amount, source.currency, source.network),
        "left": terms.shown(max(left, Decimal(0)), source.currency, source.network),
    }


def _to(payment: PaymentRequest) -> str:
    return _("Back to the sender")


WAY = Way(
    kind=Kind.REFUND,
    letters="refund",
    slug="refund",
    resource_type="refund",
    id_name="refundId",
    ref_name="refundRef",
    operations=Operations(draft="createRefund", submit="submitRefund", read="getRefund", list="listRefunds"),
    fields=("sourceType", "sourceId", "network", "reason"),
    prepare=_prepare,
    target=lambda payment: {"sourceType": payment.source_type, "sourceId": payment.source_id},
    words=lambda payment: {"reason": payment.wording["reason"]},
    obstacle=_obstacle,
    to=_to,
    again=lambda payment: {"sourceType": payment.source_type, "sourceId": payment.source_id},
)
