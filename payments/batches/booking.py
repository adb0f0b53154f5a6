"""From rows that were read to payments: all good rows at once, or none; then each by the one door for money."""

import time
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import once
from backoffice.audit import Actor
from backoffice.oceafin.clock import database_now
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from customers import statuses
from customers.models import Customer
from payments import requesting, services
from payments.batches import telling
from payments.batches.checking import ASKED_OF_CUSTOMERS, Checker, digest_of
from payments.batches.errors import AlreadyThere, BadRows, NothingToBook
from payments.batches.files import Reading
from payments.batches.leases import Lease
from payments.batches.models import Batch, BatchRow, Rule, Verdict
from payments.batches.states import BatchState
from payments.models import PaymentRequest, Source
from payments.states import PAYMENT, PaymentState

BOOKER = Actor.system("batches")
# So many payments are asked for in one transaction: then the lease is made longer, and cancelling is heard.
OPENED = 50
ENDED = [*(state.value for state in PAYMENT.final), PaymentState.SETTLED.value]

_NAME_PAYMENTS = """
UPDATE batches_batchrow r SET payment_id = o.payment_id
FROM unnest(%s::bigint[], %s::bigint[]) AS o (row_id, payment_id) WHERE r.id = o.row_id
"""
_CUSTOMERS = "SELECT DISTINCT customer_id FROM batches_batchrow WHERE batch_id = %s AND verdict = 'GOOD'"


def refuse_booking(batch: Batch, rule: str) -> None:
    """Raise NothingToBook, BadRows if this rule books nothing of what was read."""
    if not batch.good:
        raise NothingToBook(_("No row of this file can be booked."))
    if rule == Rule.NONE_UNLESS_ALL and batch.bad:
        raise BadRows(
            _("%(bad)d rows are bad, so nothing was booked. Correct them, or book all good rows.")
            % {"bad": batch.bad}
        )


@transaction.atomic
def book(lease: Lease) -> None:
    """Look once more at what may have changed since the file was read, then book every good row; or none."""
    batch: Batch = lease.lock(state=BatchState.BOOKING)
    now = database_now()
    turned = _turn_bad(batch)
    batch.good -= turned
    batch.bad += turned
    batch.save(update_fields=["good", "bad"])
    if (batch.bad and batch.rule == Rule.NONE_UNLESS_ALL) or not batch.good:
        sentence = ngettext(
            "%(count)d row is not good any more, so nothing was booked.",
            "%(count)d rows are not good any more, so nothing was booked.",
            turned,
        ) % {"count": turned}
        telling.move(
            batch,
            BatchState.READ,
            actor=BOOKER,
            now=now,
            verb="batch.not_booked",
            rule="",
            waits_for=sentence,
        )
        return
    facts = {"rows": batch.good, "rule": batch.rule}
    telling.move(batch, BatchState.BOOKED, actor=BOOKER, now=now, verb="batch.booked", facts=facts)


def _turn_bad(batch: Batch) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_CUSTOMERS, [batch.pk])
        customers = [pk for (pk,) in cursor.fetchall()]
    turned = 0
    for customer in Customer.objects.only(*ASKED_OF_CUSTOMERS).filter(pk__in=customers):
        if sentence := customer.refusal_reason():
            rows = batch.rows.filter(verdict=Verdict.GOOD, customer=customer)
            turned += rows.update(verdict=Verdict.BAD, faults=[["partnerCustomerRef", sentence]])
    return turned


def open_payments(lease: Lease, *, seconds: float) -> None:
    """Ask for the payment of booked rows that have none yet, in the order of the file, for about so long.

    The words of a row are taken from the file, and only where the row's digest recognises it. Raises leases.Lost.
    """
    ends = time.monotonic() + seconds
    batch: Batch = Batch.objects.get(lease.mine())
    if batch.opened + batch.refused >= batch.good:
        return
    checker = Checker(batch, database_now())
    with Reading(batch) as file:
        waiting: list[tuple[int, dict[str, str]]] = []
        for line, cells in file.rows():
            if line <= batch.opened_line:
                continue
            waiting.append((line, checker.asked(cells)))
            if len(waiting) >= OPENED:
                _open(lease, batch, waiting)
                waiting = []
                if time.monotonic() > ends:
                    return
        if waiting:
            _open(lease, batch, waiting)
    _expect_all(lease)


