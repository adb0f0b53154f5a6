"""The base of every admin class: read-only, flat lists, rights instead of Django's permissions.

Example for an app's admin.py:

    @admin.register(Customer, site=site)
    class CustomerAdmin(DeskAdmin):
        required_right = Right.SEE_CUSTOMERS
        list_display = ("partner_customer_ref", "display_name", "oceafin_status")
        prefix_search = ("partner_customer_ref", "display_name")
        record_actions = (
            RecordAction(
                name="restrict",
                label=_("Restrict"),
                right=Right.RESTRICT_CUSTOMERS,
                call=lambda customer, *, actor, now, reason: services.change_standing(
                    customer, standing=Standing.RESTRICTED, reason=reason, actor=actor, now=now
                ),
                form=ReasonForm,
                confirm=_("Nothing leaves for this customer until the restriction is lifted."),
                shown=lambda customer: customer.standing == Standing.ACTIVE,
                done=_("The customer is restricted."),
                step_up=False,
                style="danger",
            ),
        )

`call` makes ONE call into a service. It gets the record, `actor`, `now` and the form's fields by name.
A `Refusal` (or a subclass) that it raises is shown as its sentence, and what was typed is kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, display
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff import stepup, timelines
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove

COUNTED_AT_MOST = 10_000
PAGES_AT_MOST = 200


class ReasonForm(forms.Form):
    """Asks for the reason in the person's own words; it is kept with the record."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


@dataclass(frozen=True, kw_only=True)
class RecordAction:
    """A named button on a record's page: one right, one service call, one sentence when it is done."""

    name: str
    label: str | Promise
    right: Right
    call: Callable[..., object]
    form: type[forms.Form] | None = None
    confirm: str | Promise = ""
    # What this record waits for the button to settle, said once more where it is pressed.
    about: Callable[[Any], str] = field(default=lambda _record: "")
    done: str | Promise = ""
    shown: Callable[[Any], bool] = field(default=lambda _record: True)
    step_up: bool = False
    # What is shown instead of the record's page, made from what `call` returned: a token, say.
    answer: Callable[[HttpRequest, Any, Any], HttpResponse] | None = None
    style: str = "plain"  # "primary", "plain" or "danger"

    @property
    def asks(self) -> bool:
        """Does it need a page of its own before it acts?"""
        return self.form is not None or bool(self.confirm)


