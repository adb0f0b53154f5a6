"""Approving many rows of a batch at once: one reviewed list of terms, each row by the rules of approving a payment."""

import hashlib
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from backoffice import once
from backoffice.audit import Actor, MovedMeanwhile, record
from backoffice.oceafin.clock import database_now
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.states import IllegalMove
from customers import statuses
from payments import errors, guards, queues, services, staging
from payments.batches.errors import NothingToApprove, SelectionChanged
from payments.batches.leases import Lease
from payments.batches.models import Batch, BatchRow, SelectedRow, Selection, Verdict
from payments.batches.waking import wake_after_commit
from payments.models import Approval
from payments.states import PaymentState

# So many are approved in one transaction: then the lease is made longer.
APPROVED = 50
# A code is typed for one selection and sent with it: so much may lie between.
CODE_LIVES = timedelta(minutes=1)


_DECIDED = """
UPDATE batches_selectedrow s SET is_approved = d.refusal = '', refusal = d.refusal
FROM unnest(%s::bigint[], %s::text[]) AS d (id, refusal) WHERE s.id = d.id
"""


def approvable(batch: Batch, user: User) -> QuerySet[BatchRow]:
    """Rows that this person can approve together, in the order of the file: quoted, not held out, not theirs yet, and
    in a stage that asks for a role of theirs."""
    if not queues.may_be_asked(user):
        return BatchRow.objects.none()
    mine = Approval.objects.filter(payment=OuterRef("payment"), approver=user, voided_at__isnull=True)
    return BatchRow.objects.filter(
        ~Exists(mine),
        batch=batch,
        verdict=Verdict.GOOD,
        held_out_at__isnull=True,
        payment__state=PaymentState.PENDING_APPROVAL,
        payment__asks_roles__overlap=sorted(user.roles),
    ).exclude(payment__terms_digest="")


def seen_digest(rows: QuerySet[BatchRow]) -> str:
    """SHA-256 over the terms of these rows in the order of the file: what is seen is what is approved."""
    lines = rows.order_by("line").values_list("line", "payment__terms_digest")
    return _digest_of(lines.iterator(chunk_size=5_000))


def approve_selected(
    *, batch: Batch, seen: str, proof: services.Proof, actor: Actor, now: datetime
) -> Selection:
    """Say yes to exactly the rows and terms that were seen; a worker then approves each by the rules of its payment.

    `seen` is `seen_digest` as the page showed it. `proof` is a second factor shown for this selection: one that
    another decision rests on is refused. Raises NotAllowed, SameApprover, NothingToApprove, SelectionChanged,
    StepUpNeeded; each denied attempt is taken down.
    """
    try:
        with transaction.atomic():
            return _selected(batch, seen, proof, actor=actor, now=now)
    except Refusal as refusal:
        with transaction.atomic():
            facts = {"why": type(refusal).__name__}
            record(actor=actor, verb="batch.approval_denied", subject=batch, now=now, facts=facts)
        raise


def is_maker(batch: Batch, user: User) -> bool:
    """Whether this person uploaded the file, owns the token that did, or is named as who asked."""
    return user.pk in guards.maker_columns(batch.maker, batch.requested_by)["maker_user_ids"]


def _digest_of(lines: Iterable[tuple[int, str]]) -> str:
    """Of what was seen and of what is approved: made in one way, so that they can be compared."""
    digest = hashlib.sha256()
    for line, terms in lines:
        digest.update(f"{line}:{terms}\n".encode())
    return digest.hexdigest()


