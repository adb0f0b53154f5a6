"""The payments desk: queues, approving, and the money-out switch. Each button makes one service call."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.reveals import Purpose
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove
from payments import queues, selecting, services, showing, switching
from payments.errors import StepUpNeeded
from payments.forms import StopForm
from payments.models import PaymentRequest

REFUSALS = (Refusal, IllegalMove, MovedMeanwhile)


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """One queue, the longest waiting first, with its total in each currency."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    tabs = showing.tabs(user, now)
    here = showing.tab_for(user, tabs, request.GET.get("queue", ""))
    rows = list(here.rows[: queues.ROWS])
    context = {
        "title": _("Payments"),
        "tabs": tabs,
        "here": here,
        "rows": showing.rows_of(rows, now),
        "totals": showing.totals(rows),
        "more": len(rows) == queues.ROWS,
        "may_request": user.has_right(Right.REQUEST_PAYMENTS),
        "may_approve": any(tab.name == "mine" and tab.count != "0" for tab in tabs),
        "elsewhere": [tab for tab in tabs if tab.count != "0"],
        "now": now,
    }
    return site_page(request, "payments/queue.html", context)


@require_GET
def next_page(request: HttpRequest) -> HttpResponse:
    """On to the next payment that this person may approve."""
    user = _approver(request)
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
    user = _approver(request)
    payment = _payment(payment_ref)
    if request.method == "GET":
        return site_page(
            request, "payments/approve.html", showing.approval_context(payment, user, timezone.now())
        )
    if not stepup.fresh(request, timezone.now(), _covered_for(payment)):
        return stepup.ask(request)
    try:
        approved = services.approve(
            payment=payment,
            seen_terms=request.POST.get("seen_terms", ""),
            proof=services.Proof(at=stepup.proved(request)),
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
    except StepUpNeeded as needed:
        return stepup.ask(request, because=str(needed))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect(showing.url_of(payment))
    messages.success(request, showing.approved_sentence(approved))
    return redirect(f"{reverse('payments:next')}?after={payment_ref}")


@require_POST
def fresh_quote(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """Ask Oceafin again, if the quote that this approver looks at is old. The page itself asks as it is opened."""
    user = _approver(request)
    payment = _payment(payment_ref)
    try:
        services.freshen_quote(payment=payment, actor=Actor.staff(user), now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect(showing.url_of(payment))


@require_POST
def withdraw_approval(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """One's own approval, taken back before the payment leaves."""
    person(request, Right.SEE_PAYMENTS)
    payment = _payment(payment_ref)
    try:
        services.withdraw_approval(
            payment=payment,
            reason=request.POST.get("reason", ""),
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
        messages.success(request, _("Your approval is taken back. The payment waits for approval again."))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect(showing.url_of(payment))


@require_http_methods(["GET", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """Several payments on one page, then one code for exactly these, and what became of each."""
    user = _approver(request)
    asked = request.GET if request.method == "GET" else request.POST
    chosen = selecting.chosen(asked.getlist("ref"), user, timezone.now())
    if request.method == "GET" or not chosen:
        return site_page(request, "payments/review.html", selecting.review_context(chosen))
    # A code typed for this selection, whenever the last one was.
    if not stepup.fresh(request, timezone.now(), timedelta()):
        return stepup.ask(request, because=_("One code approves exactly the payments that you reviewed."))
    outcomes = selecting.approve_selection(
        [(payment, request.POST.get(f"seen-{payment.payment_ref}", "")) for payment in chosen],
        proof=services.Proof(at=stepup.proved(request), reviewed=True),
        actor=Actor.staff(request.user),
        now=timezone.now(),
    )
    context = {"title": _("What became of your selection"), "outcomes": outcomes}
    return site_page(request, "payments/reviewed.html", context)


@require_POST
def reveal(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """The beneficiary in full, for who may approve this payment. It is on record by this."""
    _approver(request)
    payment = _payment(payment_ref)
    payee = payment.payee
    if payee is None:
        raise Http404
    try:
        details = services.reveal_payee(
            payee,
            purpose=Purpose.DECISION,
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect(showing.url_of(payment))
    return showing.revealed_page(request, payee, details, back=showing.url_of(payment))


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
    return site_page(request, "payments/money_out.html", context)


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


def _approver(request: HttpRequest) -> User:
    """Whom the policy may ask for an approval; for anybody else the page is not there."""
    user = person(request, Right.SEE_PAYMENTS)
    if not queues.may_be_asked(user):
        raise Http404
    return user


def _covered_for(payment: PaymentRequest) -> timedelta:
    return timedelta(seconds=payment.policy["step_up_for"])


def _payment(payment_ref: str) -> PaymentRequest:
    payments = PaymentRequest.objects.select_related("customer", "beneficiary__customer", "wallet__customer")
    return get_object_or_404(payments, payment_ref=payment_ref)
