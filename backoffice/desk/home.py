"""What each role sees first: its own work, the most urgent of it with one button, and how the rest stands."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.audit.models import Entry, Seal, Unsealed
from backoffice.desk import case_charts, figures, money_in
from backoffice.desk.figures import Figure
from backoffice.staff import home
from backoffice.staff.bars import Bar, drawn
from backoffice.staff.models import ApiClient, User
from backoffice.staff.roles import Right, rights_of
from backoffice.staff.templatetags.desk import time_left
from customers.admin import search_help
from customers.models import Customer
from onboarding import due, queues
from onboarding.models import Case
from onboarding.second_look import services as second_look
from onboarding.states import CASE, CaseState
from payments import queues as payment_queues
from payments import running_out, showing, switching
from payments import services as payments
from payments.models import PaymentRequest
from payments.reconciliation import services as reconciliation
from payments.states import PAYMENT, PaymentState

LATELY = timedelta(days=7)
ROWS = 6
# For whom the home is a place to look somebody up, not a queue.
WORKING_RIGHTS = frozenset(
    {
        Right.REVIEW_CASES,
        Right.REQUEST_PAYMENTS,
        Right.APPROVE_PAYMENTS,
        Right.LEAD_PAYMENTS,
        Right.MANAGE_STAFF,
        Right.SEE_AUDIT,
    }
)


def register() -> None:
    """Called in ready()."""
    for name, right, render, order in (
        ("sending", Right.SEE_BORDERS, sending, 5),
        ("cases", Right.REVIEW_CASES, cases, 10),
        ("leading", Right.LEAD_CASES, leading, 20),
        ("case_charts", Right.LEAD_CASES, case_charts.block, 25),
        ("approvals", Right.APPROVE_PAYMENTS, approvals, 10),
        ("requests", Right.REQUEST_PAYMENTS, requests, 10),
        ("operations", Right.LEAD_PAYMENTS, operations, 10),
        ("coming_in", Right.REQUEST_PAYMENTS, money_in_of_makers, 15),
        ("coming_in_led", Right.LEAD_PAYMENTS, money_in.block, 15),
        ("money_out", Right.SEE_PAYMENTS, money_out, 60),
        ("switch", Right.OPEN_MONEY_OUT, money_out, 60),
        ("programs", Right.MANAGE_STAFF, programs, 90),
        ("customers", Right.SEE_CUSTOMERS, customers, 30),
        ("trail", Right.SEE_AUDIT, trail, 95),
    ):
        home.register(home.Block(name, right, render=render, order=order))


def address(name: str, *arguments: Any, query: str = "") -> str:
    """The address of a page, "" where this house does not have it."""
    try:
        return reverse(name, args=arguments) + query
    except NoReverseMatch:
        return ""


# --- compliance -----------------------------------------------------------------------------------------------------


def cases(request: HttpRequest) -> str:
    """A reviewer's work: the most urgent case and one button, the queues, how old they are."""
    user, now = _person(request), timezone.now()
    waiting, counts = queues.to_review(user, now), queues.counts(user, now)
    case = queues.next_case(user, now)
    return _rendered(
        request,
        "desk/cases.html",
        case=case,
        due=due.word(case, now) if case else "",
        machine=CASE,
        figures=[
            _queue(queue, counts[queue.name], queues.rows_of(queue.name, user, now))
            for queue in queues.QUEUES
            if queue.name != "sign"
        ],
        bars=drawn(_by_due(waiting, now)),
        now=now,
    )


def leading(request: HttpRequest) -> str:
    """What a lead adds: what waits for a signature, what is stuck, how cases ended lately."""
    user, now = _person(request), timezone.now()
    ended = (CaseState.APPROVED, CaseState.REJECTED, CaseState.DECLINED, CaseState.WITHDRAWN)
    tones = {CaseState.APPROVED: "ok", CaseState.WITHDRAWN: "off"}
    bars = []
    for state in ended:
        number = figures.counted(Case.objects.filter(state=state, state_since__gte=now - LATELY))
        bars.append(
            Bar(_words(state), number, tones.get(state, "bad"), is_more=number >= figures.COUNTED_AT_MOST)
        )
    to_sign = queues.to_sign(now)
    return _rendered(
        request,
        "desk/leading.html",
        rows=list(to_sign[:ROWS]),
        number=queues.count(to_sign),
        stuck=list(queues.stuck(now)[:ROWS]),
        may_sign=user.has_right(Right.ATTEST_CASES),
        bars=drawn(bars),
        machine=CASE,
        now=now,
    )


