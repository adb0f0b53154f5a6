"""Bursts of looks at personal data, until a lead has said what they were."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.reveals import looking, services
from backoffice.reveals.models import Burst
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import badge, when


@admin.register(Burst, site=site)
class BurstAdmin(DeskAdmin):
    required_right = Right.SEE_REVEALS
    nav_group = "oversight"
    nav_order = 30
    nav_icon = "warn"
    list_display = ("who", "customers", "kind", "began", "standing")
    list_select_related = ("user", "acknowledged_by")
    ordering = ("-id",)
    record_template = "reveals/burst.html"
    fields = ("began_at", "last_at", "acknowledged_by", "acknowledged_at")
    record_actions = (
        RecordAction(
            name="seen",
            label=gettext_lazy("I have seen this"),
            right=Right.LEAD_CASES,
            form=ReasonForm,
            call=services.acknowledge,
            confirm=gettext_lazy("Ask the person what it was, and write down what you found."),
            shown=lambda burst: burst.acknowledged_at is None,
            done=gettext_lazy("Kept. It is off the home of the leads."),
            style="primary",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "acknowledged_by")

    @admin.display(description=gettext_lazy("Who"))
    def who(self, burst: Burst) -> str:
        return str(burst.user.display_name)

    @admin.display(description=gettext_lazy("How"))
    def kind(self, burst: Burst) -> str:
        return _("By choice") if burst.by_choice else _("By taking cases or approving")

    @admin.display(description=gettext_lazy("Began"))
    def began(self, burst: Burst) -> str:
        return when(burst.began_at)

    @admin.display(description=gettext_lazy("Seen"))
    def standing(self, burst: Burst) -> str:
        if burst.acknowledged_by is None:
            return badge("warn", _("Not yet"))
        return badge("ok", _("By %(name)s") % {"name": burst.acknowledged_by.display_name})

    def record_waits(self, record: Any) -> str:
        if record.acknowledged_at is not None:
            return ""
        return render_waits(
            what=_("A lead has to look at this, and say what it was."),
            since=record.began_at,
            who=_("A compliance lead or the money laundering reporting officer, not the person concerned."),
        )

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {"looks": looking.of_burst(record)}
