"""The pages of deposits: queues, asking for an address, and its QR code. Each button makes one service call."""

import secrets

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts.deposits import queues, services, showing
from payments.accounts.deposits.forms import AddressForm
from payments.forms import ChooseCustomerForm


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """One queue of deposits."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    tabs = showing.tabs()
    here = next((tab for tab in tabs if tab.name == request.GET.get("queue", "")), tabs[0])
    rows = list(here.rows[: queues.ROWS])
    context = {
        "title": _("Deposits"),
        "tabs": tabs,
        "here": here,
        "rows": [showing.row_of(deposit, now) for deposit in rows],
        "more": len(rows) == queues.ROWS,
        "may_ask": user.has_right(Right.REQUEST_PAYMENTS),
        "now": now,
    }
    return site_page(request, "deposits/queue.html", context)


@require_http_methods(["GET", "POST"])
def ask_page(request: HttpRequest) -> HttpResponse:
    """Ask for an address: the customer first, then what may be paid in."""
    user = person(request, Right.REQUEST_PAYMENTS)
    ref = request.GET.get("customer", "").strip()
    customer = Customer.objects.filter(partner_customer_ref=ref).first()
    title = _("Ask for a deposit address")
    if customer is None:
        choose: Form = ChooseCustomerForm(request.GET if ref else None)
        if ref:
            choose.add_error("customer", _("There is no customer of this reference."))
        return site_page(request, "deposits/choose_customer.html", {"title": title, "form": choose})
    suggested = f"addr-{timezone.now():%Y%m%d}-{secrets.token_hex(3)}"
    form = AddressForm(request.POST or None, initial={"address_ref": suggested})
    if request.method == "POST" and form.is_valid():
        try:
            address, _is_new = services.ask_for_address(
                customer=customer,
                address_ref=form.cleaned_data["address_ref"],
                asset=form.cleaned_data["asset"],
                network=form.cleaned_data["network"],
                label=form.cleaned_data["label"],
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            field = getattr(refusal, "field", None)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Asked for. Oceafin's address appears here by itself."))
            return redirect("admin:deposits_depositaddress_change", address.pk)
    context = {"title": title, "form": form, "customer": customer, "refusal": customer.refusal_reason()}
    return site_page(request, "deposits/ask.html", context)
