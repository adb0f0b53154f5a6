"""One person's yes to many rows: of others' files, once at a time, and of what is still among them at its turn."""

import pytest

from backoffice.audit.models import Entry
from backoffice.staff.roles import Role
from payments import errors
from payments.batches import services
from payments.batches.errors import NothingToApprove, SelectionChanged
from payments.batches.models import Batch
from payments.models import PaymentRequest
from payments.policies.deciding import Rule
from payments.services import withdraw_approval
from tests.batches.people import booked, csv_of, fresh, line, work
from tests.batches.test_a_batch import approve, quote_all, seen
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, approver, now, user_of
from tests.payments.policies import LEAD, in_force, policy_of, stages
from tests.people import actor, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    account_of(known_customer())
    batch = booked(csv_of(line("wd-1"), line("wd-2")))
    quote_all(batch)
    return batch


def states() -> dict[str, str]:
    return dict(PaymentRequest.objects.values_list("payment_ref", "state"))


def test_is_not_of_the_person_in_whose_name_the_file_was_handed_in() -> None:
    account_of(known_customer())
    ann = person(Role.PAYMENTS_APPROVER)
    batch = booked(csv_of(line("wd-1")), requested_by=ann.email)
    quote_all(batch)
    with pytest.raises(errors.SameApprover):
        approve(batch, actor(ann))
    assert Entry.objects.get(verb="batch.approval_denied").facts["why"] == "SameApprover"


def test_is_one_at_a_time(batch: Batch) -> None:
    ann = approver()
    shown = seen(batch, ann)
    approve(batch, ann, shown)
    with pytest.raises(SelectionChanged, match="still being carried out"):
        approve(batch, ann, shown)
    work()
    with pytest.raises(NothingToApprove):
        approve(batch, ann)
    assert set(states().values()) == {"APPROVED"}


def test_leaves_out_what_was_held_out_before_its_turn(batch: Batch) -> None:
    ann = approver()
    selection = approve(batch, ann)
    services.hold_out(row=batch.rows.get(payment_ref="wd-2"), reason="asked them", actor=ann, now=now())
    work()
    assert states() == {"wd-1": "APPROVED", "wd-2": "PENDING_APPROVAL"}
    selection.refresh_from_db()
    assert (selection.approved, selection.refused) == (1, 1)
    assert "held out" in selection.selected.get(row__payment_ref="wd-2").refusal
    assert fresh(batch).state == "BOOKED"


def test_lists_a_row_again_whose_approval_was_taken_back(batch: Batch) -> None:
    ann = approver()
    approve(batch, ann)
    work()
    assert not services.approvable(batch, user_of(ann)).exists()
    first = PaymentRequest.objects.get(payment_ref="wd-1")
    withdraw_approval(payment=first, reason="wrong month", actor=ann, now=now())
    assert [row.payment for row in services.approvable(batch, user_of(ann))] == [first]


def test_lists_nothing_for_who_asks_for_payments_too() -> None:
    in_force(policy_of(Rule(stages=stages((1, LEAD)))))
    account_of(known_customer())
    batch = booked(csv_of(line("wd-1")))
    quote_all(batch)
    assert services.approvable(batch, person(Role.OPERATIONS_LEAD)).count() == 1
    both = person(Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER)
    assert not services.approvable(batch, both).exists()
