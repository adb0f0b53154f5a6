"""What we send to Oceafin, for those who may see the borders."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import vault
from backoffice.audit import Actor
from backoffice.oceafin import outbox, showing
from backoffice.oceafin.models import Breaker, Submission
from backoffice.oceafin.states import SUBMISSION, SubmissionState
from backoffice.reveals import Whose
from backoffice.reveals.desk import OpensData, open_and_hide
from backoffice.staff import rights
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, badge, state_badge, when


def release(submission: Submission, *, reason: str, actor: Actor, now: datetime) -> None:
    """Release what is held, if the person may at this moment."""
    with transaction.atomic():
        outbox.release_held(submission, actor=actor, note=reason, now=now)
        # Last, because the person is locked last; who may not takes it back with this transaction.
        rights.require(actor, Right.RELEASE_HELD, now)


def whose(submission: Submission) -> Whose:
    return Whose(submission.vault_key, submission.customer_ref)


@admin.register(Submission, site=site)
class SubmissionAdmin(OpensData, DeskAdmin):
    whose = staticmethod(whose)
    required_right = Right.SEE_BORDERS
    nav_group = "borders"
    nav_icon = "out"
    list_display = ("key", "what", "standing", "customer_ref", "tries", "since")
    list_filter = ("state", "lane")
    ordering = ("-id",)
    prefix_search = ("key",)
    search_help_text = gettext_lazy("Key begins with")
    record_template = "oceafin/submission.html"
    fields = ("what", "customer_ref", "resource_id", "created_at", "settled_at", "body_sha256")
    record_actions = (
        RecordAction(
            name="release",
            label=gettext_lazy("Release"),
            right=Right.RELEASE_HELD,
            call=release,
            form=ReasonForm,
            confirm=gettext_lazy(
                "First look at Oceafin whether it took effect. Where it may have, the world is read before anything is "
                "sent again; it is sent under the same key, with the same bytes."
            ),
            shown=lambda submission: submission.state == SubmissionState.HELD,
            done=gettext_lazy("Released. It is looked at and carried on by itself."),
            style="danger",
        ),
        *open_and_hide(whose),
    )

    @admin.display(description=gettext_lazy("Kind"), ordering="kind")
    def what(self, submission: Submission) -> str:
        return submission.kind_label

    @admin.display(description=gettext_lazy("State"), ordering="state")
    def standing(self, submission: Submission) -> str:
        return state_badge(SUBMISSION, submission.state)

    @admin.display(description=gettext_lazy("Since"))
    def since(self, submission: Submission) -> str:
        return age(submission.state_since)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Case matters in keys, so that their index can answer."""
        term = search_term.strip()
        return (queryset.filter(key__startswith=term) if term else queryset), False

    def headline(self, record: Any) -> str:
        return str(record.key)

    def record_state(self, record: Any) -> tuple[Any, str]:
        return SUBMISSION, record.state

    def record_waits(self, record: Any) -> str:
        if record.is_final:
            return ""
        due = max(record.due_at, timezone.now())
        held = record.state == SubmissionState.HELD
        return render_waits(
            what=record.waits_for or SUBMISSION.sentences[SubmissionState(record.state)],
            since=record.state_since,
            who=_("Somebody who may release what is held.") if held else "",
            by_itself=_("Nothing happens by itself, unless an event shows the effect.")
            if held
            else _("It goes by itself, next at %(time)s UTC.") % {"time": f"{due:%H:%M:%S}"},
        )

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        personal = self.sees(request, record)
        attempts = list(record.attempts.order_by("number"))
        for attempt in attempts:
            attempt.submission = record
        try:
            sent = showing.sent_rows(record, personal=personal)
            tries = [(one, showing.reply_rows(one, personal=personal)) for one in attempts]
            erased = False
        except vault.KeyDestroyed:
            sent, tries, erased = [], [(one, []) for one in attempts], True
        return {
            **self.reveal_context(request, record),
            "sent": sent,
            "tries": tries,
            "erased": erased,
            "sentence": SUBMISSION.sentences[SubmissionState(record.state)],
            "support_text": showing.support_text(record, attempts),
        }


@admin.register(Breaker, site=site)
class BreakerAdmin(DeskAdmin):
    """Whether we send to Oceafin at all."""

    required_right = Right.SEE_BORDERS
    nav_group = "borders"
    nav_order = 55
    nav_icon = "switch"
    list_display = ("standing", "reason", "opened", "closed", "last_probe")
    list_display_links = None
    ordering = ("pk",)
    shows_timeline = False

    @admin.display(description=gettext_lazy("Sending"))
    def standing(self, breaker: Breaker) -> str:
        return badge("bad", _("Paused")) if breaker.is_open else badge("ok", _("Sending"))

    @admin.display(description=gettext_lazy("Paused at"))
    def opened(self, breaker: Breaker) -> str:
        return when(breaker.opened_at)

    @admin.display(description=gettext_lazy("Resumed at"))
    def closed(self, breaker: Breaker) -> str:
        return when(breaker.closed_at)
