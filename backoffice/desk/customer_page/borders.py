"""What the tabs show of the borders: events in and out, what is sent, who looked, and what happened."""

from typing import Any

from backoffice.desk.customer_page.page import ROWS, Page, newest
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SUBMISSION
from backoffice.reveals import looking
from backoffice.staff import timelines
from backoffice.staff.roles import Right
from webhooks.models import Event
from webhooks.outgoing.models import Delivery
from webhooks.outgoing.states import DELIVERY
from webhooks.states import EVENT

HISTORY_AT_MOST = 50


def events(page: Page) -> dict[str, Any]:
    """What Oceafin told us of this customer, and what we told the partner's systems."""
    told = Delivery.objects.filter(message__vault_key=page.customer.vault_key)
    told = told.select_related("message", "endpoint").order_by("-message_id", "-id")
    rows = Event.objects.filter(partner_customer_ref=page.customer.partner_customer_ref)
    return {
        **newest(rows.defer("body_sealed"), page),
        "told": told.defer("message__body_sealed")[:ROWS],
        "event_machine": EVENT,
        "delivery_machine": DELIVERY,
    }


def sending(page: Page) -> dict[str, Any]:
    """Every letter to Oceafin that is about this customer."""
    rows = Submission.objects.filter(customer_ref=page.customer.partner_customer_ref)
    return {**newest(rows.defer("body_sealed"), page), "machine": SUBMISSION}


def looks(page: Page) -> dict[str, Any]:
    rows, _more = looking.looks(customer_ref=page.customer.partner_customer_ref, person=None, before=None)
    return {"rows": rows[:ROWS], "reference": page.customer.partner_customer_ref}


def history(page: Page) -> dict[str, Any]:
    """What happened to the customer and their documents, newest first."""
    subjects = [page.customer, *page.customer.documents.only("customer").order_by("-id")[:HISTORY_AT_MOST]]
    shown = timelines.page_for(subjects, before=page.asked.get("before", ""), most=HISTORY_AT_MOST)
    if not page.may(Right.SEE_PERSONAL_DATA):
        # What colleagues wrote about a customer may name the person.
        for line in shown.lines:
            if getattr(line, "customer_id", None) is not None:
                line.note_key = None
    return {
        "entries": shown.lines,
        "older": shown.older,
        "is_older": bool(page.asked.get("before")),
        "may_see_audit": page.may(Right.SEE_AUDIT),
    }
