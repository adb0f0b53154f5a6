"""Likely duplicates: the queue of them, and one pair side by side with its decision."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backoffice import reveals, vault
from backoffice.audit import Actor
from backoffice.reveals.masking import masked_name
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from customers.likeness import services
from customers.likeness.models import Pair
from customers.likeness.states import PAIR
from customers.models import Customer

ROWS = 50


@require_GET
def pairs_page(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, oldest first."""
    person(request, Right.REVIEW_CASES)
    rows = list(services.open_pairs()[:ROWS])
    context = {
        **site.each_context(request),
        "title": _("Likely duplicates"),
        "rows": rows,
        "more": len(rows) == ROWS,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "customers/likeness/pairs.html", context)


@require_http_methods(["GET", "POST"])
def pair_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Two customers side by side, why they look alike, and whether they are the same."""
    user = person(request, Right.REVIEW_CASES)
    pair = get_object_or_404(Pair.objects.select_related("low", "high", "decided_by"), pk=pk)
    if request.method == "POST":
        answer = request.POST.get("answer", "")
        if answer not in {"same", "not_same"}:
            messages.error(request, _("Choose whether both are the same."))
            return _shown(request, pair, user, status=409)
        try:
            services.decide(
                pair=pair,
                is_same=answer == "same",
                reason=request.POST.get("reason", ""),
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return _shown(request, pair, user, status=409)
        messages.success(request, _("Your answer is kept. This pair is not asked about again."))
        return redirect(_way_back(request) or "likeness:pairs")
    return _shown(request, pair, user)


def _shown(request: HttpRequest, pair: Pair, user: User, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    try:
        reason = pair.reason
    except vault.KeyDestroyed:
        reason = ""
    context = {
        **site.each_context(request),
        "title": _("Are these the same customer?"),
        "pair": pair,
        "machine": PAIR,
        "sides": [_side(customer, user, now) for customer in (pair.low, pair.high)],
        "reason": reason,
        "typed": request.POST,
        "way_back": _way_back(request),
    }
    return TemplateResponse(request, "customers/likeness/pair.html", context, status=status)


def _side(customer: Customer, user: User, now: datetime) -> dict[str, Any]:
    is_open = reveals.is_open(user, customer, now)
    return {
        "customer": customer,
        "name": customer.display_name if is_open else masked_name(customer.display_name),
        "is_open": is_open,
        "url": reverse("admin:customers_customer_change", args=[customer.pk]),
    }


def _way_back(request: HttpRequest) -> str:
    """The page of this site that the reader came from, if it said so."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else ""