def _queue(queue: queues.Queue, number: int, rows: Any) -> Figure:
    tone = "bad" if queue.name == "stuck" else ""
    return Figure(
        queue.label,
        number,
        oldest=figures.oldest(rows) if number else None,
        url=address("onboarding:queue", query=f"?queue={queue.name}"),
        tone=tone if number else "",
    )


def _by_due(rows: Any, now: datetime) -> list[Bar]:
    """The queue by how long there is left."""
    hours = [
        (_("Late"), None, 0, "bad"),
        (_("Within 4 hours"), 0, 4, "warn"),
        (_("Within 12 hours"), 4, 12, "wait"),
        (_("Later"), 12, None, "ok"),
    ]
    bars = []
    for label, after, before, tone in hours:
        part = rows if after is None else rows.filter(due_at__gte=now + timedelta(hours=after))
        part = part if before is None else part.filter(due_at__lt=now + timedelta(hours=before))
        number = figures.counted(part)
        bars.append(Bar(label, number, tone, is_more=number >= figures.COUNTED_AT_MOST))
    return bars


# --- payments -------------------------------------------------------------------------------------------------------


def approvals(request: HttpRequest) -> str:
    """An approver's work: payouts due, the oldest first, their total against what the customers have."""
    user, now = _person(request), timezone.now()
    due = list(figures.payouts_due()[: figures.DUE_AT_MOST])
    mine = list(payment_queues.waiting_for_my_approval(user, now)[: figures.DUE_AT_MOST])
    rows = showing.rows_of(mine[:ROWS], now)
    return _rendered(
        request,
        "desk/approvals.html",
        next=rows[0] if rows else None,
        totals=figures.totals_of(due),
        rows=rows,
        number=len(mine),
        others=len(due) - len(mine),
        figures=[running_out_figure(now)],
        is_more=len(due) == figures.DUE_AT_MOST,
        queue_url=address("payments:queue"),
        now=now,
    )


def running_out_figure(now: datetime) -> Figure:
    """What may not get its approvals in time, and the first that runs out."""
    rows = running_out.running_out(now)
    number = figures.counted(rows)
    first = rows.first() if number else None
    url = address("payments:queue", query="?queue=running-out")
    note = _("first in %(left)s") % {"left": time_left(first.runs_out_at - now)} if first else ""
    return Figure(_("Run out soon"), number, url=url, tone="warn" if number else "", note=note)


def requests(request: HttpRequest) -> str:
    """A maker's work: what they asked for, by state, and asking for another."""
    user, now = _person(request), timezone.now()
    mine = PaymentRequest.objects.filter(maker_kind="STAFF", maker_id=str(user.pk)).order_by("-id")
    recent = list(mine.select_related("customer", "beneficiary", "wallet")[: figures.COUNTED_AT_MOST])
    groups = (
        (_("Waiting for approval"), (PaymentState.PENDING_APPROVAL,), "wait"),
        (_("On their way"), (PaymentState.APPROVED, PaymentState.SENDING, PaymentState.SENT), "info"),
        (_("Need somebody"), (PaymentState.NEEDS_INFO, PaymentState.UNCONFIRMED), "warn"),
        (_("Settled"), (PaymentState.SETTLED,), "ok"),
        (_("Did not go through"), tuple(_NOT_THROUGH), "bad"),
    )
    bars = [Bar(label, sum(row.state in states for row in recent), tone) for label, states, tone in groups]
    return _rendered(
        request,
        "desk/requests.html",
        rows=showing.rows_of(recent[:ROWS], now),
        bars=drawn(bars),
        ask_url=address("payments:request"),
        queue_url=address("payments:queue"),
        machine=PAYMENT,
        now=now,
    )


_NOT_THROUGH = (
    PaymentState.REJECTED,
    PaymentState.FAILED,
    PaymentState.RETURNED,
    PaymentState.EXPIRED,
    PaymentState.CANCELLED,
)


