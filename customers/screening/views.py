"""One hit on a page of its own: for customers without a case and for payees, where no workbench shows it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import reveals
from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from customers.screening import services, showing
from customers.screening.models import Hit, HitDecision
from customers.screening.subjects import label_of

ANSWERS = {HitDecision.DISMISSED.value, HitDecision.CONFIRMED.value}


@require_http_methods(["GET", "POST"])
def hit_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a list says, beside who was screened, and the decision; refused, it comes back as it was typed."""
    user = person(request, Right.REVIEW_CASES)
    hit = get_object_or_404(Hit.objects.select_related("screening__customer", "decided_by"), pk=pk)
    is_open = reveals.is_open(user, hit.screening.customer, timezone.now())
    if request.method == "GET":
        return _shown(request, hit, user, is_open=is_open)
    try:
        sentence = _decided(request, hit, user, is_open=is_open)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        fresh = Hit.objects.select_related("screening__customer", "decided_by").get(pk=pk)
        return _shown(request, fresh, user, is_open=is_open, status=409)
    messages.success(request, sentence)
    return redirect(_way_back(request) or _customer_url(hit))


def _decided(request: HttpRequest, hit: Hit, user: User, *, is_open: bool) -> str:
    """Carry out what was pressed. Who has not opened the customer's data has not seen what to decide."""
    act: dict[str, Any] = {
        "hit": hit,
        "reason": request.POST.get("reason", ""),
        "actor": Actor.staff(user),
        "now": timezone.now(),
    }
    decision = request.POST.get("decision", "")
    if decision == HitDecision.OPEN:
        services.reopen_hit(**act)
        return _("The hit is to be decided again.")
    if decision not in ANSWERS:
        raise Http404
    if not is_open:
        raise reveals.NotRevealed(_("Open the customer's data first, to see what was found."))
    services.decide_hit(decision=decision, **act)
    return _("The hit is decided.")


def _shown(request: HttpRequest, hit: Hit, user: User, *, is_open: bool, status: int = 200) -> HttpResponse:
    is_undecided = hit.decision == HitDecision.OPEN
    context = {
        **site.each_context(request),
        "title": _("Is this the same person?"),
        "hit": hit,
        "customer": hit.screening.customer,
        "whose": label_of(hit.screening.subject_key),
        "is_open": is_open,
        "may_decide": is_open and is_undecided and user.has_right(Right.REVIEW_CASES),
        "may_reopen": not is_undecided and user.has_right(Right.LEAD_CASES),
        "customer_url": _customer_url(hit),
        "typed": request.POST,
        "way_back": _way_back(request),
        **(showing.opened(hit) if is_open else {}),
    }
    return TemplateResponse(request, "customers/screening/hit.html", context, status=status)


def _customer_url(hit: Hit) -> str:
    return reverse("admin:customers_customer_change", args=[hit.screening.customer_id])


def _way_back(request: HttpRequest) -> str:
    """The page of this site that the reader came from, if it said so."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else ""
