"""The desks' pages. Each button makes one service call."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import form_page, person, site_page
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove
from payments import queues
from payments.desks import doubts, failures, services, showing
from payments.desks.forms import EvidenceForm, HappenedForm, NoteForm, WordsForm
from payments.desks.models import Finding
from payments.models import PaymentRequest
from payments.showing import url_of
from payments.states import PAYMENT

REFUSALS = (Refusal, IllegalMove, MovedMeanwhile)
ROWS = 50


@require_GET
def unknown_page(request: HttpRequest) -> HttpResponse:
    """Payments of which nobody knows what became of them, the longest in doubt first."""
    person(request, Right.SEE_PAYMENTS)
    now = timezone.now()
    rows = [showing.row_of(payment, now) for payment in doubts.in_doubt()[:ROWS]]
    context = {"title": _("Outcome unknown"), "rows": rows, "more": len(rows) == ROWS, "now": now}
    return site_page(request, "payments/desks/unknown.html", context)


@require_GET
def doubt_page(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """One of them: what was sent, what was found, and what to do next."""
    user = person(request, Right.SEE_PAYMENTS)
    payment = _payment(payment_ref)
    context = {"title": payment.payment_ref, **showing.doubt_context(payment, user, timezone.now())}
    return site_page(request, "payments/desks/doubt.html", context)


@require_POST
def look(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """Ask Oceafin now; nothing is sent."""
    person(request, Right.RELEASE_HELD)
    payment = _payment(payment_ref)
    try:
        found = services.look_again(payment, actor=Actor.staff(request.user), now=timezone.now())
        messages.info(request, found)
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect(showing.doubt_url(payment))


@require_http_methods(["GET", "POST"])
def send_again(request: HttpRequest, payment_ref: str) -> HttpResponse:
    person(request, Right.RELEASE_HELD)
    payment = _payment(payment_ref)
    return _asking(
        request,
        payment,
        WordsForm(request.POST or None),
        lambda asked, act: services.send_again(payment, **asked, **act),
        title=_("Send it again under the same key?"),
        intro=_(
            "Oceafin is asked first whether it has it. If not, the very same request goes once more under the same "
            "key: Oceafin then answers as before, or carries it out once."
        ),
        submit=_("Send again"),
        done=_("It goes by itself now, under the same key."),
    )


@require_http_methods(["GET", "POST"])
def happened(request: HttpRequest, payment_ref: str) -> HttpResponse:
    person(request, services.PROPOSES)
    payment = _payment(payment_ref)
    return _asking(
        request,
        payment,
        HappenedForm(request.POST or None),
        lambda asked, act: services.it_happened(payment, **asked, **act),
        title=_("It did happen"),
        intro=_(
            "Nothing is taken on trust: what Oceafin has under this id is read, and must be what was sent."
        ),
        submit=_("Read it at Oceafin"),
        done=_("Oceafin has it, and it is what was sent. It goes on by itself."),
    )


@require_http_methods(["GET", "POST"])
def close(request: HttpRequest, payment_ref: str) -> HttpResponse:
    return _proposing(
        request,
        payment_ref,
        services.propose_closing,
        title=_("Close it: it did not happen"),
        intro=_(
            "Ask Oceafin's support first. Another lead or an approver confirms what you write; then the payment has "
            "failed, and another can take its place. Until then nothing is sent."
        ),
        submit=_("Propose to close it"),
    )


@require_GET
def failures_page(request: HttpRequest) -> HttpResponse:
    """What went wrong and nobody took note of yet, the longest waiting first, each with what to do next."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    found = list(queues.held_or_failed(now)[:ROWS])
    context = {
        "title": _("What went wrong"),
        "machine": PAYMENT,
        "rows": [failures.trouble_of(payment, user, now) for payment in found],
        "more": len(found) == ROWS,
        "capabilities": failures.capabilities_that_ask(),
        "may_note": user.has_right(Right.LEAD_PAYMENTS),
        "may_answer": user.has_right(Right.REQUEST_PAYMENTS),
        "now": now,
    }
    return site_page(request, "payments/desks/failures.html", context)


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, payment_ref: str) -> HttpResponse:
    person(request, Right.LEAD_PAYMENTS)
    payment = _payment(payment_ref)
    return _asking(
        request,
        payment,
        NoteForm(request.POST or None),
        lambda asked, act: services.take_note(payment, note=asked["reason"], **act),
        title=_("Take note of %(ref)s") % {"ref": payment.payment_ref},
        intro=_("It leaves the queue, with your name and note. Something new brings it back."),
        submit=_("Take note"),
        done=_("Noted. It is yours now."),
        back=reverse("payout_desks:failures"),
    )


