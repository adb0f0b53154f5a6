"""The pages where a maker adds a wallet and asks for a crypto payout: the wallet, then how much, then a last look."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from customers.models import Customer
from payments import services, wallet_showing
from payments.accounts.deposits import coins
from payments.asking_steps import ask, asked_before, show_refusal, suggested, to_be_replaced
from payments.models import Custody, Kind, WalletAddress
from payments.wallet_forms import CryptoPayoutForm, WalletForm

MOST_WALLETS = 200
DETAILS = ("memo", "label", "holderName", "vaspName", "walletOwnershipProof")


def crypto_payout_page(request: HttpRequest, user: User, customer: Customer) -> HttpResponse:
    """Without a wallet in the address: which one. With it: how much, looked over once more, and asked for."""
    ref = request.GET.get("wallet", "")
    if not ref:
        return _choose_wallet(request, customer)
    wallet = customer.wallet_addresses.filter(wallet_address_ref=ref).first()
    if wallet is None:
        raise Http404
    wallet.customer = customer
    old = to_be_replaced(request, customer)
    initial = {"payment_ref": suggested("cw"), **asked_before(old, user)}
    form = CryptoPayoutForm(request.POST or None, wallet=wallet, initial=initial)
    context = {
        "title": _("Ask for a crypto payout"),
        "form": form,
        "customer": customer,
        "refusal": customer.refusal_reason(),
        **wallet_showing.wallet_context(wallet),
        "replaces": old,
    }
    if request.method != "POST" or not form.is_valid():
        return site_page(request, "payments/crypto_request.html", context)
    return _look_over_or_ask(request, user, form, wallet, context)


def _look_over_or_ask(
    request: HttpRequest,
    user: User,
    form: CryptoPayoutForm,
    wallet: WalletAddress,
    context: dict[str, Any],
) -> HttpResponse:
    asked = form.cleaned_data
    what: dict[str, Any] = {
        "kind": Kind.CRYPTO_WITHDRAWAL,
        "customer": wallet.customer,
        "currency": wallet.asset,
        "details": {"walletAddressRef": wallet.wallet_address_ref, "network": wallet.network},
    }
    if "reviewed" not in request.POST:
        try:
            seen = services.preview_payment(amount=asked["amount"].strip(), **what)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            review = {**context, "asked": asked, **wallet_showing.preview_context(seen)}
            return site_page(request, "payments/crypto_review.html", review)
    elif "back" not in request.POST:
        words = {"purpose": asked["purpose"], "payment_reference": asked["payment_reference"]}
        answer = ask(request, form, user, replaces=context["replaces"], **what, **words)
        if answer is not None:
            return answer
    return site_page(request, "payments/crypto_request.html", context)


def _choose_wallet(request: HttpRequest, customer: Customer) -> HttpResponse:
    wallets = list(customer.wallet_addresses.order_by("-id")[:MOST_WALLETS])
    old = to_be_replaced(request, customer)
    tail = f"&replaces={old.payment_ref}" if old else ""
    context = {
        "title": _("Ask for a crypto payout"),
        "customer": customer,
        "refusal": customer.refusal_reason(),
        "rows": [wallet_showing.row_of(wallet, tail) for wallet in wallets if not wallet.is_refused],
        "wallet_url": f"{reverse('payments:wallet')}?customer={customer.partner_customer_ref}{tail}",
    }
    return site_page(request, "payments/choose_wallet.html", context)


@require_http_methods(["GET", "POST"])
def wallet_page(request: HttpRequest) -> HttpResponse:
    """A maker adds a wallet to pay coins to."""
    user = person(request, Right.REQUEST_PAYMENTS)
    customer = get_object_or_404(Customer, partner_customer_ref=request.GET.get("customer", ""))
    form = WalletForm(
        request.POST or None, customer=customer, initial={"wallet_address_ref": suggested("wallet")}
    )
    old = to_be_replaced(request, customer)
    back = f"{reverse('payments:request')}?kind={Kind.CRYPTO_WITHDRAWAL}&customer={customer.partner_customer_ref}"
    back += f"&replaces={old.payment_ref}" if old else ""
    if request.method == "POST" and form.is_valid():
        wallet = _added(form, customer, user)
        if wallet is not None:
            told = _("The wallet for %(asset)s on %(network)s is in. Oceafin is told by itself.")
            network = coins.name_of(wallet.network)
            messages.success(request, told % {"asset": wallet.asset, "network": network})
            return redirect(back)
    context = {
        "title": _("Add a wallet"),
        "form": form,
        "submit": _("Add"),
        "intro": _("For %(ref)s. It never changes: another address gets another reference.")
        % {"ref": customer.partner_customer_ref},
        "back_url": back,
        "parent": _("Ask for a crypto payout"),
    }
    return site_page(request, "staff/form.html", context)


def _added(form: WalletForm, customer: Customer, user: User) -> WalletAddress | None:
    asked = form.cleaned_data
    asset, _colon, network = asked["token"].partition(":")
    try:
        wallet, _is_new = services.add_wallet_address(
            customer=customer,
            wallet_address_ref=asked["wallet_address_ref"],
            asset=asset,
            network=network,
            address=asked["address"],
            details={name: asked[name] for name in DETAILS},
            holder_type=asked["holder_type"],
            self_hosted=asked["custody"] == Custody.SELF_HOSTED,
            replaces=asked["replaces"],
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return None
    return wallet
