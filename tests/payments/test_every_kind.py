"""Every kind of payment keeps the rules of the one door: against the stand-in Oceafin, with our real border between."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from backoffice.audit import Actor
from backoffice.staff.roles import Role
from customers import services as customers
from payments import duties, errors, explaining, letters, services, ways
from payments.models import Kind, PaymentRequest
from payments.way import AMOUNTS
from tests.payments.people import (
    approve,
    approver,
    came_in,
    conversion_of,
    crypto_requested,
    deliver,
    deliver_once,
    fresh,
    maker,
    now,
    open_money_out,
    post_event,
    rate_of,
    refund_of,
    requested,
)
from tests.payments.test_a_payout import (
    ROAD,
    SECRET,
    approved_customer,
    beneficiary,
    poll,
    states_of,
    tell,
    wallet_beneficiary,
)
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[..., PaymentRequest]


@pytest.fixture
def ask(oceafin: SimulatorProcess, kind: str) -> Ask:
    """Asks for a payment of this kind that Oceafin will carry out; money out is open, and it can be decided."""
    open_money_out()
    customer = approved_customer(oceafin)
    if kind == Kind.REFUND:
        identity = oceafin.came_in(currency="EUR", amount="60000.00")
        source = came_in(customer, depositId=identity)
        return lambda ref="p-1", plays="", **more: refund_of(source, ref, reason=plays or "twice", **more)

    if kind == Kind.FIAT_WITHDRAWAL:
        account = beneficiary(oceafin, customer)
    elif kind == Kind.CRYPTO_WITHDRAWAL:
        wallet = wallet_beneficiary(oceafin, customer)
        rate_of("USDC")

    def ask(ref: str = "p-1", plays: str = "", **more) -> PaymentRequest:
        if kind == Kind.CONVERSION:
            # Oceafin reads nothing else of it.
            payment = conversion_of(customer, f"{ref}.{plays}" if plays else ref, **more)
        elif kind == Kind.CRYPTO_WITHDRAWAL:
            payment = crypto_requested(wallet, ref, purpose=plays or "invoice", **more)
        else:
            payment = requested(account, ref, purpose=plays or "invoice", **more)
        deliver()
        return fresh(payment)

    return ask


def effects(oceafin: SimulatorProcess) -> list[dict]:
    return oceafin.withdrawals() + oceafin.refunds() + oceafin.conversions()


@pytest.fixture
def operation(kind: str, step: str) -> str:
    """What this step calls at Oceafin. A kind that runs once it is drafted has no submit."""
    return getattr(ways.WAYS[kind].operations, step) or pytest.skip("its draft is the instruction")


def sent(ask: Ask, **more) -> PaymentRequest:
    payment = ask(**more)
    approve(payment)
    deliver()
    return fresh(payment)


def test_is_walked_through_these_rules(kind: str) -> None:
    """A kind that is added is added here by being added to the table."""
    assert ways.WAYS[kind].kind == kind
    assert set(ways.WAYS) == set(Kind)


def test_goes_from_request_to_settled(oceafin, ask: Ask) -> None:
    payment = sent(ask)
    assert payment.state == "SENT"
    oceafin.step(3)
    tell(oceafin)
    assert states_of(payment) == [*ROAD, "SETTLED"]
    [effect] = effects(oceafin)
    assert (Decimal(effect["amount"]), effect["currency"]) == (100, payment.currency)
    found = explaining.explain_payments([payment.oceafin_id])
    assert found == {payment.oceafin_id: ("payments.PaymentRequest", str(payment.pk))}


@pytest.mark.parametrize("ending", ["failed", "cancelled", "returned", "returned_late"])
def test_ends_as_oceafin_says_where_only_reading_tells(oceafin, ask: Ask, kind: str, ending: str) -> None:
    if kind == Kind.CONVERSION and ending.startswith("returned"):
        pytest.skip("what was converted does not come back")
    payment = sent(ask, plays=f"simulate:{ending}")
    oceafin.step(4)
    assert poll(payment).state == ending.removesuffix("_late").upper()


@pytest.mark.parametrize("step", ["draft", "submit"])
@pytest.mark.parametrize("fault", ["lose_response", "reset_before", "html", "truncate"])
def test_takes_effect_once_whatever_the_line_does(oceafin, ask: Ask, operation: str, fault: str) -> None:
    payment = ask()
    approve(payment)
    oceafin.fault(fault, operation=f"^{operation}$")
    while letters.open_letter(payment) is not None:
        deliver_once()
    assert fresh(payment).state == "SENT"
    assert "UNCONFIRMED" in states_of(payment)
    assert len(effects(oceafin)) == 1


def test_waits_while_money_out_is_stopped(oceafin, ask: Ask, kind: str) -> None:
    payment = ask()
    services.stop_money_out(reason="a call", actor=Actor.staff(person(Role.ADMINISTRATOR)), now=now())
    approve(payment)
    deliver_once()
    assert fresh(payment).state == "APPROVED"
    assert "Money out is stopped" in letters.open_letter(payment).waits_for
    assert oceafin.requests(ways.WAYS[kind].operations.draft) == []
    open_money_out()
    deliver()
    assert fresh(payment).state == "SENT"


def test_does_not_leave_for_a_customer_who_was_restricted_after_approval(
    oceafin, ask: Ask, kind: str
) -> None:
    payment = ask()
    approve(payment)
    lead = Actor.staff(person(Role.MLRO))
    customers.change_standing(payment.customer, standing="RESTRICTED", reason="hit", actor=lead, now=now())
    deliver_once()
    assert fresh(payment).state == "APPROVED"
    assert oceafin.requests(ways.WAYS[kind].operations.draft) == []


def test_that_is_cancelled_before_it_leaves_never_leaves(oceafin, ask: Ask) -> None:
    by = maker()
    payment = ask(by=by)
    approve(payment)
    services.cancel(payment=payment, reason="a mistake", actor=by, now=now())
    deliver()
    assert fresh(payment).state == "CANCELLED"
    assert letters.letters_of(payment).last().state == "WITHDRAWN"
    assert effects(oceafin) == []


def test_whose_approval_is_taken_back_does_not_leave_by_it(oceafin, ask: Ask) -> None:
    payment, ann = ask(), approver()
    approve(payment, ann)
    services.withdraw_approval(payment=payment, reason="wrong invoice", actor=ann, now=now())
    assert fresh(payment).state == "PENDING_APPROVAL"
    deliver()
    assert effects(oceafin) == []
    assert letters.letters_of(payment).last().state == "WITHDRAWN"
    approve(payment)
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(effects(oceafin)) == 1


def test_that_is_approved_again_before_its_old_letter_was_looked_at_leaves_once(oceafin, ask: Ask) -> None:
    payment, ann = ask(), approver()
    approve(payment, ann)
    services.withdraw_approval(payment=payment, reason="wrong invoice", actor=ann, now=now())
    approve(payment, ann)
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(effects(oceafin)) == 1
    assert len({draft.draft_ref for draft in payment.drafts.exclude(oceafin_id=None)}) == 1


def test_that_a_worker_has_claimed_keeps_its_approvals(ask: Ask) -> None:
    payment, ann = ask(), approver()
    approve(payment, ann)
    deliver_once()
    with pytest.raises(errors.TooLate):
        services.withdraw_approval(payment=payment, reason="wrong invoice", actor=ann, now=now())
    assert fresh(payment).live_approvals.count() == 1


def test_on_its_way_cannot_be_cancelled(ask: Ask) -> None:
    with pytest.raises(errors.TooLate):
        services.cancel(payment=sent(ask), reason="x", actor=maker(), now=now())


def test_goes_back_when_oceafin_does_not_take_the_approval(oceafin, ask: Ask, kind: str) -> None:
    payment = ask()
    approve(payment)
    draft = ways.WAYS[kind].operations.draft
    oceafin.fault("status", operation=f"^{draft}$", status=403, code="PARTNER_OPERATION_NOT_APPROVED")
    deliver()
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert fresh(payment).live_approvals.count() == 0
    approve(payment)
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(effects(oceafin)) == 1


def test_that_oceafin_refuses_fails_with_its_words(oceafin, ask: Ask, kind: str) -> None:
    payment = ask()
    approve(payment)
    draft = ways.WAYS[kind].operations.draft
    oceafin.fault("status", operation=f"^{draft}$", status=409, code="PARTNER_RESOURCE_STATE_INVALID")
    deliver()
    assert (fresh(payment).state, fresh(payment).failure_code) == ("FAILED", "PARTNER_RESOURCE_STATE_INVALID")
    assert effects(oceafin) == []


@pytest.mark.parametrize("step", ["draft", "submit"])
def test_is_known_by_events_where_the_answers_were_lost(
    oceafin, ask: Ask, kind: str, step: str, operation: str
) -> None:
    payment = ask()
    way = ways.WAYS[kind]
    approve(payment)
    oceafin.fault("lose_response", operation=f"^{operation}$")
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    oceafin.step(3)
    tell(oceafin, way.resource_type)
    road = [*ROAD[:3], "UNCONFIRMED", "SENDING"]
    assert states_of(payment) == [*road, *(["SENT", "SETTLED"] if step == way.instruction else [])]
    deliver()
    assert len(effects(oceafin)) == 1


def test_is_found_by_looking_where_oceafin_forgot_the_key(oceafin, ask: Ask, kind: str) -> None:
    payment = ask()
    approve(payment)
    way = ways.WAYS[kind]
    instruction = getattr(way.operations, way.instruction)
    oceafin.fault("lose_response", operation=f"^{instruction}$")
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    oceafin.forget_keys()
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.requests(instruction)) == 1
    assert len(effects(oceafin)) == 1


def test_that_oceafin_contradicts_is_marked_and_stands(oceafin, ask: Ask, kind: str) -> None:
    payment = sent(ask, plays="simulate:failed")
    oceafin.step(3)
    assert poll(payment).state == "FAILED"
    draft = payment.drafts.get()
    oceafin.advance(ways.WAYS[kind].resource_type, "COMPLETED", ref=draft.draft_ref)
    tell(oceafin)
    assert (fresh(payment).state, fresh(payment).contradicted) == ("FAILED", True)


def test_that_comes_back_as_another_amount_is_contradicted(oceafin, ask: Ask, kind: str) -> None:
    payment = sent(ask)
    way = ways.WAYS[kind]
    resource = {way.id_name: payment.oceafin_id, "status": "COMPLETED", **dict.fromkeys(AMOUNTS, "1.00")}
    with transaction.atomic():
        duties.observe_read(payment, resource, source="read", now=now())
    assert (fresh(payment).state, fresh(payment).contradicted) == ("SENT", True)


def test_of_somebody_elses_event_is_parked(oceafin, ask: Ask, kind: str) -> None:
    event = {
        "eventId": "e-1",
        "eventType": "some.updated",
        "customer": {"customerId": None, "partnerCustomerRef": "cust-1"},
        "resource": {
            "resourceType": ways.WAYS[kind].resource_type,
            "resourceId": "5a3e8a9e-0000-4000-8000-00000000dead",
        },
        "occurredAt": "2026-06-28T00:00:00Z",
        "data": {},
    }
    assert post_event(event, SECRET) == 202
    inbox.apply_due(worker="test")
    assert Event.objects.get(event_id="e-1").state == "PARKED"


def test_expires_where_nobody_decides(ask: Ask) -> None:
    payment = ask()
    assert services.expire_overdue(now() + timedelta(days=8)) == 1
    assert fresh(payment).state == "EXPIRED"
