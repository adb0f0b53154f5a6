import pytest

from backoffice.audit import Actor
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import ApiClient
from backoffice.staff.roles import Role
from customers.storing import FileChanged
from payments import errors
from payments.batches import booking, services
from payments.batches.errors import NothingToBook, NotNow
from payments.batches.leases import taken
from payments.batches.models import Batch
from payments.models import BankAccount, PaymentRequest
from tests.batches.people import booked, csv_of, faults_of, fresh, line, read, upload, work
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, approver, maker, now, requested, sql
from tests.people import actor, person

pytestmark = pytest.mark.django_db

TWO = csv_of(line("wd-1"), line("wd-2", "20.00"))


@pytest.fixture(autouse=True)
def account() -> BankAccount:
    return account_of(known_customer())


def program(name: str) -> Actor:
    asked = {"asked_at": now(), "confirmed_at": now(), "from_shell": True}
    return Actor.api(ApiClient.objects.create(name=name, scopes=["payments"], **asked))


def about_to_open(content: bytes, **changes: Actor) -> Batch:
    """Booked; none of its rows is a payment yet."""
    batch = read(content, **changes)
    services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    with taken(Batch, batch.pk) as lease:
        booking.book(lease)
    return fresh(batch)


def test_a_rule_that_is_none() -> None:
    with pytest.raises(errors.Unfit, match="Choose one of"):
        upload(TWO, rule="SOME")
    batch = read(TWO)
    with pytest.raises(errors.Unfit, match="all good rows"):
        services.book(batch=batch, rule="SOME", actor=batch.maker, now=now())
    assert fresh(batch).state == "READ"


def test_to_be_booked_without_a_good_row_or_twice() -> None:
    nothing = read(csv_of(line("wd-1", "0")))
    with pytest.raises(NothingToBook):
        services.book(batch=nothing, rule="ALL_GOOD", actor=nothing.maker, now=now())
    batch = booked(TWO, "b-2")
    with pytest.raises(NotNow):
        services.book(batch=batch, rule="ALL_GOOD", actor=batch.maker, now=now())
    assert PaymentRequest.objects.count() == 2


def test_to_be_cancelled_by_who_may_not_or_when_it_is_over() -> None:
    batch = upload(TWO, by=program("core"))
    for who in (program("other"), approver(), actor(person(Role.AUDITOR))):
        with pytest.raises(NotAllowed):
            services.cancel(batch=batch, reason="wrong month", actor=who, now=now())
    services.cancel(batch=batch, reason="wrong month", actor=batch.maker, now=now())
    with pytest.raises(NotNow):
        services.cancel(batch=batch, reason="wrong month", actor=batch.maker, now=now())
    assert fresh(batch).state == "CANCELLED"


def test_to_hold_out_what_is_no_payment_or_for_who_may_not_decide() -> None:
    batch = booked(csv_of(line("wd-1"), line("wd-2", "0")))
    with pytest.raises(NotNow):
        services.hold_out(row=batch.rows.get(line=3), reason="x", actor=approver(), now=now())
    row = batch.rows.get(line=2)
    with pytest.raises(NotAllowed):
        services.hold_out(row=row, reason="x", actor=maker(), now=now())
    services.hold_out(row=row, reason="x", actor=approver(), now=now())
    with pytest.raises(NotAllowed):
        services.take_back_in(row=row, actor=maker(), now=now())
    row.refresh_from_db()
    assert row.held_out_at is not None


def test_another_file_than_was_read() -> None:
    """Nobody pays from bytes that were put in the place of those that were looked over."""
    other = read(csv_of(line("wd-8", "90.00"), line("wd-9", "80.00")), "b-2")
    batch = about_to_open(TWO)
    Batch.objects.filter(pk=batch.pk).update(storage_name=other.storage_name)
    with taken(Batch, batch.pk) as lease, pytest.raises(FileChanged):
        booking.open_payments(lease, seconds=60)
    assert not PaymentRequest.objects.exists()


def test_a_row_that_asks_for_something_else_than_was_read() -> None:
    batch = about_to_open(TWO)
    sql("SET LOCAL session_replication_role = replica")
    batch.rows.filter(payment_ref="wd-2").update(digest="f" * 64)
    sql("SET LOCAL session_replication_role = DEFAULT")
    work()
    assert [payment.payment_ref for payment in PaymentRequest.objects.all()] == ["wd-1"]
    assert "not the one that was read" in batch.rows.get(payment_ref="wd-2").refusal


def test_a_row_that_was_asked_for_elsewhere_meanwhile(account: BankAccount) -> None:
    by = maker()
    batch = about_to_open(TWO, by=by)
    requested(account, "wd-2", "20.00", by, purpose="salary", payment_reference="")
    work()
    batch = fresh(batch)
    assert (batch.opened, batch.refused, faults_of(batch)) == (1, 1, {})
    assert batch.rows.get(payment_ref="wd-2").verdict == "SAME"
    assert PaymentRequest.objects.count() == 2
