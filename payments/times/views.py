"""The pages on which a lead says when payments leave."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.audit import Actor
from backoffice.opening_hours import OpeningHours, office_week
from backoffice.staff.errors import Refusal
from backoffice.staff.hours_form import OpeningHoursForm, as_typed
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from payments import money
from payments.times import services
from payments.times.models import SendingHours

VERSIONS = 10


class SendingHoursForm(OpeningHoursForm):
    """At any time, or a week with its cut-offs, and holidays."""

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    at_any_time = forms.BooleanField(
        label=gettext_lazy("At any time"),
        required=False,
        help_text=gettext_lazy("The hours and holidays below count only if this is not ticked."),
    )
    field_order = ("seen_version", "at_any_time")


@require_GET
def hours_page(request: HttpRequest) -> HttpResponse:
    """Every currency that has hours of its own, and a way to the others."""
    user = person(request, Right.SEE_PAYMENTS)
    chosen = request.GET.get("currency", "").strip().upper()
    if chosen in money.EXPONENTS or chosen in money.TOKENS:
        return redirect("payment_times:currency", chosen)
    now = timezone.now()
    rows = [{"hours": each, "opens": _opens(each, now)} for each in services.each_newest()]
    context = {
        "title": _("Sending hours"),
        "rows": rows,
        "may_change": user.has_right(Right.LEAD_PAYMENTS),
        "zone": settings.BUSINESS_TIME_ZONE.key,
        "codes": [*money.CURRENCIES, *money.TOKENS],
        "chosen": chosen,
    }
    return site_page(request, "payments/sending_hours.html", context)


@require_http_methods(["GET", "POST"])
def currency_page(request: HttpRequest, currency: str) -> HttpResponse:
    """When payments in this currency leave, and a form to change it."""
    user = person(request, Right.LEAD_PAYMENTS)
    if currency not in money.EXPONENTS and currency not in money.TOKENS:
        raise Http404
    stands = services.newest(currency)
    form = SendingHoursForm(request.POST if request.method == "POST" else None, initial=_initial(stands))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.change_sending_hours(
                currency=currency,
                seen_version=data["seen_version"],
                opening=None if data["at_any_time"] else form.opening(),
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Kept. It holds for everything that has not left yet."))
            return redirect("payment_times:hours")
    versions = SendingHours.objects.filter(currency=currency).select_related("made_by").order_by("-number")
    context = {
        "title": _("Sending hours of %(currency)s") % {"currency": currency},
        "form": form,
        "zone": settings.BUSINESS_TIME_ZONE.key,
        "versions": versions[:VERSIONS],
    }
    return site_page(request, "payments/sending_hours_change.html", context)


def _initial(stands: SendingHours | None) -> dict[str, Any]:
    hours = stands.opening if stands else None
    typed = as_typed(hours or OpeningHours(office_week()))
    return {"seen_version": stands.number if stands else 0, "at_any_time": hours is None, **typed}


def _opens(version: SendingHours, now: Any) -> dict[str, Any]:
    """Whether it leaves now, until when, or from when."""
    hours = version.opening
    following = hours.next_open(now, settings.BUSINESS_TIME_ZONE) if hours else None
    if following is None:
        return {"now": hours is None, "never": hours is not None}
    is_open = following[0] <= now
    return {"now": is_open, "until" if is_open else "from": following[1] if is_open else following[0]}
