"""The pages where a maker asks for a payment: for whom first, then what its kind needs."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from customers.models import Customer
from payments import asking_crypto, asking_refund, services
from payments.accounts.showing import balances_for_customer
from payments.asking_steps import ask, asked_before, show_refusal, suggested, to_be_replaced
from payments.conversion import SIDES
from payments.forms import BankAccountForm, ChooseCustomerForm, ConversionForm, PayoutForm
from payments.models import FixedSide, Kind

DETAILS = ("accountHolderName", "iban", "accountNumber", "bankName", "swiftCode", "routingNumber")


@require_http_methods(["GET", "POST"])
def request_page(request: HttpRequest) -> HttpResponse:
    """A maker asks for a payment: the customer first, then the page of its kind (`kind`, else a payout)."""
    user = person(request, Right.REQUEST_PAYMENTS)
    kind = request.GET.get("kind", Kind.FIAT_WITHDRAWAL)
    if kind not in PAGES:
        raise Http404
    ref = request.GET.get("customer", "").strip()
    customer = Customer.objects.filter(partner_customer_ref=ref).first()
    if customer is not None:
        return PAGES[kind](request, user, customer)
    form = ChooseCustomerForm(request.GET if ref else None)
    if ref:
        form.add_error("customer", _("There is no customer of this reference."))
    kept = {
        name: request.GET[name]
        for name in ("kind", "sourceType", "sourceId", "replaces")
        if name in request.GET
    }
    context = {"title": TITLES[kind], "form": form, "kept": kept}
    return site_page(request, "payments/choose_customer.html", context)


def _payout_page(request: HttpRequest, user: User, customer: Customer) -> HttpResponse:
    """Beside it stands what the customer has."""
    old = to_be_replaced(request, customer)
    initial = {"payment_ref": suggested("po"), **asked_before(old, user)}
    form = PayoutForm(request.POST or None, customer=customer, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        answer = ask(
            request,
            form,
            user,
            kind=Kind.FIAT_WITHDRAWAL,
            customer=customer,
            currency=form.account.currency,
            details={"bankAccountRef": asked["bank_account_ref"]},
            purpose=asked["purpose"],
            payment_reference=asked["payment_reference"],
            replaces=old,
        )
        if answer is not None:
            return answer
    ref = customer.partner_customer_ref
    context = {
        "title": TITLES[Kind.FIAT_WITHDRAWAL],
        "form": form,
        "customer": customer,
        "refusal": customer.refusal_reason(),
        "account_url": f"{reverse('payments:account')}?customer={ref}",
        "balances": balances_for_customer(customer),
        "replaces": old,
        "now": timezone.now(),
    }
    return site_page(request, "payments/request.html", context)


def _conversion_page(request: HttpRequest, user: User, customer: Customer) -> HttpResponse:
    """Beside it stands what the customer has."""
    balances = balances_for_customer(customer)
    held = [balance.currency for balance in balances]
    old = to_be_replaced(request, customer)
    others = [code for code in held if code != settings.BASE_CURRENCY]
    initial = {"payment_ref": suggested("cv"), "sell_currency": (others or [""])[0]}
    initial["buy_currency"] = settings.BASE_CURRENCY if others else ""
    initial |= asked_before(old, user)
    form = ConversionForm(request.POST or None, held=held, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        amount_name, _currency = SIDES[FixedSide(asked["fixed_side"])]
        details = {
            "sellCurrency": asked["sell_currency"],
            "buyCurrency": asked["buy_currency"],
            amount_name: asked["amount"].strip(),
        }
        answer = ask(
            request,
            form,
            user,
            kind=Kind.CONVERSION,
            customer=customer,
            amount="",
            details=details,
            replaces=old,
        )
        if answer is not None:
            return answer
    context = {
        "title": TITLES[Kind.CONVERSION],
        "form": form,
        "customer": customer,
        "refusal": customer.refusal_reason(),
        "balances": balances,
        "replaces": old,
        "now": timezone.now(),
    }
    return site_page(request, "payments/conversion_request.html", context)


@require_http_methods(["GET", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """A maker adds a bank account to pay to."""
    user = person(request, Right.REQUEST_PAYMENTS)
    customer = get_object_or_404(Customer, partner_customer_ref=request.GET.get("customer", ""))
    initial = {"bank_account_ref": suggested("ba")}
    form = BankAccountForm(request.POST or None, customer=customer, initial=initial)
    back = f"{reverse('payments:request')}?customer={customer.partner_customer_ref}"
    if request.method == "POST" and form.is_valid():
        try:
            services.add_bank_account(
                customer=customer,
                bank_account_ref=form.cleaned_data["bank_account_ref"],
                details={name: form.cleaned_data[name] for name in DETAILS},
                country=form.cleaned_data["country"],
                currency=form.cleaned_data["currency"],
                holder_type=form.cleaned_data["holder_type"],
                replaces=form.cleaned_data["replaces"],
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The bank account is in. Oceafin is told by itself."))
            return redirect(back)
    context = {
        "title": _("Add a bank account"),
        "form": form,
        "submit": _("Add"),
        "intro": _("For %(ref)s. It never changes: another account gets another reference.")
        % {"ref": customer.partner_customer_ref},
        "back_url": back,
        "parent": _("Ask for a payout"),
    }
    return site_page(request, "staff/form.html", context)


PAGES: dict[str, Callable[[HttpRequest, User, Customer], HttpResponse]] = {
    Kind.FIAT_WITHDRAWAL: _payout_page,
    Kind.CRYPTO_WITHDRAWAL: asking_crypto.crypto_payout_page,
    Kind.CONVERSION: _conversion_page,
    Kind.REFUND: asking_refund.refund_page,
}
TITLES = {
    Kind.FIAT_WITHDRAWAL: gettext_lazy("Ask for a payout"),
    Kind.CRYPTO_WITHDRAWAL: gettext_lazy("Ask for a crypto payout"),
    Kind.CONVERSION: gettext_lazy("Ask for a conversion"),
    Kind.REFUND: gettext_lazy("Ask for a refund"),
}