class FlatPaginator(Paginator):
    """Never counts a whole table: the planner's estimate for all rows, at most 10,000 for a filtered list."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, QuerySet):
            if not rows.query.where:
                estimate = self._estimate(rows)
                if estimate > COUNTED_AT_MOST:
                    return estimate
            return int(rows.order_by()[:COUNTED_AT_MOST].count())
        return len(rows)

    @cached_property
    def num_pages(self) -> int:
        return min(int(super().num_pages), PAGES_AT_MOST)

    @staticmethod
    def _estimate(rows: QuerySet[Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
                [connection.ops.quote_name(rows.model._meta.db_table)],
            )
            row = cursor.fetchone()
        return int(row[0]) if row else 0


def render_waits(**parts: Any) -> str:
    """The sentence of `{% waits %}` for a page: what, since, who, by_itself, now."""
    return render_to_string("staff/waits.html", parts)


class DeskAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Read-only: services write. `required_right` opens list and page; without it both are closed."""

    required_right: ClassVar[Right | None] = None
    # Where the sidebar shows the list: "work", "records", "borders", "oversight", "administration" or "".
    nav_group: ClassVar[str] = "records"
    nav_order: ClassVar[int] = 50
    nav_icon: ClassVar[str] = "list"
    # A template that is put before the fields on the record's page; it sees `record` and `record_context`.
    record_template: ClassVar[str] = ""
    record_actions: ClassVar[Sequence[RecordAction]] = ()
    prefix_search: ClassVar[Sequence[str]] = ()
    shows_timeline: ClassVar[bool] = True

    paginator = FlatPaginator
    show_full_result_count = False
    list_per_page = 25
    list_max_show_all = 25
    list_disable_select_all = True
    actions = None
    empty_value_display = "–"
    change_form_template = "staff/record.html"
    change_list_template = "staff/records.html"
    search_help_text = gettext_lazy("Begins with")

    # --- rights ---------------------------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        right = self.required_right
        return right is not None and request.user.has_right(right)  # type: ignore[union-attr]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- lists ----------------------------------------------------------------------------------------------
    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """Whoever is named in a list leads to their own page."""
        return ["customer_link" if name == "customer" else name for name in self.list_display]

    @display(description=gettext_lazy("Customer"))
    def customer_link(self, record: Any) -> str:
        customer = record.customer
        if customer is None:
            return "–"
        meta = customer._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[customer.pk])
        return format_html('<a href="{}">{}</a>', url, customer)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        return self.search_fields or tuple(f"{name}__startswith" for name in self.prefix_search)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """One term, compared with the beginning of each field, so that an index can answer."""
        term = search_term.strip()
        if not term or not self.prefix_search or self.search_fields:
            return super().get_search_results(request, queryset, search_term)
        wanted = Q()
        for name in self.prefix_search:
            wanted |= Q(**{f"{name}__istartswith": term})
        return queryset.filter(wanted), False

    # --- the page of one record -----------------------------------------------------------------------------
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        return self.readonly_fields

    def actions_for(self, request: HttpRequest, record: Model) -> list[RecordAction]:
        """The buttons that this person may press on this record now."""
        return [
            action
            for action in self.record_actions
            if request.user.has_right(action.right) and action.shown(record)  # type: ignore[union-attr]
        ]

    def timeline_subjects(self, record: Model) -> Iterable[Model]:
        """The records whose entries belong into this record's timeline."""
        return [record]

    def headline(self, record: Model) -> str:
        """What the page of this record is called: its reference, without personal data."""
        return str(record)

    def record_state(self, record: Model) -> tuple[Any, str] | None:
        """The machine and the state that the badge beside the headline shows."""
        return None

    def record_waits(self, record: Model) -> str:
        """The sentence of what it waits for, as `render_waits(...)` makes it; "" for nothing."""
        return ""

    def record_context(self, request: HttpRequest, record: Model) -> dict[str, Any]:
        """What `record_template` and an own `change_form_template` need besides."""
        return {}

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Buttons above the list: dicts with `label` and `url`; the first is the obvious one."""
        return []

    def timeline(self, request: HttpRequest, record: Model) -> list[Any]:
        """What happened to this record, newest first."""
        lines = timelines.lines_for(list(self.timeline_subjects(record)))
        if not request.user.has_right(Right.SEE_PERSONAL_DATA):  # type: ignore[union-attr]
            # What colleagues wrote about a customer may name the person.
            for line in lines:
                if getattr(line, "customer_id", None) is not None:
                    line.note_key = None
        return lines

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "GET" and request.method != "HEAD":
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return super().change_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context["record"] = obj
            context["record_buttons"] = [
                {"action": action, "url": self._action_url(obj, action), "asks": action.asks}
                for action in self.actions_for(request, obj)
            ]
            context["entries"] = self.timeline(request, obj) if self.shows_timeline else []
            context |= {
                "headline": self.headline(obj),
                "title": self.headline(obj),
                "record_state": self.record_state(obj),
                "record_waits": self.record_waits(obj),
                "record_template": self.record_template,
                "list_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
                "shows_timeline": self.shows_timeline,
                **self.record_context(request, obj),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    # --- record actions -------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        info = self.opts.app_label, self.opts.model_name
        do = path(
            "<path:object_id>/do/<slug:action_name>/",
            self.admin_site.admin_view(self.act_view),
            name="{}_{}_do".format(*info),
        )
        absent = {"{}_{}_{}".format(*info, page) for page in ("add", "delete", "history")}
        return [do, *(url for url in super().get_urls() if url.name not in absent)]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        extra = {"title": self.opts.verbose_name_plural, "list_buttons": self.list_buttons(request)}
        return super().changelist_view(request, extra | (extra_context or {}))

    def _action_url(self, record: Model, action: RecordAction) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_do"
        return reverse(name, args=[record.pk, action.name])

    def record_url(self, record: Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk])

    def act_view(self, request: HttpRequest, object_id: str, action_name: str) -> HttpResponse:
        """GET asks (form, consequence), POST acts. Nothing changes on GET."""
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            raise Http404
        action = next((a for a in self.record_actions if a.name == action_name), None)
        if action is None or not request.user.has_right(action.right):  # type: ignore[union-attr]
            raise Http404
        if not action.shown(record):
            messages.warning(request, _("This record has moved meanwhile; the button no longer applies."))
            return redirect(self.record_url(record))
        form = self._form(request, action)
        confirmed = request.method == "POST" and (not action.asks or "confirmed" in request.POST)
        if not confirmed or (form is not None and not form.is_valid()):
            return self._ask(request, record, action, form)
        if action.step_up and not stepup.fresh(request, timezone.now()):
            return stepup.ask(request)
        return self._act(request, record, action, form)

    @staticmethod
    def _form(request: HttpRequest, action: RecordAction) -> forms.Form | None:
        if action.form is None:
            return None
        if request.method == "POST" and "confirmed" in request.POST:
            return action.form(request.POST, request.FILES)
        return action.form()

    def _act(
        self, request: HttpRequest, record: Model, action: RecordAction, form: forms.Form | None
    ) -> HttpResponse:
        fields = form.cleaned_data if form else {}
        try:
            result = action.call(record, actor=Actor.staff(request.user), now=timezone.now(), **fields)
        except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
            messages.error(request, str(refusal))
            # What was typed is kept on the page that asked; a bare button goes back to the record.
            return self._ask(request, record, action, form) if form else redirect(self._back(request, record))
        if action.answer is not None:
            return action.answer(request, record, result)
        messages.success(request, str(action.done) or _("Done: %(what)s.") % {"what": action.label})
        return redirect(self._back(request, record))

    def _back(self, request: HttpRequest, record: Model) -> str:
        """To the queue that the button stood in, if it says so, else to the record."""
        queue = request.POST.get("back", "")
        if url_has_allowed_host_and_scheme(queue, allowed_hosts=None):
            return queue
        return self.record_url(record)

    def _ask(
        self, request: HttpRequest, record: Model, action: RecordAction, form: forms.Form | None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": action.label,
            "opts": self.opts,
            "record": record,
            "headline": self.headline(record),
            "record_url": self.record_url(record),
            "action": action,
            "about": action.about(record),
            "form": form,
        }
        return TemplateResponse(request, "staff/act.html", context)
