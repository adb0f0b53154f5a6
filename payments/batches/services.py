"""What a person or the partner's system can do with a batch of payments.

Each verb is one transaction: rights are checked under the lock, the batch moves along its table, the trail is written.
What takes longer is done by a worker (`working`). `now` is an aware UTC instant. Refusals change nothing.
"""

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import references, vault
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Right
from customers import storing
from payments import errors, guards, requesting, staging
from payments.batches import files, telling
from payments.batches.booking import refuse_booking
from payments.batches.errors import NotNow, NotYours
from payments.batches.models import REASON_CONTEXT, Batch, BatchRow, Rule, Verdict
from payments.batches.reading import drop_rows
from payments.batches.selecting import approvable, approve_selected, seen_digest
from payments.batches.states import CANCELLABLE, BatchState
from payments.batches.waking import wake_after_commit

__all__ = [
    "approvable",
    "approve_selected",
    "book",
    "cancel",
    "hold_out",
    "seen_digest",
    "take_back_in",
    "upload",
]


def upload(
    *,
    batch_ref: str,
    file: files.Upload,
    file_name: str,
    requested_by: str = "",
    rule: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[Batch, bool]:
    """Take a file of payments in; return the batch and whether it is new. It is then read by itself.

    With a `rule` it is booked by itself, too. The same file again under the same reference gives what stands. Raises
    NoReference, Unfit, UnusableFile, ScannerAway, StorageAway, ReferenceTaken, NotAllowed; nothing is kept then.
    """
    references.check(batch_ref)
    if rule and rule not in Rule.values:
        raise errors.Unfit("rule", _("Choose one of: %(words)s.") % {"words": ", ".join(Rule.values)})
    name = requesting.clean_words("requestedBy", requested_by)
    with files.receive(file) as received:
        asked = {"batchRef": batch_ref, "sha256": received.sha256, "requestedBy": name, "rule": rule}
        digest = references.request_digest(asked)
        existing = Batch.objects.filter(batch_ref=batch_ref).first()
        if existing is not None:
            return _same(existing, digest), False
        batch = Batch(
            batch_ref=batch_ref,
            request_digest=digest,
            maker_kind=actor.kind,
            maker_id=actor.id,
            maker_label=actor.label,
            requested_by=name,
            file_name=_shown_name(file_name),
            file_format=received.file_format,
            encoding=received.encoding,
            delimiter=received.delimiter,
            columns=received.columns,
            size=received.size,
            sha256=received.sha256,
            storage_name=files.store(received, now=now),
            rule=rule,
            state_since=now,
            created_at=now,
        )
    try:
        with transaction.atomic():
            _keep(batch, actor=actor, now=now)
    except BaseException as failure:
        storing.remove(batch.storage_name)
        winner = Batch.objects.filter(batch_ref=batch_ref).first()
        if isinstance(failure, IntegrityError) and winner is not None:
            return _same(winner, digest), False
        raise
    return batch, True


@transaction.atomic
def book(*, batch: Batch, rule: str, actor: Actor, now: datetime) -> Batch:
    """Book what was read: all good rows, or none unless all are good.

    Its maker alone does it, so that nobody else becomes the maker of its payments by the way. Raises NotAllowed,
    NotYours, NotNow, BadRows, NothingToBook, Unfit.
    """
    batch = _locked(batch)
    guards.allow(actor, Right.REQUEST_PAYMENTS, now)
    if (actor.kind, actor.id) != (batch.maker_kind, batch.maker_id):
        raise NotYours(_("%(maker)s uploaded this file and books it.") % {"maker": batch.maker_label})
    if rule not in Rule.values:
        raise errors.Unfit("rule", _("Say whether all good rows are booked, or none unless all are good."))
    if batch.state != BatchState.READ:
        raise NotNow(_("This batch is %(state)s and cannot be booked.") % {"state": _state(batch)})
    refuse_booking(batch, rule)
    facts = {"rule": rule, "good": batch.good, "bad": batch.bad}
    to = BatchState.BOOKING
    telling.move(batch, to, actor=actor, now=now, verb="batch.booking", facts=facts, rule=rule)
    wake_after_commit()
    return batch


@transaction.atomic
def cancel(*, batch: Batch, reason: str, actor: Actor, now: datetime) -> Batch:
    """Stop it: no row becomes a payment any more; payments that stand already are cancelled one by one.

    Makers and an operations lead may. Raises NotAllowed, NotNow, ReasonNeeded.
    """
    batch = _locked(batch)
    if actor.kind == "STAFF":
        lead = rights.rights_held(rights.person(actor)) & {Right.LEAD_PAYMENTS}
        rights.require(actor, Right.LEAD_PAYMENTS if lead else Right.REQUEST_PAYMENTS, now)
    elif (actor.kind, actor.id) != (batch.maker_kind, batch.maker_id):
        raise NotAllowed(_("Only who handed it in cancels it."))
    words = guards.reason_given(reason)
    if batch.state not in CANCELLABLE:
        raise NotNow(_("This batch is %(state)s and cannot be cancelled.") % {"state": _state(batch)})
    dropped = drop_rows(batch)
    telling.move(
        batch,
        BatchState.CANCELLED,
        actor=actor,
        now=now,
        verb="batch.cancelled",
        facts={"rows": dropped},
        note=words,
    )
    return batch


@transaction.atomic
def hold_out(*, row: BatchRow, reason: str, actor: Actor, now: datetime) -> BatchRow:
    """Leave one row out of what is approved together: its payment goes on waiting by itself. Raises NotAllowed, NotNow,
    ReasonNeeded."""
    row = _locked_row(row)
    user = staging.asked_person(actor, now)
    words = guards.reason_given(reason)[:1000]
    if row.customer is None or row.verdict != Verdict.GOOD:
        raise NotNow(_("There is nothing to hold out: this row is no payment."))
    if row.held_out_at is None:
        sealed = vault.seal_text(row.customer.vault_key, words, context=REASON_CONTEXT)
        guards.set_columns(row, held_out_at=now, held_out_by=user, held_out_reason_sealed=sealed)
        _take_down(row, "batch.row_held_out", actor=actor, now=now)
    return row


@transaction.atomic
def take_back_in(*, row: BatchRow, actor: Actor, now: datetime) -> BatchRow:
    """Let a row that was held out be approved with the others again. Raises NotAllowed."""
    row = _locked_row(row)
    staging.asked_person(actor, now)
    if row.held_out_at is not None:
        guards.set_columns(row, held_out_at=None, held_out_by=None, held_out_reason_sealed=None)
        _take_down(row, "batch.row_taken_back_in", actor=actor, now=now)
    return row


def _keep(batch: Batch, *, actor: Actor, now: datetime) -> None:
    guards.allow(actor, Right.REQUEST_PAYMENTS, now)
    batch.save(force_insert=True)
    facts = {"ref": batch.batch_ref, "sha256": batch.sha256, "bytes": batch.size, "format": batch.file_format}
    record(actor=actor, verb="batch.uploaded", subject=batch, now=now, facts=facts)
    wake_after_commit()


def _take_down(row: BatchRow, verb: str, *, actor: Actor, now: datetime) -> None:
    facts = {"line": row.line, "ref": row.payment_ref}
    record(actor=actor, verb=verb, subject=row.batch, now=now, facts=facts, customer_id=row.customer_id)


def _locked(batch: Batch) -> Batch:
    return Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _locked_row(row: BatchRow) -> BatchRow:
    rows = BatchRow.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("batch", "customer").get(pk=row.pk)


def _same(existing: Batch, digest: str) -> Batch:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, existing.batch_ref)
    return existing


def _shown_name(name: str) -> str:
    """A file's name as people read it: what is not printed in it is left out."""
    return "".join(char for char in unicodedata.normalize("NFC", name) if char.isprintable())[:200]


def _state(batch: Batch) -> str:
    return batch.get_state_display().lower()
