"""What the pages of reconciliation are made of."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import vault
from backoffice.staff import timelines
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.templatetags.desk import when
from payments import terms
from payments.accounts import showing as moved
from payments.accounts.deposits import coins
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.money import read_decimal
from payments.reconciliation import services
from payments.reconciliation.finding import TRANSACTIONS
from payments.reconciliation.forms import MINE, NOBODY
from payments.reconciliation.models import Break, BreakKind, Run
from payments.reconciliation.states import BREAK, RUN, STANDING, UNSOLVED, BreakState, RunState
from payments.showing import url_of

ROWS = 50
SENTENCES = {
    BreakKind.MISSING_HERE: gettext_lazy("Oceafin carries something out that none of our payments explains."),
    BreakKind.MISSING_THERE: gettext_lazy("We say that Oceafin has it, and Oceafin does not know it."),
    BreakKind.DIFFERING: gettext_lazy("Both sides have it, and do not say the same of it."),
    BreakKind.FEE: gettext_lazy("Oceafin charged more than the approvers agreed to."),
    BreakKind.NO_TRANSACTION: gettext_lazy("It is settled, and no transaction shows that its money moved."),
    BreakKind.BALANCE: gettext_lazy(
        "What came in less what went out is not the balance that Oceafin states."
    ),
}
NEXT = {
    BreakKind.MISSING_HERE: gettext_lazy(
        "Ask Oceafin who instructed it. If nobody here did, stop money out first."
    ),
    BreakKind.MISSING_THERE: gettext_lazy(
        "Ask Oceafin's support with the id. Send nothing in its place before."
    ),
    BreakKind.DIFFERING: gettext_lazy("Open the payment and its trail, then ask Oceafin which is true."),
    BreakKind.FEE: gettext_lazy("Ask Oceafin for the difference back, or write why it is right."),
    BreakKind.NO_TRANSACTION: gettext_lazy(
        "Ask Oceafin for the booking. A transaction may name another payment."
    ),
    BreakKind.BALANCE: gettext_lazy(
        "Look through the customer's statement for what is missing, double or not summed."
    ),
}
LABELS = {
    "reference": gettext_lazy("Our reference"),
    "id": gettext_lazy("Oceafin's id"),
    "state": gettext_lazy("State"),
    "status": gettext_lazy("Status"),
    "amount": gettext_lazy("Amount"),
    "currency": gettext_lazy("Currency"),
    "network": gettext_lazy("Network"),
    "fee": gettext_lazy("Fee: approved, charged"),
    "balance": gettext_lazy("Balance"),
    "difference": gettext_lazy("Oceafin has more than our lines by"),
    "sellAmount": gettext_lazy("Sells"),
    "sellCurrency": gettext_lazy("Sells, currency"),
    "buyAmount": gettext_lazy("Buys"),
    "buyCurrency": gettext_lazy("Buys, currency"),
    "feeAmount": gettext_lazy("Fee charged"),
    "feeCurrency": gettext_lazy("Fee, currency"),
    "createdAt": gettext_lazy("Made"),
    "updatedAt": gettext_lazy("Changed"),
}


def overview(user: User, chosen: dict[str, str], now: datetime, after: int) -> dict[str, Any]:
    """The newest run, what it could not check, and the breaks that stand."""
    run = Run.objects.order_by("-id").first()
    rows = chosen_breaks(user, chosen)
    found = list(rows.select_related("customer", "payment", "owner")[after : after + ROWS + 1])
    return {
        "run": run,
        "run_machine": RUN,
        "is_running": run is not None and run.state == RunState.RUNNING,
        "left_out": run.not_checked.count() if run else 0,
        "earlier": Run.objects.order_by("-id")[1:6],
        "counts": counts(now),
        "rows": [row_of(each) for each in found[:ROWS]],
        "next_from": after + ROWS if len(found) > ROWS else 0,
        "is_filtered": any(chosen.values()),
        "may_act": user.has_right(Right.LEAD_PAYMENTS),
        "machine": BREAK,
        "now": now,
    }


def chosen_breaks(user: User, chosen: dict[str, str]) -> QuerySet[Break]:
    rows = services.standing()
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    if chosen.get("customer"):
        rows = rows.filter(customer__partner_customer_ref=chosen["customer"])
    if chosen.get("owner") == MINE:
        rows = rows.filter(owner=user)
    return rows.filter(owner=None) if chosen.get("owner") == NOBODY else rows


def counts(now: datetime) -> list[tuple[str, int, str]]:
    """How many stand, by kind and by age, with the filter that shows them."""
    unsolved = Q(state__in=UNSOLVED)
    found = Break.objects.filter(state__in=STANDING).aggregate(
        today=Count("id", filter=unsolved & Q(first_seen_at__gte=now - timedelta(days=1))),
        week=Count(
            "id",
            filter=unsolved
            & Q(first_seen_at__lt=now - timedelta(days=1), first_seen_at__gte=now - timedelta(days=7)),
        ),
        older=Count("id", filter=unsolved & Q(first_seen_at__lt=now - timedelta(days=7))),
        explained=Count("id", filter=Q(state=BreakState.EXPLAINED)),
    )
    return [
        (_("Less than a day old"), found["today"], "warn" if found["today"] else ""),
        (_("1 to 7 days old"), found["week"], "warn" if found["week"] else ""),
        (_("Older than 7 days"), found["older"], "bad" if found["older"] else ""),
        (_("Explained, and still there"), found["explained"], ""),
    ]


def row_of(found: Break) -> dict[str, Any]:
    return {
        "found": found,
        "name": name_of(found),
        "amount": sums.plain(found.amount, found.currency),
        "url": reverse("reconciliation:break", args=[found.pk]),
    }


def name_of(found: Break) -> str:
    """What it is about, as a person would call it; Oceafin's id stands beside it."""
    amount = terms.shown(found.amount, found.currency, found.network)
    if found.payment:
        return found.payment.payment_ref
    if found.oceafin_id:
        kind = found.get_payment_kind_display() or _("Something")
        return _("%(kind)s of %(amount)s") % {"kind": kind, "amount": amount}
    network = coins.name_of(found.network)
    currency = (
        _("%(coin)s on %(network)s") % {"coin": found.currency, "network": network}
        if network
        else found.currency
    )
    return _("Balance in %(currency)s") % {"currency": currency}


