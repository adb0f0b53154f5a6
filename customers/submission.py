"""How customers and documents become bytes for Oceafin, and what each reply means for them (contract section 3)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.oceafin import kinds, outbox
from backoffice.oceafin.kinds import Contradiction, Foreign, Outcome, Resource
from backoffice.oceafin.models import Attempt, Lane, Submission
from backoffice.oceafin.signing import parse_timestamp
from backoffice.oceafin.states import SubmissionState
from customers import statuses
from customers.models import Customer, Document, Source
from customers.states import Standing

CREATE, POLL, UPLOAD = "customer.create", "customer.poll", "file.upload"
WAITING = (SubmissionState.QUEUED, SubmissionState.UNCONFIRMED, SubmissionState.HELD)
SETTLED = (SubmissionState.ACCEPTED, SubmissionState.REFUSED, SubmissionState.WITHDRAWN)
STANDING_AGAIN = timedelta(minutes=5)

DocumentListener = Callable[[Document, Outcome, datetime], None]
_DOCUMENT_LISTENERS: list[DocumentListener] = []


def on_document(listener: DocumentListener) -> None:
    """Be told when Oceafin took a document (`oceafin_file_asset_id` is set) or would not. Called in ready()."""
    if listener not in _DOCUMENT_LISTENERS:
        _DOCUMENT_LISTENERS.append(listener)


def register() -> None:
    """The three kinds that this app sends."""
    create = kinds.Kind(
        name=CREATE,
        label=gettext_lazy("New customer"),
        lane=Lane.PAPERS,
        operation="createCustomer",
        gate=_gate_customer,
        settle=_settle_create,
        identify=_identify_customer,
    )
    kinds.register(create)
    kinds.register(
        kinds.Kind(
            name=POLL,
            label=gettext_lazy("Question how a customer stands"),
            lane=Lane.PAPERS,
            operation="createCustomer",
            gate=lambda submission, now: kinds.Go(),
            settle=_settle_poll,
            identify=_identify_customer,
        )
    )
    kinds.register(
        kinds.Kind(
            name=UPLOAD,
            label=gettext_lazy("Document"),
            lane=Lane.PAPERS,
            operation="uploadCustomerFile",
            gate=_gate_upload,
            settle=_settle_upload,
            identify=_identify_file,
        )
    )
    statuses.on_known(_send_what_waited)


# --- From a record to bytes -------------------------------------------------------------------------------------


def create_body(customer: Customer) -> dict[str, Any]:
    """The whole body of a creation (STATED)."""
    return {
        "partnerCustomerRef": customer.partner_customer_ref,
        "customerType": customer.customer_type,
        "displayName": customer.display_name,
        "metadata": customer.metadata,
    }


def enqueue_create(customer: Customer, *, now: datetime) -> Submission:
    """Tell Oceafin of a customer, in the transaction that makes it."""
    return outbox.enqueue(
        kind=CREATE,
        subject=customer,
        key=f"{customer.partner_customer_ref}:create",
        path_url="/partner/v1/customers",
        body=create_body(customer),
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def enqueue_poll(customer: Customer, *, now: datetime) -> Submission | None:
    """Ask Oceafin again: the creation's own bytes under a new key. None while one is under way.

    Call with the customer locked.
    """
    number = customer.polls + 1
    customer.poll_due_at = statuses.next_poll(customer, now=now)
    if poll_in_flight(customer):
        customer.save(update_fields=["poll_due_at"])
        return None
    customer.polls = number
    customer.save(update_fields=["poll_due_at", "polls"])
    return outbox.enqueue(
        kind=POLL,
        subject=customer,
        key=f"{customer.partner_customer_ref}:create:poll:{number}",
        path_url="/partner/v1/customers",
        body=_submissions(customer, CREATE).get().body,
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def poll_in_flight(customer: Customer) -> bool:
    return _submissions(customer, POLL).filter(state__in=WAITING).exists()


def create_submission(customer: Customer) -> Submission | None:
    """The letter that tells Oceafin of this customer."""
    return _submissions(customer, CREATE).first()


def enqueue_upload(document: Document, customer: Customer, *, now: datetime) -> Submission:
    """Send a document; Oceafin's customerId must be known."""
    frozen = outbox.FrozenFile(
        head=bytes(document.envelope_head),
        tail=bytes(document.envelope_tail),
        storage_name=document.storage_name,
        file_sha256=document.sha256,
        file_bytes=document.size,
        body_sha256=document.body_sha256,
        content_type=f"multipart/form-data; boundary={document.envelope_boundary}",
    )
    return outbox.enqueue(
        kind=UPLOAD,
        subject=document,
        key=f"{customer.partner_customer_ref}:file:{document.sha256[:16]}:{document.document_type}",
        path_url=f"/partner/v1/customers/{customer.oceafin_customer_id}/files",
        body=frozen,
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def _send_what_waited(customer: Customer, now: datetime) -> None:
    for document in customer.documents.filter(sending_since__isnull=False).order_by("id"):
        enqueue_upload(document, customer, now=now)


# --- May it leave now -------------------------------------------------------------------------------------------


def _gate_customer(submission: Submission, now: datetime) -> kinds.GateAnswer:
    return _standing_allows(statuses.locked(int(submission.subject_id)), now)


def _gate_upload(submission: Submission, now: datetime) -> kinds.GateAnswer:
    document = Document.objects.only("customer_id").get(pk=submission.subject_id)
    return _standing_allows(statuses.locked(document.customer_id), now)


def _standing_allows(customer: Customer, now: datetime) -> kinds.GateAnswer:
    if customer.standing == Standing.ACTIVE:
        return kinds.Go()
    return kinds.Wait(
        _("Nothing leaves while we restrict this customer or end the relationship."), now + STANDING_AGAIN
    )


# --- What a reply means -----------------------------------------------------------------------------------------


def _identify_customer(submission: Submission, resource: Resource) -> str:
    customer_id = _uuid(resource, "customerId")
    ref = resource.get("partnerCustomerRef", submission.customer_ref)
    if ref != submission.customer_ref:
        raise Contradiction(_("Oceafin answered about another customer than the one we asked for."))
    customer = Customer.objects.get(partner_customer_ref=submission.customer_ref)
    if customer.oceafin_customer_id not in {None, customer_id}:
        raise Contradiction(
            _(
                "Oceafin now gives another customerId (%(new)s) than before (%(old)s). Ask Oceafin which is right."
            )
            % {"new": customer_id, "old": customer.oceafin_customer_id}
        )
    if Customer.objects.filter(oceafin_customer_id=customer_id).exclude(pk=customer.pk).exists():
        raise Contradiction(
            _(
                "Oceafin gives this customer the customerId of another customer of ours. Ask Oceafin which is right."
            )
        )
    return str(customer_id)


def _identify_file(submission: Submission, resource: Resource) -> str:
    asset_id = _uuid(resource, "fileAssetId")
    # Hex in capitals is the same number.
    if str(resource.get("sha256") or submission.file_sha256).lower() != submission.file_sha256:
        raise Contradiction(_("Oceafin holds other bytes than the document that we sent. Ask Oceafin."))
    return str(asset_id)


def _settle_create(submission: Submission, outcome: Outcome, now: datetime) -> None:
    if isinstance(outcome, kinds.Accepted):
        customer = statuses.locked(int(submission.subject_id))
        customer = statuses.record_customer_id(
            customer, customer_id=_uuid(outcome.resource, "customerId"), now=now
        )
        _record_reply(customer, submission, outcome.resource, source=Source.REPLY, now=now)


def _settle_poll(submission: Submission, outcome: Outcome, now: datetime) -> None:
    if isinstance(outcome, kinds.Unconfirmed):
        return
    customer = statuses.locked(int(submission.subject_id))
    news = None
    if isinstance(outcome, kinds.Accepted):
        news = _record_reply(customer, submission, outcome.resource, source=Source.READ, now=now)
        customer = statuses.locked(customer)
    if news is None or not news.changed:
        customer.polls_unchanged += 1
    customer.poll_due_at = statuses.next_poll(customer, now=now)
    customer.save(update_fields=["polls_unchanged", "poll_due_at"])
    _forget_older_polls(customer, submission)


def _settle_upload(submission: Submission, outcome: Outcome, now: datetime) -> None:
    if isinstance(outcome, kinds.Unconfirmed):
        return
    document = Document.objects.select_related("customer").get(pk=submission.subject_id)
    document.customer = statuses.locked(document.customer_id)
    if isinstance(outcome, kinds.Accepted):
        document.oceafin_file_asset_id = _uuid(outcome.resource, "fileAssetId")
        document.save(update_fields=["oceafin_file_asset_id"])
    for listener in _DOCUMENT_LISTENERS:
        listener(document, outcome, now)


def _record_reply(
    customer: Customer, submission: Submission, resource: Resource, *, source: str, now: datetime
) -> statuses.StatusNews | None:
    status = resource.get("status")
    if not isinstance(status, str) or not status:
        return None
    stated = resource.get("updatedAt")
    at = parse_timestamp(stated) if isinstance(stated, str) else None
    # Without its own instant a reply speaks of some moment after we wrote, and may be a stored one: whatever
    # was said since then is newer.
    return statuses.record_status(
        customer, status=status, at=at or submission.created_at, source=source, now=now
    )


def _forget_older_polls(customer: Customer, last: Submission) -> None:
    older = _submissions(customer, POLL).filter(Q(state__in=SETTLED) & ~Q(pk=last.pk))
    Attempt.objects.filter(submission__in=older).delete()
    older.delete()


def _submissions(customer: Customer, kind: str) -> Any:
    return Submission.objects.filter(
        subject_type=Customer._meta.label, subject_id=str(customer.pk), kind=kind
    )


def _uuid(resource: Resource, name: str) -> UUID:
    try:
        return UUID(str(resource[name]))
    except (KeyError, ValueError):
        raise Foreign(f"The answer carries no {name}.") from None
