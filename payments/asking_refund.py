"""The pages where a maker asks for a refund: of what that came in, then how much, then a last look."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import site_page
from customers.models import Customer
from payments import services, showing, showing_sources
from payments.asking_steps import ask, asked_before, show_refusal, suggested, to_be_replaced
from payments.forms import RefundForm
from payments.models import Kind


def refund_page(request: HttpRequest, user: User, customer: Customer) -> HttpResponse:
    """Without a deposit or collection in the address: which one. With it: how much, looked over, and asked for."""
    old = to_be_replaced(request, customer)
    named = {"source_type": request.GET.get("sourceType", ""), "source_id": request.GET.get("sourceId", "")}
    named |= asked_before(old, user)
    if not named["source_id"]:
        return _choose_source(request, customer)
    source = showing_sources.source_context(customer, named["source_type"], named["source_id"])
    initial = {"payment_ref": suggested("rf"), "amount": source.get("left", ""), **named}
    form = RefundForm(request.POST or None, initial=initial)
    context = {
        "title": _("Ask for a refund"),
        "form": form,
        "customer": customer,
        "refusal": customer.refusal_reason() or source.get("refusal", ""),
        "source": source,
        "others_url": _choosing_url(customer),
        "replaces": old,
    }
    if request.method != "POST" or not form.is_valid():
        return site_page(request, "payments/refund_request.html", context)
    return _look_over_or_ask(request, user, form, context)


def _look_over_or_ask(
    request: HttpRequest, user: User, form: RefundForm, context: dict[str, Any]
) -> HttpResponse:
    asked, customer = form.cleaned_data, context["customer"]
    what: dict[str, Any] = {
        "kind": Kind.REFUND,
        "customer": customer,
        "currency": showing_sources.currency_of_source(customer, asked["source_type"], asked["source_id"]),
        "details": {
            "sourceType": asked["source_type"],
            "sourceId": asked["source_id"],
            "reason": asked["reason"],
        },
    }
    if "reviewed" not in request.POST:
        try:
            seen = services.preview_payment(amount=asked["amount"].strip(), **what)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            review = {**context, "asked": asked, "seen": showing.preview_context(seen)}
            return site_page(request, "payments/refund_review.html", review)
    elif "back" not in request.POST:
        answer = ask(request, form, user, replaces=context["replaces"], **what)
        if answer is not None:
            return answer
    return site_page(request, "payments/refund_request.html", context)


def _choose_source(request: HttpRequest, customer: Customer) -> HttpResponse:
    """What came in for the customer and is theirs, the newest first; found by amount, id or transaction hash too."""
    query = request.GET.get("q", "").strip()[: showing_sources.LONGEST_QUERY]
    rows = showing_sources.rows_of(customer, query)
    context = {
        "title": _("Ask for a refund"),
        "customer": customer,
        "refusal": customer.refusal_reason(),
        "query": query,
        "rows": rows,
        "more": len(rows) == showing_sources.ROWS,
        "all_url": _choosing_url(customer),
    }
    return site_page(request, "payments/choose_source.html", context)


def _choosing_url(customer: Customer) -> str:
    asked = {"kind": Kind.REFUND.value, "customer": customer.partner_customer_ref}
    return f"{reverse('payments:request')}?{urlencode(asked)}"
