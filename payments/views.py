"""The payments desk: queues, asking, approving, and the money-out switch. Each button makes one service call."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.reveals import Purpose
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.states import IllegalMove
from customers.models import Customer
from payments import queues, services, showing, switching
from payments.forms import BankAccountForm, ChooseCustomerForm, PayoutForm, StopForm
from payments.models import PaymentRequest

REFUSALS = (Refusal, IllegalMove, MovedMeanwhile)
DETAILS = ("accountHolderName", "iban", "accountNumber", "bankName", "swiftCode", "routingNumber")


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """One queue, the longest waiting first, with its total in each currency."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    tabs = showing.tabs(user, now)
    wanted = request.GET.get("queue", "")
    here = next((tab for tab in tabs if tab.name == wanted), tabs[0])
    rows = list(here.rows[: queues.ROWS])
    context = {
        "title": _("Payments"),
        "tabs": tabs,
        "here": here,
        "rows": [showing.row_of(payment) for payment in rows],
        "totals": showing.totals(rows),
        "more": len(rows) == queues.ROWS,
        "may_request": user.has_right(Right.REQUEST_PAYMENTS),
        "may_approve": user.has_right(Right.APPROVE_PAYMENTS),
        "now": now,
    }
    return _page(request, "payments/queue.html", context)


@require_GET
def next_page(request: HttpRequest) -> HttpResponse:
    """On to the next payment that this person may approve."""
    user = person(request, Right.APPROVE_PAYMENTS)
    after = PaymentRequest.objects.filter(payment_ref=request.GET.get("after", "")).first()
    following = queues.next_for(user, timezone.now(), after=after)
    if following is None:
        messages.success(
            request, _("Nothing waits for your approval now. New payments appear here by themselves.")
        )
        return redirect("payments:queue")
    return redirect(showing.url_of(following))


