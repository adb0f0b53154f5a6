"""What the pages of batches show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Func, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.staff import timelines
from backoffice.staff.bars import Bar, drawn
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments import queues, showing_warnings, terms
from payments import showing as payments_shown
from payments.accounts.models import Balance
from payments.batches import csv_file, selecting
from payments.batches.models import Batch, BatchRow, Selection, Verdict
from payments.batches.states import BATCH, CANCELLABLE, BatchState
from payments.money import EXACT, read_decimal
from payments.policies.deciding import WARNINGS
from payments.policies.wording import WARNING_WORDS
from payments.states import PAYMENT, PaymentState

ROWS = 50
SHORT_AT_MOST = 10


@dataclass(frozen=True)
class Total:
    """What the good rows of one currency come to, beside what the customers have."""

    currency: str
    network: str
    rows: int
    amount: str
    customers: int
    available: str
    # The oldest of the readings; None where a customer's balance was never read.
    as_of: datetime | None
    unknown: int
    short: int


@dataclass(frozen=True)
class Short:
    """A customer who has less than the rows would take."""

    customer_id: int
    customer_ref: str
    currency: str
    wanted: str
    available: str


def url_of(batch: Batch) -> str:
    return reverse("batches:batch", args=[batch.batch_ref])


def waiting_for_me(user: User, rights: frozenset[Right]) -> list[QuerySet[Batch]]:
    """For the sidebar: what a maker has to look over and book."""
    if Right.REQUEST_PAYMENTS not in rights:
        return []
    return [Batch.objects.filter(state=BatchState.READ, maker_kind="STAFF", maker_id=str(user.pk))]


def listed(batches: Iterable[Batch]) -> list[dict[str, Any]]:
    return [{"batch": batch, "url": url_of(batch), "machine": BATCH} for batch in batches]


def waits_for(batch: Batch) -> dict[str, Any]:
    """One sentence on what it waits for, who can move it, and what happens by itself."""
    state = BatchState(batch.state)
    what = batch.waits_for or str(BATCH.sentences[state])
    if batch.state == BatchState.READ:
        who = _("%(maker)s books it, or anybody who asks for payments cancels it.") % {
            "maker": batch.maker_label
        }
        return {"what": what, "since": batch.state_since, "who": who, "by_itself": ""}
    if batch.state == BatchState.BOOKED:
        return {"since": batch.state_since, **_booked_waits(batch)}
    by_itself = _("It goes on by itself.") if state in CANCELLABLE else ""
    return {"what": what, "since": batch.state_since, "who": "", "by_itself": by_itself}


def _booked_waits(batch: Batch) -> dict[str, str]:
    left = batch.good - batch.opened - batch.refused
    if left:
        what = ngettext(
            "%(count)d row is still to become a payment.",
            "%(count)d rows are still to become payments.",
            left,
        ) % {"count": left}
        return {"what": what, "who": "", "by_itself": _("That happens by itself.")}
    waiting = batch.rows.filter(payment__state=PaymentState.PENDING_APPROVAL)
    count = waiting.count()
    if count:
        what = ngettext(
            "%(count)d payment waits for approval.", "%(count)d payments wait for approval.", count
        ) % {"count": count}
        who = _("Any approver but its maker.")
        if waiting.filter(payment__approvals_needed__gt=1).exists():
            who = _("Any approver but its maker. Where one is not enough, another one after them.")
        return {"what": what, "who": who, "by_itself": ""}
    settled = batch.rows.filter(payment__state=PaymentState.SETTLED).count()
    what = _("Its payments are on their way: %(settled)d of %(count)d have settled.")
    return {
        "what": what % {"settled": settled, "count": batch.opened},
        "who": "",
        "by_itself": _("They end by themselves."),
    }


def totals(rows: QuerySet[BatchRow]) -> tuple[list[Total], list[Short]]:
    """What these rows come to in each currency, and whose balance is not enough. Balances are the last readings."""
    wanted = rows.order_by().values("customer_id", "customer__partner_customer_ref", "currency", "network")
    groups = list(wanted.annotate(total=Sum("amount"), number=Count("id")))
    currencies = {group["currency"] for group in groups}
    customers = {group["customer_id"] for group in groups}
    known = {
        (balance.customer_id, balance.currency, balance.network): balance
        for balance in Balance.objects.filter(customer__in=customers, currency__in=currencies)
    }
    places = sorted({(group["currency"], group["network"]) for group in groups})
    shorts: list[Short] = []
    found = [_total(place, groups, known, shorts) for place in places]
    return found, shorts[:SHORT_AT_MOST]


def _total(
    place: tuple[str, str], groups: list[dict[str, Any]], known: dict[Any, Balance], shorts: list[Short]
) -> Total:
    currency, network = place
    here = [group for group in groups if (group["currency"], group["network"]) == place]
    amount, available, short, unknown = Decimal(0), Decimal(0), 0, 0
    readings: list[datetime] = []
    for group in here:
        amount = EXACT.add(amount, group["total"])
        balance = known.get((group["customer_id"], currency, network))
        has = read_decimal(balance.available) if balance else None
        if balance is None or has is None:
            unknown += 1
            continue
        available = EXACT.add(available, has)
        readings.append(balance.read_at)
        if has < group["total"]:
            short += 1
            shorts.append(
                Short(
                    group["customer_id"],
                    group["customer__partner_customer_ref"],
                    currency,
                    terms.digits(group["total"], currency, network),
                    terms.digits(has, currency, network),
                )
            )
    return Total(
        currency,
        network,
        sum(group["number"] for group in here),
        terms.digits(amount, currency, network),
        len(here),
        terms.digits(available, currency, network),
        min(readings, default=None),
        unknown,
        short,
    )


def outcome(batch: Batch) -> list[Bar]:
    """Its payments by where they stand."""
    rows = batch.rows.filter(payment__isnull=False).order_by()
    states = rows.values_list("payment__state").annotate(number=Count("id"))
    counts: dict[str, int] = dict(states)
    groups = (
        (_("Wait for approval"), (PaymentState.PENDING_APPROVAL,), "wait"),
        (
            _("On their way"),
            (PaymentState.APPROVED, PaymentState.SENDING, PaymentState.SENT, PaymentState.UNCONFIRMED),
            "info",
        ),
        (_("Need somebody"), (PaymentState.NEEDS_INFO,), "warn"),
        (_("Settled"), (PaymentState.SETTLED,), "ok"),
        (
            _("Did not go through"),
            (PaymentState.FAILED, PaymentState.RETURNED, PaymentState.REJECTED, PaymentState.EXPIRED),
            "bad",
        ),
        (_("Cancelled"), (PaymentState.CANCELLED,), "off"),
    )
    bars = [Bar(label, sum(counts.get(state, 0) for state in states), tone) for label, states, tone in groups]
    if batch.refused:
        bars.append(Bar(_("Did not become payments"), batch.refused, "bad"))
    return drawn(bar for bar in bars if bar.number)


def bad_row(row: BatchRow) -> dict[str, Any]:
    faults = [
        {"column": column or _("the whole row"), "sentence": sentence}
        for column, sentence in row.faults or []
    ]
    return {"line": row.line, "payment_ref": row.payment_ref, "faults": faults}


def row_of(row: BatchRow) -> dict[str, Any]:
    """A row that is a payment, or will be."""
    return {
        "row": row,
        "amount": terms.digits(row.amount, row.currency, row.network),
        "payment": row.payment,
        "url": payments_shown.url_of(row.payment) if row.payment else "",
        "machine": PAYMENT,
        "fee": _fee(row),
        "warned": showing_warnings.words_of(row.payment) if row.payment else [],
    }


def _fee(row: BatchRow) -> str:
    payment = row.payment
    if payment is None or payment.highest_fee is None:
        return ""
    return terms.digits(payment.highest_fee, payment.fee_currency, payment.network)


def fees(rows: QuerySet[BatchRow]) -> list[tuple[str, str]]:
    """The highest fees of these rows together, in each currency."""
    sums = rows.order_by().values_list("payment__fee_currency").annotate(total=Sum("payment__highest_fee"))
    return [(terms.digits(total, currency), currency) for currency, total in sorted(sums) if currency]


def warned(rows: QuerySet[BatchRow]) -> list[tuple[str, int]]:
    """What there is to warn of in the payments of these rows, each with in how many, the most first. One query."""
    each = Func(F("payment__warned_of"), function="unnest", output_field=CharField())
    counted = rows.order_by().annotate(code=each).values_list("code").annotate(number=Count("pk"))
    found = sorted(counted, key=lambda pair: (-pair[1], WARNINGS.index(pair[0])))
    return [(str(WARNING_WORDS[code]), number) for code, number in found]


def batch_context(batch: Batch, user: User) -> dict[str, Any]:
    """The page of a batch: how far it is, what its rows come to, and what this person can do."""
    booked = batch.state in (BatchState.BOOKED, BatchState.SETTLED)
    good, short = (
        totals(batch.rows.filter(verdict=Verdict.GOOD)) if batch.good and batch.rows_read else ([], [])
    )
    approves = queues.may_be_asked(user) and booked
    selections = list(batch.selections.select_related("approver").order_by("-id")[:ROWS])
    return {
        "batch": batch,
        "machine": BATCH,
        "waits": waits_for(batch),
        "is_done": batch.is_final,
        "totals": good,
        "short": short,
        "bars": outcome(batch) if batch.opened or batch.refused else [],
        "bad_rows": [bad_row(row) for row in batch.rows.filter(verdict=Verdict.BAD).order_by("id")[:ROWS]],
        "bad_count": batch.rows.filter(verdict=Verdict.BAD).count() if batch.bad or batch.refused else 0,
        "may_download": bool(batch.storage_name) and user.has_right(Right.REQUEST_PAYMENTS),
        "may_book": batch.state == BatchState.READ
        and user.has_right(Right.REQUEST_PAYMENTS)
        and (batch.maker_kind, batch.maker_id) == ("STAFF", str(user.pk)),
        "may_cancel": batch.state in CANCELLABLE
        and (user.has_right(Right.REQUEST_PAYMENTS) or user.has_right(Right.LEAD_PAYMENTS)),
        "approvable": selecting.approvable(batch, user).count() if approves else 0,
        "is_maker": approves and selecting.is_maker(batch, user),
        "selections": selections,
        "refused_rows": refused_rows(selections[0]) if selections else [],
        "read_as": _read_as(batch),
        "entries": timelines.lines_for([batch])[:50],
    }


def page_of(rows: QuerySet[BatchRow], after: str) -> tuple[list[BatchRow], int | None]:
    """Rows behind this line, in the order of the file, and behind which line the next page begins."""
    line = int(after) if after.isdigit() and len(after) < 9 else 0
    found = list(rows.filter(line__gt=line).order_by("line")[: ROWS + 1])
    return found[:ROWS], found[ROWS - 1].line if len(found) > ROWS else None


def with_payments(batch: Batch) -> QuerySet[BatchRow]:
    """Rows that are payments, or will be."""
    rows = BatchRow.objects.filter(batch=batch, verdict=Verdict.GOOD)
    return rows.select_related("customer", "payment__customer", "payment__beneficiary", "held_out_by")


def refused_rows(selection: Selection) -> list[dict[str, Any]]:
    """What was selected and not approved, with the reason."""
    rows = selection.selected.filter(Q(is_approved=False)).select_related("row__payment").order_by("id")
    return [{"row": each.row, "refusal": each.refusal, "url": _url(each.row)} for each in rows[:ROWS]]


def _url(row: BatchRow) -> str:
    return payments_shown.url_of(row.payment) if row.payment else ""


def _read_as(batch: Batch) -> str:
    if not batch.delimiter:
        return str(batch.get_file_format_display())
    between = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs")}.get(batch.delimiter, batch.delimiter)
    encoding = csv_file.ENCODINGS.get(batch.encoding, batch.encoding)
    return _("CSV in %(encoding)s, with %(between)s") % {"encoding": encoding, "between": between}