def _selected(batch: Batch, seen: str, proof: services.Proof, *, actor: Actor, now: datetime) -> Selection:
    batch = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    user = staging.asked_person(actor, now)
    if is_maker(batch, user):
        raise errors.SameApprover(_("You asked for these payments. Somebody else has to approve them."))
    if Selection.objects.filter(batch=batch, approver=user, finished_at__isnull=True).exists():
        raise SelectionChanged(_("Your approval of this batch is still being carried out. Wait for its end."))
    _expect_own_code(user, proof, now)
    rows = approvable(batch, user)
    lines = list(rows.order_by("line").values_list("pk", "line", "payment__terms_digest"))
    if not lines:
        raise NothingToApprove(_("Nothing of this batch waits for your approval now."))
    digest = _digest_of((line, terms) for _pk, line, terms in lines)
    if digest != seen:
        raise SelectionChanged(
            _("The rows or what they cost have changed since you looked. Look at them again, then decide.")
        )
    selection = Selection.objects.create(
        batch=batch,
        approver=user,
        digest=digest,
        method=proof.method,
        proved_at=proof.at,
        count=len(lines),
        approved_at=now,
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY batches_selectedrow (selection_id, row_id, terms_digest) FROM STDIN") as copy,
    ):
        copy.write("".join(f"{selection.pk}\t{pk}\t{terms}\n" for pk, _line, terms in lines))
    facts = {"rows": len(lines), "terms": digest, "method": proof.method, "selection": selection.pk}
    record(actor=actor, verb="batch.approval_given", subject=batch, now=now, facts=facts)
    wake_after_commit()
    return selection


def _expect_own_code(user: User, proof: services.Proof, now: datetime) -> None:
    rests = Q(approver=user, proved_at=proof.at)
    if now - proof.at > CODE_LIVES or Selection.objects.filter(rests).exists():
        raise errors.StepUpNeeded(_("Type a new code: one code approves exactly the rows that you reviewed."))
    if Approval.objects.filter(rests).exists():
        raise errors.StepUpNeeded(_("The code has been used for another payment. Type a new one."))


def carry_out(lease: Lease, *, seconds: float) -> None:
    """Approve what was selected, row by row, for about so long. Raises leases.Lost."""
    ends = time.monotonic() + seconds
    selection = Selection.objects.select_related("approver").get(lease.mine())
    actor = Actor.staff(selection.approver)
    while time.monotonic() < ends:
        lease.keep(finished_at__isnull=True)
        if not _approve_some(lease, actor):
            return


@transaction.atomic
def _approve_some(lease: Lease, actor: Actor) -> bool:
    """All of these are decided or, if the worker dies, none; whether there were any. The selection ends after the last.

    Locks selection, rows, customers, payments and approver in this order, for all at once; each is decided by itself.
    """
    selection: Selection = lease.lock(finished_at__isnull=True)
    now = database_now()
    chosen = list(selection.selected.filter(is_approved__isnull=True).order_by("id")[:APPROVED])
    if not chosen:
        guards.set_columns(selection, finished_at=now)
        return False
    rows = {
        row.pk: row
        for row in BatchRow.objects.select_for_update(no_key=True, of=("self",))
        .select_related("payment")
        .filter(pk__in=[each.row_id for each in chosen])
        .order_by("line")
    }
    with once.for_all():
        statuses.lock_all([row.customer_id for row in rows.values() if row.customer_id is not None])
        guards.lock_all([row.payment_id for row in rows.values() if row.payment_id is not None])
        rights.lock_for_all(actor)
        refusals = [_refusal_of(each, rows[each.row_id], actor, selection, now) for each in chosen]
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED, [[each.pk for each in chosen], refusals])
    refused = sum(map(bool, refusals))
    guards.set_columns(
        selection,
        approved=selection.approved + len(chosen) - refused,
        refused=selection.refused + refused,
    )
    return True


def _refusal_of(
    selected: SelectedRow, row: BatchRow, actor: Actor, selection: Selection, now: datetime
) -> str:
    """Approve one; return why not. Again does no harm: who has said yes to these terms has said yes."""
    proof = services.Proof(
        at=selection.proved_at, reviewed=True, method=selection.method, decided_at=selection.approved_at
    )
    try:
        if row.payment is None or row.held_out_at is not None:
            raise Refusal(_("It was held out meanwhile."))
        services.approve(
            payment=row.payment, seen_terms=selected.terms_digest, actor=actor, now=now, proof=proof
        )
    except (Refusal, IllegalMove, MovedMeanwhile) as refused:
        return str(refused)[:300]
    return ""
