"""What holds for a payment from its first row on, by service and by SQL."""

from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from backoffice.references import NoReference, ReferenceTaken
from backoffice.staff.errors import NotAllowed, Refusal
from customers import services as customers
from customers.models import Customer
from payments import approving, errors, guards, services
from payments.models import PaymentRequest
from payments.states import PAYMENT, PaymentState, steps_to
from tests.customers.conftest import known_customer
from tests.customers.conftest import person as staff
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    maker,
    now,
    requested,
    sql,
    waiting_payment,
)

S = PaymentState


@pytest.fixture
def account():
    return account_of(known_customer())


@pytest.mark.django_db
def test_is_asked_for_once_under_its_reference(account) -> None:
    by = maker()
    first = requested(account, by=by)
    assert requested(account, by=by).pk == first.pk
    with pytest.raises(ReferenceTaken):
        requested(account, amount="100.01", by=by)
    assert PaymentRequest.objects.count() == 1


@pytest.mark.django_db
def test_is_asked_for_by_who_may(account) -> None:
    with pytest.raises(NotAllowed):
        requested(account, by=approver())
    assert not PaymentRequest.objects.exists()


@pytest.mark.django_db
def test_is_of_a_known_kind_and_has_a_reference(account) -> None:
    for ref in ("", "two words", "x" * 65):
        with pytest.raises(NoReference):
            requested(account, ref)
    with pytest.raises(errors.UnsupportedKind):
        requested(account, kind="LOTTERY")
    assert not PaymentRequest.objects.exists()


@pytest.mark.django_db
def test_has_words_of_one_line_that_are_not_too_long(account) -> None:
    for words in ("x" * 201, "two\nlines", "\ud800", 17):
        with pytest.raises(errors.Unfit) as refusal:
            requested(account, purpose=words)
        assert refusal.value.field == "purpose"
    assert not PaymentRequest.objects.exists()
    kept = requested(account, purpose=f" {'x' * 199}\u200d ")
    assert kept.wording["purpose"] == "x" * 199 + "\u200d"


@pytest.mark.django_db
@pytest.mark.parametrize("standing", ["RESTRICTED", "OFFBOARDING"])
def test_is_not_taken_for_a_customer_that_we_stopped(account, standing: str) -> None:
    customers.change_standing(account.customer, standing=standing, reason="x", actor=staff("MLRO"), now=now())
    with pytest.raises(errors.CustomerRestricted):
        requested(account)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["SUSPENDED", "PROCESSING", "ANYTHING"])
def test_is_not_taken_for_a_customer_that_oceafin_has_not_approved(account, status: str) -> None:
    Customer.objects.update(oceafin_status=status)
    with pytest.raises(errors.CustomerNotApproved, match=status):
        requested(account)


@pytest.mark.django_db
def test_keeps_the_policy_that_it_was_asked_under(account) -> None:
    payment = requested(account)
    assert payment.policy["stages"] == [{"approvers": 1, "roles": ["PAYMENTS_APPROVER"]}]
    assert payment.policy["limits"]["approver_day"] == "50000"
    assert payment.policy["sentence"] == "Payments of any kind up to 10,000 EUR: one payments approver."
    assert (payment.policy_version, payment.base_amount) == ("day-one-1", 100)


@pytest.mark.django_db
def test_is_cancelled_by_a_maker_or_a_lead_before_it_leaves(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    with pytest.raises(NotAllowed):
        services.cancel(payment=payment, reason="x", actor=approver(), now=now())
    with pytest.raises(errors.ReasonNeeded):
        services.cancel(payment=payment, reason=" ", actor=maker(), now=now())
    services.cancel(payment=payment, reason="x", actor=staff("OPERATIONS_LEAD"), now=now())
    assert fresh(payment).state == "CANCELLED"


@pytest.mark.django_db
def test_shows_no_free_text_or_account_number_in_its_row(account) -> None:
    requested(account, purpose="salary of John")
    with connection.cursor() as cursor:
        for table in ("payments_paymentrequest", "payments_bankaccount", "audit_entry"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            text = cursor.fetchone()[0] or ""
            assert "John" not in text
            assert "00000202051" not in text


# --- The database says the same ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "amount = 999",
        "currency = 'USD'",
        "beneficiary_id = beneficiary_id + 1",
        "customer_id = customer_id + 1",
        "maker_user_ids = '{}'",
        "requested_by = 'somebody'",
        "payment_ref = 'wd-2'",
        "wording_sealed = 'x'",
        "kind = 'REFUND'",
    ],
)
def test_never_changes_what_was_asked_for_in_the_database(change: str) -> None:
    payment = waiting_payment()
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(f"UPDATE payments_paymentrequest SET {change} WHERE id = %s", payment.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "state", [state.value for state in S if not PAYMENT.allows(S.PENDING_APPROVAL, state)]
)
def test_moves_only_along_its_table_in_the_database(state: str) -> None:
    payment = waiting_payment()
    if state == payment.state:
        return
    with pytest.raises(DatabaseError), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = %s WHERE id = %s", state, payment.pk)


