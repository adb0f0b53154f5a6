"""Asking for a collection wallet: the customer, what it takes in, and once more what is asked for."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts.collections import services, showing
from payments.accounts.collections.forms import ChooseCustomerForm, WalletForm
from payments.accounts.collections.models import CollectionWallet

_NAMES = {"collectionWalletRef": "collection_wallet_ref"}


@require_http_methods(["GET", "POST"])
def ask_page(request: HttpRequest) -> HttpResponse:
    """Nothing is asked for before the second page was confirmed."""
    user = person(request, Right.REQUEST_PAYMENTS)
    ref = request.GET.get("customer", "").strip()
    customer = Customer.objects.filter(partner_customer_ref=ref).first()
    if customer is None:
        return _choose_customer(request, ref)
    suggested = f"cw-{timezone.now():%Y%m%d}-{secrets.token_hex(3)}"
    form = WalletForm(request.POST or None, initial={"collection_wallet_ref": suggested})
    context = {
        "title": _("Ask for a collection wallet"),
        "customer": customer,
        "refusal": customer.refusal_reason(),
        "form": form,
    }
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        if "confirmed" not in request.POST:
            return site_page(request, "accounts/collections/confirm.html", {**context, "asked": form.asked()})
        wallet = _ask(request, form, customer, Actor.staff(user))
        if wallet is not None:
            messages.success(request, _("Asked for. It goes to Oceafin by itself; its address appears here."))
            return redirect(showing.wallet_url(wallet))
    return site_page(request, "accounts/collections/ask.html", context)


@require_GET
def in_doubt(request: HttpRequest) -> HttpResponse:
    """What came in and may be somebody else's."""
    person(request, Right.SEE_PAYMENTS)
    return redirect(f"{reverse('admin:collections_in_collection_changelist')}?whose=doubt")


def _choose_customer(request: HttpRequest, ref: str) -> HttpResponse:
    form = ChooseCustomerForm(request.GET if ref else None)
    if ref:
        form.add_error("customer", _("There is no customer of this reference."))
    context = {"title": _("Ask for a collection wallet"), "form": form}
    return site_page(request, "accounts/collections/choose_customer.html", context)


def _ask(request: HttpRequest, form: WalletForm, customer: Customer, actor: Actor) -> CollectionWallet | None:
    try:
        wallet, _is_new = services.create_wallet(
            customer=customer, **form.asked(), actor=actor, now=timezone.now()
        )
    except Refusal as refusal:
        field = _NAMES.get(getattr(refusal, "field", ""), getattr(refusal, "field", None))
        form.add_error(field if field in form.fields else None, str(refusal))
        return None
    return wallet
