"""Applications and accounts, as staff see them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.reveals.desk import OpensData, RevealForm, open_and_hide
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, badge, state_badge, when
from payments.accounts.fiat import services, showing, telling
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from payments.accounts.fiat.states import APPLICATION, ApplicationState


def _instructions_page(
    request: HttpRequest, account: FiatAccount, found: list[dict[str, str]]
) -> HttpResponse:
    """Where to pay in, for printing or for sending on; once, kept by no cache."""
    context = {
        **site.each_context(request),
        "title": _("Where to pay in"),
        "account": account,
        "blocks": [{"rows": showing.labelled(each), "text": showing.as_text(each)} for each in found],
        "back_url": showing.url_of(account),
    }
    response = TemplateResponse(request, "accounts/fiat/instructions.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@admin.register(FiatAccountApplication, site=site)
class FiatAccountApplicationAdmin(OpensData, DeskAdmin):
    whose = staticmethod(lambda application: application.customer)
    required_right = Right.SEE_PAYMENTS
    # The queues lead here: one entry in the sidebar is enough.
    nav_group = ""
    list_display = ("application_ref", "customer", "currency", "badge", "at_oceafin", "since")
    list_filter = ("state",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("application_ref",)
    record_template = "accounts/fiat/application.html"
    fields = ("created_at", "created_by")
    record_actions = (
        RecordAction(
            name="cancel",
            label=gettext_lazy("Take back"),
            right=Right.REQUEST_PAYMENTS,
            form=ReasonForm,
            call=services.cancel,
            confirm=gettext_lazy("It is taken back before it leaves. Trying again is a new application."),
            shown=lambda application: application.state == ApplicationState.REQUESTED,
            done=gettext_lazy("Taken back. Nothing was sent."),
            style="danger",
        ),
        RecordAction(
            name="settle",
            label=gettext_lazy("Oceafin said what is true"),
            right=Right.LEAD_PAYMENTS,
            form=ReasonForm,
            call=services.settle_contradiction,
            confirm=gettext_lazy("Write what Oceafin said. The application leaves the queue by this."),
            shown=lambda application: bool(application.contradiction),
            done=gettext_lazy("Kept with the application."),
        ),
        *open_and_hide(lambda application: application.customer),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer", "account")

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def badge(self, application: FiatAccountApplication) -> str:
        if application.contradiction:
            return badge("bad", _("Contradicted"), application.contradiction)
        return state_badge(APPLICATION, application.state)

    @admin.display(description=gettext_lazy("At Oceafin"))
    def at_oceafin(self, application: FiatAccountApplication) -> str:
        return state_badge(None, application.oceafin_status) if application.oceafin_status else "–"

    @admin.display(description=gettext_lazy("Since"))
    def since(self, application: FiatAccountApplication) -> str:
        return age(application.state_since)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        return _buttons(request)

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return APPLICATION, record.state

    def record_waits(self, record: Any) -> str:
        if record.is_final and not record.contradiction:
            return ""
        waits = telling.waits_for(record)
        return render_waits(what=waits.what, since=waits.since, who=waits.who, by_itself=waits.by_itself)

    def timeline_subjects(self, record: Any) -> list[Any]:
        return [record, record.account] if record.account else [record]

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        reveal = self.reveal_context(request, record)
        shown = showing.application_context(
            record,
            user,
            timezone.now(),
            sees_persons=reveal["sees_persons"],
            may_open=reveal["may_open"],
        )
        return {**reveal, **shown}


@admin.register(FiatAccount, site=site)
class FiatAccountAdmin(OpensData, DeskAdmin):
    whose = staticmethod(lambda account: account.customer)
    required_right = Right.SEE_PAYMENTS
    nav_group = ""
    list_display = ("masked_number", "customer", "currency", "country", "at_oceafin", "since")
    list_filter = ("currency",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("fiat_account_id",)
    record_template = "accounts/fiat/account.html"
    fields = ("opened_at", "updated_at", "read_at", "found_by")
    record_actions = (
        RecordAction(
            name="instructions",
            label=gettext_lazy("Deposit instructions for the customer"),
            right=Right.SEE_PERSONAL_DATA,
            form=RevealForm,
            call=services.reveal_instructions,
            confirm=gettext_lazy(
                "Where to pay in is shown in full, to be copied or printed. That is on record."
            ),
            shown=lambda account: account.instructions.filter(is_listed=True).exists(),
            answer=_instructions_page,
            style="primary",
        ),
        *open_and_hide(lambda account: account.customer),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Oceafin's id, or its beginning."""
        term = search_term.strip()
        return (queryset.filter(fiat_account_id__startswith=term) if term else queryset), False

    @admin.display(description=gettext_lazy("At Oceafin"))
    def at_oceafin(self, account: FiatAccount) -> str:
        return state_badge(None, account.status) if account.status else "–"

    @admin.display(description=gettext_lazy("Opened"))
    def since(self, account: FiatAccount) -> str:
        return when(account.opened_at)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        return _buttons(request)

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return None, record.status

    def timeline_subjects(self, record: Any) -> list[Any]:
        application = FiatAccountApplication.objects.filter(account=record).first()
        return [record, application] if application else [record]

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        reveal = self.reveal_context(request, record)
        shown = showing.account_context(record, user, timezone.now(), sees_persons=reveal["sees_persons"])
        return {**reveal, **shown}


def _buttons(request: HttpRequest) -> list[dict[str, Any]]:
    buttons = [{"label": _("Queues"), "url": reverse("fiat_accounts:queue")}]
    if request.user.has_right(Right.REQUEST_PAYMENTS):  # type: ignore[union-attr]
        buttons.insert(0, {"label": _("Apply for an account"), "url": reverse("fiat_accounts:apply")})
    return buttons
