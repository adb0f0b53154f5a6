"""Pages that hide personal data and open it for a purpose.

    @admin.register(Customer, site=site)
    class CustomerAdmin(OpensData, DeskAdmin):
        record_actions = (..., *open_and_hide(lambda customer: customer))

        def record_context(self, request, record):
            return {**self.reveal_context(request, record), ...}

The template says `{% include "reveals/banner.html" %}` at its top and shows personal data only `{% if sees_persons %}`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.reveals import services
from backoffice.reveals.models import STATED, Purpose, Reveal
from backoffice.staff.admin_base import RecordAction
from backoffice.staff.roles import Right

SHOW, HIDE = "show-personal-data", "hide-personal-data"

WhoseData = Callable[[Any], services.HasKey]


class RevealForm(forms.Form):
    """What somebody needs personal data for."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("What you need it for"), choices=[("", gettext_lazy("Choose")), *STATED]
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=services.LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Compliance leads and auditors read it, with your name and the time."),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("purpose") == Purpose.OTHER and not given.get("words"):
            self.add_error("words", _("Write what you need the data for."))
        return given


def open_and_hide(whose: WhoseData) -> tuple[RecordAction, RecordAction]:
    """The two buttons of a record's page. `whose(record)` is the customer that the record is about."""

    def show(record: Model, *, actor: Actor, now: datetime, purpose: str, words: str) -> Reveal:
        return services.open(
            customer=whose(record), purpose=purpose, words=words, subject=record, actor=actor, now=now
        )

    def hide(record: Model, *, actor: Actor, now: datetime) -> int:
        return services.close(customer=whose(record), subject=record, actor=actor, now=now)

    return (
        RecordAction(
            name=SHOW,
            label=gettext_lazy("Show personal data"),
            right=Right.SEE_PERSONAL_DATA,
            form=RevealForm,
            call=show,
            confirm=format_lazy(
                gettext_lazy(
                    "The data of this customer is shown to you for {minutes} minutes. Who looked, when and what "
                    "for is kept."
                ),
                minutes=settings.REVEAL_MINUTES,
            ),
            done=gettext_lazy("Shown. It hides again by itself."),
        ),
        RecordAction(
            name=HIDE,
            label=gettext_lazy("Hide personal data"),
            right=Right.SEE_PERSONAL_DATA,
            call=hide,
            done=gettext_lazy("Hidden again."),
        ),
    )


class OpensData:
    """Mixed into a DeskAdmin whose records hold personal data."""

    # Where the record names its customer otherwise than by `vault_key` and `partner_customer_ref`.
    whose: ClassVar[WhoseData] = staticmethod(lambda record: record)

    def sees(self, request: HttpRequest, record: Any) -> bool:
        """Is the record's data open to this person now? Asked once for each page."""
        return bool(self.reveal_context(request, record)["sees_persons"])

    def reveal_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """For the page: is it open, since which purpose, may this person open it."""
        known: Any = request
        if getattr(known, "_reveal_of", None) != (record._meta.label, record.pk):
            known._reveal_of = record._meta.label, record.pk
            known._reveal = self._asked(request, record)
        return dict(known._reveal)

    def _asked(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        user: Any = request.user
        if not user.has_right(Right.SEE_PERSONAL_DATA):
            return {"sees_persons": False, "may_open": False, "reveal": None, "may_see_looks": False}
        customer, now = self.whose(record), timezone.now()
        reveal = services.open_reveal(user, customer, now)
        return {
            "sees_persons": reveal is not None or services.is_opened_by_work(user, customer, now),
            "may_open": True,
            "reveal": reveal,
            "may_see_looks": user.has_right(Right.SEE_REVEALS),
            "looks_of": customer.partner_customer_ref,
        }

    def actions_for(self, request: HttpRequest, record: Any) -> list[RecordAction]:
        """Showing while it is hidden, hiding while it is open by a purpose of one's own."""
        found = super().actions_for(request, record)  # type: ignore[misc]
        context = self.reveal_context(request, record)
        unwanted = {
            name for name, on in ((SHOW, not context["sees_persons"]), (HIDE, context["reveal"])) if not on
        }
        return [action for action in found if action.name not in unwanted]

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """When the minutes are over, the page asks for itself again, and comes back with the data hidden."""
        response: HttpResponse = super().change_view(request, *args, **kwargs)  # type: ignore[misc]
        if hasattr(response, "render") and not response.is_rendered:  # type: ignore[attr-defined]
            response.add_post_render_callback(hides_in_time(request))  # type: ignore[attr-defined]
        return response


def hides_in_time(request: HttpRequest) -> Callable[[HttpResponse], None]:
    """For a page of one's own making: called once it is rendered, it has the page ask for itself again in time."""

    def hide_in_time(response: HttpResponse) -> None:
        reveal = getattr(request, "_reveal", {}).get("reveal")
        if reveal is not None:
            seconds = (reveal.until - timezone.now()).total_seconds()
            response["Refresh"] = str(max(1, int(seconds) + 1))

    return hide_in_time