@transaction.atomic
def _expect_all(lease: Lease) -> None:
    """After the last row: where one was left behind, the file is gone through once more."""
    batch: Batch = lease.lock(state=BatchState.BOOKED)
    batch.opened = batch.rows.filter(payment__isnull=False).count()
    left = batch.rows.filter(verdict=Verdict.GOOD, payment__isnull=True).count()
    batch.refused = batch.good - batch.opened - left
    if left:
        batch.opened_line = 0
    batch.save(update_fields=["opened", "refused", "opened_line"])


def _open(lease: Lease, batch: Batch, waiting: list[tuple[int, dict[str, str]]]) -> None:
    """All of these or, if the worker dies, none: then another begins with the first of them.

    Locks batch, rows, customers and maker in this order, for all rows at once; each row is asked for by itself.
    """
    lease.keep(state=BatchState.BOOKED)
    lines = dict(waiting)
    with transaction.atomic(), once.for_all():
        held: Batch = lease.lock(state=BatchState.BOOKED)
        rows = list(
            BatchRow.objects.select_for_update(no_key=True)
            .filter(batch=batch, line__in=lines, verdict=Verdict.GOOD, payment__isnull=True)
            .order_by("line")
        )
        customers = statuses.lock_all([row.customer_id for row in rows if row.customer_id is not None])
        rights.lock_for_all(batch.maker)
        requesting.look_up_all([row.payment_ref for row in rows])
        now, opened = database_now(), []
        for row in rows:
            row.customer = customers.get(row.customer_id or 0)
            if payment := _payment_of(batch, row, lines[row.line], now):
                opened.append((row.pk, payment.pk))
        _name_payments(opened)
        _note_progress(held, waiting[-1][0])


def _payment_of(batch: Batch, row: BatchRow, asked: dict[str, str], now: datetime) -> PaymentRequest | None:
    """The payment of one row; None where it cannot be asked for: then the row says why."""
    try:
        return _request(batch, row, asked, now)
    except AlreadyThere as already:
        row.verdict, row.refusal = Verdict.SAME, str(already)
    except Refusal as refusal:
        # Its reference is free again, so that the corrected row can be handed in.
        row.verdict, row.refusal = Verdict.BAD, str(refusal)[:300]
        row.faults = [[getattr(refusal, "field", ""), str(refusal)]]
    row.save(update_fields=["verdict", "refusal", "faults"])
    return None


def _name_payments(opened: list[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _NAME_PAYMENTS, [[row for row, _payment in opened], [payment for _row, payment in opened]]
        )


def _note_progress(batch: Batch, line: int) -> None:
    """Counted from the rows themselves. Call with the batch locked."""
    done = batch.rows.filter(line__gt=batch.opened_line, line__lte=line)
    batch.opened_line = line
    batch.opened += done.filter(payment__isnull=False).count()
    batch.refused += done.exclude(refusal="").count()
    batch.save(update_fields=["opened_line", "opened", "refused"])


def _request(batch: Batch, row: BatchRow, asked: dict[str, str], now: datetime) -> PaymentRequest:
    if row.customer is None or digest_of(asked) != row.digest:
        raise Refusal(_("The file is not the one that was read. Upload it again."))
    payment, is_new = services.request_payment(
        payment_ref=row.payment_ref,
        kind=row.kind,
        customer=row.customer,
        amount=asked.get("amount", ""),
        currency=asked.get("currency", ""),
        details=asked,
        purpose=asked.get("purpose", ""),
        payment_reference=asked.get("paymentReference", ""),
        requested_by=asked.get("requestedBy", "") or batch.requested_by,
        scheduled_on=asked.get("scheduledOn", ""),
        source=Source.BATCH,
        actor=batch.maker,
        now=now,
    )
    if not is_new:
        raise AlreadyThere(_("The same payment was asked for elsewhere meanwhile."))
    return payment


@transaction.atomic
def settle(lease: Lease) -> None:
    """The batch is over once every row is a payment that has ended, or could not become one."""
    batch: Batch = lease.lock(state=BatchState.BOOKED)
    if batch.opened + batch.refused < batch.good:
        return
    open_rows = batch.rows.filter(payment__isnull=False).exclude(payment__state__in=ENDED)
    if not open_rows.exists():
        telling.move(batch, BatchState.SETTLED, actor=BOOKER, now=database_now(), verb="batch.settled")
