"""Reading the world before anything is sent again: did it take effect? No transaction is open here."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from backoffice.oceafin import contract
from backoffice.oceafin.kinds import Found, NotFound, Read, Resource, Sight, Unreadable
from backoffice.oceafin.models import Submission
from backoffice.oceafin.wire import Answer
from payments import letters, reading, ways
from payments.models import BankAccount, PaymentRequest

PAGE = 100


def look_for_bank_account(submission: Submission, read: Read) -> Sight:
    account = BankAccount.objects.select_related("customer").get(pk=submission.subject_id)
    path = contract.path_for("listBankAccounts", customerId=account.customer.oceafin_customer_id, limit=PAGE)
    return _sight(
        reading.find(read, path, lambda item: item.get("bankAccountRef") == account.bank_account_ref),
        lambda item: "",
    )


def look_for_draft(submission: Submission, read: Read) -> Sight:
    """By the list, under our own reference: an unconfirmed draft has no id that we know."""
    body = letters.body_of(submission)
    payment = PaymentRequest.objects.select_related("customer").get(pk=submission.subject_id)
    way = ways.of(payment)
    path = contract.path_for(way.operations.list, customerId=payment.customer.oceafin_customer_id, limit=PAGE)
    page = reading.find(read, path, lambda item: item.get(way.ref_name) == body[way.ref_name])
    expected = way.expected(letters.draft_of(submission))
    return _sight(page, lambda item: way.mismatch(expected, item))


def look_for_submit(submission: Submission, read: Read) -> Sight:
    """What still is a draft was not submitted."""
    way = ways.of_letter(submission)
    oceafin_id = way.id_in(submission)
    reply = read(contract.path_for(way.operations.read, **{way.id_name: oceafin_id}))
    if not isinstance(reply, Answer) or not isinstance(reply.data, dict):
        return Unreadable(_("it could not be read"))
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
