"""A payout, whatever happens to the processes that carry it and to the answers that they wait for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import freezing
from backoffice.oceafin.models import Breaker, Submission
from backoffice.staff.roles import Role
from customers import services as customers
from customers.states import Standing
from payments import services
from tests.faults import clockwork
from tests.faults.books import books_agree
from tests.faults.scene import (
    Scene,
    a_requested_payout,
    again,
    an_approved_payout,
    approve,
    hurry,
    letter,
    next_step_is_held,
    reaches,
    request_payout,
    settles,
)
from tests.people import person
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("house")

STEPS = {
    "sending_quote": "createFiatWithdrawalQuote",
    "draft": "createFiatWithdrawal",
    "submit": "submitFiatWithdrawal",
}


def test_settles_where_nothing_goes_wrong(scene: Scene) -> None:
    payment = an_approved_payout(scene)
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


@pytest.mark.parametrize("step", STEPS)
def test_outlives_a_worker_killed_between_the_send_and_the_commit(scene: Scene, step: str) -> None:
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS[step])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        held = letter(step, payment)
        scene.house.kill_holder(held)
    clockwork.run_out_leases(key=held.key)
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


def test_outlives_every_process_of_the_worker(scene: Scene) -> None:
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS["submit"])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        scene.house.kill_worker("money")
        clockwork.run_out_leases()
        scene.house.start_worker("money")
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ("lose_response", "sending_quote"),
        ("lose_response", "draft"),
        ("lose_response", "submit"),
        ("html", "draft"),
        ("truncate", "submit"),
        ("reset_before", "submit"),
    ],
)
def test_outlives_an_answer_that_nobody_could_read(scene: Scene, fault: str, step: str) -> None:
    payment = a_requested_payout(scene)
    scene.oceafin.fault(fault, operation=f"{STEPS[step]}$")
    for approver in scene.approvers:
        approve(payment, approver)
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


@pytest.mark.parametrize("step", ["draft", "submit"])
def test_believes_no_refusal_that_follows_a_lost_acceptance(scene: Scene, step: str) -> None:
    """Oceafin took it, the answer was lost, and the retry finds a closed door: the world is read first."""
    payment = a_requested_payout(scene)
    operation = STEPS[step]
    scene.oceafin.fault("lose_response", operation=f"{operation}$")
    for approver in scene.approvers:
        approve(payment, approver)
    eventually(lambda: letter(step, payment) and letter(step, payment).state == "UNCONFIRMED")
    scene.oceafin.fault(
        "status", status=409, code="PARTNER_QUOTE_EXPIRED", book=False, operation=f"{operation}$", times=-1
    )
    settles(scene, payment)
    assert len(scene.oceafin.withdrawals()) == 1
    books_agree(scene.oceafin, house=scene.house)


def test_sends_the_bytes_that_were_frozen_whatever_our_code_became(scene: Scene, monkeypatch) -> None:
    payment = a_requested_payout(scene)
    scene.oceafin.fault("lose_response", operation="createFiatWithdrawal$")
    for approver in scene.approvers:
        approve(payment, approver)
    draft = eventually(lambda: letter("draft", payment))
    eventually(lambda: again(draft).state == "UNCONFIRMED")
    before = bytes(again(draft).body)
    # A new release writes JSON in another order and with blanks.
    monkeypatch.setattr(freezing, "serialised", lambda body: repr(sorted(body.items())).encode())
    settles(scene, payment)
    assert bytes(again(draft).body) == before
    books_agree(scene.oceafin, house=scene.house)


def test_is_found_by_looking_where_oceafin_forgot_the_key(scene: Scene) -> None:
    """Sent again it would move the money twice, or be refused: it is looked for before."""
    payment = a_requested_payout(scene)
    scene.oceafin.fault("lose_response", operation="submitFiatWithdrawal$")
    for approver in scene.approvers:
        approve(payment, approver)
    eventually(lambda: letter("submit", payment) and letter("submit", payment).state == "UNCONFIRMED", 30)
    assert scene.oceafin.forget_keys()
    settles(scene, payment)
    assert len(scene.oceafin.requests("submitFiatWithdrawal")) == 1
    books_agree(scene.oceafin, house=scene.house)


def test_is_only_read_and_then_held_once_its_key_is_old(scene: Scene) -> None:
    payment = a_requested_payout(scene)
    scene.oceafin.fault("reset_before", operation="submitFiatWithdrawal$")
    for approver in scene.approvers:
        approve(payment, approver)
    submit = eventually(lambda: letter("submit", payment))
    eventually(lambda: again(submit).state == "UNCONFIRMED")
    Submission.objects.filter(pk=submit.pk).update(first_left_at=timezone.now() - timedelta(hours=20))
    scene.oceafin.forget_keys()

    def is_held() -> bool:
        hurry(scene.house)
        return again(submit).state == "HELD"

    eventually(is_held, 20, every=0.1)
    assert again(payment).state == "UNCONFIRMED"
    assert "too old" in again(payment).waits_for
    assert scene.oceafin.withdrawals() == []
    assert len(scene.oceafin.requests("submitFiatWithdrawal")) == 1
    books_agree(scene.oceafin, house=scene.house)


def test_settles_by_an_event_that_is_quicker_than_the_answer(scene: Scene) -> None:
    """Oceafin tells of the withdrawal, to its end, while our own call still waits for its answer."""
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS["submit"])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        scene.oceafin.step(3)
        scene.oceafin.wait_until_delivered()
        reaches(scene, payment, "SETTLED")
    books_agree(scene.oceafin, house=scene.house)


def test_takes_up_the_events_that_came_before_it_knew_its_own_number(scene: Scene) -> None:
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS["draft"])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        scene.oceafin.wait_until_delivered()
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


@pytest.mark.parametrize("step", ["draft", "submit"])
def test_outlives_a_worker_that_wakes_long_after_its_lease(scene: Scene, step: str) -> None:
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS[step])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        held = letter(step, payment)
        frozen = scene.house.freeze_holder(held)
    try:
        clockwork.run_out_leases(key=held.key)
        settles(scene, payment, 40)
    finally:
        scene.house.thaw(frozen)
    eventually(lambda: not held.attempts.filter(outcome="OPEN").exists(), 20)
    books_agree(scene.oceafin, house=scene.house)


def test_leaves_again_once_oceafin_accepts_our_signature_again(scene: Scene) -> None:
    """Our secret was wrong for a while: sending stops as a whole, and nothing is burnt."""
    payment = a_requested_payout(scene)
    scene.oceafin.fault("auth_failed", operation="createFiatWithdrawal$")
    for approver in scene.approvers:
        approve(payment, approver)
    eventually(lambda: Breaker.objects.filter(is_open=True).exists())

    def settled() -> bool:
        clockwork.let_the_breaker_probe()
        hurry(scene.house)
        scene.oceafin.step()
        return again(payment).state == "SETTLED"

    eventually(settled, 40, every=0.1)
    books_agree(scene.oceafin, house=scene.house)


def test_asks_for_another_quote_where_the_first_ran_out_on_the_way(scene: Scene) -> None:
    """The draft was accepted, and the quote ran out before it was submitted: a new draft, one effect."""
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS["submit"], booked=False)
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        scene.oceafin.pass_time(3600)
    settles(scene, payment, 40)
    assert [effect["withdrawalRef"] for effect in scene.oceafin.withdrawals()] == ["wd-1-2"]
    books_agree(scene.oceafin, house=scene.house)


def test_is_held_at_the_gate_while_its_customer_is_restricted(scene: Scene) -> None:
    """A customer who is restricted between draft and submit: nothing leaves until that is lifted."""
    lead = Actor.staff(person(Role.COMPLIANCE_LEAD))
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS["draft"])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        customers.change_standing(
            scene.customer, standing=Standing.RESTRICTED, reason="a hit", actor=lead, now=timezone.now()
        )
    eventually(lambda: letter("submit", payment) and letter("submit", payment).waits_for)
    assert scene.oceafin.withdrawals() == []
    customers.change_standing(
        scene.customer, standing=Standing.ACTIVE, reason="no hit", actor=lead, now=timezone.now()
    )
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


def test_stops_with_all_money_out_and_goes_on_when_two_open_it(scene: Scene) -> None:
    payment = a_requested_payout(scene)
    gate = next_step_is_held(scene, STEPS["draft"])
    for approver in scene.approvers:
        approve(payment, approver)
    with gate.held():
        services.stop_money_out(reason="a doubt", actor=scene.maker, now=timezone.now())
    eventually(lambda: letter("submit", payment) and letter("submit", payment).waits_for)
    assert scene.oceafin.withdrawals() == []
    services.ask_to_open_money_out(actor=scene.administrators[1], now=timezone.now())
    services.confirm_open_money_out(actor=scene.administrators[0], now=timezone.now())
    settles(scene, payment)
    books_agree(scene.oceafin, house=scene.house)


def test_leaves_no_quote_behind_that_nobody_answered_and_nobody_needs(scene: Scene) -> None:
    """Its quote was lost, and then it was rejected: the letter comes to an end all the same."""
    scene.oceafin.fault("html", operation="createFiatWithdrawalQuote$", times=-1)
    payment = request_payout(scene)
    lost = eventually(lambda: letter("quote", payment))
    eventually(lambda: again(lost).state == "UNCONFIRMED")
    services.reject(payment=payment, reason="a typo", actor=scene.approvers[0], now=timezone.now())
    scene.oceafin.clear_faults()
    books_agree(scene.oceafin, house=scene.house)
    assert again(lost).state == "ACCEPTED"
    assert again(payment).state == "REJECTED"
