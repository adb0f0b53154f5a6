"""Deposits and addresses, as staff see them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.reveals.desk import OpensData, open_and_hide
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, badge, money, state_badge
from payments.accounts.deposits import services, showing
from payments.accounts.deposits.forms import MatchForm
from payments.accounts.deposits.models import Deposit, DepositAddress
from payments.accounts.deposits.states import DEPOSIT, DepositState


@admin.register(Deposit, site=site)
class DepositAdmin(OpensData, DeskAdmin):
    whose = staticmethod(lambda deposit: deposit.whose)
    required_right = Right.SEE_PAYMENTS
    # The queue leads here.
    nav_group = ""
    list_display = ("amount_shown", "customer", "kind", "network", "badge", "found_by", "since", "deposit_id")
    list_filter = ("kind", "state", "found_by")
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("deposit_id", "transaction_hash")
    record_template = "deposits/deposit.html"
    fields = ("found_at", "read_at")
    record_actions = (
        RecordAction(
            name="match",
            label=gettext_lazy("Match to a customer"),
            right=Right.LEAD_PAYMENTS,
            form=MatchForm,
            call=services.match_deposit,
            shown=lambda deposit: deposit.state != DepositState.MATCHED,
            done=gettext_lazy("Matched. The customer's balances are read again."),
            style="primary",
        ),
        RecordAction(
            name="set-aside",
            label=gettext_lazy("Set aside"),
            right=Right.LEAD_PAYMENTS,
            form=ReasonForm,
            call=services.set_aside,
            confirm=gettext_lazy("It is none of our customers'. It can still be matched later."),
            shown=lambda deposit: deposit.state == DepositState.UNMATCHED,
            done=gettext_lazy("Set aside."),
        ),
        *open_and_hide(lambda deposit: deposit.whose),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer", "travel_rule")

    @admin.display(description=gettext_lazy("Amount"))
    def amount_shown(self, deposit: Deposit) -> str:
        if deposit.value is None:
            return f"{deposit.amount or '–'} {deposit.currency}"
        return money(deposit.amount, deposit.currency)

    @admin.display(description=gettext_lazy("Status"))
    def badge(self, deposit: Deposit) -> str:
        if deposit.state != DepositState.MATCHED:
            return state_badge(DEPOSIT, deposit.state)
        return state_badge(None, deposit.status)

    @admin.display(description=gettext_lazy("Since"))
    def since(self, deposit: Deposit) -> str:
        return age(deposit.status_since)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        return [{"label": _("Queues"), "url": reverse("deposits:queue")}]

    def headline(self, record: Any) -> str:
        return str(record.title)

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return None, record.status

    def record_waits(self, record: Any) -> str:
        waits = showing.waits_of(record, timezone.now())
        return render_waits(**waits) if waits else ""

    def timeline_subjects(self, record: Any) -> list[Any]:
        task = showing.task_of(record)
        return [record, task] if task else [record]

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        reveal = self.reveal_context(request, record)
        sees = reveal["sees_persons"]
        return {**reveal, **showing.deposit_context(record, user, timezone.now(), sees_persons=sees)}


@admin.register(DepositAddress, site=site)
class DepositAddressAdmin(DeskAdmin):
    required_right = Right.SEE_PAYMENTS
    # The queue leads here.
    nav_group = ""
    list_display = ("name", "customer", "asset", "network", "badge", "since")
    list_filter = ("found_by",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("address_ref",)
    record_template = "deposits/address.html"
    fields = ("created_at", "created_by")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")

    @admin.display(description=gettext_lazy("Address"))
    def name(self, address: DepositAddress) -> str:
        return str(address)

    @admin.display(description=gettext_lazy("At Oceafin"))
    def badge(self, address: DepositAddress) -> str:
        return self._badge(address)

    @staticmethod
    def _badge(address: DepositAddress) -> str:
        if address.contradiction:
            return badge("bad", _("Contradicted"), address.contradiction)
        if address.refusal:
            return badge("bad", _("Refused"), address.refusal)
        return state_badge(None, address.status) if address.status else _("Not known yet")

    @admin.display(description=gettext_lazy("Asked for"))
    def since(self, address: DepositAddress) -> str:
        return age(address.created_at)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        buttons = [{"label": _("Queues"), "url": reverse("deposits:queue")}]
        if request.user.has_right(Right.REQUEST_PAYMENTS):  # type: ignore[union-attr]
            buttons.insert(0, {"label": _("Ask for a deposit address"), "url": reverse("deposits:ask")})
        return buttons

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return (None, record.status) if record.status else None

    def record_waits(self, record: Any) -> str:
        if record.address_id or record.refusal:
            return ""
        what = record.customer.refusal_reason() or _("Waits for Oceafin's address.")
        return render_waits(what=what, since=record.created_at, by_itself=_("It appears here by itself."))

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return showing.address_context(record)
