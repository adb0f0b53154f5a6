"""What the pages that ask for something have in common: asking, and showing why not beside the right field."""

import secrets
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice import reveals
from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from customers.models import Customer
from payments import services, showing, ways
from payments.models import PaymentRequest
from payments.money import format_amount

# Fields of forms that are not called as in the API.
_NAMES = {
    "paymentRef": "payment_ref",
    "bankAccountRef": "bank_account_ref",
    "walletAddressRef": "wallet_address_ref",
    "paymentReference": "payment_reference",
    "holderType": "holder_type",
    "sourceType": "source_type",
    "sourceId": "source_id",
    "scheduledOn": "scheduled_on",
    "sellCurrency": "sell_currency",
    "buyCurrency": "buy_currency",
    "sellAmount": "amount",
    "buyAmount": "amount",
    "asset": "token",
    "network": "token",
    "selfHosted": "custody",
    "beneficiaryVasp": "vaspName",
}


def to_be_replaced(request: HttpRequest, customer: Customer) -> PaymentRequest | None:
    """The payment that this one takes the place of, if the address names one."""
    ref = request.GET.get("replaces", "")
    found = PaymentRequest.objects.filter(payment_ref=ref, customer=customer) if ref else None
    return get_object_or_404(found.select_related("customer", "beneficiary")) if found is not None else None


def asked_before(old: PaymentRequest | None, user: User) -> dict[str, str]:
    """What was asked for then, by the names of the form. What it was for is filled in for who may see that now."""
    if old is None:
        return {}
    asked = {
        **ways.of(old).again(old),
        "amount": format_amount(old.amount, old.currency, old.network),
    }
    if user.pk in old.maker_user_ids or reveals.is_open(user, old.customer, timezone.now()):
        asked |= showing.wording_of(old)
    return {_NAMES.get(name, name): value for name, value in asked.items()}


def ask(request: HttpRequest, form: Form, user: User, **what: Any) -> HttpResponse | None:
    """Ask for the payment and go to its page; None if it was refused, which the form then says."""
    try:
        payment, _is_new = services.request_payment(
            payment_ref=form.cleaned_data["payment_ref"],
            scheduled_on=str(form.cleaned_data["scheduled_on"] or ""),
            actor=Actor.staff(user),
            now=timezone.now(),
            **{"amount": form.cleaned_data["amount"].strip(), **what},
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return None
    if payment.terms_digest:
        messages.success(request, _("Asked for. Somebody else approves it."))
    else:
        messages.success(request, _("Asked for. Somebody else approves it; the quote comes by itself."))
    return redirect(showing.url_of(payment))


def show_refusal(form: Form, refusal: Refusal) -> None:
    field = getattr(refusal, "field", None)
    name = _NAMES.get(str(field), str(field))
    shown = name in form.fields and not form.fields[name].widget.is_hidden
    form.add_error(name if shown else None, str(refusal))


def suggested(prefix: str) -> str:
    """A reference that is free, for whoever has none of their own."""
    return f"{prefix}-{timezone.now():%Y%m%d}-{secrets.token_hex(3)}"
