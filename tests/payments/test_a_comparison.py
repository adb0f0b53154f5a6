"""A comparison says where Oceafin's list and our payment disagree, and nothing of what both may still be told of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from backoffice.oceafin.wire import Answer, NoAnswer, Problem, Reply
from payments import ways
from payments.accounts.models import Reading
from payments.models import Draft, PaymentRequest
from payments.reconciliation import comparing
from payments.reconciliation.checking import Check
from payments.reconciliation.comparing import Item
from payments.reconciliation.finding import Outcome
from tests.payments.people import fresh, now, sql, waiting_payment

pytestmark = pytest.mark.django_db
OURS = "11111111-0000-4000-8000-000000000001"
HOUR = timedelta(hours=1)


def draft_of(state: str, *, since: timedelta = 5 * HOUR, **columns: Any) -> Draft:
    """The draft of a payment that has stood so for so long. Nothing of it is kept."""
    payment = waiting_payment()
    payment.state, payment.state_since, payment.oceafin_id = state, now() - since, OURS
    for name, value in columns.items():
        setattr(payment, name, value)
    return Draft(payment=payment, number=1, draft_ref="wd-1", oceafin_id=OURS)


def said_of(draft: Draft, **said: Any) -> Item:
    way = ways.of(draft.payment)
    resource = {way.id_name: OURS, way.ref_name: "wd-1", "status": "SUBMITTED", **said}
    return Item(resource, way, now())


def found(draft: Draft, **said: Any) -> list[str]:
    return [
        each.subject.partition(":")[2] for each in comparing.differences(said_of(draft, **said), draft, now())
    ]


def ago(hours: float) -> str:
    return (now() - hours * HOUR).isoformat()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SETTLED", "RETURNED"),
        ("SETTLED", "DRAFT"),
        ("FAILED", "COMPLETED"),
        ("CANCELLED", "COMPLETED"),
        ("REJECTED", "COMPLETED"),
        ("EXPIRED", "SUBMITTED"),
        ("SENT", "COMPLETED"),
        ("SENT", "DRAFT"),
        ("NEEDS_INFO", "DRAFT"),
        ("SENDING", "FAILED"),
    ],
)
def test_finds_that_both_sides_say_different_things(ours: str, theirs: str) -> None:
    draft = draft_of(ours)
    assert found(draft, status=theirs, updatedAt=ago(3)) == [f"{draft.payment.pk}:state"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SENT", "SUBMITTED"),
        ("SETTLED", "COMPLETED"),
        ("SENDING", "DRAFT"),
        ("SENDING", "SUBMITTED"),
        ("CANCELLED", "DRAFT"),
        ("FAILED", "DRAFT"),
        ("REJECTED", "DRAFT"),
        ("REJECTED", "CANCELLED"),
        ("EXPIRED", "FAILED"),
    ],
)
def test_finds_nothing_in_what_can_be_true_together(ours: str, theirs: str) -> None:
    assert found(draft_of(ours), status=theirs, updatedAt=ago(3)) == []


def test_leaves_both_sides_their_time() -> None:
    assert found(draft_of("SENT"), status="COMPLETED", updatedAt=ago(1)) == []
    assert found(draft_of("SENT", since=HOUR), status="COMPLETED") == []
    assert found(draft_of("SENT", since=HOUR), status="DRAFT") == []


def test_takes_no_older_word_than_what_we_heard() -> None:
    assert found(draft_of("SETTLED", since=-HOUR), status="RETURNED") == []
    heard = draft_of("SETTLED", oceafin_status_at=now() - 2 * HOUR)
    assert found(heard, status="RETURNED", updatedAt=ago(3)) == []
    assert found(heard, status="RETURNED", updatedAt=ago(1)) != []


def test_finds_money_that_moves_by_a_draft_that_was_replaced() -> None:
    draft = draft_of("SENT", oceafin_id="22222222-0000-4000-8000-000000000002")
    assert found(draft, status="COMPLETED") == [f"{draft.payment.pk}:draft:1"]
    assert found(draft, status="CANCELLED") == []


def test_finds_another_amount_than_was_sent_but_in_a_draft() -> None:
    draft = draft_of("SENT")
    assert found(draft, amount="1.00") == [f"{draft.payment.pk}:amount"]
    assert found(draft_of("SENDING"), status="DRAFT", amount="1.00") == []


def test_finds_a_fee_above_what_was_approved() -> None:
    draft = draft_of("SENT", highest_fee=Decimal("1.00"), fee_currency="EUR")
    assert found(draft, feeAmount="1.00", feeCurrency="EUR") == []
    assert found(draft, feeAmount="1.00") == []
    assert found(draft, feeAmount="0", feeCurrency="USD") == []
    assert found(draft, feeAmount="1.01", feeCurrency="EUR") == [str(draft.payment.pk)]
    assert found(draft, feeAmount="0.10", feeCurrency="USD") == [str(draft.payment.pk)]
    ended = draft_of("FAILED", highest_fee=Decimal("1.00"), fee_currency="EUR")
    assert found(ended, status="FAILED", feeAmount="5.00") == []


def test_finds_what_is_none_of_ours_but_a_draft() -> None:
    draft = draft_of("SENT")
    [one] = comparing.unknown(said_of(draft, amount="7.00", currency="EUR"))
    assert (one.kind, one.amount, one.oceafin_id) == ("MISSING_HERE", Decimal("7.00"), OURS)
    assert list(comparing.unknown(said_of(draft, status="DRAFT", amount="7.00"))) == []


# --- One customer, whole ------------------------------------------------------------------------------------------


@dataclass
class Lists:
    """What Oceafin has, as a reader would find it."""

    listed: list[dict[str, Any]] = field(default_factory=list)
    by_id: Reply = field(default_factory=lambda: NoAnswer("no answer", True))
    why_not: dict[str, str] = field(default_factory=dict)
    asked_at: datetime = field(default_factory=now)

    def items(self, _customer: object, way: ways.Way) -> Iterator[list[Item]]:
        yield [Item(each, way, now()) for each in self.listed if way.kind == "FIAT_WITHDRAWAL"]

    def get(self, _path: str) -> Reply:
        self.asked_at = now()
        return self.by_id

    def keep(self, _customer: object, name: str, *, since: datetime) -> str:
        return self.why_not.get(name, "")


def sent() -> PaymentRequest:
    payment = waiting_payment(kind="FIAT_WITHDRAWAL")
    with transaction.atomic():
        sql("SET LOCAL session_replication_role = replica")
        PaymentRequest.objects.filter(pk=payment.pk).update(
            state="SENT", state_since=now() - 5 * HOUR, oceafin_id=OURS
        )
        sql("SET LOCAL session_replication_role = origin")
    Reading.objects.update_or_create(
        customer=payment.customer, name="balances", defaults={"due_at": now(), "read_at": now()}
    )
    return fresh(payment)


def whole(payment: PaymentRequest, lists: Lists) -> Outcome:
    return Check(payment.customer, lists, since=now(), now=now()).whole()  # type: ignore[arg-type]


def left_out(outcome: Outcome) -> set[str]:
    return {what for what, _why in outcome.not_checked}


def test_asks_by_its_id_for_what_the_list_lacks() -> None:
    payment = sent()
    gone = whole(payment, Lists(by_id=Problem(404, "PARTNER_RESOURCE_NOT_FOUND")))
    assert [kind for kind, _subject in gone.found] == ["MISSING_THERE"]
    assert "FIAT_WITHDRAWAL" in gone.checked
    there = {"withdrawalId": OURS, "withdrawalRef": "wd-1", "status": "SUBMITTED"}
    unknown = whole(payment, Lists(by_id=Answer(200, {}, b"", there)))
    assert [kind for kind, _subject in unknown.found] == ["MISSING_HERE"]
    assert "FIAT_WITHDRAWAL" in unknown.checked


@pytest.mark.parametrize(
    "reply", [NoAnswer("no answer", True), Problem(404, "NOT_THIS_HOST"), Answer(200, {}, b"[]", [])]
)
def test_does_not_call_whole_what_it_could_not_ask_for(reply: Reply) -> None:
    payment = sent()
    outcome = whole(payment, Lists(by_id=reply))
    assert outcome.found == {}
    assert payment.payment_ref in left_out(outcome)
    assert "FIAT_WITHDRAWAL" not in outcome.checked


def test_does_not_call_whole_a_list_with_something_that_has_no_id() -> None:
    payment = sent()
    listed = [{"withdrawalId": OURS, "withdrawalRef": "x", "status": "DRAFT"}, {"status": "COMPLETED"}]
    outcome = whole(payment, Lists(listed=listed))
    assert "FIAT_WITHDRAWAL" not in outcome.checked
    assert outcome.not_checked[0][1].startswith("1 of its list")


def test_says_nothing_of_movements_that_it_could_not_read() -> None:
    payment = sent()
    PaymentRequest.objects.filter(pk=payment.pk).update(state="SETTLED", state_since=now() - 48 * HOUR)
    there = [{"withdrawalId": OURS, "status": "DRAFT"}]
    unread = whole(payment, Lists(listed=there, why_not={"transactions": "Oceafin was silent."}))
    assert not [kind for kind, _subject in unread.found if kind == "NO_TRANSACTION"]
    assert not {scope for scope in unread.checked if "transactions" in scope}
    assert "Balances" in left_out(unread)
    read = whole(payment, Lists(listed=there))
    assert [kind for kind, _subject in read.found] == ["NO_TRANSACTION"]
    assert "FIAT_WITHDRAWAL:transactions" in read.checked
