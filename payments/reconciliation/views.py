"""The pages of runs and breaks. Each button makes one service call."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import form_page, person, site_page
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove
from payments.reconciliation import services, showing
from payments.reconciliation.forms import FilterForm, ReasonForm
from payments.reconciliation.models import Break, Run

REFUSALS = (Refusal, IllegalMove, MovedMeanwhile)
SHOWN = 200


@require_GET
def overview_page(request: HttpRequest) -> HttpResponse:
    """The newest comparison, and every break that stands, the oldest first."""
    user = person(request, Right.SEE_PAYMENTS)
    form = FilterForm(request.GET or None)
    chosen = {name: text for name, text in form.cleaned_data.items() if text} if form.is_valid() else {}
    after = request.GET.get("from", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 9:
        raise Http404
    context = showing.overview(user, chosen, timezone.now(), int(after))
    following = context["next_from"]
    context["next_url"] = f"?{urlencode({**chosen, 'from': following})}" if following else ""
    return site_page(
        request,
        "payments/reconciliation/overview.html",
        {"title": _("Reconciliation"), "form": form, **context},
    )


@require_GET
def not_checked_page(request: HttpRequest) -> HttpResponse:
    """What the newest run could not compare, customer by customer."""
    person(request, Right.SEE_PAYMENTS)
    run = Run.objects.order_by("-id").first()
    rows = list(run.not_checked.select_related("customer").order_by("id")[: SHOWN + 1]) if run else []
    context = {"title": _("Not checked"), "run": run, "rows": rows[:SHOWN], "more": len(rows) > SHOWN}
    return site_page(request, "payments/reconciliation/not_checked.html", context)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    person(request, Right.LEAD_PAYMENTS)
    done = _("It goes on by itself. This page shows how far it is.")
    return _pressed(request, lambda **act: services.begin(**act), done, reverse("reconciliation:overview"))


@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    person(request, Right.LEAD_PAYMENTS)
    done = _("Cancelled. What was found until now stands.")
    return _pressed(request, lambda **act: services.cancel(**act), done, reverse("reconciliation:overview"))


@require_GET
def break_page(request: HttpRequest, break_id: int) -> HttpResponse:
    """One break: both sides beside each other, and what to do next."""
    user = person(request, Right.SEE_PAYMENTS)
    found = _break(break_id)
    context = {"title": str(found.get_kind_display()), **showing.break_context(found, user, timezone.now())}
    return site_page(request, "payments/reconciliation/break.html", context)


@require_POST
def take(request: HttpRequest, break_id: int) -> HttpResponse:
    person(request, Right.LEAD_PAYMENTS)
    found = _break(break_id)
    done = _("You look after it. Write why both sides differ when you know it.")
    return _pressed(request, lambda **act: services.take(found, **act), done, _url(found))


@require_POST
def give_back(request: HttpRequest, break_id: int) -> HttpResponse:
    person(request, Right.LEAD_PAYMENTS)
    found = _break(break_id)
    return _pressed(
        request, lambda **act: services.give_back(found, **act), _("It is free for others."), _url(found)
    )


@require_http_methods(["GET", "POST"])
def explain_page(request: HttpRequest, break_id: int) -> HttpResponse:
    person(request, Right.LEAD_PAYMENTS)
    found = _break(break_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.explain(
                found, actor=Actor.staff(request.user), now=timezone.now(), reason=form.cleaned_data["reason"]
            )
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Explained. It leaves by itself once both sides agree."))
            return redirect(_url(found))
    context = {
        "title": _("Explain it"),
        "intro": _("It stays on the list as explained, and comes back to be looked at if it changes."),
        "submit": _("Explain it"),
        "back_url": _url(found),
        "parent": showing.name_of(found),
        "form": form,
    }
    return form_page(request, **context)


def _pressed(request: HttpRequest, call: Callable[..., object], done: str, back: str) -> HttpResponse:
    try:
        call(actor=Actor.staff(request.user), now=timezone.now())
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(back)


def _break(break_id: int) -> Break:
    return get_object_or_404(
        Break.objects.select_related("customer", "payment", "owner", "explained_by"), pk=break_id
    )


def _url(found: Break) -> str:
    return reverse("reconciliation:break", args=[found.pk])
