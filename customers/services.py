"""What people, programs and jobs can do with customers and their documents.

A document goes to Oceafin when somebody decided so (`send_document`), not when it is uploaded: what a reviewer
turns down never leaves this house.
"""

import secrets
import uuid
from datetime import UTC, datetime
from typing import IO

from django.db import IntegrityError, transaction
from django.utils import formats
from django.utils.translation import gettext as _

from backoffice import references, reveals, vault
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed, Refusal
from backoffice.staff.roles import Right
from customers import files, rendering, statuses, storing, submission
from customers.likeness import services as likeness
from customers.likeness.models import Kind
from customers.models import GIVEN_NAME_CONTEXT, Customer, CustomerType, Document
from customers.rules import checked_metadata, checked_name
from customers.states import STANDING, Standing
from customers.statuses import on_known, on_status, record_status
from customers.submission import on_document
from webhooks import inbox

__all__ = [
    "AlreadyAsking",
    "NotAllowed",
    "NotKnownYet",
    "NotUsable",
    "ask_again",
    "change_standing",
    "create_customer",
    "on_document",
    "on_known",
    "on_status",
    "open_document",
    "poll_due_customers",
    "record_status",
    "send_document",
    "sweep_orphans",
    "upload_document",
]

POLLS_A_ROUND = 200


class NotUsable(Refusal):
    """The uploaded file cannot be taken; the sentence says why and what to send instead."""


class NotKnownYet(Refusal):
    """Oceafin does not know the customer yet."""


class AlreadyAsking(Refusal):
    """A question to Oceafin about this customer is under way."""


class StandsAlready(Refusal):
    """The customer has this standing already."""