def operations(request: HttpRequest) -> str:
    """An operations lead's work: what is held, unconfirmed, failed or asked about, and how the week went."""
    now = timezone.now()
    states = PaymentRequest.objects.select_related("customer", "beneficiary", "wallet")
    troubled = states.filter(state__in=[PaymentState.UNCONFIRMED, PaymentState.NEEDS_INFO])
    failed = states.filter(
        state__in=[PaymentState.FAILED, PaymentState.RETURNED], state_since__gte=now - LATELY
    )
    contradicted = states.filter(contradicted=True)
    rows = [*contradicted.order_by("-id")[:ROWS], *troubled.order_by("state_since")[:ROWS]]
    rows += failed.order_by("-state_since")[:ROWS]
    by_state = figures.payments_by_state(now - LATELY)
    tones = {
        "SETTLED": "ok",
        "SENT": "info",
        "PENDING_APPROVAL": "wait",
        "NEEDS_INFO": "warn",
        "UNCONFIRMED": "warn",
    }
    bars = [
        Bar(_words(state), by_state[state], tones.get(state, "bad" if state in _NOT_THROUGH else "info"))
        for state in PaymentState
        if state in by_state
    ]
    return _rendered(
        request,
        "desk/operations.html",
        rows=showing.rows_of(list(dict.fromkeys(rows)), now),
        figures=[
            Figure(_("Needs information"), figures.counted(troubled.filter(state=PaymentState.NEEDS_INFO))),
            Figure(_("Unconfirmed"), figures.counted(troubled.filter(state=PaymentState.UNCONFIRMED))),
            Figure(_("Failed or returned, 7 days"), figures.counted(failed)),
            running_out_figure(now),
            _breaks(),
        ],
        bars=drawn(bars),
        queue_url=address("payments:queue"),
        overview_url=address("overview:overview"),
        machine=PAYMENT,
        now=now,
    )


def _breaks() -> Figure:
    """What differs from Oceafin and nobody explained yet."""
    unsolved = reconciliation.unsolved()
    number = figures.counted(unsolved)
    return Figure(
        _("Differs from Oceafin"),
        number,
        oldest=figures.oldest(unsolved, "first_seen_at") if number else None,
        url=address("reconciliation:overview"),
        tone="warn" if number else "",
    )


def money_in_of_makers(request: HttpRequest) -> str:
    """What waits in money in. Who leads payments, too, sees it once, in the lead's own place."""
    return "" if _person(request).has_right(Right.LEAD_PAYMENTS) else money_in.block(request)


def money_out(request: HttpRequest) -> str:
    """Whether money may leave, and who decided so. Administrators see it once, in their own place."""
    user, switch = _person(request), payments.money_out()
    asked = switching.asking_counts(switch, timezone.now())
    may_open = user.has_right(Right.OPEN_MONEY_OUT)
    return _rendered(
        request,
        "desk/money_out.html",
        switch=switch,
        asked=asked,
        confirms=asked and may_open and switch.asked_by != user,
        may_open=may_open,
        may_stop=user.has_right(Right.STOP_MONEY_OUT),
        switch_url=address("payments:money_out"),
    )


# --- everybody else -------------------------------------------------------------------------------------------------


def sending(request: HttpRequest) -> str:
    """Only when a person has to look: sending is paused, something is held, or work is late."""
    now = timezone.now()
    state = figures.sending(now)
    if not state.needs_a_person(now):
        return ""
    return _rendered(request, "desk/sending_alert.html", sending=state, late=state.is_late(now), now=now)


def customers(request: HttpRequest) -> str:
    """For who looks customers up: the newest ones by reference and status, nothing personal."""
    user = _person(request)
    if rights_of(user.roles) & WORKING_RIGHTS:
        return ""
    rows = Customer.objects.order_by("-id").only(
        "partner_customer_ref", "customer_type", "oceafin_status", "standing", "created_at"
    )
    return _rendered(
        request,
        "desk/customers.html",
        rows=rows[: ROWS + 4],
        list_url=address("admin:customers_customer_changelist"),
        search_help=search_help(request),
        now=timezone.now(),
    )


def programs(request: HttpRequest) -> str:
    """The programs that speak for the partner, and since when."""
    clients = ApiClient.objects.filter(revoked_at__isnull=True).order_by("name")[:ROWS]
    return _rendered(
        request, "desk/programs.html", rows=clients, list_url=address("admin:staff_apiclient_changelist")
    )


def trail(request: HttpRequest) -> str:
    """How the trail stands: how long its chain is, whether anything waits for a seal, what happened last."""
    last = Seal.objects.order_by("-number").first()
    entries = second_look.readable_by(_person(request), Entry.objects.order_by("-id"))[:ROWS]
    waiting = Unsealed.objects.order_by("entry_id").select_related("entry").first()
    return _rendered(
        request,
        "desk/trail.html",
        last=last,
        waiting=waiting.entry if waiting else None,
        entries=entries,
        list_url=address("admin:audit_entry_changelist"),
        now=timezone.now(),
    )


def _person(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise TypeError("The home is for people who are signed in.")
    return user


def _rendered(request: HttpRequest, template: str, **context: Any) -> str:
    return render_to_string(template, context, request=request)


def _words(state: str) -> str:
    return str(state).replace("_", " ").capitalize()
