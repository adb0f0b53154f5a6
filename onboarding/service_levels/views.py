"""The page on which a lead says how soon cases are reviewed, and when somebody works."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.hours_form import OpeningHoursForm, as_typed
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from onboarding.service_levels import services
from onboarding.service_levels.levels import KINDS, LONGEST_HOURS, RISKS, ServiceLevels
from onboarding.service_levels.models import ServiceLevelsVersion

VERSIONS = 10
KIND_LABELS = {"KYC": gettext_lazy("Person (KYC)"), "KYB": gettext_lazy("Company (KYB)")}
RISK_LABELS = {
    "LOW": gettext_lazy("Low risk"),
    "MEDIUM": gettext_lazy("Medium risk"),
    "HIGH": gettext_lazy("High risk, or not rated"),
}


class ServiceLevelsForm(OpeningHoursForm):
    """The whole of one version: hours by kind and risk, the week, the holidays."""

    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for kind in KINDS:
            for risk in RISKS:
                self.fields[f"hours_{kind}_{risk}"] = forms.IntegerField(
                    label=f"{KIND_LABELS[kind]}, {RISK_LABELS[risk]}", min_value=1, max_value=LONGEST_HOURS
                )

    def whole(self) -> dict[str, Any]:
        """As the service takes it."""
        data, opening = self.cleaned_data, self.opening()
        return {
            "seen_version": data["seen_version"],
            "hours": {(kind, risk): data[f"hours_{kind}_{risk}"] for kind in KINDS for risk in RISKS},
            "week": opening.week,
            "holidays": opening.holidays,
        }

    def grid(self) -> list[dict[str, Any]]:
        """The hours as rows of a table."""
        return [
            {"label": RISK_LABELS[risk], "fields": [self[f"hours_{kind}_{risk}"] for kind in KINDS]}
            for risk in RISKS
        ]


@require_http_methods(["GET", "POST"])
def service_levels_page(request: HttpRequest) -> HttpResponse:
    """What is promised now, and a form to change it."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.LEAD_CASES):
        raise Http404
    levels = services.in_force()
    form = (
        ServiceLevelsForm(request.POST) if request.method == "POST" else ServiceLevelsForm(_initial(levels))
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_service_levels(actor=Actor.staff(user), now=timezone.now(), **form.whole())
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The service levels are kept. Due times follow within a minute."))
            return redirect("onboarding:service_levels")
    versions = ServiceLevelsVersion.objects.select_related("made_by").order_by("-number")[:VERSIONS]
    context = {
        **site.each_context(request),
        "title": _("Service levels"),
        "form": form,
        "kinds": KIND_LABELS.values(),
        "zone": settings.BUSINESS_TIME_ZONE.key,
        "versions": versions,
    }
    return TemplateResponse(request, "onboarding/service_levels.html", context)


def _initial(levels: ServiceLevels) -> dict[str, Any]:
    initial: dict[str, Any] = {"seen_version": levels.version}
    initial |= {f"hours_{kind}_{risk}": hours for (kind, risk), hours in levels.hours.items()}
    return initial | as_typed(levels.opening)
