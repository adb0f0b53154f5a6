"""The pages of fiat accounts: queues, applying, answering. Each button makes one service call."""

import secrets
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove
from customers.models import Customer
from payments.accounts.fiat import queues, services, showing, telling
from payments.accounts.fiat.forms import AnswerForm, ApplyForm, ChooseCustomerForm
from payments.accounts.fiat.models import FiatAccountApplication
from payments.accounts.fiat.services import NewFile
from payments.accounts.fiat.states import APPLICATION

REFUSALS = (Refusal, IllegalMove, MovedMeanwhile)
_NAMES = {"applicationRef": "application_ref", "capabilityId": "capability", "documentIds": "documents"}


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """What waits for us, what waits for Oceafin, and the accounts that are open."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    tabs = showing.tabs()
    here = next((tab for tab in tabs if tab.name == request.GET.get("queue", "")), tabs[0])
    found = list(here.rows[: queues.ROWS])
    rows = [{"record": each, "url": showing.url_of(each)} for each in found]
    if here.name != "open":
        for row in rows:
            row["waits"] = telling.waits_for(row["record"])
    context = {
        "title": _("Fiat accounts"),
        "tabs": tabs,
        "here": here,
        "rows": rows,
        "more": len(rows) == queues.ROWS,
        "machine": APPLICATION,
        "may_request": user.has_right(Right.REQUEST_PAYMENTS),
        "now": now,
    }
    return site_page(request, "accounts/fiat/queue.html", context)


@require_http_methods(["GET", "POST"])
def apply_page(request: HttpRequest) -> HttpResponse:
    """The customer first, then which account; what is applied for is shown once more before it is."""
    user = person(request, Right.REQUEST_PAYMENTS)
    ref = request.GET.get("customer", "").strip()
    customer = Customer.objects.filter(partner_customer_ref=ref).first()
    if customer is None:
        return _choose_customer(request, ref)
    context = {"title": _("Apply for an account"), **showing.apply_context(customer), "now": timezone.now()}
    offered = [row["capability"] for row in context["capabilities"]]
    suggested = f"fa-{timezone.now():%Y%m%d}-{secrets.token_hex(3)}"
    form = ApplyForm(request.POST or None, capabilities=offered, initial={"application_ref": suggested})
    context["form"] = form
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            if "change" not in request.POST:
                return site_page(request, "accounts/fiat/confirm.html", {**context, "asked": form.asked()})
        elif (application := _apply(request, form, customer, user)) is not None:
            messages.success(
                request, _("Applied for. It goes to Oceafin by itself; the outcome appears here.")
            )
            return redirect(showing.url_of(application))
    return site_page(request, "accounts/fiat/apply.html", context)


@require_http_methods(["GET", "POST"])
def answer_page(request: HttpRequest, application_ref: str) -> HttpResponse:
    """Oceafin's questions in its words, and our answer: texts, documents that we have, and one more file."""
    user = person(request, Right.REQUEST_PAYMENTS)
    applications = FiatAccountApplication.objects.select_related("customer")
    application = get_object_or_404(applications, application_ref=application_ref)
    one = application.round
    if one is None or one.answered_at is not None:
        messages.warning(request, _("Oceafin asks for nothing now."))
        return redirect(showing.url_of(application))
    one.application = application
    documents = showing.documents_to_choose(application)
    form = AnswerForm(request.POST or None, request.FILES or None, items=one.items, documents=documents)
    if request.method == "POST" and form.is_valid() and _answer(request, form, application, one.number, user):
        messages.success(request, _("Answered. It goes to Oceafin by itself, its documents first."))
        return redirect(showing.url_of(application))
    context = {
        "title": _("Answer Oceafin"),
        "application": application,
        "round": one,
        "form": form,
        "back_url": showing.url_of(application),
        "now": timezone.now(),
    }
    return site_page(request, "accounts/fiat/answer.html", context)


@require_POST
def read_now(request: HttpRequest) -> HttpResponse:
    """Ask Oceafin now for what a customer may open and has."""
    user = person(request, Right.SEE_PAYMENTS)
    customer = get_object_or_404(Customer, partner_customer_ref=request.POST.get("customer", ""))
    try:
        services.read_now(customer, actor=Actor.staff(user), now=timezone.now())
        messages.success(request, _("Oceafin is asked. The answer appears here by itself."))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('fiat_accounts:apply')}?customer={customer.partner_customer_ref}")


def _choose_customer(request: HttpRequest, ref: str) -> HttpResponse:
    form = ChooseCustomerForm(request.GET if ref else None)
    if ref:
        form.add_error("customer", _("There is no customer of this reference."))
    context = {"title": _("Apply for an account"), "form": form}
    return site_page(request, "accounts/fiat/choose_customer.html", context)


def _apply(
    request: HttpRequest, form: ApplyForm, customer: Customer, user: User
) -> FiatAccountApplication | None:
    try:
        application, _is_new = services.apply(
            customer=customer, **form.asked(), actor=Actor.staff(user), now=timezone.now()
        )
    except REFUSALS as refusal:
        _show_refusal(form, refusal)
        return None
    return application


def _answer(
    request: HttpRequest, form: AnswerForm, application: FiatAccountApplication, number: int, user: User
) -> bool:
    given = form.cleaned_data
    file = given.get("file")
    upload = NewFile(given["document_type"], file, file.name) if file else None
    try:
        services.answer(
            application,
            number=number,
            answers=form.answers(),
            documents=[UUID(each) for each in given.get("documents", [])],
            upload=upload,
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except REFUSALS as refusal:
        _show_refusal(form, refusal)
        return False
    return True


def _show_refusal(form: Form, refusal: Exception) -> None:
    field = str(getattr(refusal, "field", ""))
    name = _NAMES.get(field, field)
    form.add_error(name if name in form.fields else None, str(refusal))
