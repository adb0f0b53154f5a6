"""The promise, for every kind of payment: whatever happens in whatever order, exactly one instruction takes effect.

Hypothesis chooses what happens next: people ask, one by one and by files, look over, approve, refuse, hold and cancel;
administrators change the policy; Oceafin answers, loses answers, lets quotes run out, sends events late, twice and in
any order; workers die with a letter or a file in hand. After each step all that must hold is checked against the
stand-in's own book. `PROMISE_STEPS` walks farther.
"""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from backoffice.audit import Actor
from backoffice.oceafin import breaker, outbox, recovery
from backoffice.oceafin import client as client_module
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Role
from backoffice.states import IllegalMove
from customers import services as customers
from payments import duties, letters, services, ways
from payments.desks import doubts
from payments.desks import services as desks
from payments.models import Kind, PaymentRequest
from payments.states import DID_NOT_HAPPEN
from tests.faults import clockwork
from tests.faults.books import ON_ITS_WAY
from tests.flush import flush
from tests.payments.ledger import Ledger
from tests.payments.people import (
    approve,
    came_in,
    conversion_of,
    crypto_requested,
    deliver,
    fresh,
    now,
    open_money_out,
    post_event,
    rate_of,
    refund_of,
    requested,
)
from tests.payments.test_a_payout import SECRET, approved_customer, beneficiary, wallet_beneficiary
from tests.payments.turns import TurnsOfMany
from tests.people import person
from tests.simulator.driver import SimulatorProcess
from webhooks import inbox

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = os.environ.get("PROMISE_STEPS", "")
EXAMPLES, STEPS = 9, int(PATIENCE or 254)
LINE_FAULTS = ("lose_response", "reset_before", "html", "truncate", "foreign", "auth_failed")
PLAYS = ("", "", "", "simulate:failed", "simulate:returned", "simulate:returned_late", "simulate:cancelled")
AMOUNTS = ("25.00", "100.00", "9999.00", "12000.00")
Ask = Callable[..., PaymentRequest]
numbers = st.integers(min_value=0, max_value=59)


def ways_to_ask(oceafin: SimulatorProcess) -> dict[str, Ask]:
    """One customer, and how each kind is asked for."""
    customer = approved_customer(oceafin)
    account, wallet = beneficiary(oceafin, customer), wallet_beneficiary(oceafin, customer)
    rate_of("USDC")
    sources = [
        came_in(customer, depositId=oceafin.came_in(currency="EUR", amount="20000.00"))
        for _number in range(2)
    ]

    def payout(ref: str, amount: str, plays: str, by: Actor, **when: str) -> PaymentRequest:
        return requested(account, ref, amount, by, purpose=plays or "invoice", **when)

    def refund(ref: str, amount: str, plays: str, by: Actor, **when: str) -> PaymentRequest:
        return refund_of(sources[len(ref) % 2], ref, amount, by, reason=plays or "twice", **when)

    def conversion(ref: str, amount: str, plays: str, by: Actor, **when: str) -> PaymentRequest:
        # Oceafin reads nothing else of it; what was converted does not come back.
        plays = "" if "returned" in plays else plays
        return conversion_of(customer, f"{ref}.{plays}" if plays else ref, amount, by, **when)

    def crypto(ref: str, amount: str, plays: str, by: Actor, **when: str) -> PaymentRequest:
        return crypto_requested(wallet, ref, amount, by, purpose=plays or "invoice", **when)

    return {
        Kind.FIAT_WITHDRAWAL: payout,
        Kind.REFUND: refund,
        Kind.CONVERSION: conversion,
        Kind.CRYPTO_WITHDRAWAL: crypto,
    }


# What happens next, the frequent things more often.
TURNS = (
    *["a_worker_delivers_one"] * 4,
    *["somebody_asks"] * 3,
    *["somebody_approves"] * 2,
    *["two_approve"] * 4,
    *["the_workers_deliver"] * 3,
    *["oceafin_goes_on"] * 3,
    *["events_come_in_any_order"] * 2,
    *["the_line_will_fail"] * 2,
    *["a_worker_claims_and_stops"] * 2,
    *["it_wakes_late_or_never"] * 2,
    *["payments_are_read"] * 2,
    *["somebody_decides_otherwise"] * 2,
    *["two_say_it_did_not_happen"] * 2,
    *["batches_are_worked_on"] * 3,
    *["somebody_approves_a_batch"] * 2,
    "a_file_comes_in",
    "somebody_changes_a_batch",
    "the_policy_changes",
    "corrects_and_asks_again",
    "quotes_run_out",
    "fees_change",
    "oceafin_forgets_keys",
    "oceafin_starts_again",
    "money_out_is_switched",
    "the_customer_is_judged",
    "nobody_decided_in_time",
)