@pytest.mark.django_db
def test_cannot_be_written_as_approved_or_deleted(account) -> None:
    payment = requested(account)
    copy = PaymentRequest.objects.get(pk=payment.pk)
    copy.pk, copy.payment_ref, copy.state = None, "wd-9", "APPROVED"
    with pytest.raises(DatabaseError, match="begins as a draft"), transaction.atomic():
        copy.save(force_insert=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        sql("DELETE FROM payments_paymentrequest WHERE id = %s", payment.pk)
    copy.state, copy.amount = "DRAFT", 0
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.django_db
def test_goes_to_a_beneficiary_that_never_changes(account) -> None:
    for change in ("currency = 'USD'", "details_sealed = 'x'", "details_hash = 'x'", "masked_number = 'x'"):
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(f"UPDATE payments_bankaccount SET {change}")


# --- The table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "way"),
    [
        (S.UNCONFIRMED, S.SETTLED, (S.SENDING, S.SENT, S.SETTLED)),
        (S.SENDING, S.RETURNED, (S.SENT, S.RETURNED)),
        (S.NEEDS_INFO, S.SETTLED, (S.SENT, S.SETTLED)),
        (S.SENT, S.SENT, ()),
        (S.SETTLED, S.RETURNED, (S.RETURNED,)),
        (S.SETTLED, S.FAILED, None),
        (S.FAILED, S.SETTLED, None),
        (S.APPROVED, S.SETTLED, None),
        (S.PENDING_APPROVAL, S.SENT, None),
    ],
)
def test_walks_where_evidence_leads_and_nowhere_else(old, new, way) -> None:
    assert steps_to(old, new) == way
    for here, there in zip((old, *(way or ())), way or (), strict=False):
        assert PAYMENT.allows(here, there)


def test_leaves_doubt_by_evidence_alone() -> None:
    """Oceafin's, back on its way; or that of two people, closed."""
    assert PAYMENT.moves[S.UNCONFIRMED] == (S.SENDING, S.FAILED)
    assert steps_to(S.UNCONFIRMED, S.FAILED) == (S.SENDING, S.SENT, S.FAILED)


# --- Two at once ------------------------------------------------------------------------------------------------------


def at_once(*acts) -> list[object]:
    """Run these acts in threads that start together; what each returned or raised."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        try:
            barrier.wait(10)
            results[number] = acts[number]()
        except Refusal as refusal:
            results[number] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_is_approved_once_by_two_at_once(kind: str) -> None:
    for number in range(5):
        payment, first, second = waiting_payment(f"wd-{number}", kind=kind), approver(), approver()
        results = at_once(partial(approve, payment, first), partial(approve, payment, second))
        assert sum(isinstance(result, errors.AlreadyDecided) for result in results) == 1
        assert (fresh(payment).state, payment.approvals.count()) == ("APPROVED", 1)


@pytest.mark.django_db(transaction=True)
def test_keeps_within_the_limit_when_one_person_approves_two_at_once(kind: str) -> None:
    ann = approver()
    first, second = (waiting_payment(ref, "30000.00", kind=kind) for ref in ("wd-1", "wd-2"))
    results = at_once(lambda: approve(first, ann), lambda: approve(second, ann))
    assert sum(isinstance(result, errors.LimitReached) for result in results) == 1


@pytest.mark.django_db(transaction=True)
def test_is_asked_for_once_by_two_at_once() -> None:
    account = account_of(known_customer())
    by = maker()
    results = at_once(lambda: requested(account, by=by), lambda: requested(account, by=by))
    assert results[0] == results[1]
    assert PaymentRequest.objects.count() == 1


@pytest.mark.django_db
def test_is_over_when_nobody_approved_it_in_seven_days(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    assert services.expire_overdue(now() + timedelta(days=6)) == 0
    assert services.expire_overdue(now() + timedelta(days=8)) == 1
    assert fresh(payment).state == "EXPIRED"


@pytest.mark.django_db
def test_is_over_in_its_turn_however_many_were_decided_before(monkeypatch) -> None:
    monkeypatch.setattr(approving, "EXPIRED_A_ROUND", 1)
    decided, waiting = waiting_payment("wd-1"), waiting_payment("wd-2")
    approve(decided)
    assert services.expire_overdue(now() + timedelta(days=8)) == 1
    assert [fresh(payment).state for payment in (decided, waiting)] == ["APPROVED", "EXPIRED"]


@pytest.mark.django_db
def test_is_not_over_where_somebody_approved_it_in_the_last_moment(monkeypatch) -> None:
    payment, lock = waiting_payment(), guards.locked
    first = [partial(approve, payment)]

    def locked_after_another(payment: PaymentRequest | int) -> PaymentRequest:
        if first:
            first.pop()()
        return lock(payment)

    monkeypatch.setattr(guards, "locked", locked_after_another)
    assert services.expire_overdue(now() + timedelta(days=8)) == 0
    assert fresh(payment).state == "APPROVED"


@pytest.mark.django_db
def test_that_is_not_there_is_never_taken_for_written() -> None:
    with pytest.raises(PaymentRequest.DoesNotExist):
        guards.set_columns(PaymentRequest(pk=0), waits_for="nobody")
