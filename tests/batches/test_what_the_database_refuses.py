"""A file, its rows and who approved which of them stay as they were written, whoever writes past the services."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, transaction

from payments.batches import services
from payments.batches.models import Batch, BatchRow, SelectedRow, Selection
from payments.services import Proof
from tests.batches.people import booked, csv_of, line, read, work
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, approver, now, quoted, sql, user_of

pytestmark = pytest.mark.django_db


@contextmanager
def refused(said: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        yield


@pytest.fixture
def batch() -> Batch:
    """Booked, and approved by one person: of three rows the last one is bad."""
    account_of(known_customer())
    batch = booked(csv_of(line("wd-1"), line("wd-2"), line("wd-3", "0")))
    for row in batch.rows.filter(payment__isnull=False):
        quoted(row.payment)
    ann = approver()
    seen = services.seen_digest(services.approvable(batch, user_of(ann)))
    services.approve_selected(batch=batch, seen=seen, proof=Proof(at=now()), actor=ann, now=now())
    work()
    return Batch.objects.get(pk=batch.pk)


def test_another_file_or_another_uploader(batch: Batch) -> None:
    for change in (
        "batch_ref = 'b-9'",
        "request_digest = 'x'",
        "maker_kind = 'SYSTEM'",
        "maker_id = '0'",
        "maker_label = 'x'",
        "requested_by = 'x'",
        "sha256 = 'x'",
        "size = 1",
        "columns = '{}'",
    ):
        with refused("Cannot update"):
            sql(f"UPDATE batches_batch SET {change}")


def test_a_step_back_or_a_booking_by_no_rule(batch: Batch) -> None:
    for state in ("UPLOADED", "READ", "BOOKING"):
        with refused("Invalid FSM|moves"):
            Batch.objects.update(state=state)
    with refused("batch_booked_by_a_rule"):
        Batch.objects.update(rule="")


def test_a_row_that_asks_for_something_else(batch: Batch) -> None:
    for change in (
        "amount = 9999",
        "currency = 'USD'",
        "goes_to = 'ba-2'",
        "payment_ref = 'wd-9'",
        "kind = 'REFUND'",
        "network = 'x'",
        "digest = 'x'",
        "line = 99",
        "customer_id = NULL",
    ):
        with refused("Cannot update"):
            sql(f"UPDATE batches_batchrow SET {change}")


def test_two_rows_of_one_line_one_reference_or_one_payment(batch: Batch) -> None:
    first, second = batch.rows.filter(verdict="GOOD").order_by("line")
    copy = BatchRow.objects.get(pk=first.pk)
    copy.pk, copy.payment, copy.payment_ref = None, None, "wd-9"
    with refused("batch_line_once"):
        copy.save(force_insert=True)
    copy.line, copy.payment_ref = 77, "wd-1"
    with refused("batch_reference_once"):
        copy.save(force_insert=True)
    with refused("batch_row_of_a_payment"):
        BatchRow.objects.filter(pk=second.pk).update(payment=first.payment_id)


def test_a_payment_of_a_row_that_is_not_good_and_a_good_one_without_an_amount(batch: Batch) -> None:
    good = batch.rows.filter(verdict="GOOD").first()
    with refused("batch_row_good_before_payment"):
        BatchRow.objects.filter(pk=good.pk).update(verdict="SAME")
    for wrong in ({"amount": None}, {"amount": 0}, {"customer": None}, {"digest": ""}, {"verdict": "FINE"}):
        copy = BatchRow.objects.get(pk=good.pk)
        copy.pk, copy.line, copy.payment, copy.payment_ref = None, 77, None, "wd-9"
        for name, value in wrong.items():
            setattr(copy, name, value)
        with refused("batch_row_whole"):
            copy.save(force_insert=True)


def test_other_rows_or_other_terms_than_were_approved(batch: Batch) -> None:
    selection = Selection.objects.get()
    for change in ("digest = 'x'", "count = 9", "proved_at = now()", "approved_at = now()", "method = 'x'"):
        with refused("Cannot update"):
            sql(f"UPDATE batches_selection SET {change}")
    with refused("Cannot update"):
        Selection.objects.update(approver=user_of(approver()))
    with refused("Cannot update"):
        SelectedRow.objects.update(terms_digest="x")
    with refused("row_selected_once"):
        SelectedRow.objects.create(selection=selection, row=selection.selected.first().row, terms_digest="x")


def test_one_code_for_two_approvals_of_a_batch(batch: Batch) -> None:
    selection = Selection.objects.get()
    copy = Selection.objects.get(pk=selection.pk)
    copy.pk = None
    with refused("one_code_for_one_selection"):
        copy.save(force_insert=True)
    Selection.objects.update(finished_at=None)
    copy.finished_at, copy.proved_at = None, now()
    with refused("batch_approved_once_at_a_time"):
        copy.save(force_insert=True)


def test_that_anything_of_it_is_deleted(batch: Batch) -> None:
    for model in (SelectedRow, Selection, BatchRow, Batch):
        with refused("Cannot delete"):
            model.objects.all()._raw_delete("default")


def test_a_second_batch_under_one_reference() -> None:
    account_of(known_customer())
    copy = read(csv_of(line("wd-1")))
    copy.pk = None
    with refused("batches_batch_batch_ref_key"):
        copy.save(force_insert=True)