class APaymentsLife(TurnsOfMany, RuleBasedStateMachine):
    """One installation, one customer, a few people, and a line that cannot be trusted."""

    oceafin: SimulatorProcess
    taken: Counter[str]

    @initialize()
    def opens(self) -> None:
        flush()
        self.oceafin.reset()
        open_money_out()
        self.ways = ways_to_ask(self.oceafin)
        assert set(self.ways) == set(ways.WAYS), "every kind that is offered is walked"
        self.asked: list[PaymentRequest] = []
        self.claimed: list[Any] = []
        self.makers = [Actor.staff(person(Role.PAYMENTS_MAKER)) for _number in range(2)]
        self.approvers = [Actor.staff(person(Role.PAYMENTS_APPROVER)) for _number in range(3)]
        self.lead = Actor.staff(person(Role.OPERATIONS_LEAD))
        self.officer = Actor.staff(person(Role.MLRO))
        self.many_begin()
        self.ledger = Ledger(self.oceafin)
        for which in range(len(self.ways)):
            self.somebody_asks(which, 0)

    @rule(turn=st.sampled_from(TURNS), which=numbers, how=numbers)
    def next(self, turn: str, which: int, how: int) -> None:
        """`which` payment it is about, and `how`: each turn reads them as it needs them."""
        self.taken[turn] += 1
        if turn == "somebody_asks" or self.asked:
            getattr(self, turn)(which, how)

    # --- People ---------------------------------------------------------------------------------------------------

    def somebody_asks(self, which: int, how: int) -> None:
        ref, kind = f"p-{len(self.asked)}", _of(sorted(self.ways), which)
        plays, amount = _of(PLAYS, how), _of(AMOUNTS, how)
        # Some leave today, some another day.
        day = {3: 0, 5: 1}.get(how % 8)
        when = {} if day is None else {"scheduled_on": (now() + timedelta(days=day)).date().isoformat()}
        self._try(lambda: self.asked.append(self.ways[kind](ref, amount, plays, self.makers[0], **when)))

    def corrects_and_asks_again(self, which: int, how: int) -> None:
        old, ref = fresh(self._one(which)), f"p-{len(self.asked)}"
        if old.beneficiary is not None:
            account, by = old.beneficiary, self.makers[1]
            account.customer = old.customer
            self._try(lambda: self.asked.append(requested(account, ref, "30.00", by, replaces=old)))

    def somebody_approves(self, which: int, how: int) -> None:
        payment, actor = fresh(self._one(which)), _of([*self.approvers, *self.makers], how)
        self._try(lambda: approve(payment, actor))

    def two_approve(self, which: int, how: int) -> None:
        for who in (0, 1):
            self.somebody_approves(which, who)

    def somebody_decides_otherwise(self, which: int, how: int) -> None:
        act = _of(("reject", "cancel", "hold", "release", "release", "refresh_quote"), how)
        by = {"reject": self.approvers[2], "cancel": self.makers[0]}.get(act, self.lead)
        words = {} if act == "refresh_quote" else {"reason": "so it was said"}
        payment = self._one(which)
        self._try(lambda: getattr(services, act)(payment=payment, actor=by, now=now(), **words))

    def two_say_it_did_not_happen(self, which: int, how: int) -> None:
        """Of what nobody knows about; they may be wrong. Or one of them takes it back."""
        operations = ways.WAYS[self._one(which).kind].operations
        fault = _of(("lose_response", "reset_before"), how)
        self.oceafin.fault(fault, operation=f"^{operations.submit or operations.draft}$")
        self.the_workers_deliver(which, how)
        doubtful = list(doubts.in_doubt())
        if doubtful:
            said = {"evidence": "it never arrived", "support_reference": "CASE-17", "now": now()}
            self._try(lambda: self._close(_of(doubtful, which), takes_back=how % 4 == 0, **said))

    def _close(self, payment: PaymentRequest, *, takes_back: bool, **said: Any) -> None:
        finding = desks.propose_closing(payment, actor=self.lead, **said)
        if takes_back:
            desks.take_back(finding, reason="it is looked for", actor=self.lead, now=now())
        else:
            desks.confirm(finding, actor=self.approvers[2], now=now())
            self.taken["closed by two"] += 1

    def money_out_is_switched(self, which: int, how: int) -> None:
        if services.money_out().is_open and how % 3 == 0:
            services.stop_money_out(reason="a call", actor=self.lead, now=now())
        elif not services.money_out().is_open:
            open_money_out()

    def the_customer_is_judged(self, which: int, how: int) -> None:
        act = {"standing": "RESTRICTED" if how % 3 == 0 else "ACTIVE", "reason": "a hit", "now": now()}
        customer = self.asked[0].customer
        self._try(lambda: customers.change_standing(customer, actor=self.officer, **act))

    # --- Workers --------------------------------------------------------------------------------------------------

    def a_worker_delivers_one(self, which: int, how: int) -> None:
        clockwork.make_letters_due()
        outbox.deliver_due(lane="money", worker="test", limit=1)

    def the_workers_deliver(self, which: int, how: int) -> None:
        clockwork.make_letters_due()
        outbox.deliver_due(lane="money", worker="test", limit=6)

    def a_worker_claims_and_stops(self, which: int, how: int) -> None:
        clockwork.make_letters_due()
        claimed = outbox.claim(lane="money", worker="dead")
        if claimed is not None:
            self.claimed.append(claimed)

    def it_wakes_late_or_never(self, which: int, how: int) -> None:
        if self.claimed:
            clockwork.run_out_leases()
            claimed = self.claimed.pop(which % len(self.claimed))
            if how % 2:
                outbox.deliver(claimed)
        recovery.recover_leases()
        recovery.settle_late_replies()

    # --- Oceafin and the line ---------------------------------------------------------------------------------------

    def the_line_will_fail(self, which: int, how: int) -> None:
        operations = ways.WAYS[_of(sorted(self.ways), which)].operations
        operation = _of(
            [each for each in (operations.draft, operations.submit, operations.quote) if each], how
        )
        self.oceafin.fault(_of(LINE_FAULTS, which + how), operation=f"^{operation}$")

    def quotes_run_out(self, which: int, how: int) -> None:
        self.oceafin.pass_time(200 if how % 2 else 30)

    def fees_change(self, which: int, how: int) -> None:
        self.oceafin.set(feePercent=_of(("0.1", "0.5", "1.5"), how))

    def oceafin_forgets_keys(self, which: int, how: int) -> None:
        self.oceafin.forget_keys(_of(("create", "submit", ""), how))

    def oceafin_starts_again(self, which: int, how: int) -> None:
        if how % 8 == 0:
            self.oceafin.restart()

    def oceafin_goes_on(self, which: int, how: int) -> None:
        self.oceafin.step()

    def events_come_in_any_order(self, which: int, how: int) -> None:
        told = self.oceafin.events()
        for place in range(min(4, len(told))):
            event = told[-1 - (which + place * (how + 1)) % len(told)]
            for _copy in range(1 + how % 2):
                assert post_event(event.get("body") or event.get("event") or event, SECRET) == 202
        clockwork.make_events_due()
        inbox.apply_due(worker="test")

    def payments_are_read(self, which: int = 0, how: int = 0) -> None:
        known = Q(oceafin_id__isnull=False) | Q(failure_code=DID_NOT_HAPPEN)
        PaymentRequest.objects.filter(known).update(next_poll_at=now())
        duties.poll_payments(now())

    def nobody_decided_in_time(self, which: int, how: int) -> None:
        if how % 8 == 0:
            services.expire_overdue(now() + timedelta(days=8))

    # --- What must hold -------------------------------------------------------------------------------------------

    @invariant()
    def the_promises_hold(self) -> None:
        if hasattr(self, "ledger"):
            moved = self.ledger.check()
            if moved:
                self.many_hold()

    def teardown(self) -> None:
        """With the faults gone every queue drains by itself, and what stays says why."""
        if not hasattr(self, "ledger"):
            return
        self.oceafin.clear_faults()
        clockwork.run_out_leases()
        self.money_out_is_switched(0, 1)
        for payment in self.asked:
            self._try(partial(services.release, payment=payment, reason="go", actor=self.lead, now=now()))
        if self.asked:
            self.the_customer_is_judged(0, 1)
        for _round in range(4):
            clockwork.let_the_breaker_probe()
            breaker.probe_if_due()
            recovery.recover_leases()
            recovery.settle_late_replies()
            deliver()
            self.payments_are_read()
            self.ledger.check()
        self.many_hold()
        self.ledger.who_was_wrong_is_told()
        for payment in PaymentRequest.objects.filter(state__in=ON_ITS_WAY):
            letter = letters.open_letter(payment)
            assert payment.waits_for or (payment.scheduled_on and letter and letter.waits_for), str(payment)

    def _one(self, number: int) -> PaymentRequest:
        return self.asked[-1 - number % len(self.asked)]

    @staticmethod
    def _try(act: Callable[[], object]) -> None:
        """Whatever is not possible now is refused; nothing else may come of it."""
        with contextlib.suppress(Refusal, IllegalMove):
            act()


def _of(choices: Any, number: int) -> Any:
    return choices[number % len(choices)]


@pytest.fixture
def oceafin(settings, tmp_path: Path) -> Iterator[SimulatorProcess]:
    """One that keeps its book in a file, so that it can start again."""
    keys = {f"{name}_secret": f"test-{name}-secret" for name in ("client", "webhook")}
    with SimulatorProcess(
        "--seed", "payments", client_id="test-client", state=tmp_path / "book", **keys
    ) as process:
        settings.OCEAFIN_PARTNER_API_BASE_URL = process.base_url
        client_module.reset_clients()
        yield process
    client_module.reset_clients()


def test_holds_whatever_happens(oceafin: SimulatorProcess) -> None:
    class Life(APaymentsLife):
        pass

    Life.oceafin, Life.taken = oceafin, Counter()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not PATIENCE,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    came_to = [Life.taken.pop(each, 0) for each in ("closed by two", "batch approved", "policy in force")]
    if not PATIENCE:
        assert all(came_to)
        assert Life.taken.total() >= 2000
