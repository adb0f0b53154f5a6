"""The broker is a bell: emptied, away or hung it costs seconds, never a payment."""

import threading
import time

import pytest
from django.db import connection

from backoffice.oceafin import outbox, recovery
from backoffice.staff.roles import Role
from tests.faults.books import books_agree
from tests.faults.house import House
from tests.faults.scene import (
    Scene,
    a_requested_payout,
    again,
    approve,
    next_step_is_held,
    settles,
)
from tests.people import PASSWORD, enrol, person
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("house")


def test_may_be_rung_fifty_times_while_sweeps_look_at_the_same_row(scene: Scene) -> None:
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, "submitFiatWithdrawal")
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        for _ in range(50):
            scene.house.ring("money")
        sweeps = [threading.Thread(target=_sweep) for _ in range(2)]
        for thread in sweeps:
            thread.start()
        for thread in sweeps:
            thread.join()
    settles(scene, payment)
    assert len(scene.oceafin.requests("submitFiatWithdrawal")) == 1
    books_agree(scene.oceafin, house=scene.house)


def test_may_be_emptied_at_any_moment(scene: Scene) -> None:
    payment = a_requested_payout(scene)
    stop = threading.Event()

    def empty_again_and_again() -> None:
        while not stop.wait(0.02):
            scene.house.empty_broker()

    thread = threading.Thread(target=empty_again_and_again)
    thread.start()
    try:
        for approver in scene.approvers:
            approve(payment, approver)
        eventually(lambda: again(payment).state == "SENT", 40)
    finally:
        stop.set()
        thread.join()
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


@pytest.mark.parametrize("how", ["stopped", "hung"])
def test_may_be_gone_and_payouts_settle_all_the_same(scene: Scene, how: str) -> None:
    payment = a_requested_payout(scene)
    broken = scene.house.broker_stopped() if how == "stopped" else scene.house.broker_hung()
    with broken:
        began = time.monotonic()
        for approver in scene.approvers:
            approve(payment, approver)
        assert time.monotonic() - began < 2, "approving waited for the broker"
        settles(scene, payment, 60, ring=False)
        assert scene.house.get("/readyz").status_code == 200
    books_agree(scene.oceafin, house=scene.house)


@pytest.mark.parametrize("how", ["stopped", "hung"])
def test_may_be_gone_and_staff_and_oceafin_come_in(house: House, how: str) -> None:
    staff = person(Role.PAYMENTS_APPROVER)
    phone = enrol(staff)
    broken = house.broker_stopped() if how == "stopped" else house.broker_hung()
    with broken:
        assert house.sign_in(staff.email, PASSWORD, phone.code()) == 200
        event = _an_event("6f1f9a3e-0000-4000-8000-000000000001")
        began = time.monotonic()
        assert house.oceafin.send_event(event=event) == [202]
        assert time.monotonic() - began < 2, "the webhook waited for the broker"
        assert house.get("/readyz").status_code == 200


def _an_event(event_id: str) -> dict[str, object]:
    return {
        "eventId": event_id,
        "eventType": "thing.updated",
        "customer": {"customerId": event_id, "partnerCustomerRef": "nobody"},
        "resource": {"resourceType": "thing", "resourceId": event_id},
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {},
    }


def _sweep() -> None:
    """What a second and a third worker would do at this moment."""
    try:
        recovery.recover_leases()
        outbox.deliver_due(lane="money", worker="another:1")
    finally:
        connection.close()
