"""The pages on which Oceafin's questions are answered, of a payment and of a capability to pay out."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from payments.accounts.fiat.forms import AnswerForm
from payments.accounts.fiat.services import NewFile
from payments.capabilities.models import WithdrawalCapability
from payments.desks import informing
from payments.models import PaymentRequest
from payments.showing import url_of

DOCUMENTS = 100


@require_http_methods(["GET", "POST"])
def payment(request: HttpRequest, payment_ref: str) -> HttpResponse:
    """Before it goes on with a payment."""
    person(request, informing.ANSWERS)
    found = get_object_or_404(PaymentRequest.objects.select_related("customer"), payment_ref=payment_ref)
    return _page(request, found, eyebrow=f"{found.payment_ref} · {found.currency}", back=url_of(found))


@require_http_methods(["GET", "POST"])
def capability(request: HttpRequest, capability_pk: int) -> HttpResponse:
    """Before it lets a customer pay out in a currency."""
    person(request, informing.ANSWERS)
    found = get_object_or_404(WithdrawalCapability.objects.select_related("customer"), pk=capability_pk)
    eyebrow = f"{found.customer.partner_customer_ref} · {found.currency}"
    return _page(request, found, eyebrow=eyebrow, back=reverse("payout_desks:failures"))


def _page(request: HttpRequest, about: informing.About, *, eyebrow: str, back: str) -> HttpResponse:
    if not informing.can_answer(about):
        messages.warning(request, _("Oceafin asks for nothing now, or our answer is on its way."))
        return redirect(back)
    last, documents = informing.newest(about), list(about.customer.documents.order_by("-id")[:DOCUMENTS])
    form = AnswerForm(request.POST or None, request.FILES or None, items=about.missing, documents=documents)
    if request.method == "POST" and form.is_valid() and _answer(request, form, about):
        messages.success(request, _("Answered. It goes to Oceafin by itself, its documents first."))
        return redirect(back)
    context = {
        "title": _("Answer Oceafin"),
        "eyebrow": eyebrow,
        "last_refusal": last.refusal if last else "",
        "form": form,
        "back_url": back,
    }
    return site_page(request, "payments/desks/answer.html", context)


def _answer(request: HttpRequest, form: AnswerForm, about: informing.About) -> bool:
    given, file = form.cleaned_data, form.cleaned_data.get("file")
    try:
        informing.answer(
            about,
            answers=form.answers(),
            documents=[UUID(each) for each in given.get("documents", [])],
            upload=NewFile(given["document_type"], file, file.name) if file else None,
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
