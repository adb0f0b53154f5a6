"""What became of signed days: each line that is new there, gone or changed is an adjustment, and the close stays."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from backoffice import audit
from customers.models import Customer
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.money import plain
from payments.reconciliation.keeping import ACTOR
from payments.reconciliation.models import Adjustment, ClosedLine, DayClose, LookedThrough

# What was written before we looked, and became visible after.
OVERLAP = timedelta(days=1)
AT_A_TIME = 500

Standing = dict[tuple[int, int], tuple[Decimal, Decimal]]
NOTHING = (Decimal(0), Decimal(0))


@transaction.atomic
def look_through(customer: Customer, *, now: datetime) -> int:
    """Adjust the signed days of a customer by what changed since; return how many lines did."""
    closes = list(DayClose.objects.filter(customer=customer).order_by("starts_at"))
    if not closes:
        return 0
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    looked = LookedThrough.objects.filter(pk=customer.pk).first()
    since = (looked.at if looked else closes[0].ends_at) - OVERLAP
    changed = Transaction.objects.filter(customer=customer, read_at__gte=since)
    count = 0
    # A signed line stays a line of its day; `read_at` moves whenever Oceafin says something else of it.
    for rows in _chunks(changed):
        count += _adjust(closes, rows, now=now)
    LookedThrough.objects.update_or_create(customer=customer, defaults={"at": now})
    return count


def _adjust(closes: list[DayClose], rows: list[Transaction], *, now: datetime) -> int:
    known = _known(closes, rows)
    days = _Days(closes)
    present = {
        (close.pk, row.pk): (sums.signed(row), row.fee_value or Decimal(0))
        for row in rows
        if _is_summed(row)
        for close in days.of(row)
    }
    by_pk = {close.pk: close for close in closes}
    made = []
    for key in sorted(known.keys() | present.keys()):
        is_now, was = present.get(key, NOTHING), known.get(key, NOTHING)
        difference, fee = (sums.add(a, -b) for a, b in zip(is_now, was, strict=True))
        if difference or fee:
            made.append(
                Adjustment(
                    close_id=key[0],
                    transaction_id=key[1],
                    difference=difference,
                    fee_difference=fee,
                    found_at=now,
                )
            )
    for one in Adjustment.objects.bulk_create(made):
        facts = {"day": str(by_pk[one.close_id].day), "difference": plain(one.difference)}
        audit.record(
            actor=ACTOR, verb="day_close.adjusted", subject=by_pk[one.close_id], now=now, facts=facts
        )
    return len(made)


def _known(closes: list[DayClose], rows: list[Transaction]) -> Standing:
    """What is known of these lines: as they were signed, with what was adjusted since."""
    found: Standing = {}
    about = {"close__in": closes, "transaction__in": rows}
    lines = ClosedLine.objects.filter(**about).values_list("close_id", "transaction_id", "amount", "fee")
    adjusted = (
        Adjustment.objects.filter(**about)
        .values_list("close_id", "transaction_id")
        .annotate(Sum("difference"), Sum("fee_difference"))
    )
    for close, row, amount, fee in [*lines, *adjusted]:
        before = found.get((close, row), NOTHING)
        found[close, row] = (sums.add(before[0], amount), sums.add(before[1], fee))
    return found


def _is_summed(row: Transaction) -> bool:
    return (
        row.direction in (sums.CREDIT, sums.DEBIT)
        and row.value is not None
        and row.value >= 0
        and row.occurred_at is not None
        and bool(row.currency)
        and row.status in sums.HAPPENED
    )


class _Days:
    """The signed days of each account, to be found by an instant."""

    def __init__(self, closes: list[DayClose]) -> None:
        self._closes: dict[tuple[str, str], list[DayClose]] = {}
        for close in closes:
            self._closes.setdefault((close.currency, close.network), []).append(close)

    def of(self, row: Transaction) -> list[DayClose]:
        """The day that it happened on; two where the business zone was changed between them."""
        closes = self._closes.get((row.currency, row.network), [])
        if row.occurred_at is None:
            return []
        place = bisect_right(closes, row.occurred_at, key=lambda close: close.starts_at)
        near = closes[max(0, place - 2) : place]
        return [close for close in near if close.starts_at <= row.occurred_at < close.ends_at]


def _chunks(rows: Iterable[Transaction]) -> Iterable[list[Transaction]]:
    chunk: list[Transaction] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_A_TIME:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
