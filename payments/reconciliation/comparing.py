"""One payment of ours beside what Oceafin's list says of it, or one of Oceafin's that is none of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.oceafin.kinds import Resource
from payments import terms, ways
from payments.accounts import kept
from payments.models import Draft, PaymentRequest
from payments.money import read_decimal, storable
from payments.reconciliation.finding import Found, ours_of
from payments.reconciliation.models import BreakKind
from payments.states import PAYMENT, STATE_OF_STATUS, PaymentState
from payments.way import Way

# News of a state may be on their way for so long: after that both sides disagree.
MARGIN = timedelta(hours=2)
# It ended there, or never began, and no money moved.
WITHOUT_EFFECT = frozenset({"DRAFT", "FAILED", "CANCELLED"})
_NEVER_SENT = (PaymentState.REJECTED, PaymentState.EXPIRED)
# What of an item is shown to a person: nothing about people.
_SHOWN = ("status", "amount", "currency", "sellAmount", "sellCurrency", "buyAmount", "buyCurrency", "network")
_FEE = ("feeAmount", "feeCurrency", "createdAt", "updatedAt")


@dataclass(frozen=True)
class Item:
    """One resource of a list, with the instant before its page was asked for."""

    resource: Resource
    way: Way
    asked_at: datetime

    @property
    def oceafin_id(self) -> str:
        return kept.identifier(self.resource, self.way.id_name)

    @property
    def ref(self) -> str:
        return kept.identifier(self.resource, self.way.ref_name, 80)

    @property
    def status(self) -> str:
        return kept.text(self.resource, "status")

    @property
    def theirs(self) -> dict[str, str]:
        said = {"reference": self.ref, "id": self.oceafin_id}
        said |= {name: kept.text(self.resource, name) for name in (*_SHOWN, *_FEE)}
        return {name: text for name, text in said.items() if text}


def unknown(item: Item) -> Iterator[Found]:
    """What none of our drafts explains. A draft there has moved nothing."""
    if item.status == "DRAFT":
        return
    currency = kept.text(item.resource, "currency", 16) or kept.text(item.resource, "sellCurrency", 16)
    amount = item.resource.get("amount") or item.resource.get("sellAmount")
    yield Found(
        BreakKind.MISSING_HERE,
        subject=f"{item.way.resource_type}:{item.oceafin_id}",
        scope=item.way.kind,
        gist=f"{item.status} {amount} {currency}",
        theirs=item.theirs,
        payment_kind=item.way.kind,
        oceafin_id=item.oceafin_id,
        currency=currency,
        network=kept.text(item.resource, "network", 40),
        amount=storable(amount),
    )


def missing_there(payment: PaymentRequest) -> Found:
    return _of(payment, BreakKind.MISSING_THERE, f"payment:{payment.pk}", payment.state, {})


def no_transaction(payment: PaymentRequest) -> Found:
    found = _of(payment, BreakKind.NO_TRANSACTION, f"payment:{payment.pk}", payment.state, {})
    return Found(**{**vars(found), "scope": f"{payment.kind}:transactions"})


def differences(item: Item, draft: Draft, now: datetime) -> Iterator[Found]:
    """In what this draft's payment and what Oceafin carries out by it disagree."""
    payment, way = draft.payment, item.way
    if _is_outdated(item, payment):
        return
    is_current = draft.oceafin_id == payment.oceafin_id and payment.oceafin_id is not None
    if not is_current:
        if item.status not in WITHOUT_EFFECT and draft.oceafin_id is not None:
            yield _differs(payment, item, f"draft:{draft.number}", payment.oceafin_id or "", item.oceafin_id)
        return
    field = way.mismatch(way.expected(draft), item.resource)
    if field and item.status != "DRAFT":
        yield _differs(payment, item, field, str(way.expected(draft)[field]), kept.text(item.resource, field))
    if _states_disagree(item, payment, now):
        yield _differs(payment, item, "state", payment.state, item.status)
    yield from _fee_above(item, payment)


def _states_disagree(item: Item, payment: PaymentRequest, now: datetime) -> bool:
    target = STATE_OF_STATUS.get(item.status)
    if payment.state == target:
        return False
    ours = PaymentState(payment.state)
    if ours in PAYMENT.final or ours == PaymentState.SETTLED:
        return not (ours in _NEVER_SENT and item.status in WITHOUT_EFFECT) and not (
            item.status == "DRAFT" and ours in (PaymentState.CANCELLED, PaymentState.FAILED, *_NEVER_SENT)
        )
    if target is not None and target not in (PaymentState.SENT, PaymentState.NEEDS_INFO):
        said_at = kept.instant(item.resource, "updatedAt") or payment.state_since
        return now - said_at > MARGIN
    return (
        item.status == "DRAFT"
        and ours in (PaymentState.SENT, PaymentState.NEEDS_INFO)
        and now - payment.state_since > MARGIN
    )


def _fee_above(item: Item, payment: PaymentRequest) -> Iterator[Found]:
    charged = read_decimal(item.resource.get("feeAmount"))
    if charged is None or payment.highest_fee is None or item.status in WITHOUT_EFFECT:
        return
    currency = kept.text(item.resource, "feeCurrency", 16) or payment.fee_currency
    if charged <= 0 or (charged <= payment.highest_fee and currency == payment.fee_currency):
        return
    theirs = terms.shown(charged, currency, payment.network)
    yield _of(payment, BreakKind.FEE, f"payment:{payment.pk}", theirs, item.theirs | {"fee": theirs})


def _is_outdated(item: Item, payment: PaymentRequest) -> bool:
    """Whether we heard something newer than what the page says."""
    if payment.state_since >= item.asked_at:
        return True
    said_at, known_at = kept.instant(item.resource, "updatedAt"), payment.oceafin_status_at
    return said_at is not None and known_at is not None and said_at < known_at


def _differs(payment: PaymentRequest, item: Item, field: str, ours: str, theirs: str) -> Found:
    subject = f"payment:{payment.pk}:{field}"
    return _of(payment, BreakKind.DIFFERING, subject, f"{field}: {ours} | {theirs}", item.theirs)


def _of(payment: PaymentRequest, kind: BreakKind, subject: str, gist: str, theirs: dict[str, str]) -> Found:
    return Found(
        kind,
        subject=subject,
        scope=ways.of(payment).kind,
        gist=gist,
        ours=ours_of(payment),
        theirs=theirs,
        payment=payment,
        payment_kind=payment.kind,
        oceafin_id=payment.oceafin_id or "",
        currency=payment.currency,
        network=payment.network,
        amount=payment.amount,
    )
