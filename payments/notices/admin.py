"""What was sent to approvers, for who leads: to see that mail goes out."""

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from backoffice.staff.admin_base import DeskAdmin
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import state_badge, when
from payments.notices.models import Notice
from payments.notices.states import NOTICE


@admin.register(Notice, site=site)
class NoticeAdmin(DeskAdmin):
    required_right = Right.LEAD_PAYMENTS
    nav_group = "oversight"
    nav_order = 62
    nav_icon = "list"
    list_display = ("kind", "person", "about", "badge", "tries", "reason", "since")
    list_filter = ("kind", "state")
    list_select_related = ("person", "payment")
    ordering = ("-id",)
    fields = ("kind", "person", "about", "badge", "tries", "reason", "since")

    @admin.display(description=gettext_lazy("About"))
    def about(self, notice: Notice) -> str:
        return str(notice.payment or date_format(notice.business_day, "j M Y"))

    @admin.display(description=gettext_lazy("Since"), ordering="state_since")
    def since(self, notice: Notice) -> str:
        return when(notice.state_since)

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def badge(self, notice: Notice) -> str:
        return state_badge(NOTICE, notice.state)
