"""The queues' own pages: one queue with the counts of all, the next case, and handing a case over."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff.errors import Refusal
from backoffice.staff.models import RoleGrant, User
from backoffice.staff.pages import form_page
from backoffice.staff.roles import ROLE_RIGHTS, Right, rights_of
from backoffice.staff.site import site
from backoffice.states import IllegalMove
from onboarding import due, queues, services
from onboarding.models import Case
from onboarding.states import CASE


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """One queue, the most urgent first, with the counts of all of them."""
    user, rights = seen_by(request, Right.SEE_CUSTOMERS)
    now = timezone.now()
    known = {queue.name: queue for queue in queues.QUEUES}
    here = known.get(request.GET.get("queue", ""), queues.QUEUES[0])
    counts = queues.counts(user, now)
    rows = list(here.rows(user, now)[: queues.ROWS])
    context = {
        **site.each_context(request),
        "title": _("Onboarding cases"),
        "tabs": [{"queue": queue, "count": capped(counts[queue.name])} for queue in queues.QUEUES],
        "here": here,
        "rows": [row_of(case, now) for case in rows],
        "more": len(rows) == queues.ROWS,
        "may_review": Right.REVIEW_CASES in rights,
        "may_lead": Right.LEAD_CASES in rights,
        "now": now,
    }
    return TemplateResponse(request, "onboarding/queue.html", context)


@require_POST
def next_case(request: HttpRequest) -> HttpResponse:
    """Take the most urgent case and open it."""
    user, _rights = seen_by(request, Right.REVIEW_CASES)
    try:
        case = services.claim_next(actor=Actor.staff(user), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("onboarding:queue")
    if case is None:
        messages.success(request, _("Nothing waits for you now. New cases appear here by themselves."))
        return redirect("onboarding:queue")
    return redirect("onboarding:case", case.case_ref)


class HandOverForm(forms.Form):
    """To whom, and what they should know."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("Colleague"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("Choose a colleague"),
    )
    note = forms.CharField(
        label=gettext_lazy("Note for them"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What you found, and what is left to do. It stays in the timeline."),
    )

    def __init__(self, *arguments: Any, right: Right, **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues(right)
        field.label_from_instance = lambda person: person.display_name  # type: ignore[method-assign]


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Hand one case over to a named colleague."""
    user, _rights = seen_by(request, Right.REVIEW_CASES)
    case = get_object_or_404(Case.objects.select_related("customer"), case_ref=case_ref)
    right = Right.ATTEST_CASES if case.state == "READY" else Right.REVIEW_CASES
    form = HandOverForm(request.POST if request.method == "POST" else None, right=right)
    if request.method == "POST" and form.is_valid():
        try:
            services.hand_over_case(
                case=case, actor=Actor.staff(user), now=timezone.now(), **form.cleaned_data
            )
        except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
            messages.error(request, str(refusal))
        else:
            words = _("%(name)s has the case now.") % {"name": form.cleaned_data["to"].display_name}
            messages.success(request, words)
            return redirect("onboarding:queue")
    return form_page(
        request,
        title=_("Hand over %(case)s") % {"case": case.case_ref},
        intro=_("Your colleague has the case from then on, and sees its data. This is on record."),
        form=form,
        submit=_("Hand over"),
        back_url=reverse("onboarding:case", args=[case.case_ref]),
    )


def colleagues(right: Right) -> Any:
    """Everybody who holds this right now, by name."""
    roles = [role.value for role, rights in ROLE_RIGHTS.items() if right in rights]
    holders = RoleGrant.objects.in_force().filter(role__in=roles).values("user")
    return User.objects.filter(pk__in=holders, is_active=True).order_by("display_name", "pk")


def seen_by(request: HttpRequest, right: Right) -> tuple[User, frozenset[Right]]:
    """The person and their rights, read once; 404 without the right that opens the page."""
    user = request.user
    rights = rights_of(user.roles) if isinstance(user, User) else frozenset()
    if not isinstance(user, User) or right not in rights:
        raise Http404
    return user, rights


def row_of(case: Case, now: Any) -> dict[str, Any]:
    """One line of a queue."""
    return {
        "case": case,
        "machine": CASE,
        "due": due.word(case, now),
        "due_words": due.sentence(case, now),
        "is_taken": case.claim_expires_at is not None and case.claim_expires_at > now,
    }


def capped(number: int) -> str:
    """A count as a page shows it: 99+ where counting stopped."""
    return f"{queues.COUNTED_AT_MOST - 1}+" if number >= queues.COUNTED_AT_MOST else str(number)
