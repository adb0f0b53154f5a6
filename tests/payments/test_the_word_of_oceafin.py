"""The word of Oceafin about a payment: the newest counts, what cannot be is kept, and how long it is asked for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin.kinds import (
    Accepted,
    Contradiction,
    Foreign,
    Held,
    Refused,
    Unconfirmed,
    Withdrawn,
    kind_of,
)
from payments import guards, letters, outcomes
from payments.models import Draft, PaymentRequest
from payments.observing import next_poll, observe
from payments.states import DID_NOT_HAPPEN, PaymentState
from tests.payments.people import approve, fresh, now, open_money_out, waiting_payment

S = PaymentState
AT = now()


@pytest.fixture
def payment() -> PaymentRequest:
    """With Oceafin, which said at `AT` that it is PROCESSING."""
    open_money_out()
    payment = approve(waiting_payment())
    Draft.objects.create(payment=payment, number=1, draft_ref="wd-1", oceafin_id="w-1", created_at=AT)
    for state in (S.SENDING, S.SENT):
        guards.move(payment, state, actor=Actor.system("test"), now=AT, verb="payment.sent")
    guards.set_columns(payment, oceafin_id="w-1", oceafin_status="PROCESSING", oceafin_status_at=AT)
    return fresh(payment)


def said(payment: PaymentRequest, status: str, seconds: float = 1, **more: Any) -> str:
    resource = {"withdrawalId": "w-1", "status": status, **more}
    return observe(payment, resource, at=AT + timedelta(seconds=seconds), source="event", now=now())


def entries(verb: str) -> int:
    return Entry.objects.filter(verb=verb).count()


@pytest.mark.django_db
def test_moves_nothing_where_it_is_no_word(payment) -> None:
    assert "does not say a status" in said(payment, "")
    assert (fresh(payment).state, fresh(payment).oceafin_status) == ("SENT", "PROCESSING")


@pytest.mark.django_db
def test_counts_where_it_is_the_newest_and_of_one_instant_the_farthest(payment) -> None:
    for status, seconds in (("MISSING_INFO_REQUIRED", -1), ("ON_ICE", -1), ("SUBMITTED", 0)):
        assert said(payment, status, seconds) == "Something newer is known already."
        assert (fresh(payment).state, fresh(payment).oceafin_status) == ("SENT", "PROCESSING")
    for status, seconds in (("SUBMITTED", 1), ("PROCESSING", 1), ("COMPLETED", 1)):
        assert said(payment, status, seconds) == ""
        assert fresh(payment).oceafin_status == status
    assert fresh(payment).state == "SETTLED"


@pytest.mark.django_db
def test_that_nobody_knows_is_taken_down_once_and_keeps_out_nothing(payment) -> None:
    for seconds in (0, 1):
        said(payment, "ON_ICE", seconds)
    assert "ON_ICE" in fresh(payment).waits_for
    assert entries("payment.unknown_status") == 1
    said(payment, "COMPLETED", 1)
    assert fresh(payment).state == "SETTLED"


@pytest.mark.django_db
def test_that_cannot_be_is_kept_and_brought_up_once(payment) -> None:
    """A payment that was submitted is no draft any more."""
    assert "Oceafin says DRAFT" in said(payment, "DRAFT")
    assert fresh(payment).contradicted
    guards.set_columns(payment, noted_at=now())
    assert "Oceafin says DRAFT" in said(payment, "DRAFT")
    assert fresh(payment).noted_at
    assert entries("payment.contradicted") == 1


@pytest.mark.django_db
def test_about_another_payment_is_contradicted_and_moves_nothing(payment) -> None:
    for name, other in (
        ("amount", "99.99"),
        ("currency", "USD"),
        ("bankAccountId", "x"),
        ("customerId", "x"),
    ):
        assert f"has another {name}" in said(payment, "COMPLETED", **{name: other})
        assert fresh(payment).contradicted
        assert (fresh(payment).state, fresh(payment).oceafin_status) == ("SENT", "PROCESSING")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "contradicts"),
    [("DRAFT", False), ("CANCELLED", False), ("FAILED", False), ("COMPLETED", True)],
)
def test_about_what_was_never_instructed_matters_where_it_took_effect(status: str, contradicts: bool) -> None:
    payment = waiting_payment()
    Draft.objects.create(payment=payment, number=1, draft_ref="wd-1", oceafin_id="w-1", created_at=AT)
    guards.set_columns(payment, oceafin_id="w-1")
    said(payment, status)
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert fresh(payment).contradicted == contradicts
    assert fresh(payment).oceafin_status == status


# --- In answer to a letter that is no longer the payment's own ----------------------------------------------------

REFUSED = Refused("PARTNER_LIMIT_EXCEEDED", "Too much.")
LATE = [REFUSED, Unconfirmed("No answer came."), Held("It says another amount."), Withdrawn("Not now.")]


@pytest.fixture
def leaving() -> PaymentRequest:
    open_money_out()
    payment = approve(waiting_payment())
    guards.move(payment, S.SENDING, actor=Actor.system("test"), now=AT, verb="payment.sending")
    return payment


def moved_nothing(payment: PaymentRequest, letters_then: int) -> None:
    payment = fresh(payment)
    assert (payment.state, payment.waits_for, payment.oceafin_id) == ("SENDING", "", None)
    assert payment.live_approvals.count() == 1
    assert letters.letters_of(payment).count() == letters_then


@pytest.mark.django_db
def test_about_a_quote_that_another_came_after_moves_nothing(leaving) -> None:
    old = letters.ask_for_sending_quote(leaving, now=AT)
    letters.ask_for_sending_quote(leaving, now=AT)
    written = letters.letters_of(leaving).count()
    whole = {"quoteId": "q-1", "feeAmount": "1.00", "feeCurrency": "EUR"}
    whole |= {"receiveAmount": "99.00", "receiveCurrency": "EUR", "expiresAt": "2999-01-01T00:00:00Z"}
    for outcome in (*LATE, Accepted(whole, "reply")):
        outcomes.settle_sending_quote(old, outcome, AT)
        moved_nothing(leaving, written)


@pytest.mark.django_db
def test_about_a_draft_that_another_came_after_moves_nothing(leaving) -> None:
    old = letters.write_draft(leaving, leaving.shown_quote, now=AT)
    draft = leaving.drafts.get()
    guards.set_columns(draft, oceafin_id="w-1")
    submit = letters.write_submit(leaving, draft, now=AT, after=old)
    letters.write_draft(leaving, leaving.shown_quote, now=AT)
    written = letters.letters_of(leaving).count()
    resource = {"withdrawalId": "w-1", "status": "SUBMITTED"}
    for outcome in (*LATE, Accepted(resource, "reply")):
        outcomes.settle_draft(old, outcome, AT)
        outcomes.settle_submit(submit, outcome, AT)
        moved_nothing(leaving, written)


# --- In answer to a letter ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_in_answer_to_a_letter_is_about_exactly_what_that_says(leaving) -> None:
    quote = letters.ask_for_sending_quote(leaving, now=AT)
    draft = letters.write_draft(leaving, leaving.shown_quote, now=AT)
    guards.set_columns(leaving.drafts.get(), oceafin_id="w-1")
    submit = letters.write_submit(leaving, leaving.drafts.get(), now=AT, after=draft)
    mine = {"withdrawalId": "w-1", "withdrawalRef": "wd-1", "amount": "100.00", "currency": "EUR"}
    for letter, right, foreign in (
        (quote, {"quoteId": "q-1", "amount": "100"}, {"amount": "99.99"}),
        (quote, {"quoteId": "q-1", "currency": "EUR"}, {"currency": "USD"}),
        (draft, mine, {"amount": "99.99"}),
        (draft, mine, {"withdrawalRef": "wd-2"}),
        (submit, mine, {"amount": "99.99"}),
        (submit, mine, {"withdrawalId": "w-2"}),
    ):
        identify = kind_of(letter).identify
        assert identify(letter, right) in right.values()
        with pytest.raises(Contradiction):
            identify(letter, right | foreign)
        with pytest.raises(Foreign):
            identify(letter, {"status": "DRAFT"})


@pytest.mark.django_db
def test_in_answer_to_a_letter_is_no_newer_than_that_where_it_names_no_instant(leaving) -> None:
    """Oceafin asked for more in the moment of the instruction, before its answer was read here."""
    drafted = letters.write_draft(leaving, leaving.shown_quote, now=AT)
    asked_at = AT + timedelta(milliseconds=5)
    settled_at = AT + timedelta(milliseconds=20)
    drafted.first_left_at = AT - timedelta(seconds=1)
    mine = {"withdrawalId": "w-1", "withdrawalRef": "wd-1", "amount": "100.00", "currency": "EUR"}
    outcomes.settle_draft(drafted, Accepted(mine | {"status": "DRAFT"}, "reply"), settled_at)
    submit = letters.letters_of(leaving).get(kind="withdrawal.submit")
    submit.first_left_at = AT
    outcomes.settle_submit(
        submit, Accepted({"withdrawalId": "w-1", "status": "PROCESSING"}, "reply"), settled_at
    )
    assert fresh(leaving).oceafin_status == "PROCESSING"
    asks = {"withdrawalId": "w-1", "status": "MISSING_INFO_REQUIRED", "updatedAt": asked_at.isoformat()}
    assert observe(guards.locked(leaving), asks, at=asked_at, source="event", now=settled_at) == ""
    assert fresh(leaving).state == "NEEDS_INFO"


@pytest.mark.django_db
def test_in_answer_to_its_own_letter_fails_it_only_where_that_is_final(leaving) -> None:
    draft = letters.write_draft(leaving, leaving.shown_quote, now=AT)
    guards.set_columns(leaving.drafts.get(), oceafin_id="w-1")
    submit = letters.write_submit(leaving, leaving.drafts.get(), now=AT, after=draft)
    off, expired = Refused("PARTNER_PRODUCT_DISABLED", "Off."), Refused("PARTNER_QUOTE_EXPIRED", "Over.")
    for letter, outcome, left, state, waits_for, written in (
        (draft, Held("Look at it."), False, "SENDING", "Look at it.", 0),
        (draft, Held("Look at it."), True, "UNCONFIRMED", "Look at it.", 0),
        (draft, Unconfirmed("No answer."), True, "UNCONFIRMED", "No answer.", 0),
        (draft, Withdrawn("Not now."), False, "SENDING", "", 1),
        (submit, expired, True, "SENDING", "", 1),
        # Nothing was instructed yet; it was, and Oceafin said no.
        (draft, off, True, "APPROVED", "", 1),
        (submit, off, True, "FAILED", "", 0),
    ):
        before, here = letters.letters_of(leaving).count(), transaction.savepoint()
        letter.first_left_at = AT if left else None
        kind_of(letter).settle(letter, outcome, AT)
        payment = fresh(leaving)
        assert (payment.state, payment.waits_for) == (state, waits_for), outcome
        assert letters.letters_of(leaving).count() - before == written, outcome
        transaction.savepoint_rollback(here)


# --- How long it is asked for -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "age", "wait"),
    [
        ("SENT", timedelta(), timedelta(minutes=1)),
        ("SENT", timedelta(minutes=20), timedelta(minutes=5)),
        ("NEEDS_INFO", timedelta(days=90), timedelta(hours=1)),
        ("UNCONFIRMED", timedelta(days=90), timedelta(hours=1)),
        ("SETTLED", timedelta(), timedelta(days=1)),
        ("SETTLED", timedelta(days=9, hours=23), timedelta(days=1)),
        ("SETTLED", timedelta(days=10), None),
        ("CANCELLED", timedelta(), None),
        ("FAILED", timedelta(), None),
        ("PENDING_APPROVAL", timedelta(), None),
    ],
)
def test_is_asked_for_while_it_can_change(state: str, age: timedelta, wait: timedelta | None) -> None:
    payment = PaymentRequest(state=state, state_since=AT - age, oceafin_id="w-1")
    assert next_poll(payment, AT) == (None if wait is None else AT + wait)
    payment.oceafin_id = None
    assert next_poll(payment, AT) is None


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(), timedelta(minutes=1)),
        (timedelta(days=2), timedelta(hours=12)),
        (timedelta(days=29), timedelta(days=1)),
        (timedelta(days=30), None),
    ],
)
def test_is_asked_for_a_month_about_what_two_people_closed(age: timedelta, wait: timedelta | None) -> None:
    """It may have happened all the same, also where Oceafin's id of it never came."""
    closed = PaymentRequest(state="FAILED", failure_code=DID_NOT_HAPPEN, state_since=AT - age)
    assert next_poll(closed, AT) == (None if wait is None else AT + wait)