def create_customer(
    *,
    partner_customer_ref: str,
    customer_type: str,
    display_name: str,
    metadata: dict[str, str],
    actor: Actor,
    now: datetime,
) -> Customer:
    """Take a customer in, and tell Oceafin of it in the same transaction. Nothing is submitted by that.

    Raises ReferenceTaken with the customer that has the reference, NotAllowed, NoReference or Unfit.
    """
    references.check(partner_customer_ref)
    customer = Customer(
        partner_customer_ref=partner_customer_ref,
        customer_type=CustomerType(customer_type).value,
        display_name=checked_name(display_name),
        metadata=checked_metadata(metadata),
        standing_since=now,
        created_at=now,
        created_by=actor.label,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            if actor.kind == "STAFF":
                rights.require(actor, Right.CREATE_CUSTOMERS, now)
            return _created(customer, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        existing = Customer.objects.filter(partner_customer_ref=partner_customer_ref).first()
        if existing is None:
            raise
        raise references.ReferenceTaken(existing, partner_customer_ref) from None


@transaction.atomic
def change_standing(
    customer: Customer, *, standing: str, reason: str, actor: Actor, now: datetime
) -> Customer:
    """Restrict a customer, lift a restriction, or end the relationship; the reason is kept with the author.

    Payments ask for the standing under this lock: what is not claimed yet does not leave any more.
    Raises NotAllowed, StandsAlready.
    """
    customer = statuses.locked(customer)
    rights.require(actor, Right.RESTRICT_CUSTOMERS, now)
    old, new = customer.standing, Standing(standing)
    if old == new:
        raise StandsAlready(_("The customer has this standing already."))
    STANDING.check(old, new)
    customer.standing, customer.standing_since, customer.standing_by = new, now, actor.label
    customer.standing_reason_sealed = vault.seal_text(
        customer.vault_key, reason.strip(), context="customer.standing_reason"
    )
    customer.updated_at = now
    customer.save(
        update_fields=["standing", "standing_since", "standing_by", "standing_reason_sealed", "updated_at"]
    )
    record(
        actor=actor,
        verb="customer.standing",
        subject=customer,
        now=now,
        facts={"from": old, "to": new.value},
        note=reason.strip(),
        customer_key=customer.vault_key,
    )
    return customer


@transaction.atomic
def ask_again(customer: Customer, *, actor: Actor, now: datetime) -> None:
    """Ask Oceafin now for the customer's status. Raises NotAllowed, NotKnownYet, AlreadyAsking."""
    customer = statuses.locked(customer)
    if actor.kind == "STAFF":
        rights.require(actor, Right.CREATE_CUSTOMERS, now)
    if not customer.is_known_to_oceafin:
        raise NotKnownYet(_("Oceafin does not know this customer yet; telling it comes first, by itself."))
    if submission.enqueue_poll(customer, now=now) is None:
        raise AlreadyAsking(_("Oceafin is being asked already. The answer appears here by itself."))
    record(actor=actor, verb="customer.asked", subject=customer, now=now)


def upload_document(
    *,
    customer: Customer,
    document_type: str,
    file: storing.Upload,
    file_name: str,
    actor: Actor,
    now: datetime,
    right: Right = Right.CREATE_CUSTOMERS,
) -> tuple[Document, bool]:
    """Check a file, bring it into the storage and take it down; return the document and whether it is new.

    The same bytes and type again give the document that stands. Call it with no transaction open: the file is
    written first, so that no row is without its file. `right` is that of the act which a file is handed in for.
    Raises NotUsable, StorageAway, NotAllowed.
    """
    kind = files.DocumentType(document_type)
    if actor.kind == "STAFF":
        with transaction.atomic():
            rights.require(actor, right, now)
    try:
        received = storing.receive(file)
    except files.Unusable as unusable:
        raise NotUsable(str(unusable)) from None
    with received.file:
        standing = customer.documents.filter(document_type=kind, sha256=received.sha256).first()
        if standing is not None:
            return standing, False
        document = _drafted(customer, kind, received, file_name=file_name, actor=actor, now=now)
        stored = storing.store(
            received,
            document_id=document.document_id,
            head=bytes(document.envelope_head),
            tail=bytes(document.envelope_tail),
            now=now,
        )
    document.storage_name, document.body_sha256 = stored.name, stored.body_sha256
    try:
        return _written(document, actor=actor, now=now)
    except BaseException:
        storing.remove(stored.name)
        raise


@transaction.atomic
def send_document(document: Document, *, actor: Actor, now: datetime) -> None:
    """Decide that Oceafin gets this document. It leaves when the customerId is known; once is enough."""
    customer = statuses.locked(document.customer_id)
    document.refresh_from_db()
    if document.sending_since is not None:
        return
    document.sending_since = now
    document.save(update_fields=["sending_since"])
    record(actor=actor, verb="document.sending", subject=document, now=now)
    if customer.is_known_to_oceafin:
        submission.enqueue_upload(document, customer, now=now)


def open_document(document: Document, *, page: int | None, actor: Actor, now: datetime) -> IO[bytes] | bytes:
    """A page of the document as a picture, or with no page the original. Opening is taken down.

    The picture carries who looks and when. Raises NotAllowed (or NotRevealed: no purpose was stated, no case taken),
    NotUsable (it cannot be drawn), StorageAway, FileChanged (the storage holds other bytes than were handed in),
    TooBusy.
    """
    with transaction.atomic():
        reveals.require(actor, document.customer, now)
        if page in {None, 1}:
            record(
                actor=actor,
                verb="document.opened",
                subject=document,
                now=now,
                facts={"as": "original" if page is None else "pages"},
            )
    copy = storing.fetch(document.storage_name, sha256=document.sha256)
    if page is None:
        return copy
    with copy:
        try:
            return rendering.page_as_png(
                copy, content_type=document.content_type, page=page, mark=_mark(actor, now)
            )
        except files.Unusable as unusable:
            raise NotUsable(str(unusable)) from None


def _mark(actor: Actor, now: datetime) -> str:
    return f"{actor.label} · {formats.date_format(now.astimezone(UTC), 'j F Y, H:i')} UTC"


def poll_due_customers(now: datetime) -> int:
    """Ask Oceafin about the customers whose time has come. A duty of the sweep."""
    due = Customer.objects.filter(poll_due_at__lte=now).order_by("poll_due_at").values_list("pk", flat=True)
    count = 0
    for pk in list(due[:POLLS_A_ROUND]):
        with transaction.atomic():
            customer = (
                Customer.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(pk=pk, poll_due_at__lte=now)
                .first()
            )
            if customer is not None and submission.enqueue_poll(customer, now=now) is not None:
                count += 1
    return count


def sweep_orphans(now: datetime) -> int:
    """Take away stored files that have no row: their upload was cut off before it was written down. A duty."""
    names = storing.old_files(now=now)
    kept = set(Document.objects.filter(storage_name__in=names).values_list("storage_name", flat=True))
    orphans = [name for name in names if name not in kept]
    for name in orphans:
        storing.remove(name)
    return len(orphans)


def _created(customer: Customer, *, actor: Actor, now: datetime) -> Customer:
    customer.request_digest = references.request_digest(submission.create_body(customer))
    customer.vault_key = vault.create_key(purpose="customer").pk
    customer.save(force_insert=True)
    facts = {"type": customer.customer_type, "ref": customer.partner_customer_ref}
    likeness.learn_name(customer, now=now)
    record(actor=actor, verb="customer.created", subject=customer, now=now, facts=facts)
    submission.enqueue_create(customer, now=now)
    # Oceafin may know the reference from before: what it told us of it waits.
    inbox.adopt(customer_ref=customer.partner_customer_ref)
    return customer


def _drafted(
    customer: Customer,
    kind: files.DocumentType,
    received: storing.Received,
    *,
    file_name: str,
    actor: Actor,
    now: datetime,
) -> Document:
    document = Document(
        document_id=uuid.uuid4(),
        customer=customer,
        document_type=kind.value,
        content_type=received.content_type,
        size=received.size,
        sha256=received.sha256,
        pages=received.pages,
        envelope_boundary=f"oceafin-{secrets.token_hex(16)}",
        uploaded_at=now,
        uploaded_by=actor.label,
    )
    given = files.safe_name(file_name)
    if given:
        document.given_name_sealed = vault.seal_text(customer.vault_key, given, context=GIVEN_NAME_CONTEXT)
    document.envelope_head, document.envelope_tail = files.envelope(
        document_type=document.document_type,
        file_name=document.file_name,
        content_type=document.content_type,
        boundary=document.envelope_boundary,
    )
    return document


def _written(document: Document, *, actor: Actor, now: datetime) -> tuple[Document, bool]:
    try:
        with transaction.atomic():
            document.save(force_insert=True)
            facts = {"type": document.document_type, "sha256": document.sha256, "bytes": document.size}
            likeness.learn(document.customer, {Kind.FILE: [document.sha256]}, now=now)
            record(actor=actor, verb="document.uploaded", subject=document, now=now, facts=facts)
        return document, True
    except IntegrityError:
        same = Document.objects.filter(
            customer=document.customer, document_type=document.document_type, sha256=document.sha256
        ).first()
        if same is None:
            raise
        storing.remove(document.storage_name)
        return same, False
