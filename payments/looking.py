"""Reading the world before anything is sent again: did it take effect? No transaction is open here."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin import contract
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.kinds import Found, NotFound, Read, Resource, Sight, Unreadable
from backoffice.oceafin.models import Submission
from backoffice.oceafin.signing import parse_timestamp
from backoffice.oceafin.wire import Answer
from payments import letters, payee_kinds, reading, ways
from payments.models import PaymentRequest, Quote
from payments.way import Way

PAGE = 100


def look_for_payee(submission: Submission, read: Read) -> Sight:
    payees = payee_kinds.model_of(submission).objects
    payee = payees.select_related("customer").get(pk=submission.subject_id)
    kind = payee_kinds.of(payee)
    path = contract.path_for(kind.list, customerId=payee.customer.oceafin_customer_id, limit=PAGE)
    found = reading.find(read, path, lambda item: item.get(kind.ref_name) == payee.ref)
    return _sight(found, lambda item: "")


def look_for_draft(submission: Submission, read: Read) -> Sight:
    """By the list, under our own reference: an unconfirmed draft has no id that we know."""
    body = letters.body_of(submission)
    payment = PaymentRequest.objects.select_related("customer").get(pk=submission.subject_id)
    way = ways.of(payment)
    path = contract.path_for(way.operations.list, customerId=payment.customer.oceafin_customer_id, limit=PAGE)
    page = reading.find(read, path, lambda item: item.get(way.ref_name) == body[way.ref_name])
    expected = way.expected(letters.draft_of(submission))
    return _sight(page, lambda item: way.mismatch(expected, item))


def look_for_quote(submission: Submission, read: Read) -> Sight:
    """A quote whose answer was lost: one of exactly these terms that lives, and that no payment of ours has.

    Oceafin's list knows no reference of ours. A quote moves nothing and serves once, so that one of the same terms
    is as good; it is read by its id, for the list may be older than it is.
    """
    way, wanted = ways.of_letter(submission), letters.body_of(submission)
    payment = PaymentRequest.objects.select_related("customer").get(pk=submission.subject_id)
    path = contract.path_for(
        way.operations.quotes, customerId=payment.customer.oceafin_customer_id, limit=PAGE
    )
    page = reading.find(read, path, lambda item: _may_serve(way, wanted, item))
    offered = [str(item["quoteId"]) for item in page.items]
    ours = set(Quote.objects.filter(oceafin_quote_id__in=offered).values_list("oceafin_quote_id", flat=True))
    for quote_id in offered:
        if quote_id not in ours:
            reply = read(contract.path_for(way.operations.one_quote, quoteId=quote_id))
            resource = reply.data if isinstance(reply, Answer) and isinstance(reply.data, dict) else {}
            if resource.get("quoteId") == quote_id and _may_serve(way, wanted, resource):
                return Found(resource)
    return Unreadable(page.failure) if page.failure else NotFound()


def _may_serve(way: Way, wanted: dict[str, Any], quote: Resource) -> bool:
    """Whether it says all that was asked for, exactly, and lives."""
    if not quote.get("quoteId") or not wanted.keys() <= quote.keys() or way.mismatch(wanted, quote):
        return False
    expires = parse_timestamp(str(quote.get("expiresAt") or ""))
    return expires is not None and expires > database_now() and None not in map(quote.get, wanted)


def look_for_submit(submission: Submission, read: Read) -> Sight:
    """What still is a draft was not submitted."""
    way = ways.of_letter(submission)
    oceafin_id = way.id_in(submission)
    reply = read(contract.path_for(way.operations.read, **{way.id_name: oceafin_id}))
    if not isinstance(reply, Answer) or not isinstance(reply.data, dict):
        return Unreadable(_("Oceafin gave no readable answer"))
    resource = reply.data
    if resource.get(way.id_name) != oceafin_id or not resource.get("status"):
        return Unreadable(_("Oceafin answered about something else"))
    return NotFound() if resource["status"] == "DRAFT" else Found(resource)


def _sight(page: reading.Page, mismatch: Callable[[Resource], str]) -> Sight:
    items: list[Resource] = page.items
    if len(items) > 1:
        return Unreadable(_("Oceafin has it more than once: ask Oceafin which one counts"))
    if items:
        field = mismatch(items[0])
        if field:
            return Unreadable(_("Oceafin has it with another %(field)s") % {"field": field})
        return Found(items[0])
    return Unreadable(page.failure) if page.failure else NotFound()
