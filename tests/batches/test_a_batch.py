"""From a file that was read to payments that are approved: all or none, never twice, whoever is killed in between."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.audit import Actor, timeline_of
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import ApiClient
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import errors
from payments import services as payments
from payments.batches import booking, duties, reading, services, showing
from payments.batches.errors import BadRows, NotNow, NotYours, SelectionChanged
from payments.batches.leases import Lost, taken
from payments.batches.models import Batch, BatchRow, Selection
from payments.models import BankAccount, PaymentRequest
from payments.policies.deciding import Rule
from tests.batches.people import HEADER, booked, csv_of, faults_of, fresh, line, read, upload, work
from tests.customers.conftest import known_customer
from tests.flush import make_house_keys
from tests.payments.people import (
    accepted_wallet,
    account_of,
    approver,
    maker,
    now,
    quoted,
    rate_of,
    requested,
    user_of,
)
from tests.payments.policies import APPROVER, LEAD, in_force, policy_of, stages
from tests.people import person

pytestmark = pytest.mark.django_db

THREE = csv_of(line("wd-1"), line("wd-2", "20.00"), line("wd-3", "30.00"))


@pytest.fixture(autouse=True)
def account():
    return account_of(known_customer())


def quote_all(batch: Batch) -> None:
    for row in batch.rows.filter(payment__isnull=False).select_related("payment"):
        quoted(row.payment)


def approve(batch: Batch, by: Actor, shown: str = "", **changes: Any) -> Selection:
    asked = {"proof": payments.Proof(at=now()), "now": now(), **changes}
    return services.approve_selected(batch=batch, seen=shown or seen(batch, by), actor=by, **asked)


def seen(batch: Batch, by: Actor) -> str:
    return services.seen_digest(services.approvable(batch, user_of(by)))


def test_becomes_payments_that_its_uploader_asked_for() -> None:
    batch = booked(THREE)
    assert (batch.state, batch.opened, batch.refused) == ("BOOKED", 3, 0)
    payment = batch.rows.get(line=3).payment
    assert (payment.payment_ref, payment.amount, payment.wording) == ("wd-2", 20, {"purpose": "salary"})
    assert (payment.maker_id, payment.state) == (batch.maker_id, "PENDING_APPROVAL")


def test_takes_crypto_payouts_and_conversions_beside_each_other(account) -> None:
    accepted_wallet(account.customer)
    rate_of("USDC")
    header = f"{HEADER},walletAddressRef,network,sellCurrency,buyCurrency,sellAmount"
    batch = booked(
        csv_of(
            f"{line('wd-1')},,,,,",
            "cw-1,CRYPTO_WITHDRAWAL,cust-1,,12.345678,USDC,invoice,wallet-1,ETHEREUM,,,",
            "cv-1,CONVERSION,cust-1,,,,,,,EUR,USD,50.00",
            "cw-2,CRYPTO_WITHDRAWAL,cust-1,,1.2345678,USDC,invoice,wallet-1,ETHEREUM,,,",
            "cw-3,CRYPTO_WITHDRAWAL,cust-1,,1.00,USDC,invoice,wallet-1,TRON,,,",
            "cw-4,CRYPTO_WITHDRAWAL,cust-1,,1.00,USDC,invoice,wallet-9,ETHEREUM,,,",
            "cv-2,CONVERSION,cust-1,,,,,,,EUR,XXX,50.00",
            "cv-3,CONVERSION,cust-1,,5.00,EUR,,,,EUR,USD,50.00",
            "wd-2,FIAT_WITHDRAWAL,cust-1,ba-1,5.00,EUR,,wallet-1,,,,",
            header=header,
        )
    )
    found = {row.payment_ref: row for row in batch.rows.filter(verdict="GOOD").select_related("payment")}
    assert {ref: (row.payment.kind, row.payment.amount) for ref, row in found.items()} == {
        "wd-1": ("FIAT_WITHDRAWAL", 10),
        "cw-1": ("CRYPTO_WITHDRAWAL", Decimal("12.345678")),
        "cv-1": ("CONVERSION", 50),
    }
    assert found["cw-1"].payment.wallet.wallet_address_ref == "wallet-1"
    assert faults_of(batch) == {
        5: ["amount"],
        6: ["network"],
        7: ["walletAddressRef"],
        8: ["buyCurrency"],
        9: ["amount"],
        10: ["walletAddressRef"],
    }


def test_books_nothing_unless_all_are_good_where_that_was_wanted() -> None:
    batch = read(csv_of(line("wd-1"), line("wd-2", "0")))
    with pytest.raises(BadRows):
        services.book(batch=batch, rule="NONE_UNLESS_ALL", actor=batch.maker, now=now())
    services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    work()
    assert PaymentRequest.objects.count() == 1


def test_goes_back_when_a_row_is_not_good_any_more() -> None:
    batch = read(THREE)
    services.book(batch=batch, rule="NONE_UNLESS_ALL", actor=batch.maker, now=now())
    Customer.objects.update(standing="RESTRICTED")
    work()
    batch = fresh(batch)
    assert (batch.state, batch.good, batch.bad) == ("READ", 0, 3)
    assert not PaymentRequest.objects.exists()


def test_is_booked_by_its_uploader_alone() -> None:
    batch = read(THREE)
    with pytest.raises(NotYours):
        services.book(batch=batch, rule="ALL_GOOD", actor=maker(), now=now())
    with pytest.raises(NotAllowed):
        upload(THREE, "b-2", by=approver())
    client = ApiClient.objects.create(
        name="core", scopes=["payments"], asked_at=now(), confirmed_at=now(), from_shell=True
    )
    by_program = upload(csv_of(line("wd-9")), "b-3", by=Actor.api(client), rule="ALL_GOOD")
    work()
    assert fresh(by_program).opened == 1


def test_is_read_on_from_the_last_rows_that_were_kept(monkeypatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 2)
    batch = upload(csv_of(*(line(f"wd-{number}") for number in range(5))))
    keep, kept = reading._keep, []

    def killed(*args):
        kept.append(keep(*args))
        if len(kept) == 2:
            raise RuntimeError("killed")
        return kept[-1]

    monkeypatch.setattr(reading, "_keep", killed)
    with pytest.raises(RuntimeError), taken(Batch, batch.pk) as lease:
        reading.read(lease)
    assert (fresh(batch).rows_read, fresh(batch).leased_by != "") == (4, True)
    work()
    assert fresh(batch).rows_read == 4, "the lease of who was killed still runs"
    Batch.objects.update(leased_until=now())
    work()
    batch = fresh(batch)
    assert (batch.state, batch.good, batch.rows.count()) == ("READ", 5, 5)


def test_a_worker_that_woke_late_changes_nothing() -> None:
    batch = upload(THREE)
    with taken(Batch, batch.pk) as late:
        Batch.objects.update(leased_until=now())
        with taken(Batch, batch.pk) as other:
            reading.read(other)
        with pytest.raises(Lost):
            reading.read(late)
    assert fresh(batch).rows.count() == 3


def test_is_had_by_one_worker_at_a_time() -> None:
    batch = upload(THREE)
    first, second = ExitStack(), ExitStack()
    late = first.enter_context(taken(Batch, batch.pk))
    with taken(Batch, batch.pk) as nobody:
        assert nobody is None
    Batch.objects.update(leased_until=now())
    other = second.enter_context(taken(Batch, batch.pk))
    for act in (
        late.keep,
        late.lock,
        partial(other.keep, state="BOOKED"),
        partial(other.lock, state="BOOKED"),
    ):
        with pytest.raises(Lost):
            act()
    first.close()
    assert fresh(batch).leased_by, "whoever woke late does not end the other's work"
    other.keep()
    assert other.lock().pk == batch.pk
    second.close()
    assert not fresh(batch).leased_by


def test_asks_for_no_payment_twice_when_it_is_killed_between_rows(monkeypatch) -> None:
    batch = read(THREE)
    services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    with taken(Batch, batch.pk) as lease:
        booking.book(lease)
    note = booking._note_progress
    monkeypatch.setattr(booking, "_note_progress", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError), taken(Batch, batch.pk) as lease:
        booking.open_payments(lease, seconds=60)
    monkeypatch.setattr(booking, "_note_progress", note)
    Batch.objects.update(leased_until=now())
    work()
    assert (fresh(batch).opened, PaymentRequest.objects.count()) == (3, 3)


def test_names_a_row_that_could_not_become_a_payment_and_frees_its_reference(account) -> None:
    batch = read(THREE)
    services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    with taken(Batch, batch.pk) as lease:
        booking.book(lease)
    requested(account, "wd-2", "99.00")
    work()
    batch = fresh(batch)
    assert (batch.opened, batch.refused, faults_of(batch)) == (2, 1, {3: [""]})
    assert read(csv_of(line("wd-2", "99.00")), "b-2").bad == 1
    assert read(csv_of(line("wd-5", "99.00")), "b-3").good == 1


def test_becomes_what_asking_for_its_payments_one_by_one_becomes(account) -> None:
    by, words = maker(), {"purpose": "salary", "payment_reference": ""}
    alone = requested(account, "wd-0", "20.00", by, source="BATCH", **words)
    booked(csv_of(line("wd-1", "30.00"), line("wd-2", "20.00")), by=by)
    together = PaymentRequest.objects.get(payment_ref="wd-2")
    own = {"id", "payment_ref", "request_digest", "wording_sealed", "created_at", "state_since"}
    own |= {"approval_deadline_at"}
    names = [field.attname for field in PaymentRequest._meta.concrete_fields if field.attname not in own]
    assert {name: getattr(together, name) for name in names} == {name: getattr(alone, name) for name in names}
    assert together.wording == alone.wording
    told = [[(entry.verb, entry.actor_id) for entry in timeline_of(each)] for each in (alone, together)]
    assert told[0] == told[1]
    assert Submission.objects.filter(subject_id__in=[alone.pk, together.pk]).count() == 2


def test_asks_for_what_its_rows_have_in_common_once(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_house_keys()
    lines = [line(f"wd-{number}", "10.00") for number in range(20)]
    spent = []
    for name, rows in (("b-1", lines[:4]), ("b-2", lines[4:])):
        batch = read(csv_of(*rows), name)
        services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
        with CaptureQueriesContext(connection) as queries:
            work()
        assert fresh(batch).opened == len(rows)
        spent.append(len(queries))
    # Of twelve rows more: a savepoint, the payment in its two states, its letter, and what the trail says.
    assert spent[1] - spent[0] <= 12 * 11


def test_lets_a_row_that_is_refused_take_no_other_with_it(account) -> None:
    rows = [line("wd-1"), line("wd-2", account="ba-2"), line("wd-3")]
    account_of(account.customer, "ba-2")
    batch = read(csv_of(*rows))
    services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    BankAccount.objects.filter(bank_account_ref="ba-2").update(refusal="closed")
    work()
    batch = fresh(batch)
    assert (batch.opened, batch.refused, faults_of(batch)) == (2, 1, {3: [""]})
    assert list(PaymentRequest.objects.order_by("id").values_list("payment_ref", flat=True)) == [
        "wd-1",
        "wd-3",
    ]


@pytest.mark.parametrize("of", ["batch_id", "customer_id"])
def test_has_no_row_of_a_file_or_a_customer_that_is_not_there(of: str) -> None:
    row = read(csv_of(line("wd-1"))).rows.get()
    row.pk, row.line, row.payment_ref = None, 7, "wd-7"
    setattr(row, of, 999_999_999)
    with pytest.raises(DatabaseError, match="belongs to a batch and to a customer"), transaction.atomic():
        row.save(force_insert=True)


def test_has_no_row_of_a_payment_or_held_out_by_a_person_that_is_not_there() -> None:
    row = read(csv_of(line("wd-1"))).rows.get()
    for change in ({"payment_id": 999_999_999}, {"held_out_by_id": 999_999_999}):
        with pytest.raises(DatabaseError, match="who are there"), transaction.atomic():
            BatchRow.objects.update(**change)
    row.pk, row.line, row.payment_ref, row.payment_id = None, 7, "wd-7", 999_999_999
    with pytest.raises(DatabaseError, match="before it becomes a payment"), transaction.atomic():
        row.save(force_insert=True)


def test_uploaded_again_makes_no_duplicates() -> None:
    booked(THREE)
    again = read(csv_of(line("wd-1"), line("wd-2", "21.00"), line("wd-4")), "b-2")
    assert (again.same, again.bad, again.good) == (1, 1, 1)
    services.book(batch=again, rule="ALL_GOOD", actor=again.maker, now=now())
    work()
    assert PaymentRequest.objects.count() == 4


def test_cancelled_lets_its_references_go() -> None:
    batch = read(THREE)
    services.cancel(batch=batch, reason="wrong month", actor=maker(), now=now())
    work()
    assert not PaymentRequest.objects.exists()
    with pytest.raises(NotNow):
        services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    assert read(THREE, "b-2").good == 3


def test_is_approved_as_a_list_that_one_row_can_be_held_out_of() -> None:
    batch, yes = booked(THREE), approver()
    quote_all(batch)
    services.hold_out(row=batch.rows.get(line=3), reason="asked them", actor=yes, now=now())
    selection = approve(batch, yes)
    work()
    states = dict(batch.rows.values_list("payment_ref", "payment__state"))
    assert states == {"wd-1": "APPROVED", "wd-2": "PENDING_APPROVAL", "wd-3": "APPROVED"}
    selection = Selection.objects.get(pk=selection.pk)
    assert (selection.count, selection.approved, selection.refused) == (2, 2, 0)
    row = BatchRow.objects.get(batch=batch, line=3)
    assert row.held_out_reason == "asked them"
    services.take_back_in(row=row, actor=yes, now=now())
    assert services.approvable(batch, user_of(yes)).count() == 1


def test_is_not_approved_by_its_maker_nor_as_something_else_than_was_seen() -> None:
    batch, yes = booked(THREE), approver()
    quote_all(batch)
    shown = seen(batch, yes)
    with pytest.raises((errors.SameApprover, NotAllowed)):
        approve(batch, batch.maker, shown)
    quoted(batch.rows.get(line=2).payment, "2.00")
    with pytest.raises(SelectionChanged):
        approve(batch, yes, shown)


def test_row_whose_terms_change_before_its_turn_is_not_approved() -> None:
    batch, yes = booked(THREE), approver()
    quote_all(batch)
    selection = approve(batch, yes)
    dearer = batch.rows.get(line=2).payment
    quoted(dearer, "2.00")
    work()
    [refused] = selection.selected.filter(is_approved=False)
    assert (refused.row.payment_id, selection.selected.filter(is_approved=True).count()) == (dearer.pk, 2)
    assert "changed" in refused.refusal
    assert not dearer.approvals.exists()


def test_asks_for_a_code_that_was_typed_for_these_rows_alone() -> None:
    batch, other, yes = booked(THREE), booked(csv_of(line("wd-9")), "b-2"), approver()
    quote_all(batch)
    quote_all(other)
    old = payments.Proof(at=now() - timedelta(minutes=2))
    with pytest.raises(errors.StepUpNeeded):
        approve(batch, yes, proof=old)
    proof = payments.Proof(at=now())
    approve(batch, yes, proof=proof)
    with pytest.raises(errors.StepUpNeeded):
        approve(other, yes, proof=proof)
    alone, spent = other.rows.get().payment, payments.Proof(at=now())
    work()
    payments.approve(payment=alone, seen_terms=alone.terms_digest, proof=spent, actor=yes, now=now())
    late = read(csv_of(line("wd-10")), "b-3", rule="ALL_GOOD")
    quote_all(late)
    with pytest.raises(errors.StepUpNeeded):
        approve(late, yes, proof=spent)


def test_each_row_keeps_to_the_rules_of_its_payment() -> None:
    batch, yes = booked(csv_of(line("wd-1"), line("wd-2", "49995.00"))), approver()
    quote_all(batch)
    approve(batch, yes)
    rejected = batch.rows.get(line=2).payment
    payments.reject(payment=rejected, reason="no", actor=approver(), now=now())
    work()
    selection = Selection.objects.get()
    assert (selection.approved, selection.refused) == (1, 1)
    assert [each["row"].line for each in showing.refused_rows(selection)] == [2]


def test_is_approved_by_whom_the_stage_names() -> None:
    """First an approver, then a lead, who is none: each is shown what waits for them."""
    in_force(policy_of(Rule(stages=stages((1, APPROVER), (1, LEAD)))))
    batch = booked(THREE)
    quote_all(batch)
    ann, lead = approver(), Actor.staff(person(Role.OPERATIONS_LEAD))
    for by, not_yet in ((ann, lead), (lead, ann)):
        assert not services.approvable(batch, user_of(not_yet))
        approve(batch, by)
        work()
    assert set(PaymentRequest.objects.values_list("state", flat=True)) == {"APPROVED"}
    maker_too = person(Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER)
    assert not services.approvable(batch, maker_too)
    with pytest.raises(NotAllowed):
        approve(batch, Actor.staff(person(Role.AUDITOR)), "shown")


def test_rows_are_held_out_by_a_lead_whom_the_policy_may_ask() -> None:
    batch = booked(THREE)
    row, lead = batch.rows.get(line=3), Actor.staff(person(Role.OPERATIONS_LEAD))
    assert services.hold_out(row=row, reason="wait", actor=lead, now=now()).held_out_at
    assert services.take_back_in(row=row, actor=lead, now=now()).held_out_at is None


def test_is_over_when_every_payment_has_ended() -> None:
    batch = booked(THREE)
    assert batch.state == "BOOKED"
    for row in batch.rows.all():
        payments.cancel(payment=row.payment, reason="no", actor=maker(), now=now())
    work()
    assert fresh(batch).state == "SETTLED"


def test_file_leaves_when_it_is_over_for_long() -> None:
    batch = read(THREE)
    services.cancel(batch=batch, reason="wrong month", actor=maker(), now=now())
    assert duties.remove_files(now()) == 0
    assert duties.remove_files(now() + timedelta(days=31)) == 1
    assert fresh(batch).storage_name == ""
