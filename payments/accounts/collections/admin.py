"""Wallets and what came in there, as staff see them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.reveals.desk import OpensData, open_and_hide
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, badge, money, state_badge
from payments.accounts.collections import services, showing
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.models import FoundBy


def amount(collection: Collection) -> str:
    """Digit by digit as it came; what is no plain decimal stands as text."""
    if collection.value is None:
        return f"{collection.amount or '–'} {collection.asset}"
    return money(collection.amount, collection.asset)


class InDoubt(admin.SimpleListFilter):
    title = gettext_lazy("whose it is")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("doubt", gettext_lazy("Not certain"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.in_doubt() if self.value() == "doubt" else queryset


@admin.register(CollectionWallet, site=site)
class CollectionWalletAdmin(DeskAdmin):
    required_right = Right.SEE_PAYMENTS
    nav_group = "records"
    nav_order = 44
    nav_icon = "in"
    list_display = ("shown_as", "customer", "asset", "network", "label", "at_oceafin", "since")
    list_filter = ("found_by",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    prefix_search = ("collection_wallet_ref",)
    record_template = "accounts/collections/wallet.html"
    fields = ("found_by", "created_at", "created_by", "read_at")
    record_actions = (
        RecordAction(
            name="again",
            label=gettext_lazy("Ask again"),
            right=Right.REQUEST_PAYMENTS,
            call=services.ask_again,
            confirm=gettext_lazy("Oceafin is asked for this wallet once more. It goes by itself."),
            shown=services.was_denied,
            done=gettext_lazy("Asked again. What Oceafin says appears here by itself."),
            style="primary",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")

    @admin.display(description=gettext_lazy("Wallet"))
    def shown_as(self, wallet: CollectionWallet) -> str:
        return str(wallet) or "–"

    @admin.display(description=gettext_lazy("At Oceafin"))
    def at_oceafin(self, wallet: CollectionWallet) -> str:
        if wallet.contradiction:
            return badge("bad", _("Contradicted"), wallet.contradiction)
        if wallet.refusal:
            return badge("bad", _("Refused"), wallet.refusal)
        return state_badge(None, wallet.status) if wallet.status else badge("wait", _("Asked for"))

    @admin.display(description=gettext_lazy("Since"))
    def since(self, wallet: CollectionWallet) -> str:
        return age(wallet.status_since)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        buttons = [{"label": _("What came in"), "url": reverse("admin:collections_in_collection_changelist")}]
        if request.user.has_right(Right.REQUEST_PAYMENTS):  # type: ignore[union-attr]
            buttons.insert(0, {"label": _("Ask for a collection wallet"), "url": reverse("collections:ask")})
        return buttons

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return (None, record.status) if record.status else None

    def record_waits(self, record: Any) -> str:
        return showing.wallet_waits(record)

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        return showing.wallet_context(record, user)


@admin.register(Collection, site=site)
class CollectionAdmin(OpensData, DeskAdmin):
    whose = staticmethod(lambda collection: collection.customer)
    required_right = Right.SEE_PAYMENTS
    nav_group = "records"
    nav_order = 45
    nav_icon = "in"
    list_display = (
        "amount_shown",
        "customer",
        "network",
        "wallet",
        "badge",
        "known",
        "age_of",
        "collection_id",
    )
    list_filter = ("found_by", InDoubt)
    list_select_related = ("customer", "wallet")
    ordering = ("-id",)
    prefix_search = ("collection_id", "transaction_hash")
    record_template = "accounts/collections/collection.html"
    fields = ("found_at", "read_at")
    record_actions = (
        RecordAction(
            name="settle-doubt",
            label=gettext_lazy("It is this customer's"),
            right=Right.LEAD_PAYMENTS,
            form=ReasonForm,
            call=services.settle_doubt,
            confirm=gettext_lazy(
                "Ask Oceafin first, and write here what it said. From then on a refund of it can be asked for."
            ),
            about=lambda collection: (
                _("It stands with %(ref)s.") % {"ref": collection.customer.partner_customer_ref}
                + f" {collection.doubt}"
            ),
            shown=lambda collection: collection.is_doubtful,
            done=gettext_lazy("Decided, and kept with it."),
            style="primary",
        ),
        *open_and_hide(lambda collection: collection.customer),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer", "wallet")

    @admin.display(description=gettext_lazy("Amount"))
    def amount_shown(self, collection: Collection) -> str:
        return amount(collection)

    @admin.display(description=gettext_lazy("At Oceafin"))
    def badge(self, collection: Collection) -> str:
        if collection.is_doubtful:
            return badge("bad", _("Whose is it?"), collection.doubt)
        return state_badge(None, collection.status) if collection.status else "–"

    @admin.display(description=gettext_lazy("Known from"))
    def known(self, collection: Collection) -> str:
        if collection.found_by == FoundBy.READ:
            return badge("warn", _("Only a reading found it"), _("Oceafin sent no event about it."))
        return str(collection.get_found_by_display())

    @admin.display(description=gettext_lazy("In this status"))
    def age_of(self, collection: Collection) -> str:
        return age(collection.status_since)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        wallets = reverse("admin:collections_in_collectionwallet_changelist")
        return [{"label": _("Collection wallets"), "url": wallets}]

    def headline(self, record: Any) -> str:
        return str(record.title)

    def record_state(self, record: Any) -> tuple[Any, str] | None:
        return (None, record.status) if record.status else None

    def record_waits(self, record: Any) -> str:
        return showing.collection_waits(record)

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        reveal = self.reveal_context(request, record)
        return {
            **reveal,
            **showing.collection_context(record, user, sees_persons=reveal["sees_persons"]),
            "amount": amount(record),
        }
