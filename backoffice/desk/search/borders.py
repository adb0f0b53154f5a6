"""Looking up what crossed the borders: letters to Oceafin and their tries, events, webhooks of our own."""

from django.db.models import Q
from django.urls import reverse

from backoffice.desk.search.source import AT_MOST, Found, Term, once
from backoffice.oceafin.models import Attempt, Submission
from backoffice.oceafin.states import SUBMISSION
from webhooks.models import Event
from webhooks.outgoing.models import Delivery
from webhooks.outgoing.states import DELIVERY
from webhooks.states import EVENT


def letters(term: Term) -> list[Found]:
    """By the idempotency key; case matters in keys."""
    is_it, begins = (
        Submission.objects.filter(key=term.text),
        Submission.objects.filter(key__startswith=term.text),
    )
    rows = is_it.defer("body_sealed").union(begins.defer("body_sealed")[: AT_MOST + 1], all=True)
    return once(_letter(row, is_exact=row.key == term.text) for row in rows)


def tries(term: Term) -> list[Found]:
    """By the id of one request: ours, or the one that Oceafin answered with."""
    wanted = Q(request_id=term.id_text) | Q(oceafin_request_id=term.text) | Q(oceafin_request_id=term.id_text)
    letters = set(Attempt.objects.filter(wanted).values_list("submission_id", flat=True)[: AT_MOST + 1])
    rows = Submission.objects.filter(pk__in=letters).defer("body_sealed")
    return once(_letter(row, is_exact=True) for row in rows)


def events(term: Term) -> list[Found]:
    """By the id of the event, or of what it is about."""
    light = Event.objects.defer("body_sealed")
    about = light.filter(Q(event_id=term.text) | Q(resource_id=term.id_text))[: AT_MOST + 1]
    rows = about.union(light.filter(event_id__startswith=term.text)[: AT_MOST + 1], all=True)
    return once(
        Found(
            reference=row.event_id,
            url=reverse("admin:webhooks_event_change", args=[row.pk]),
            state=row.state,
            machine=EVENT,
            customer_ref=row.partner_customer_ref,
            note=row.event_type,
            is_exact=term.is_exactly(row.event_id),
        )
        for row in rows
    )


def webhooks(term: Term) -> list[Found]:
    """By the id of a message, one for each system that it went to."""
    rows = Delivery.objects.filter(message__message_id=term.text).select_related("message", "endpoint")
    return once(
        Found(
            reference=row.message.message_id,
            url=reverse("admin:outgoing_delivery_change", args=[row.pk]),
            state=row.state,
            machine=DELIVERY,
            note=f"{row.message.event_type} · {row.endpoint.name}",
            is_exact=True,
        )
        for row in rows.defer("message__body_sealed")[: AT_MOST + 1]
    )


def _letter(row: Submission, *, is_exact: bool) -> Found:
    return Found(
        reference=row.key,
        url=reverse("admin:oceafin_submission_change", args=[row.pk]),
        state=row.state,
        machine=SUBMISSION,
        customer_ref=row.customer_ref,
        note=row.kind_label,
        is_exact=is_exact,
    )
