from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.staff.admin_base import DeskAdmin
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import state_badge, when
from payments.accounts.travel_rule.models import TravelRuleTask
from payments.accounts.travel_rule.states import TRAVEL_RULE


@admin.register(TravelRuleTask, site=site)
class TravelRuleTaskAdmin(DeskAdmin):
    """A task is read and done on its deposit's page; the trail finds it by this address."""

    required_right = Right.SEE_PAYMENTS
    nav_group = ""
    list_display = ("deposit", "badge", "due", "round")
    list_filter = ("state",)
    list_select_related = ("deposit",)
    ordering = ("-id",)

    @admin.display(description=gettext_lazy("State"))
    def badge(self, task: TravelRuleTask) -> str:
        return state_badge(TRAVEL_RULE, task.state)

    @admin.display(description=gettext_lazy("Due"))
    def due(self, task: TravelRuleTask) -> str:
        return when(task.due_at)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        return [{"label": _("Queues"), "url": reverse("deposits:queue")}]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        task = get_object_or_404(TravelRuleTask, pk=object_id)
        return redirect("admin:deposits_deposit_change", task.deposit_id)
