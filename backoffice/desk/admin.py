"""The audit trail as a list for auditors: newest first, by who acted, or of one customer, case or payment."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit.models import Entry
from backoffice.desk.customer_page.admin import CustomerPage
from backoffice.desk.places import place_of
from backoffice.staff.admin_base import DeskAdmin
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import ident, verb_words, when
from backoffice.staff.templatetags.trail import actor_name, entry_facts
from customers.models import Customer
from onboarding.second_look import services as second_look

__all__ = ["CustomerPage", "EntryAdmin"]


@admin.register(Entry, site=site)
class EntryAdmin(DeskAdmin):
    required_right = Right.SEE_AUDIT
    nav_group = ""
    nav_icon = "shield"
    list_display = ("happened", "what", "who", "about", "facts_shown")
    list_display_links = ("happened",)
    list_filter = ("actor_kind",)
    ordering = ("-id",)
    search_fields = ("subject_id",)
    search_help_text = gettext_lazy("A customer's whole reference")
    fieldsets = (
        (gettext_lazy("What happened"), {"fields": ("happened", "what", "who", "about", "facts_shown")}),
        (gettext_lazy("Its seal"), {"fields": ("seal_number", "seal_mac", "sealed_at")}),
    )
    readonly_fields = (
        "happened",
        "what",
        "who",
        "about",
        "facts_shown",
        "seal_number",
        "seal_mac",
        "sealed_at",
    )
    shows_timeline = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without what would tell somebody a first result on which they may take the second look."""
        user: Any = request.user
        return second_look.readable_by(user, super().get_queryset(request).select_related("seal"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Everything about one customer, by the index of the customer's entries."""
        term = search_term.strip()
        if not term:
            return queryset, False
        customer = Customer.objects.filter(partner_customer_ref=term).values_list("pk", flat=True).first()
        about = Q(customer_id=customer) if customer else Q(pk__in=[])
        return queryset.filter(about), False

    @admin.display(description=gettext_lazy("When"))
    def happened(self, entry: Entry) -> str:
        return when(entry.at)

    @admin.display(description=gettext_lazy("What"))
    def what(self, entry: Entry) -> str:
        return verb_words(entry.verb).capitalize()

    @admin.display(description=gettext_lazy("Who"))
    def who(self, entry: Entry) -> str:
        return actor_name(entry)

    @admin.display(description=gettext_lazy("About"))
    def about(self, entry: Entry) -> str:
        place = place_of(entry)
        return format_html('<a href="{}">{}</a>', place.url, place.name) if place.url else place.name

    @admin.display(description=gettext_lazy("Facts"))
    def facts_shown(self, entry: Entry) -> str:
        return entry_facts(entry)

    @admin.display(description=gettext_lazy("Number in the chain"))
    def seal_number(self, entry: Entry) -> Any:
        seal = getattr(entry, "seal", None)
        return seal.number if seal else _("Not sealed yet; that takes a few seconds.")

    @admin.display(description=gettext_lazy("Seal"))
    def seal_mac(self, entry: Entry) -> str:
        seal = getattr(entry, "seal", None)
        return ident(bytes(seal.mac).hex()) if seal else "–"

    @admin.display(description=gettext_lazy("Sealed"))
    def sealed_at(self, entry: Entry) -> str:
        seal = getattr(entry, "seal", None)
        return when(seal.sealed_at if seal else None)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Audit trail"), **(extra_context or {})})

    def headline(self, record: Any) -> str:
        return verb_words(record.verb).capitalize()
