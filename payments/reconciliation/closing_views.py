"""The pages of day closes and of bookings."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from backoffice import vault
from backoffice.audit import Actor
from backoffice.staff import stepup, timelines
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts import showing as moved
from payments.accounts.models import Balance, Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.spans import EARLIEST
from payments.reconciliation import closing, exporting
from payments.reconciliation.forms import BookingsForm
from payments.reconciliation.models import DayClose

# Customers on one page, and days to choose from.
CUSTOMERS = 25
DAYS = 7
LINES = 50


@require_GET
def days_page(request: HttpRequest) -> HttpResponse:
    """One business day, account by account: what is signed, what can be, and what stands in the way."""
    user = person(request, Right.SEE_PAYMENTS)
    now = timezone.now()
    newest = closing.last_day(now)
    day = _day(request.GET.get("day", ""), newest)
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise Http404
    customers = list(_customers().filter(pk__gt=int(after)).order_by("pk")[: CUSTOMERS + 1])
    rows = [row for each in customers[:CUSTOMERS] for row in _rows_of(each, day, now)]
    context = {
        "title": _("Day close"),
        "day": day,
        "days": [(each, each == day) for each in (newest - timedelta(days=ago) for ago in range(DAYS))],
        "rows": rows,
        "to_sign": sum(not row["close"] and not row["why_not"] for row in rows),
        "signed": DayClose.objects.filter(day=day).count(),
        "next_url": f"?day={day}&after={customers[CUSTOMERS - 1].pk}" if len(customers) > CUSTOMERS else "",
        "may_sign": user.has_right(Right.LEAD_PAYMENTS),
        "zone": settings.BUSINESS_TIME_ZONE.key,
        "now": now,
    }
    return site_page(request, "payments/reconciliation/days.html", context)


@require_http_methods(["GET", "POST"])
@stepup.required
def sign_page(request: HttpRequest) -> HttpResponse:
    """GET shows what was selected, line by line and what differs; POST signs exactly that, with a fresh code."""
    person(request, Right.LEAD_PAYMENTS)
    now = timezone.now()
    asked = request.POST if request.method == "POST" else request.GET
    day = _day(asked.get("day", ""), closing.last_day(now))
    if request.method == "POST" and _sign_all(request, day):
        return redirect(f"{reverse('reconciliation:days')}?day={day}")
    chosen = _chosen([each.rpartition("|")[0] or each for each in asked.getlist("account")])
    rows = [
        row
        for customer in Customer.objects.filter(pk__in={each[0] for each in chosen}).order_by("pk")
        for row in _rows_of(customer, day, now)
        if (customer.pk, row["account"].currency, row["account"].network) in chosen
    ]
    for row in rows:
        row["lines"] = _lines(row, day)
    context = {
        "title": _("Sign the day"),
        "day": day,
        "rows": rows,
        "can_sign": any(not row["close"] and not row["why_not"] for row in rows),
        "differs": any(row["differs"] and not row["close"] for row in rows),
        "note": request.POST.get("note", ""),
        "back_url": f"{reverse('reconciliation:days')}?day={day}",
        "now": now,
    }
    return site_page(request, "payments/reconciliation/sign.html", context)


@require_GET
def close_page(request: HttpRequest, close_id: int) -> HttpResponse:
    """A signed day as it was signed, and what changed of it since."""
    person(request, Right.SEE_PAYMENTS)
    close = get_object_or_404(DayClose.objects.select_related("customer", "signed_by"), pk=close_id)
    adjustments = list(close.adjustments.select_related("transaction").order_by("id")[:LINES])
    lines = list(close.closed_lines.select_related("transaction").order_by("id")[: LINES + 1])
    context = {
        "title": _("Signed day"),
        "close": close,
        "figures": _figures(close, close.currency),
        "difference": sums.plain(close.difference, close.currency),
        "adjustments": [_line(each.transaction, each.difference, each) for each in adjustments],
        "adjusted": sums.plain(sums.add(*(each.difference for each in adjustments)), close.currency),
        "lines": [_line(each.transaction, each.amount, each) for each in lines[:LINES]],
        "more": len(lines) > LINES,
        "note": _note(close),
        "back_url": f"{reverse('reconciliation:days')}?day={close.day}",
        "entries": timelines.lines_for([close])[:30],
    }
    return site_page(request, "payments/reconciliation/close.html", context)


@require_http_methods(["GET", "POST"])
@stepup.required
def bookings_page(request: HttpRequest) -> HttpResponseBase:
    """Bookings as a file: which days and what for is asked first, and with a fresh second factor it is handed out."""
    user = person(request, Right.SEE_PAYMENTS)
    person(request, Right.SEE_PERSONAL_DATA)
    yesterday = closing.last_day(timezone.now())
    first = {"first": yesterday.replace(day=1), "last": yesterday}
    form = BookingsForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        span = given["span"]
        try:
            file = exporting.make_bookings(
                span=span,
                purpose=given["purpose"],
                words=given["words"],
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return FileResponse(
                file,
                as_attachment=True,
                filename=f"bookings-{span.first}-{span.last}.csv",
                content_type="text/csv; charset=utf-8",
                headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
            )
    context = {"title": _("Bookings"), "form": form, "zone": settings.BUSINESS_TIME_ZONE.key}
    return site_page(request, "payments/reconciliation/bookings.html", context)


def _sign_all(request: HttpRequest, day: date) -> bool:
    """Sign each account as it was seen; whether all of them were."""
    signed = refused = 0
    for each in request.POST.getlist("account"):
        key, _bar, digest = each.rpartition("|")
        for pk, currency, network in _chosen([key]):
            try:
                closing.sign(
                    customer=get_object_or_404(Customer, pk=pk),
                    day=day,
                    currency=currency,
                    network=network,
                    seen_digest=digest,
                    note=request.POST.get("note", ""),
                    actor=Actor.staff(request.user),
                    now=timezone.now(),
                )
                signed += 1
            except Refusal as refusal:
                messages.error(request, f"{currency}: {refusal}")
                refused += 1
    if signed:
        words = ngettext("%(count)d account is signed.", "%(count)d accounts are signed.", signed)
        messages.success(request, words % {"count": signed})
    return not refused


def _chosen(keys: Iterable[str]) -> set[tuple[int, str, str]]:
    """`customer:currency:network` of each."""
    found = set()
    for key in list(keys)[: CUSTOMERS * 20]:
        pk, _colon, account = key.partition(":")
        currency, _colon, network = account.partition(":")
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19 and currency) or "\x00" in account:
            raise Http404
        found.add((int(pk), currency, network))
    return found


def _rows_of(customer: Customer, day: date, now: Any) -> list[dict[str, Any]]:
    with sums.one_picture():
        days = closing.days_of(customer, day)
        why_not = closing.why_not(customer, day, now) if days else ""
        closes = {
            (close.currency, close.network): close
            for close in DayClose.objects.filter(customer=customer, day=day).select_related("signed_by")
        }
        adjusted = set(
            DayClose.objects.filter(customer=customer, day=day, adjustments__isnull=False).values_list(
                "pk", flat=True
            )
        )
    rows = []
    for each in days:
        account = each.account
        close = closes.get((account.currency, account.network))
        rows.append(
            {
                "customer": customer,
                "account": account,
                "key": f"{customer.pk}:{account.currency}:{account.network}",
                "digest": each.digest,
                "figures": _figures(account, account.currency),
                "available": account.compared.available if account.compared else "",
                "difference": sums.plain(each.difference, account.currency),
                "differs": bool(each.difference),
                "compared": each.difference is not None,
                "close": close,
                "is_adjusted": close is not None and close.pk in adjusted,
                "why_not": "" if close else why_not,
            }
        )
    return rows


def _lines(row: dict[str, Any], day: date) -> list[dict[str, Any]]:
    account = row["account"]
    span = closing.Span(day, day)
    lines = sums.lines_of(row["customer"], span).filter(currency=account.currency, network=account.network)
    return [_line(each, sums.signed(each), each) for each in lines.order_by("occurred_at", "id")[:LINES]]


def _line(row: Transaction, amount: Any, each: object) -> dict[str, Any]:
    return {
        "row": row,
        "url": moved.url_of(row),
        "amount": sums.plain(amount, row.currency),
        "each": each,
    }


def _figures(of: Any, currency: str) -> dict[str, str]:
    names = ("opening", "came_in", "went_out", "fees", "closing")
    return {name: sums.plain(getattr(of, name), currency) for name in names}


def _note(close: DayClose) -> str:
    try:
        return close.note
    except vault.KeyDestroyed:
        return _("(erased with the customer's data)")


def _customers() -> Any:
    balances = Balance.objects.filter(customer=OuterRef("pk"))
    lines = Transaction.objects.filter(customer=OuterRef("pk"))
    return Customer.objects.filter(Exists(balances) | Exists(lines))


def _day(text: str, newest: date) -> date:
    if not text:
        return newest
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not EARLIEST <= day <= newest:
        raise Http404
    return day
