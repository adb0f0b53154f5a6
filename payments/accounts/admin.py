"""Transactions as staff see them, one by one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import vault
from backoffice.staff.admin_base import DeskAdmin, RecordAction, render_waits
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import money, state_badge, when
from payments.accounts import showing
from payments.accounts.models import Explanation, Transaction
from payments.accounts.statements import services
from payments.accounts.statements.forms import ExplainForm


@admin.register(Transaction, site=site)
class TransactionAdmin(DeskAdmin):
    required_right = Right.SEE_PAYMENTS
    nav_group = "records"
    nav_order = 35
    nav_icon = "list"
    list_display = ("transaction_id", "customer", "what", "amount_shown", "badge", "happened", "found_by")
    list_filter = ("found_by",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    search_help_text = gettext_lazy("Oceafin's whole id, of the transaction or what it is about")
    # The box is there; what is compared with an index stands in get_search_results.
    prefix_search = ("transaction_id",)
    record_template = "accounts/transaction.html"
    fields = ("found_at", "read_at", "updated_at")
    record_actions = (
        RecordAction(
            name="explain",
            label=gettext_lazy("Explain it"),
            right=Right.LEAD_PAYMENTS,
            form=ExplainForm,
            call=services.explain,
            shown=lambda row: not row.explained_type,
            done=gettext_lazy("Kept. It is off the list of what nothing explains."),
            style="primary",
        ),
        RecordAction(
            name="take-back",
            label=gettext_lazy("Take the explanation back"),
            right=Right.LEAD_PAYMENTS,
            call=services.take_back,
            confirm=gettext_lazy(
                "The transaction is on the list of what nothing explains again. What was written stays readable."
            ),
            shown=lambda row: row.explained_type == Explanation._meta.label,
            done=gettext_lazy("Taken back. The transaction is on the list again."),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("customer")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By a whole id, which an index finds among millions."""
        term = search_term.strip()
        if not term:
            return queryset, False
        by_id = queryset.filter(transaction_id=term)
        return (by_id if by_id.exists() else queryset.filter(resource_id=term)), False

    @admin.display(description=gettext_lazy("What"))
    def what(self, row: Transaction) -> str:
        return row.transaction_type or "–"

    @admin.display(description=gettext_lazy("Amount"))
    def amount_shown(self, row: Transaction) -> str:
        return money(showing.signed_amount(row), row.currency)

    @admin.display(description=gettext_lazy("Status"))
    def badge(self, row: Transaction) -> str:
        return state_badge(None, row.status)

    @admin.display(description=gettext_lazy("Happened"))
    def happened(self, row: Transaction) -> str:
        return when(row.occurred_at) if row.occurred_at else row.occurred_text or "–"

    def record_waits(self, record: Any) -> str:
        if record.explained_type:
            return ""
        return render_waits(
            what=_("No record of ours explains this transaction."),
            since=record.found_at,
            who=_("An operations lead finds out what it is, and writes it down."),
            by_itself=_("Once a record of ours names it, it is linked by itself."),
        )

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        sees_words = request.user.has_right(Right.SEE_PERSONAL_DATA)  # type: ignore[union-attr]
        (row,) = showing.rows_of([record])
        return {
            "row": row,
            "contradictions": list(record.contradictions.select_related("customer").order_by("id")),
            "explanations": [
                (each, _words(each) if sees_words else "")
                for each in record.explanations.select_related(
                    "written_by", "withdrawn_by", "transaction__customer"
                ).order_by("-id")
            ],
            "sees_words": sees_words,
        }


def _words(explanation: Explanation) -> str:
    try:
        return explanation.words
    except vault.KeyDestroyed:
        return _("(erased with the customer's data)")
