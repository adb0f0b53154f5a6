"""Payments, beneficiaries and rates, as staff see them."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.reveals.desk import OpensData, RevealForm, open_and_hide
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, badge, money, state_badge, when
from payments import (
    payee_desk,
    rates,
    services,
    showing,
    showing_quotes,
    telling,
    terms,
    wallet_showing,
    ways,
)
from payments.accounts.deposits import coins
from payments.forms import RateForm
from payments.models import BankAccount, ExchangeRate, PaymentRequest, WalletAddress
from payments.policies import reading, wording
from payments.states import CANCELLABLE, PAYMENT, PaymentState

ENDED = (*PAYMENT.final, PaymentState.SETTLED)


def _waits(payment: Any) -> bool:
    return bool(payment.state == PaymentState.PENDING_APPROVAL)


def _at_oceafin(payee: BankAccount | WalletAddress) -> str:
    if payee.refusal:
        return badge("bad", _("Refused"), payee.refusal)
    return state_badge(None, payee.oceafin_status) if payee.oceafin_status else _("Not known yet")


@admin.register(PaymentRequest, site=site)
class PaymentAdmin(OpensData, DeskAdmin):
    whose = staticmethod(lambda payment: payment.customer)
    required_right = Right.SEE_PAYMENTS
    # The queue leads here: one entry in the sidebar is enough.
    nav_group = ""
    list_display = ("payment_ref", "kind", "customer", "amount_shown", "goes_to", "badge", "since")
    list_filter = ("state", "kind", "contradicted")
    list_select_related = ("customer", "beneficiary", "wallet")
    ordering = ("-id",)
    prefix_search = ("payment_ref",)
    record_template = "payments/payment.html"
    fieldsets = (
        (
            gettext_lazy("The request"),
            {"fields": ("kind", "leaves_on", "created_at", "maker_label", "requested_by", "decided_by")},
        ),
    )
    record_actions = (
        RecordAction(
            name="quote",
            label=gettext_lazy("Ask for a new quote"),
            right=Right.SEE_PAYMENTS,
            call=lambda payment, **act: services.refresh_quote(payment=payment, **act),
            shown=lambda payment: _waits(payment) and showing_quotes.can_be_asked(payment),
            done=gettext_lazy("Oceafin is asked. The quote appears here by itself."),
        ),
        *(
            RecordAction(
                name=name,
                label=gettext_lazy("Reject"),
                right=right,
                form=ReasonForm,
                call=lambda payment, **act: services.reject(payment=payment, **act),
                confirm=gettext_lazy("Nothing is sent, for good. Trying again is a new request."),
                shown=_waits,
                done=gettext_lazy("Rejected. Nothing was sent."),
                step_up=True,
                style="danger",
            )
            for name, right in (
                ("reject", Right.APPROVE_PAYMENTS),
                ("reject-named", Right.COUNTERSIGN_PAYMENTS),
            )
        ),
        *(
            RecordAction(
                name=f"cancel-{right.lower().replace('_', '-')}",
                label=gettext_lazy("Cancel"),
                right=right,
                form=ReasonForm,
                call=lambda payment, **act: services.cancel(payment=payment, **act),
                confirm=gettext_lazy("It is taken back before it leaves. Trying again is a new request."),
                shown=lambda payment: payment.state in CANCELLABLE,
                done=gettext_lazy("Cancelled. Nothing was sent."),
                style="danger",
            )
            for right in (Right.REQUEST_PAYMENTS, Right.LEAD_PAYMENTS)
        ),
        *(
            RecordAction(
                name=f"hold-{right.lower().replace('_', '-')}",
                label=gettext_lazy("Hold"),
                right=right,
                form=ReasonForm,
                call=lambda payment, **act: services.hold(payment=payment, **act),
                confirm=gettext_lazy("It does not leave until an operations lead releases it."),
                shown=lambda payment: payment.state in CANCELLABLE and payment.held_at is None,
                done=gettext_lazy("It is held."),
            )
            for right in (Right.APPROVE_PAYMENTS, Right.LEAD_PAYMENTS)
        ),
        RecordAction(
            name="release",
            label=gettext_lazy("Release"),
            right=Right.LEAD_PAYMENTS,
            form=ReasonForm,
            call=lambda payment, **act: services.release(payment=payment, **act),
            confirm=gettext_lazy("It goes on as its approvals and its date allow."),
            shown=lambda payment: payment.held_at is not None,
            done=gettext_lazy("Released."),
        ),
        *open_and_hide(lambda payment: payment.customer),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer", "beneficiary", "wallet", "replaces")

    @admin.display(description=gettext_lazy("Amount"), ordering="amount")
    def amount_shown(self, payment: PaymentRequest) -> str:
        return money(terms.digits(payment.amount, payment.currency, payment.network), payment.currency)

    @admin.display(description=gettext_lazy("To"))
    def goes_to(self, payment: PaymentRequest) -> str:
        return ways.of(payment).to(payment)

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def badge(self, payment: PaymentRequest) -> str:
        if payment.contradicted:
            return badge("bad", _("Contradicted"), payment.contradiction)
        return state_badge(PAYMENT, payment.state)

    @admin.display(description=gettext_lazy("Since"))
    def since(self, payment: PaymentRequest) -> str:
        return age(payment.state_since)

    @admin.display(description=gettext_lazy("Leaves on"))
    def leaves_on(self, payment: PaymentRequest) -> str:
        day = payment.scheduled_on
        return f"{day:%-d %b %Y}" if day else _("As soon as it is approved")

    @admin.display(description=gettext_lazy("Rules"))
    def decided_by(self, payment: PaymentRequest) -> str:
        words = wording.version_words(payment.policy_version) or payment.policy_version
        since = reading.in_force_since(payment.policy_version)
        return format_html(_("{}, in force since {}"), words, when(since)) if since else words

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        buttons = [{"label": _("Queues"), "url": reverse("payments:queue")}]
        if request.user.has_right(Right.REQUEST_PAYMENTS):  # type: ignore[union-attr]
            buttons.insert(0, {"label": _("Ask for a payout"), "url": reverse("payments:request")})
        return buttons

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return PAYMENT, record.state

    def actions_for(self, request: HttpRequest, record: Any) -> list[RecordAction]:
        # Yes and no stand side by side in the decision's own card.
        return [
            action for action in super().actions_for(request, record) if not action.name.startswith("reject")
        ]

    def record_waits(self, record: Any) -> str:
        if record.state in ENDED and not record.contradicted:
            return ""
        waits = telling.waits_for(record, now=timezone.now())
        return render_waits(what=waits.what, since=waits.since, who=waits.who, by_itself=waits.by_itself)

    def timeline_subjects(self, record: Any) -> list[Any]:
        return [record, record.payee] if record.payee else [record]

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        reveal = self.reveal_context(request, record)
        sees = reveal["sees_persons"]
        return {**reveal, **showing.payment_context(record, user, timezone.now(), sees_persons=sees)}


@admin.register(BankAccount, site=site)
class BankAccountAdmin(DeskAdmin):
    required_right = Right.SEE_PAYMENTS
    nav_group = "records"
    nav_order = 35
    nav_icon = "bank"
    list_display = ("bank_account_ref", "customer", "masked_number", "country", "currency", "at_oceafin")
    list_filter = ("holder_type",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("bank_account_ref",)
    record_template = "payments/beneficiary.html"
    fields = (
        "customer",
        "masked_number",
        "holder_type",
        "country",
        "currency",
        "at_oceafin",
        "oceafin_bank_account_id",
        "replaces",
        "first_used_at",
        "created_at",
        "created_by",
    )
    record_actions = (
        payee_desk.CONFIRM,
        RecordAction(
            name="reveal",
            label=gettext_lazy("Show in full"),
            right=Right.SEE_PERSONAL_DATA,
            form=RevealForm,
            call=services.reveal_payee,
            answer=lambda request, account, details: showing.revealed_page(
                request,
                account,
                details,
                back=reverse("admin:payments_bankaccount_change", args=[account.pk]),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")

    def actions_for(self, request: HttpRequest, record: Any) -> list[RecordAction]:
        user: Any = request.user
        return payee_desk.actions_of(super().actions_for(request, record), record, user)

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        return {
            **payee_desk.confirmation_context(record, user),
            **showing.beneficiary_context(record, user, timezone.now()),
        }

    @admin.display(description=gettext_lazy("At Oceafin"))
    def at_oceafin(self, account: BankAccount) -> str:
        return _at_oceafin(account)


@admin.register(WalletAddress, site=site)
class WalletAdmin(DeskAdmin):
    required_right = Right.SEE_PAYMENTS
    nav_group = "records"
    nav_order = 36
    nav_icon = "out"
    list_display = ("wallet_address_ref", "customer", "asset", "network_name", "masked_address", "at_oceafin")
    list_filter = ("holder_type", "custody")
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("wallet_address_ref",)
    record_template = "payments/wallet.html"
    fields = (
        "customer",
        "asset",
        "network_name",
        "masked_address",
        "holder_type",
        "custody",
        "at_oceafin",
        "oceafin_wallet_address_id",
        "replaces",
        "first_used_at",
        "created_at",
        "created_by",
    )
    record_actions = (
        payee_desk.CONFIRM,
        RecordAction(
            name="reveal",
            label=gettext_lazy("Show in full"),
            right=Right.SEE_PERSONAL_DATA,
            form=RevealForm,
            call=services.reveal_payee,
            answer=lambda request, wallet, details: showing.revealed_page(
                request,
                wallet,
                details,
                back=reverse("admin:payments_walletaddress_change", args=[wallet.pk]),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")

    def actions_for(self, request: HttpRequest, record: Any) -> list[RecordAction]:
        user: Any = request.user
        return payee_desk.actions_of(super().actions_for(request, record), record, user)

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        screened = showing.beneficiary_context(record, user, timezone.now())
        said = payee_desk.confirmation_context(record, user)
        return {**wallet_showing.wallet_context(record), **said, **screened}

    @admin.display(description=gettext_lazy("Network"))
    def network_name(self, wallet: WalletAddress) -> str:
        return coins.name_of(wallet.network)

    @admin.display(description=gettext_lazy("At Oceafin"))
    def at_oceafin(self, wallet: WalletAddress) -> str:
        return _at_oceafin(wallet)


@admin.register(ExchangeRate, site=site)
class ExchangeRateAdmin(DeskAdmin):
    required_right = Right.SEE_PAYMENTS
    nav_group = "oversight"
    nav_order = 60
    nav_icon = "list"
    list_display = ("currency", "rate_shown", "source", "as_of", "rate_age", "recorded_by")
    ordering = ("-id",)
    prefix_search = ("currency",)
    fields = ("currency", "rate_shown", "source", "at", "recorded_at", "recorded_by")
    change_list_template = "payments/rates.html"

    @admin.display(description=gettext_lazy("One is worth"))
    def rate_shown(self, rate: ExchangeRate) -> str:
        return money(rate.rate.normalize(), rate.base_currency)

    @admin.display(description=gettext_lazy("As of"), ordering="at")
    def as_of(self, rate: ExchangeRate) -> str:
        return when(rate.at)

    @admin.display(description=gettext_lazy("Age"))
    def rate_age(self, rate: ExchangeRate) -> str:
        return age(rate.at)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With what has no rate that counts, above the list."""
        now = timezone.now()
        extra = {"lacking": rates.lacking(now), "base_currency": settings.BASE_CURRENCY, "now": now}
        return super().changelist_view(request, extra | (extra_context or {}))

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not request.user.has_right(Right.LEAD_PAYMENTS):  # type: ignore[union-attr]
            return []
        return [{"label": _("Enter a rate"), "url": reverse("admin:payments_exchangerate_new")}]

    def get_urls(self) -> list[URLPattern]:
        new = path("new/", self.admin_site.admin_view(self.new_view), name="payments_exchangerate_new")
        return [new, *super().get_urls()]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_right(Right.LEAD_PAYMENTS):  # type: ignore[union-attr]
            raise Http404
        form, now = RateForm(request.POST or None), timezone.now()
        back = reverse("admin:payments_exchangerate_changelist")
        if request.method == "POST" and form.is_valid():
            try:
                services.enter_rate(**form.cleaned_data, at=now, actor=Actor.staff(request.user), now=now)
            except Refusal as refusal:
                field = getattr(refusal, "field", None)
                form.add_error(field if field in form.fields else None, str(refusal))
            else:
                messages.success(request, _("The rate counts from now on."))
                return redirect(back)
        context = {
            **site.each_context(request),
            "title": _("Enter a rate"),
            "form": form,
            "submit": _("Enter"),
            "intro": _("Amounts are compared with the limits at these rates. A rate counts for 24 hours."),
            "back_url": back,
            "parent": _("Exchange rates"),
        }
        return TemplateResponse(request, "staff/form.html", context)