@require_http_methods(["GET", "POST"])
def approve(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """GET says what is being approved, POST approves it: exactly the terms that were shown, with a fresh code."""
    user = person(request, Right.APPROVE_PAYMENTS)
    payment = _payment(payment_ref)
    if request.method == "GET":
        return _page(request, "payments/approve.html", showing.approval_context(payment, user))
    if not stepup.fresh(request, timezone.now()):
        return stepup.ask(request)
    try:
        approved = services.approve(
            payment=payment,
            seen_terms=request.POST.get("seen_terms", ""),
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect(showing.url_of(payment))
    messages.success(request, showing.approved_sentence(approved))
    return redirect(f"{reverse('payments:next')}?after={payment_ref}")


@require_POST
def reveal(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """The beneficiary in full, for who may approve this payment. It is on record by this."""
    person(request, Right.APPROVE_PAYMENTS)
    payment = _payment(payment_ref)
    try:
        details = services.reveal_bank_account(
            payment.beneficiary,
            purpose=Purpose.DECISION,
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect(showing.url_of(payment))
    return showing.revealed_page(request, payment.beneficiary, details, back=showing.url_of(payment))


@require_http_methods(["GET", "POST"])
def request_page(request: HttpRequest) -> HttpResponse:
    """A maker asks for a payout: the customer first, then to which account and how much."""
    user = person(request, Right.REQUEST_PAYMENTS)
    ref = request.GET.get("customer", "").strip()
    customer = Customer.objects.filter(partner_customer_ref=ref).first()
    if customer is None:
        form: Form = ChooseCustomerForm(request.GET if ref else None)
        if ref:
            form.add_error("customer", _("There is no customer of this reference."))
        return _page(request, "payments/choose_customer.html", {"title": _("Ask for a payout"), "form": form})
    suggested = f"po-{timezone.now():%Y%m%d}-{secrets.token_hex(3)}"
    payout = PayoutForm(request.POST or None, customer=customer, initial={"payment_ref": suggested})
    if request.method == "POST" and payout.is_valid():
        answer = _ask(request, payout, customer, user, timezone.now())
        if answer is not None:
            return answer
    context = {
        "title": _("Ask for a payout"),
        "form": payout,
        "customer": customer,
        "refusal": customer.refusal_reason(),
        "account_url": f"{reverse('payments:account')}?customer={ref}",
    }
    return _page(request, "payments/request.html", context)


@require_http_methods(["GET", "POST"])
def account_page(request: HttpRequest) -> HttpResponse:
    """A maker adds a bank account to pay to."""
    user = person(request, Right.REQUEST_PAYMENTS)
    customer = get_object_or_404(Customer, partner_customer_ref=request.GET.get("customer", ""))
    form = BankAccountForm(request.POST or None)
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
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            _show_refusal(form, refusal)
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
    }
    return _page(request, "staff/form.html", context)


@require_GET
def money_out_page(request: HttpRequest) -> HttpResponse:
    """Whether money may leave, who decided so, and the buttons to change it."""
    user = request.user
    rights = {Right.SEE_PAYMENTS, Right.STOP_MONEY_OUT, Right.OPEN_MONEY_OUT}
    if not isinstance(user, User) or not any(user.has_right(right) for right in rights):
        raise Http404
    switch, now = services.money_out(), timezone.now()
    context = {
        "title": _("Money out"),
        "switch": switch,
        "asked": switching.asking_counts(switch, now),
        "asked_by_me": switch.asked_by_id == user.pk,
        "may_stop": user.has_right(Right.STOP_MONEY_OUT),
        "may_open": user.has_right(Right.OPEN_MONEY_OUT),
        "form": StopForm(),
        "entries": showing.switch_timeline(switch),
        "waiting": showing.waiting_total(now),
        "now": now,
    }
    return _page(request, "payments/money_out.html", context)


@require_POST
def stop_money_out(request: HttpRequest) -> HttpResponse:
    """One person stops it, at once: no second factor stands in the way of stopping."""
    person(request, Right.STOP_MONEY_OUT)
    return _switch(
        request,
        lambda **act: services.stop_money_out(reason=request.POST.get("reason", ""), **act),
        _("Money out is stopped. Nothing leaves any more."),
    )


@require_POST
@stepup.required
def ask_to_open(request: HttpRequest) -> HttpResponse:
    person(request, Right.OPEN_MONEY_OUT)
    done = _("Asked. Another administrator has to confirm it within 24 hours.")
    return _switch(request, services.ask_to_open_money_out, done)


@require_POST
@stepup.required
def confirm_open(request: HttpRequest) -> HttpResponse:
    person(request, Right.OPEN_MONEY_OUT)
    return _switch(
        request, services.confirm_open_money_out, _("Money out is open. What is approved leaves now.")
    )


def _switch(request: HttpRequest, service: Any, done: str) -> HttpResponse:
    try:
        service(actor=Actor.staff(request.user), now=timezone.now())
        messages.success(request, done)
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect("payments:money_out")


def _ask(
    request: HttpRequest, form: PayoutForm, customer: Customer, user: User, now: datetime
) -> HttpResponse | None:
    asked = form.cleaned_data
    try:
        payment, _is_new = services.request_payment(
            payment_ref=asked["payment_ref"],
            kind="FIAT_WITHDRAWAL",
            customer=customer,
            amount=asked["amount"].strip(),
            currency=form.account.currency,
            bank_account_ref=asked["bank_account_ref"],
            purpose=asked["purpose"],
            payment_reference=asked["payment_reference"],
            actor=Actor.staff(user),
            now=now,
        )
    except Refusal as refusal:
        _show_refusal(form, refusal)
        return None
    messages.success(request, _("Asked for. Somebody else approves it; the quote comes by itself."))
    return redirect(showing.url_of(payment))


_NAMES = {
    "paymentRef": "payment_ref",
    "bankAccountRef": "bank_account_ref",
    "paymentReference": "payment_reference",
    "holderType": "holder_type",
}


def _show_refusal(form: Form, refusal: Refusal) -> None:
    field = getattr(refusal, "field", None)
    name = _NAMES.get(str(field), str(field))
    form.add_error(name if name in form.fields else None, str(refusal))


def _payment(payment_ref: str) -> PaymentRequest:
    payments = PaymentRequest.objects.select_related("customer", "beneficiary__customer")
    return get_object_or_404(payments, payment_ref=payment_ref)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), **context})
