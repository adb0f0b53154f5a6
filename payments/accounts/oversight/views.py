"""What is switched off at Oceafin and how the readings stand: one page for whoever asks why nothing moves."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from payments.accounts import checking, switches
from payments.accounts.oversight import reading


@require_GET
def switched_off_page(request: HttpRequest) -> HttpResponse:
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    context = {
        "title": _("Switched off at Oceafin"),
        "off": switches.shown(),
        "may_check": user.has_right(Right.LEAD_PAYMENTS),
        "lists": reading.rows(now),
        "budget": reading.budget(now),
        "now": now,
    }
    return site_page(request, "accounts/oversight/switched_off.html", context)


@require_POST
def check_again(request: HttpRequest) -> HttpResponse:
    """A harmless reading first; unless it is denied, what waited goes by itself."""
    user = person(request, Right.LEAD_PAYMENTS)
    operation = request.POST.get("operation", "").replace("\x00", "")
    try:
        checked = checking.check_again(operation, actor=Actor.staff(user), now=timezone.now())
        (messages.success if checked.is_on else messages.warning)(request, checked.sentence)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("oversight:switched_off")
