"""A refund, whatever happens on its way. What it has in common with a payout is broken in `test_a_payout`."""

import pytest

from payments import errors
from tests.faults import clockwork
from tests.faults.books import books_agree
from tests.faults.scene import (
    Scene,
    a_credited_deposit,
    a_requested_refund,
    approve,
    letter,
    next_step_is_held,
    settles,
)

pytestmark = pytest.mark.xdist_group("house")


def test_takes_effect_once_where_every_answer_is_lost_after_booking(scene: Scene) -> None:
    payment = a_requested_refund(scene, a_credited_deposit(scene))
    scene.oceafin.fault("lose_response", operation="createRefund$")
    scene.oceafin.fault("lose_response", operation="submitRefund$")
    approve(payment, scene.approvers[0])
    settles(scene, payment)
    assert len(scene.oceafin.refunds("rf-1")) == 1
    books_agree(scene.oceafin, house=scene.house)


def test_outlives_a_worker_killed_between_the_send_and_the_commit(scene: Scene) -> None:
    payment = a_requested_refund(scene, a_credited_deposit(scene))
    gate = next_step_is_held(scene, "submitRefund")
    approve(payment, scene.approvers[0])
    with gate.held():
        held = letter("submit", payment)
        scene.house.kill_holder(held)
    clockwork.run_out_leases(key=held.key)
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


def test_asked_for_and_told_of_twice_takes_effect_once(scene: Scene) -> None:
    """Two people want the same money back, the answer is lost, and every event comes again and again."""
    source = a_credited_deposit(scene)
    payment = a_requested_refund(scene, source)
    with pytest.raises(errors.Unfit):
        a_requested_refund(scene, source, "rf-2")
    scene.oceafin.fault("lose_response", operation="submitRefund$")
    approve(payment, scene.approvers[0])
    settles(scene, payment)
    for event in scene.oceafin.events():
        if event["resourceType"] == "refund":
            assert set(scene.oceafin.send_event(event["eventId"], copies=2)) == {202}
    books_agree(scene.oceafin, house=scene.house)
    assert [effect["amount"] for effect in scene.oceafin.refunds()] == ["60.00"]
