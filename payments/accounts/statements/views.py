"""Pages of a customer's balances, transactions and statements, and of what nothing explains."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.audit import Actor
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts import showing
from payments.accounts.models import Contradiction
from payments.accounts.statements import as_pdf, curve, listing, services, spans, sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.forms import DaysForm, ExportForm, FilterForm
from payments.accounts.statements.spans import Span

TYPES_OF_FILE = {services.CSV: "text/csv; charset=utf-8", services.PDF: "application/pdf"}
SHOWN = 50


@require_GET
def transactions_page(request: HttpRequest, customer_ref: str) -> HttpResponse:
    """A customer's balances and its transactions, the newest first."""
    person(request, Right.SEE_PAYMENTS)
    customer, now = _customer(customer_ref), timezone.now()
    asked = FilterForm(request.GET or None, currencies=listing.currencies_of(customer))
    chosen = asked.cleaned_data if asked.is_valid() else {}
    filters = {name: chosen.get(name) or "" for name in ("direction", "transaction_type", "currency")}
    try:
        rows = listing.of_customer(customer, filters, chosen.get("span"))
        page = listing.page_of(rows, cursor=request.GET.get("cursor", ""))
    except listing.NoCursor:
        raise Http404 from None
    readings = showing.readings_for_customer(customer)
    context = {
        "title": _("Transactions of %(ref)s") % {"ref": customer.partner_customer_ref},
        "customer": customer,
        "balances": showing.balances_for_customer(customer),
        "balances_reading": readings.get("balances"),
        "transactions_reading": readings.get("transactions"),
        "form": asked,
        "is_filtered": any(filters.values()) or bool(chosen.get("span")),
        "rows": showing.rows_of(page.rows),
        "older": _same(request, cursor=page.next_cursor) if page.next_cursor else "",
        "is_first": "cursor" not in request.GET,
        "contradictions": list(
            Contradiction.objects.filter(customer=customer)
            .select_related("transaction")
            .order_by("-id")[:SHOWN]
        ),
        "now": now,
    }
    return site_page(request, "accounts/transactions.html", context)


@require_GET
def statement_page(request: HttpRequest, customer_ref: str) -> HttpResponse:
    """What moved in a span, account by account, and what could not be summed."""
    user = person(request, Right.SEE_PAYMENTS)
    customer, now = _customer(customer_ref), timezone.now()
    span = spans.this_month(now)
    days = DaysForm(request.GET if "first" in request.GET else {"first": span.first, "last": span.last})
    if days.is_valid():
        span = days.cleaned_data["span"]
    with sums.one_picture():
        statement = Statement.of(customer, span, now=now)
        sections = _sections(statement)
        rest = list(sums.not_summed(customer, span)[: SHOWN + 1])
    context = {
        "title": _("Statement of %(ref)s") % {"ref": customer.partner_customer_ref},
        "customer": customer,
        "statement": statement,
        "sections": sections,
        "quick": [(words, _days(each), each == span) for words, each in spans.quick(now)],
        "time_zone": settings.BUSINESS_TIME_ZONE.key,
        "not_summed": [
            (row, showing.url_of(row), as_pdf.moment(row.occurred_at), sums.why_not(row))
            for row in rest[:SHOWN]
        ],
        "more_not_summed": len(rest) > SHOWN,
        "form": days,
        "may_export": user.has_right(Right.SEE_PERSONAL_DATA),
        "export_url": f"{reverse('statements:export', args=[customer_ref])}?{_days(span)}",
        "now": now,
    }
    return site_page(request, "accounts/statement.html", context)


@require_http_methods(["GET", "POST"])
@stepup.required
def export(request: HttpRequest, customer_ref: str) -> HttpResponseBase:
    """A statement as a file: what for is asked first, and with a fresh second factor it is handed out."""
    user = person(request, Right.SEE_PAYMENTS)
    person(request, Right.SEE_PERSONAL_DATA)
    customer = _customer(customer_ref)
    days = DaysForm(request.GET)
    if not days.is_valid():
        raise Http404
    span: Span = days.cleaned_data["span"]
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            file = services.make_statement(
                customer=customer,
                span=span,
                actor=Actor.staff(user),
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            kind = form.cleaned_data["form"]
            ref = customer.partner_customer_ref.replace(":", "_")
            return FileResponse(
                file,
                as_attachment=True,
                filename=f"statement-{ref}-{span.first}-{span.last}.{kind}",
                content_type=TYPES_OF_FILE[kind],
                headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
            )
    context = {
        "title": _("Take the statement along"),
        "customer": customer,
        "span": span,
        "form": form,
        "back_url": f"{reverse('statements:statement', args=[customer_ref])}?{_days(span)}",
    }
    return site_page(request, "accounts/export.html", context)


@require_GET
def unexplained_page(request: HttpRequest) -> HttpResponse:
    """What none of our records explains, of all customers, the longest known first."""
    user = person(request, Right.SEE_PAYMENTS)
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or int(after) >= 2**63:
        raise Http404
    rows, following = listing.unexplained_page(after=int(after))
    contradictions = Contradiction.objects.select_related("transaction__customer", "customer")
    context = {
        "title": _("Unexplained transactions"),
        "rows": showing.rows_of(rows),
        "next_url": f"?after={following}" if following else "",
        "contradictions": list(contradictions.order_by("-id")[:SHOWN]) if after == "0" else [],
        "may_explain": user.has_right(Right.LEAD_PAYMENTS),
        "now": timezone.now(),
    }
    return site_page(request, "accounts/unexplained.html", context)


def _sections(statement: Statement) -> list[dict[str, Any]]:
    """The first lines of each account; the whole stands in the files."""
    shown: list[dict[str, Any]] = []
    drawn = curve.curves(statement)
    for account in statement.accounts[:SHOWN]:
        lines, balance = [], account.opening
        for row in statement.first_lines(account, SHOWN) if account.lines else ():
            amount = sums.signed(row)
            balance = sums.add(balance, amount)
            told = (sums.plain(each, row.currency) for each in (amount, balance))
            lines.append((row, showing.url_of(row), as_pdf.moment(row.occurred_at), *told))
        figures = {
            name: sums.plain(getattr(account, name), account.currency)
            for name in ("opening", "came_in", "went_out", "fees", "closing")
        }
        sentence = as_pdf.sentence_of(account)
        line = drawn.get((account.currency, account.network))
        if line:
            figures |= {
                name: sums.plain(getattr(line, name), account.currency) for name in ("lowest", "highest")
            }
        shown.append(
            {
                "account": account,
                "lines": lines,
                "more": account.lines - len(lines),
                "sentence": sentence,
                "curve": line,
                **figures,
            }
        )
    return shown


def _days(span: Span) -> str:
    return urlencode({"first": span.first.isoformat(), "last": span.last.isoformat()})


def _same(request: HttpRequest, **changes: str) -> str:
    kept = {name: value for name, value in request.GET.items() if value}
    return "?" + urlencode({**kept, **changes})


def _customer(customer_ref: str) -> Customer:
    return get_object_or_404(Customer, partner_customer_ref=customer_ref)