def break_context(found: Break, user: User, now: datetime) -> dict[str, Any]:
    """Both sides of one break, and where to go from it."""
    kind = BreakKind(found.kind)
    may_act = user.has_right(Right.LEAD_PAYMENTS)
    rows = Transaction.objects.none()
    if found.oceafin_id:
        rows = Transaction.objects.filter(customer=found.customer, resource_id=found.oceafin_id)
    return {
        **row_of(found),
        "machine": BREAK,
        "sentence": SENTENCES[kind],
        "waits_who": _("An operations lead takes it."),
        "next": NEXT[kind],
        "sides": sides(found),
        "payment_url": url_of(found.payment) if found.payment else "",
        "moved": moved.rows_of(rows.select_related("customer").order_by("-id")[:10]),
        "asks_transactions": TRANSACTIONS in found.scope,
        "reason": _reason(found),
        "may_take": may_act and found.state == BreakState.OPEN,
        "may_give_back": may_act and found.state == BreakState.TAKEN,
        "may_explain": may_act and found.state in UNSOLVED,
        "entries": timelines.lines_for([found])[:30],
        "now": now,
    }


def sides(found: Break) -> list[tuple[str, str, str, bool]]:
    """Field by field what we say and what Oceafin says, and whether that is what differs."""
    theirs = dict(found.theirs)
    ours = dict(found.ours)
    if "state" in ours and "status" in theirs:
        theirs["state"] = theirs.pop("status")
    if "amount" in theirs and "currency" in theirs:
        theirs["amount"] = f"{theirs['amount']} {theirs.pop('currency')}"
    if "feeAmount" in theirs:
        fee = " ".join(filter(None, [theirs.pop("feeAmount"), theirs.pop("feeCurrency", "")]))
        theirs.setdefault("fee", fee)
    names = [name for name in LABELS if name in ours or name in theirs]
    names += sorted((ours.keys() | theirs.keys()) - LABELS.keys())
    field = found.subject.rpartition(":")[2] if found.kind == BreakKind.DIFFERING else ""
    marked = {BreakKind.FEE: "fee", BreakKind.BALANCE: "balance"}.get(BreakKind(found.kind), field)
    return [
        (str(LABELS.get(name, name)), _said(name, ours), _said(name, theirs), name == marked)
        for name in names
    ]


def _said(name: str, side: dict[str, str]) -> str:
    """One field of one side: amounts with their thousands apart, states as words, instants as everywhere."""
    text = str(side.get(name, ""))
    if name in {"state", "status"}:
        return text.replace("_", " ").capitalize()
    at = parse_datetime(text) if name.endswith("At") else None
    if at is not None and is_aware(at):
        return when(at)
    number, space, currency = text.partition(" ")
    amount = read_decimal(number) if name not in {"id", "reference"} else None
    return text if amount is None else f"{amount:,f}{space}{currency}".replace("-", "−")


def _reason(found: Break) -> str:
    try:
        return found.reason
    except vault.KeyDestroyed:
        return _("(erased with the customer's data)")
