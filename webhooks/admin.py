"""What Oceafin told us, for those who may see the borders."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import vault
from backoffice.reveals.desk import OpensData, open_and_hide
from backoffice.staff.admin_base import DeskAdmin, RecordAction, render_waits
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import ident, state_badge, when
from webhooks import inbox
from webhooks.models import WAITING, Event, Refusal
from webhooks.showing import rows_of
from webhooks.states import EVENT, EventState


@admin.register(Event, site=site)
class EventAdmin(OpensData, DeskAdmin):
    required_right = Right.SEE_BORDERS
    nav_group = "borders"
    nav_icon = "in"
    list_display = ("arrived", "event_type", "badge", "partner_customer_ref", "resource_type", "reason")
    list_display_links = ("arrived", "event_type")
    list_filter = ("state",)
    ordering = ("-received_at", "-id")
    prefix_search = ("event_id",)
    search_help_text = gettext_lazy("Event id, or the whole id of what it is about")
    record_template = "webhooks/event.html"
    fieldsets = (
        (
            gettext_lazy("What it is about"),
            {"fields": ("shown_resource", "resource_type", "shown_customer", "partner_customer_ref")},
        ),
        (
            gettext_lazy("How it came"),
            {
                "fields": (
                    "shown_id",
                    "occurred_at",
                    "received_at",
                    "timestamp",
                    "nonce",
                    "body_sha256",
                    "tries",
                )
            },
        ),
    )
    readonly_fields = ("shown_resource", "shown_customer", "shown_id")
    record_actions = (
        RecordAction(
            name="again",
            label=gettext_lazy("Apply again"),
            right=Right.RELEASE_HELD,
            call=inbox.apply_again,
            confirm=gettext_lazy("The event is applied again, from what it says. Nothing is applied twice."),
            shown=lambda event: event.state != EventState.RECEIVED and inbox.can_apply_again(event),
            done=gettext_lazy("It is tried again now."),
        ),
        *open_and_hide(lambda event: event),
    )

    @admin.display(description=gettext_lazy("Came"))
    def arrived(self, event: Event) -> str:
        return when(event.received_at)

    @admin.display(description=gettext_lazy("State"))
    def badge(self, event: Event) -> str:
        return state_badge(EVENT, event.state)

    @admin.display(description=gettext_lazy("Event id"))
    def shown_id(self, event: Event) -> str:
        return ident(event.event_id)

    @admin.display(description=gettext_lazy("Oceafin's id of it"))
    def shown_resource(self, event: Event) -> str:
        return ident(event.resource_id)

    @admin.display(description=gettext_lazy("Oceafin's id of the customer"))
    def shown_customer(self, event: Event) -> str:
        return ident(event.oceafin_customer_id)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Case matters in ids, so that their indexes can answer."""
        term = search_term.strip()
        return (
            queryset.filter(Q(event_id__startswith=term) | Q(resource_id=term)) if term else queryset
        ), False

    def headline(self, record: Any) -> str:
        return record.event_type or _("Event")

    def record_state(self, record: Any) -> tuple[Any, str]:
        return EVENT, record.state

    def record_waits(self, record: Any) -> str:
        if record.state not in WAITING:
            return ""
        due = max(record.due_at, timezone.now())
        return render_waits(
            what=record.reason or EVENT.sentences[EventState(record.state)],
            since=record.state_since,
            by_itself=_("It is tried again by itself, next at %(time)s UTC.") % {"time": f"{due:%H:%M:%S}"},
        )

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        personal = self.sees(request, record)
        try:
            rows, erased = rows_of(record, personal=personal), False
        except vault.KeyDestroyed:
            rows, erased = [], True
        return {
            **self.reveal_context(request, record),
            "sentence": EVENT.sentences[EventState(record.state)],
            "waits_now": record.state in WAITING,
            "body_rows": rows,
            "erased": erased,
            "moved": _record_moved(record),
        }


@admin.register(Refusal, site=site)
class RefusalAdmin(DeskAdmin):
    """How often the door turned a delivery away. A few are a clock or a secret; many are an attack."""

    required_right = Right.SEE_BORDERS
    nav_group = "borders"
    nav_order = 60
    nav_icon = "shield"
    list_display = ("why", "count", "last")
    list_display_links = None
    ordering = ("reason",)
    shows_timeline = False

    @admin.display(description=gettext_lazy("Reason"))
    def why(self, refusal: Refusal) -> str:
        return refusal.reason.replace("_", " ").capitalize()

    @admin.display(description=gettext_lazy("Last"))
    def last(self, refusal: Refusal) -> str:
        return when(refusal.last_at)


def _record_moved(event: Event) -> dict[str, str] | None:
    """Name and page of the record that the event moved; None where there is none."""
    if not event.subject_type:
        return None
    meta = apps.get_model(event.subject_type)._meta
    try:
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[event.subject_id])
    except NoReverseMatch:
        url = ""
    return {"name": f"{meta.verbose_name} {event.subject_id}", "url": url}
