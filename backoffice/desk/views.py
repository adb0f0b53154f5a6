"""Pages of the desk that belong to no record."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.desk import figures
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SUBMISSION, SubmissionState
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from customers.models import Customer
from webhooks.models import Event
from webhooks.states import EVENT, EventState

ROWS = 25


@require_safe
def customer(request: HttpRequest) -> HttpResponse:
    """To the page of the customer with the reference `?ref=`, for pages that know no more than that."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.SEE_CUSTOMERS):
        raise Http404
    found = get_object_or_404(Customer, partner_customer_ref=request.GET.get("ref", "").replace("\x00", ""))
    return redirect("admin:customers_customer_change", found.pk)


@require_safe
def sending(request: HttpRequest) -> HttpResponse:
    """How the way to Oceafin and the way back stand, and what a person has to look at."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.SEE_BORDERS):
        raise Http404
    now = timezone.now()
    state = figures.sending(now)
    held = Submission.objects.filter(state=SubmissionState.HELD).order_by("-id")
    unconfirmed = Submission.objects.filter(state=SubmissionState.UNCONFIRMED).order_by("-id")
    parked = Event.objects.filter(state__in=[EventState.PARKED, EventState.DEAD]).order_by(
        "-received_at", "-id"
    )
    last = Event.objects.order_by("-received_at", "-id").values_list("received_at", flat=True).first()
    context = {
        **site.each_context(request),
        "title": _("Sending to Oceafin"),
        "sending": state,
        "late": state.is_late(now),
        "events_due": figures.counted(figures.due_events(now)),
        "last_event": last,
        "held": held[:ROWS],
        "unconfirmed": unconfirmed[:ROWS],
        "parked": parked[:ROWS],
        "submission_machine": SUBMISSION,
        "event_machine": EVENT,
        "now": now,
    }
    return TemplateResponse(request, "desk/sending.html", context)
