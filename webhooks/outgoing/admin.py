"""Where our webhooks go, and the log of what was sent."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.staff.admin_base import DeskAdmin, RecordAction, render_waits
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import form_page, show_secret
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import badge, ident, state_badge, when
from webhooks.outgoing import services
from webhooks.outgoing.forms import EndpointForm
from webhooks.outgoing.models import Delivery, Endpoint, waits
from webhooks.outgoing.showing import shown_rows
from webhooks.outgoing.states import DELIVERY, DeliveryState

MANAGE = Right.MANAGE_ENDPOINTS
STANDING = {
    "WAITING": ("wait", gettext_lazy("Waits for a second administrator")),
    "CONFIRMED": ("wait", gettext_lazy("Waits for its secret to be taken")),
    "IN_FORCE": ("ok", gettext_lazy("In force")),
    "DISABLED": ("bad", gettext_lazy("Switched off")),
    "REVOKED": ("off", gettext_lazy("Revoked")),
}


def _show(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    return show_secret(
        request,
        title=_("Webhook secret"),
        secret=secret,
        intro=_("The secret that %(name)s checks signatures with:") % {"name": endpoint.name},
        back_url=reverse("admin:outgoing_endpoint_change", args=[endpoint.pk]),
    )


@admin.register(Endpoint, site=site)
class EndpointAdmin(DeskAdmin):
    required_right = Right.SEE_BORDERS
    nav_group = "administration"
    nav_order = 50
    nav_icon = "out"
    list_display = ("name", "url", "kinds", "standing", "last_taken")
    list_display_links = ("name",)
    ordering = ("name", "id")
    prefix_search = ("name",)
    record_template = "webhooks/endpoint.html"
    fields = (
        "url",
        "kinds",
        "last_taken",
        "failing",
        "asked_by",
        "asked_at",
        "confirmed_by",
        "confirmed_at",
        "revoked_by",
        "revoked_at",
    )
    readonly_fields = ("kinds", "last_taken", "failing")
    record_actions = (
        RecordAction(
            name="confirm",
            label=gettext_lazy("Confirm"),
            right=MANAGE,
            style="primary",
            call=services.confirm_endpoint,
            shown=lambda endpoint: endpoint.stands == "WAITING",
            step_up=True,
            confirm=gettext_lazy(
                "From then on this address learns of customers and their cases. Compare it with what was agreed."
            ),
            done=gettext_lazy("Confirmed. Whoever asked for it can now take the secret."),
        ),
        RecordAction(
            name="secret",
            label=gettext_lazy("Show the secret"),
            right=MANAGE,
            style="primary",
            call=services.issue_secret,
            shown=lambda endpoint: endpoint.stands == "CONFIRMED",
            step_up=True,
            confirm=gettext_lazy("The secret is shown once. Have the place ready where it will be kept."),
            answer=_show,
        ),
        RecordAction(
            name="on",
            label=gettext_lazy("Switch on again"),
            right=MANAGE,
            style="primary",
            call=services.switch_on,
            shown=lambda endpoint: endpoint.stands == "DISABLED",
            confirm=gettext_lazy("What waits is sent at once, the oldest first."),
            done=gettext_lazy("It is switched on. What waits is on its way."),
        ),
        RecordAction(
            name="test",
            label=gettext_lazy("Send a test"),
            right=MANAGE,
            call=services.send_test,
            shown=lambda endpoint: endpoint.stands == "IN_FORCE",
            done=gettext_lazy("The test is on its way. See below whether it was taken."),
        ),
        RecordAction(
            name="rotate",
            label=gettext_lazy("Change the secret"),
            right=MANAGE,
            call=services.rotate_secret,
            shown=lambda endpoint: endpoint.stands in {"IN_FORCE", "DISABLED"},
            step_up=True,
            confirm=gettext_lazy(
                "The new secret is shown once. For 24 hours both sign; give your system the new one within that time."
            ),
            answer=_show,
        ),
        RecordAction(
            name="revoke",
            label=gettext_lazy("Revoke"),
            right=MANAGE,
            style="danger",
            call=services.revoke_endpoint,
            shown=lambda endpoint: endpoint.stands != "REVOKED",
            confirm=gettext_lazy(
                "Nothing more is sent there, and what waits is cancelled. It cannot be undone."
            ),
            done=gettext_lazy("The endpoint is revoked."),
        ),
    )

    @admin.display(description=gettext_lazy("Kinds of event"))
    def kinds(self, endpoint: Endpoint) -> str:
        return ", ".join(endpoint.event_types) or _("all")

    @admin.display(description=gettext_lazy("State"))
    def standing(self, endpoint: Endpoint) -> str:
        kind, word = STANDING[endpoint.stands]
        return badge(kind, str(word))

    @admin.display(description=gettext_lazy("Last taken"))
    def last_taken(self, endpoint: Endpoint) -> str:
        return when(endpoint.delivered_at)

    @admin.display(description=gettext_lazy("Failing since"))
    def failing(self, endpoint: Endpoint) -> str:
        return when(endpoint.failing_since)

    def record_waits(self, record: Any) -> str:
        if record.stands != "DISABLED":
            return ""
        return render_waits(
            what=_("Switched off. %(why)s") % {"why": record.disabled_reason},
            since=record.disabled_at,
            who=_("An administrator switches it on when the system behind it works again."),
        )

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        rows = record.deliveries.select_related("message").order_by("-id")[:20]
        kind, word = STANDING[record.stands]
        now = timezone.now()
        both = (
            record.stands in {"IN_FORCE", "DISABLED"} and record.secret_rows.filter(ends_at__gt=now).first()
        )
        return {
            "deliveries": rows,
            "machine": DELIVERY,
            "standing": word,
            "standing_kind": kind,
            "both_until": both.ends_at if both else None,
            "log_url": reverse("admin:outgoing_delivery_changelist"),
        }

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not request.user.has_right(MANAGE):  # type: ignore[union-attr]
            return []
        return [{"label": _("Ask for an endpoint"), "url": reverse("admin:outgoing_endpoint_ask")}]

    def get_urls(self) -> list[URLPattern]:
        ask = path("ask/", self.admin_site.admin_view(self.ask_view), name="outgoing_endpoint_ask")
        return [ask, *super().get_urls()]

    def ask_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_right(MANAGE):  # type: ignore[union-attr]
            return redirect("admin:index")
        form = EndpointForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                endpoint = services.ask_endpoint(
                    **form.cleaned_data, actor=Actor.staff(request.user), now=timezone.now()
                )
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("Asked. A second administrator has to confirm it."))
                return redirect("admin:outgoing_endpoint_change", endpoint.pk)
        return form_page(
            request,
            title=_("Ask for a webhook endpoint"),
            form=form,
            submit=_("Ask"),
            back_url=reverse("admin:outgoing_endpoint_changelist"),
        )


@admin.register(Delivery, site=site)
class DeliveryAdmin(DeskAdmin):
    """The log: one row per message and endpoint, each try with what was answered."""

    required_right = Right.SEE_BORDERS
    nav_group = "oversight"
    nav_order = 70
    nav_icon = "out"
    list_display = ("announced", "kind", "endpoint", "badge", "tries", "reason")
    list_display_links = ("announced", "kind")
    list_select_related = ("message", "endpoint")
    list_filter = ("state",)
    ordering = ("-id",)
    record_template = "webhooks/delivery.html"
    search_help_text = gettext_lazy("The whole id of a message")
    prefix_search = ("message__message_id",)
    fields = ("shown_id", "kind", "endpoint", "announced", "tries", "digest")
    readonly_fields = ("shown_id", "kind", "announced", "digest")
    record_actions = (
        RecordAction(
            name="again",
            label=gettext_lazy("Send again"),
            right=MANAGE,
            call=services.send_again,
            confirm=gettext_lazy(
                "The same message goes out once more under the same id. A receiver that has it drops it."
            ),
            shown=lambda delivery: delivery.state != DeliveryState.CANCELLED,
            done=gettext_lazy("It is on its way."),
        ),
    )

    @admin.display(description=gettext_lazy("Announced"))
    def announced(self, delivery: Delivery) -> str:
        return when(delivery.message.announced_at)

    @admin.display(description=gettext_lazy("Kind"))
    def kind(self, delivery: Delivery) -> str:
        return delivery.message.event_type

    @admin.display(description=gettext_lazy("State"))
    def badge(self, delivery: Delivery) -> str:
        return state_badge(DELIVERY, delivery.state)

    @admin.display(description=gettext_lazy("Message id"))
    def shown_id(self, delivery: Delivery) -> str:
        return ident(delivery.message.message_id)

    @admin.display(description=gettext_lazy("SHA-256 of the body"))
    def digest(self, delivery: Delivery) -> str:
        return ident(delivery.message.body_sha256)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The whole id, so that its index answers."""
        term = search_term.strip()
        return (queryset.filter(message__message_id=term) if term else queryset), False

    def headline(self, record: Any) -> str:
        return f"{record.message.event_type} · {record.endpoint.name}"

    def record_state(self, record: Any) -> tuple[Any, str]:
        return DELIVERY, record.state

    def record_waits(self, record: Any) -> str:
        parts = waits(record)
        return render_waits(since=record.state_since, **parts) if parts else ""

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        rows, erased = shown_rows(record.message)
        return {
            "sentence": DELIVERY.sentences[DeliveryState(record.state)],
            "attempts": record.attempts.order_by("-number")[:50],
            "body_rows": rows,
            "erased": erased,
        }