@require_GET
def contradiction_page(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """What we know beside what Oceafin says."""
    user = person(request, Right.SEE_PAYMENTS)
    payment = _payment(payment_ref)
    context = {"title": payment.payment_ref, **showing.contradiction_context(payment, user, timezone.now())}
    return site_page(request, "payments/desks/contradiction.html", context)


@require_http_methods(["GET", "POST"])
def clear(request: HttpRequest, payment_ref: str) -> HttpResponse:
    return _proposing(
        request,
        payment_ref,
        services.propose_clearing,
        title=_("Clear the contradiction"),
        intro=_(
            "Oceafin is read now. If what it says can be true beside what we know, another lead or an approver "
            "confirms what you write; it is read again then, and sending goes on."
        ),
        submit=_("Read Oceafin and propose"),
        back=reverse("payout_desks:contradiction", args=[payment_ref]),
    )


@require_http_methods(["GET", "POST"])
@stepup.required
def confirm(request: HttpRequest, finding_id: int) -> HttpResponse:
    """GET shows the evidence, POST agrees to it, with a fresh code."""
    user, finding = _decider(request), _finding(finding_id)
    back = _back_of(finding)
    if request.method == "GET":
        context = {
            "title": _("Confirm it"),
            "payment": finding.payment,
            "back_url": back,
            **showing.finding_context(finding, user),
        }
        return site_page(request, "payments/desks/confirm.html", context)
    try:
        services.confirm(finding, actor=Actor.staff(request.user), now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    messages.success(request, _("Confirmed. It counts from now on."))
    return redirect(url_of(finding.payment))


@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, finding_id: int) -> HttpResponse:
    _decider(request)
    finding = _finding(finding_id)
    return _asking(
        request,
        finding.payment,
        WordsForm(request.POST or None),
        lambda asked, act: services.take_back(finding, **asked, **act),
        title=_("Take it back"),
        intro=_("What was proposed does not count then. The payment stays as it is."),
        submit=_("Take it back"),
        done=_("Taken back."),
        back=_back_of(finding),
    )


def _proposing(
    request: HttpRequest, payment_ref: str, propose: Callable[..., object], **words: str
) -> HttpResponse:
    """What one person finds, with evidence, and another has to agree to."""
    person(request, services.PROPOSES)
    payment = _payment(payment_ref)
    return _asking(
        request,
        payment,
        EvidenceForm(request.POST or None, customer=payment.customer),
        lambda asked, act: propose(payment, **asked, **act),
        done=_("Proposed. Another lead or an approver has to confirm it."),
        **words,
    )


def _asking(
    request: HttpRequest,
    payment: PaymentRequest,
    form: Form,
    call: Callable[[dict[str, Any], dict[str, Any]], object],
    *,
    title: str,
    intro: str,
    submit: str,
    done: str,
    back: str = "",
) -> HttpResponse:
    """GET asks, POST makes the one call; what was typed is kept where it is refused."""
    back = back or showing.doubt_url(payment)
    if request.method == "POST" and form.is_valid():
        try:
            call(form.cleaned_data, {"actor": Actor.staff(request.user), "now": timezone.now()})
        except REFUSALS as refusal:
            field = getattr(refusal, "field", None)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, done)
            return redirect(back)
    what = {"title": title, "intro": intro, "submit": submit, "back_url": back, "form": form}
    what["parent"] = payment.payment_ref
    return form_page(request, **what)


def _decider(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not any(user.has_right(right) for right in services.CONFIRMS):
        raise Http404
    return user


def _payment(payment_ref: str) -> PaymentRequest:
    payments = PaymentRequest.objects.select_related("customer", "beneficiary__customer")
    return get_object_or_404(payments, payment_ref=payment_ref)


def _finding(finding_id: int) -> Finding:
    findings = Finding.objects.select_related("payment__customer", "proposed_by", "document")
    return get_object_or_404(findings, pk=finding_id, confirmed_at__isnull=True, withdrawn_at__isnull=True)


def _back_of(finding: Finding) -> str:
    payment = finding.payment
    if payment.contradicted:
        return reverse("payout_desks:contradiction", args=[payment.payment_ref])
    return showing.doubt_url(payment) if doubts.letter_of(payment) is not None else url_of(payment)
