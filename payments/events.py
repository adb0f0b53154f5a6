"""What Oceafin's events mean for payments: each is a hint, the resource itself is read first (contract section 5)."""

from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin import contract
from backoffice.oceafin.codes import NOT_FOUND
from backoffice.oceafin.kinds import Contradiction
from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from backoffice.oceafin.wire import Problem
from payments import after_all, guards, letters, observing, payee_news, ways
from payments.accounts.statements import events as movements
from payments.models import BankAccount, Draft
from payments.outcomes import instant_of
from payments.way import Way
from webhooks import inbox
from webhooks.inbox import Applied, Handler, Ignored, Outcome, Parked, Read
from webhooks.models import Event


def register() -> None:
    """Called once in ready()."""
    for way in ways.WAYS.values():
        inbox.register(
            way.resource_type, Handler(read=partial(read_payment, way), apply=partial(apply_payment, way))
        )
    inbox.register("transaction", Handler(read=read_transaction, apply=apply_transaction))
    inbox.register("bank_account", Handler(apply=apply_bank_account))


def read_payment(way: Way, event: Event, read: Read) -> dict[str, Any] | None:
    return _resource(way, event.resource_id, read)


def apply_payment(way: Way, event: Event, resource: dict[str, Any] | None, now: datetime) -> Outcome:
    """Find the payment by Oceafin's id or by our reference, settle what this proves, then walk the payment."""
    if resource is None:
        return Parked(_("Oceafin does not know this payment (yet)."))
    draft = _draft_for(way, event, resource)
    if draft is None:
        return Parked(_("No payment of ours has this id (yet)."))
    conflict = ""
    try:
        observing.settle_letters(draft, resource, source=event.event_id, now=now)
    except Contradiction as contradiction:
        conflict = str(contradiction)
    payment = guards.locked(draft.payment_id)
    key = payment.customer.vault_key
    if conflict:
        observing.contradict(payment, conflict, source=event.event_id, now=now)
        return Applied(payment, vault_key=key)
    if draft.number != payment.draft_number:
        return _about_an_old_draft(draft, resource, event, now)
    at = instant_of(resource, event.happened_at)
    reason = observing.observe(payment, resource, at=at, source=event.event_id, now=now)
    if reason and not payment.contradicted:
        return Ignored(reason, payment, vault_key=key)
    return Applied(payment, vault_key=key)


def read_transaction(event: Event, read: Read) -> dict[str, Any] | None:
    """The transaction, and what it belongs to, if that is a payment."""
    found = movements.read_transaction(event, read)
    if found is None:
        return None
    about = found["transaction"]
    way, paid = ways.of_resource(str(about.get("resourceType") or "")), None
    if way is not None and about.get("resourceId"):
        paid = _resource(way, str(about["resourceId"]), read)
    return {**found, "payment": paid}


def apply_transaction(event: Event, resource: dict[str, Any] | None, now: datetime) -> Outcome:
    """It is kept whatever it is about; one about a payment says how that stands, too."""
    kept = movements.apply_transaction(event, resource, now)
    outcome = _of_its_payment(event, resource, now) if isinstance(kept, Applied) else None
    movements.have_lists_read(kept, now)
    return outcome or kept


def _of_its_payment(event: Event, resource: dict[str, Any] | None, now: datetime) -> Outcome | None:
    if resource is None or resource["payment"] is None:
        return None
    way = ways.of_resource(str(resource["transaction"].get("resourceType") or ""))
    return None if way is None else apply_payment(way, event, resource["payment"], now)


def apply_bank_account(event: Event, _resource: dict[str, Any] | None, now: datetime) -> Outcome:
    """There is no GET for one bank account: the event makes us read the list at once."""
    found = BankAccount.objects.filter(oceafin_bank_account_id=event.resource_id).first()
    if found is None:
        return Parked(_("No bank account of ours has this id (yet)."))
    account = payee_news.locked(BankAccount, found.pk)
    guards.set_columns(account, next_poll_at=now)
    return Applied(account, vault_key=account.customer.vault_key)


def _resource(way: Way, oceafin_id: str, read: Read) -> dict[str, Any] | None:
    reply = read(contract.path_for(way.operations.read, **{way.id_name: oceafin_id}))
    if isinstance(reply, Problem) and reply.code == NOT_FOUND:
        return None
    resource = inbox.resource_of(reply)
    if resource.get(way.id_name) != oceafin_id:
        raise inbox.ReadFailed(_("Oceafin answered about something else."))
    return resource


def _draft_for(way: Way, event: Event, resource: dict[str, Any]) -> Draft | None:
    """By Oceafin's id; else by our reference, if the letter is still unanswered and the customer is the same."""
    drafts = Draft.objects.select_related(
        "payment__customer", "payment__beneficiary", "payment__wallet", "quote"
    )
    drafts = drafts.filter(payment__kind=way.kind)
    known = drafts.filter(oceafin_id=str(resource[way.id_name])).first()
    if known is not None:
        return known
    draft = drafts.filter(draft_ref=str(resource.get(way.ref_name) or ""), oceafin_id__isnull=True).first()
    if draft is None:
        return None
    named = event.partner_customer_ref
    ours = draft.payment.customer.partner_customer_ref
    letter = Submission.objects.filter(key=letters.draft_key(draft)).first()
    if named not in ("", ours) or letter is None:
        return None
    # Two people had found that it did not arrive; or a draft that is the instruction was carried out all the same.
    closed = letter.state == SubmissionState.WITHDRAWN or not way.operations.submit
    if letter.is_final and closed and letter.first_left_at is not None:
        after_all.known(draft, resource)
        return draft
    return None if letter.is_final else draft


def _about_an_old_draft(draft: Draft, resource: dict[str, Any], event: Event, now: datetime) -> Outcome:
    payment = guards.locked(draft.payment_id)
    key = payment.customer.vault_key
    if after_all.of_an_old_draft(payment, draft, resource, source=event.event_id, now=now):
        return Applied(payment, vault_key=key)
    return Ignored(_("This is about an earlier draft, which was replaced."), payment, vault_key=key)
