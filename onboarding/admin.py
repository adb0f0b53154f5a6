"""The list of all cases. Their page is the workbench."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _

from backoffice.staff.admin_base import DeskAdmin
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import state_badge, when
from onboarding.models import Case
from onboarding.states import CASE


@admin.register(Case, site=site)
class CaseAdmin(DeskAdmin):
    required_right = Right.SEE_CUSTOMERS
    nav_icon = "case"
    nav_order = 20
    list_display = ("case_ref", "customer", "badge", "checks", "taken_by", "handed_in")
    list_filter = ("state", "submission_type", "case_type")
    list_select_related = ("customer", "claimed_by")
    ordering = ("-created_at", "-id")
    prefix_search = ("case_ref",)

    @admin.display(description=_("State"), ordering="state")
    def badge(self, case: Case) -> str:
        return state_badge(CASE, case.state)

    @admin.display(description=_("Checks"))
    def checks(self, case: Case) -> str:
        return str(case.get_submission_type_display())

    @admin.display(description=_("Taken by"))
    def taken_by(self, case: Case) -> str:
        return case.claimed_by.display_name if case.claimed_by else "–"

    @admin.display(description=_("Handed in"), ordering="created_at")
    def handed_in(self, case: Case) -> str:
        return when(case.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        case = get_object_or_404(Case.objects.only("case_ref"), pk=object_id)
        return redirect("onboarding:case", case.case_ref)
