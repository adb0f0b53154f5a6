"""People, the roles they hold, lost second factors and API clients: the administrators' pages."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.staff import clients, second_factor, services
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.errors import Refusal
from backoffice.staff.forms import ApiClientForm, InviteForm, RoleForm
from backoffice.staff.models import ApiClient, RoleGrant, SecondFactorReset, User
from backoffice.staff.pages import form_page, show_link, show_secret
from backoffice.staff.roles import Right, Role
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, badge, state_badge, when


class StaffAdmin(DeskAdmin):
    required_right = Right.MANAGE_STAFF
    nav_group = "administration"

    @admin.display(description=gettext_lazy("State"))
    def standing(self, record: Any) -> str:
        return state_badge(None, record.stands)

    @admin.display(description=gettext_lazy("Asked"))
    def asked(self, record: Any) -> str:
        return age(record.asked_at)

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return None, record.stands

    def record_waits(self, record: Any) -> str:
        if record.stands != "WAITING":
            return ""
        return render_waits(
            what=_("Waits for a second administrator."),
            since=record.asked_at,
            who=_("Anybody but %(name)s may confirm.") % {"name": record.asked_by.display_name},
            by_itself=_("Nothing happens by itself."),
        )


@admin.register(User, site=site)
class UserAdmin(StaffAdmin):
    nav_order = 10
    nav_icon = "people"
    list_display = ("display_name", "email", "roles_held", "standing", "last_seen")
    list_filter = ("is_active",)
    prefix_search = ("email", "display_name")
    ordering = ("display_name", "pk")
    fields = ("display_name", "email", "standing", "enrolled", "last_seen", "created_at")
    readonly_fields = ("standing", "enrolled", "last_seen", "created_at")
    record_template = "staff/person.html"
    record_actions = (
        RecordAction(
            name="role",
            label=gettext_lazy("Ask for a role"),
            right=Right.MANAGE_STAFF,
            form=RoleForm,
            call=lambda user, **kwargs: services.ask_role(user=user, **kwargs),
            shown=lambda user: user.is_active,
            style="primary",
            step_up=True,
            done=gettext_lazy("Asked. The role counts when a second administrator has confirmed it."),
        ),
        RecordAction(
            name="link",
            label=gettext_lazy("New enrolment link"),
            right=Right.MANAGE_STAFF,
            call=services.renew_link,
            answer=show_link,
            confirm=gettext_lazy("Earlier links of this person stop working."),
            shown=lambda user: user.is_active and not second_factor.is_enrolled(user),
            step_up=True,
        ),
        RecordAction(
            name="reset",
            label=gettext_lazy("Reset second factor"),
            right=Right.MANAGE_STAFF,
            call=services.ask_reset,
            confirm=gettext_lazy(
                "Only if phone and recovery codes are lost. A second administrator confirms; then the person's "
                "password, second factor and sessions end, and they enrol anew."
            ),
            shown=lambda user: user.is_active and second_factor.is_enrolled(user),
            step_up=True,
            done=gettext_lazy("Asked. A second administrator has to confirm the reset."),
        ),
        RecordAction(
            name="deactivate",
            label=gettext_lazy("Deactivate"),
            right=Right.MANAGE_STAFF,
            form=ReasonForm,
            call=services.deactivate,
            shown=lambda user: user.is_active,
            style="danger",
            step_up=True,
            confirm=gettext_lazy("Their sessions end at once and all their roles are taken away."),
            done=gettext_lazy("The person is deactivated."),
        ),
        RecordAction(
            name="reactivate",
            label=gettext_lazy("Let in again"),
            right=Right.MANAGE_STAFF,
            call=services.reactivate,
            shown=lambda user: not user.is_active,
            step_up=True,
            done=gettext_lazy("The person may sign in again. Roles have to be asked for anew."),
        ),
    )

    @admin.display(description=gettext_lazy("Roles"))
    def roles_held(self, user: User) -> str:
        return ", ".join(str(role.label) for role in sorted(user.roles)) or "–"

    @admin.display(description=gettext_lazy("State"))
    def standing(self, user: User) -> str:
        return badge("ok", _("Active")) if user.is_active else badge("off", _("Deactivated"))

    @admin.display(description=gettext_lazy("Last sign-in"))
    def last_seen(self, user: User) -> str:
        return when(user.last_login)

    @admin.display(description=gettext_lazy("Second factor"))
    def enrolled(self, user: User) -> str:
        return badge("ok", _("Set up")) if second_factor.is_enrolled(user) else badge("wait", _("Not yet"))

    def headline(self, record: Any) -> str:
        return str(record.display_name)

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return None

    def record_waits(self, record: Any) -> str:
        return ""

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        grants = RoleGrant.objects.filter(user=record).select_related(
            "asked_by", "confirmed_by", "revoked_by"
        )
        return {"grants": grants.order_by("-asked_at")}

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        return [{"label": _("Invite a colleague"), "url": reverse("admin:staff_user_invite")}]

    def get_urls(self) -> list[URLPattern]:
        invite = path("invite/", self.admin_site.admin_view(self.invite_view), name="staff_user_invite")
        return [invite, *super().get_urls()]

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            return redirect("admin:index")
        form = InviteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                user, token = services.invite(
                    **form.cleaned_data, actor=Actor.staff(request.user), now=timezone.now()
                )
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                return show_link(request, user, token)
        return form_page(
            request,
            title=_("Invite a colleague"),
            form=form,
            submit=_("Make the enrolment link"),
            back_url=reverse("admin:staff_user_changelist"),
        )


@admin.register(RoleGrant, site=site)
class RoleGrantAdmin(StaffAdmin):
    nav_order = 20
    nav_icon = "shield"
    list_display = ("user", "role", "standing", "asked_by", "asked")
    list_select_related = ("user", "asked_by")
    list_filter = ("role",)
    ordering = ("-asked_at",)
    fields = (
        "user",
        "role",
        "asked_by",
        "asked_at",
        "confirmed_by",
        "confirmed_at",
        "revoked_by",
        "revoked_at",
    )
    record_actions = (
        RecordAction(
            name="confirm",
            label=gettext_lazy("Confirm"),
            right=Right.MANAGE_STAFF,
            style="primary",
            call=services.confirm_role,
            shown=lambda grant: grant.stands == "WAITING",
            step_up=True,
            done=gettext_lazy("Confirmed. The role counts from now on."),
        ),
        RecordAction(
            name="refuse",
            label=gettext_lazy("Refuse"),
            right=Right.MANAGE_STAFF,
            call=services.revoke_role,
            shown=lambda grant: grant.stands == "WAITING",
            done=gettext_lazy("Refused."),
        ),
        RecordAction(
            name="revoke",
            label=gettext_lazy("Take the role away"),
            right=Right.MANAGE_STAFF,
            style="danger",
            call=services.revoke_role,
            shown=lambda grant: grant.stands == "IN_FORCE",
            step_up=True,
            confirm=gettext_lazy("It counts no more from this moment on."),
            done=gettext_lazy("The role is taken away."),
        ),
    )

    def timeline_subjects(self, record: Any) -> list[Any]:
        return [record.user]

    def headline(self, record: Any) -> str:
        return _("%(role)s for %(name)s") % {
            "role": Role(record.role).label,
            "name": record.user.display_name,
        }


@admin.register(SecondFactorReset, site=site)
class SecondFactorResetAdmin(StaffAdmin):
    nav_order = 30
    nav_icon = "key"
    list_display = ("user", "standing", "asked_by", "asked")
    list_select_related = ("user", "asked_by")
    ordering = ("-asked_at",)
    fields = ("user", "asked_by", "asked_at", "confirmed_by", "confirmed_at", "revoked_by", "revoked_at")
    record_actions = (
        RecordAction(
            name="confirm",
            label=gettext_lazy("Confirm"),
            right=Right.MANAGE_STAFF,
            style="primary",
            call=services.confirm_reset,
            shown=lambda reset: reset.stands == "WAITING",
            step_up=True,
            confirm=gettext_lazy("The person's password, second factor and sessions end now."),
            answer=lambda request, reset, token: show_link(request, reset.user, token),
        ),
        RecordAction(
            name="refuse",
            label=gettext_lazy("Refuse"),
            right=Right.MANAGE_STAFF,
            call=services.refuse_reset,
            shown=lambda reset: reset.stands == "WAITING",
            done=gettext_lazy("Refused."),
        ),
    )

    def timeline_subjects(self, record: Any) -> list[Any]:
        return [record.user]

    def headline(self, record: Any) -> str:
        return _("Second factor of %(name)s") % {"name": record.user.display_name}


@admin.register(ApiClient, site=site)
class ApiClientAdmin(StaffAdmin):
    nav_order = 40
    nav_icon = "key"
    list_display = ("name", "scopes_held", "standing", "token_begins", "owner", "last_seen")
    list_select_related = ("owner",)
    prefix_search = ("name",)
    ordering = ("name",)
    fields = (
        "name",
        "scopes_held",
        "owner",
        "token_begins",
        "last_seen",
        "asked_by",
        "asked_at",
        "confirmed_by",
        "confirmed_at",
        "revoked_by",
        "revoked_at",
    )
    readonly_fields = ("scopes_held", "token_begins", "last_seen")
    record_actions = (
        RecordAction(
            name="confirm",
            label=gettext_lazy("Confirm"),
            right=Right.MANAGE_STAFF,
            style="primary",
            call=clients.confirm_client,
            shown=lambda client: client.stands == "WAITING",
            step_up=True,
            done=gettext_lazy("Confirmed. Whoever asked for it can now take the token."),
        ),
        RecordAction(
            name="token",
            label=gettext_lazy("Show the token"),
            right=Right.MANAGE_STAFF,
            style="primary",
            call=clients.issue_token,
            shown=lambda client: client.stands == "CONFIRMED",
            step_up=True,
            confirm=gettext_lazy("The token is shown once. Have the place ready where it will be kept."),
            answer=lambda request, client, token: show_secret(
                request,
                title=_("API token"),
                secret=token,
                intro=_("The token of %(name)s:") % {"name": client.name},
                back_url=reverse("admin:staff_apiclient_change", args=[client.pk]),
            ),
        ),
        RecordAction(
            name="revoke",
            label=gettext_lazy("Revoke"),
            right=Right.MANAGE_STAFF,
            style="danger",
            call=clients.revoke_client,
            shown=lambda client: client.stands != "REVOKED",
            confirm=gettext_lazy("The program that uses this token is turned away from this moment on."),
            done=gettext_lazy("The client is revoked."),
        ),
    )

    @admin.display(description=gettext_lazy("May reach"))
    def scopes_held(self, client: ApiClient) -> str:
        return ", ".join(client.scopes)

    @admin.display(description=gettext_lazy("Token begins with"))
    def token_begins(self, client: ApiClient) -> str:
        return f"{client.token_prefix}…" if client.token_prefix else "–"

    @admin.display(description=gettext_lazy("Last used"))
    def last_seen(self, client: ApiClient) -> str:
        return age(client.last_used_at)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        return [{"label": _("Ask for an API client"), "url": reverse("admin:staff_apiclient_ask")}]

    def get_urls(self) -> list[URLPattern]:
        ask = path("ask/", self.admin_site.admin_view(self.ask_view), name="staff_apiclient_ask")
        return [ask, *super().get_urls()]

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            return redirect("admin:index")
        form = ApiClientForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                client = clients.ask_client(
                    **form.cleaned_data, actor=Actor.staff(request.user), now=timezone.now()
                )
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Asked. A second administrator has to confirm it."))
                return redirect("admin:staff_apiclient_change", client.pk)
        return form_page(
            request,
            title=_("Ask for an API client"),
            form=form,
            submit=_("Ask"),
            back_url=reverse("admin:staff_apiclient_changelist"),
        )
