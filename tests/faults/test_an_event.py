"""An event of Oceafin: however often, in whatever order, and however forged it comes."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from backoffice.audit.models import Entry
from payments import fiat_withdrawal
from payments.events import apply_payment
from payments.models import PaymentRequest
from tests.faults.books import books_agree
from tests.faults.house import House
from tests.faults.scene import Scene, a_customer, again, an_approved_payout, reaches, settles
from tests.waiting import eventually
from webhooks.models import Event

pytestmark = pytest.mark.xdist_group("house")


def test_counts_once_though_it_comes_a_hundred_times_ten_at_once(scene: Scene) -> None:
    payment = an_approved_payout(scene)
    settles(scene, payment)
    [told] = [
        event
        for event in scene.oceafin.events()
        if event["resourceType"] == "fiat_withdrawal" and event["occurredAt"] == _last_word(scene)
    ]

    def ten(_round: int) -> list[int]:
        return scene.oceafin.send_event(told["eventId"], copies=10, age=0)

    with ThreadPoolExecutor(2) as pool:
        statuses = [status for answers in pool.map(ten, range(10)) for status in answers]
    assert statuses == [202] * 100
    assert Event.objects.filter(event_id=told["eventId"]).count() == 1
    settled = Entry.objects.filter(verb="payment.settled", subject_id=str(payment.pk))
    assert settled.count() == 1
    books_agree(scene.oceafin, house=scene.house)


def _last_word(scene: Scene) -> str:
    return max(
        event["occurredAt"] for event in scene.oceafin.events() if event["resourceType"] == "fiat_withdrawal"
    )


def test_before_the_answer_of_our_own_call_finds_its_customer_later(house: House) -> None:
    gate = house.oceafin.gate("create", book=True, operation="createCustomer$")
    customer = a_customer()
    with gate.held():
        house.oceafin.advance("customer", "APPROVED", ref=customer.partner_customer_ref)
        house.oceafin.wait_until_delivered()
        eventually(lambda: again(customer).oceafin_status == "APPROVED")
    eventually(lambda: again(customer).oceafin_customer_id)
    assert again(customer).oceafin_status == "APPROVED"
    books_agree(house.oceafin, house=house)


def test_about_a_withdrawal_that_is_not_ours_waits_and_moves_nothing(scene: Scene) -> None:
    payment = an_approved_payout(scene)
    settles(scene, payment)
    event = _event_about("fiat_withdrawal", str(uuid4()))
    assert scene.oceafin.send_event(event=event) == [202]
    eventually(lambda: Event.objects.get(event_id=event["eventId"]).state == "PARKED")
    assert again(payment).state == "SETTLED"
    books_agree(scene.oceafin, by_hand=[event["eventId"]])


def test_that_contradicts_what_we_know_is_kept_and_shown(scene: Scene) -> None:
    """FAILED, and then COMPLETED after all: the payment stays as it is, marked, and a person has to look."""
    payment = an_approved_payout(scene)
    reaches(scene, payment, "SENT")
    scene.oceafin.advance("fiat_withdrawal", "FAILED", ref="wd-1")
    reaches(scene, payment, "FAILED")
    scene.oceafin.advance("fiat_withdrawal", "COMPLETED", ref="wd-1")
    eventually(lambda: again(payment).contradicted)
    assert again(payment).state == "FAILED"
    assert "COMPLETED" in again(payment).contradiction
    books_agree(scene.oceafin, house=scene.house)


def test_that_is_forged_leaves_no_row(house: House) -> None:
    event = _event_about("customer", str(uuid4()))
    wrong: list[dict[str, Any]] = [
        {"secret": "another-secret"},
        {"signature": "f" * 64},
        {"signature": "f" * 63},
        {"signature": "a" * 64},
        {"signature": "A" * 64},
        {"age": 900},
        {"age": -900},
        {"timestamp": "yesterday"},
        *({"without": [f"X-Oceafin-Webhook-{part}"]} for part in ("Timestamp", "Nonce", "Signature")),
    ]
    for parts in wrong:
        assert house.oceafin.send_event(event=event, **parts) == [401], parts
    assert Event.objects.count() == 0
    assert house.oceafin.send_event(event=event) == [202]
    books_agree(house.oceafin, by_hand=[event["eventId"]])


class TestOfOnePayout:
    """The same four events in all 24 orders; each read shows the withdrawal as it stood at that moment."""

    @pytest.fixture
    def payment(self, scene: Scene) -> PaymentRequest:
        payment = an_approved_payout(scene)
        return reaches(scene, payment, "SENT")

    @pytest.mark.parametrize(
        ("words", "end"),
        [
            (("SUBMITTED", "PROCESSING", "MISSING_INFO_REQUIRED", "COMPLETED"), "SETTLED"),
            (("SUBMITTED", "PROCESSING", "COMPLETED", "RETURNED"), "RETURNED"),
            (("SUBMITTED", "MISSING_INFO_REQUIRED", "PROCESSING", "FAILED"), "FAILED"),
        ],
    )
    def test_lead_to_the_same_end_in_every_order(
        self, scene: Scene, payment: PaymentRequest, words: tuple[str, ...], end: str
    ) -> None:
        began = timezone.now()
        for order in itertools.permutations(range(4)):
            with transaction.atomic():
                for place in order:
                    happened_at = began + timedelta(seconds=place)
                    self.hear(payment, words[place], happened_at)
                found = again(payment)
                assert (found.state, found.contradicted) == (end, False), (order, found.contradiction)
                transaction.set_rollback(True)
        settles(scene, payment)
        books_agree(scene.oceafin, house=scene.house)

    def hear(self, payment: PaymentRequest, status: str, at: datetime) -> None:
        event = Event(event_id=str(uuid4()), resource_id=payment.oceafin_id, occurred_at=at)
        resource = {
            "withdrawalId": payment.oceafin_id,
            "status": status,
            "updatedAt": at.astimezone(UTC).isoformat(),
        }
        apply_payment(fiat_withdrawal.WAY, event, resource, at)


def _event_about(resource_type: str, resource_id: str) -> dict[str, Any]:
    return {
        "eventId": str(uuid4()),
        "eventType": f"{resource_type}.updated",
        "customer": {"customerId": str(uuid4()), "partnerCustomerRef": "nobody"},
        "resource": {"resourceType": resource_type, "resourceId": resource_id},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {},
    }
