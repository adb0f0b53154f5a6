"""Turns of the promise that are about many payments at once: files of payments, and the policy that all stand under."""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from backoffice.audit import Actor
from backoffice.staff.roles import Role
from payments import services as payments
from payments.batches import services as batches
from payments.batches import working
from payments.batches.leases import taken
from payments.batches.models import Batch, BatchRow, SelectedRow
from payments.batches.models import Rule as Booked
from payments.batches.states import WORKED_ON
from payments.models import PaymentRequest
from payments.policies import services as policies
from payments.policies.deciding import DAY_ONE, Policy
from payments.policies.reading import number_in_force
from tests.batches.people import csv_of, line, upload
from tests.payments.people import now, user_of
from tests.payments.policies import APPROVER, LEAD, Rule, policy_of, stages
from tests.people import person

BAD = line("bad", "0.001")
# Of one size, of two, in two stages; and one that lets out no file's payments.
POLICIES: tuple[Policy, ...] = (
    replace(DAY_ONE, number=0),
    policy_of(Rule(stages=stages((1, APPROVER)))),
    policy_of(Rule(stages=stages((2, APPROVER)))),
    policy_of(Rule(stages=stages((1, APPROVER), (1, LEAD)))),
    policy_of(Rule(kinds=("FIAT_WITHDRAWAL",), sources=("BATCH",)), Rule(stages=stages((1, APPROVER)))),
)


class TurnsOfMany:
    """What a payment's life has besides its own turns."""

    asked: list[PaymentRequest]
    makers: list[Actor]
    approvers: list[Actor]
    lead: Actor
    taken: Counter[str]
    _try: Callable[[Callable[[], object]], None]
    fees_change: Callable[[int, int], None]
    the_workers_deliver: Callable[[int, int], None]

    def many_begin(self) -> None:
        self.files, self.fees = count(1), count(1)
        self.administrators = [Actor.staff(person(Role.ADMINISTRATOR)) for _number in range(2)]

    # --- Files of payments ----------------------------------------------------------------------------------------

    def a_file_comes_in(self, which: int, how: int) -> None:
        """Two payments, a third that repeats the first or is bad, and another file's payment once more."""
        name = f"b-{next(self.files)}"
        again = line(f"{name}.1") if how % 3 else BAD
        lines = [line(f"{name}.1"), line(f"{name}.2", "11000.00" if how % 4 == 0 else "25.00"), again]
        earlier = BatchRow.objects.filter(verdict="GOOD").order_by("id").last()
        if earlier is not None and which % 2:
            lines.append(line(earlier.payment_ref))
        rule = Booked.NONE_UNLESS_ALL if how % 7 == 0 else Booked.ALL_GOOD
        upload(csv_of(*lines), name, by=self.makers[how % 2], rule=rule)

    def batches_are_worked_on(self, which: int, how: int) -> None:
        """By workers that go on, after one that took the work up and was never seen again."""
        batch = Batch.objects.filter(state__in=WORKED_ON).order_by("id").first()
        if batch is not None and how % 4 == 0:
            with contextlib.suppress(InterruptedError), taken(Batch, batch.pk, state=batch.state):
                raise InterruptedError
            assert Batch.objects.get(pk=batch.pk).leased_by
            Batch.objects.filter(pk=batch.pk).update(leased_until=now())
        for _round in range(1 + which % 4):
            working.work()
        known = {payment.pk for payment in self.asked}
        fresh = PaymentRequest.objects.select_related("customer", "beneficiary", "wallet")
        self.asked += fresh.exclude(pk__in=known).order_by("pk")

    def somebody_approves_a_batch(self, which: int, how: int) -> None:
        """What they saw; in between its maker, a worker or a rule may have changed what there is."""
        for batch in Batch.objects.filter(state="BOOKED").order_by("-id")[:2]:
            for who in ([*self.approvers, self.lead, *self.makers][how % 6], self.approvers[which % 3]):
                self._somebody_approves(batch, who, which, how)

    def _somebody_approves(self, batch: Batch, who: Actor, which: int, how: int) -> None:
        rows = batches.approvable(batch, user_of(who))
        seen = batches.seen_digest(rows)
        if which % 5 == 0 and rows.exists():
            self._someone_changes(rows[how % len(rows)], how)
        said = {"seen": seen, "proof": payments.Proof(at=now()), "actor": who, "now": now()}
        self._try(lambda: self._approved(batch=batch, **said))
        if which % 4 == 1:
            self._terms_change(batch)
        if which % 3:
            working.work()

    def _approved(self, **said: Any) -> None:
        batches.approve_selected(**said)
        self.taken["batch approved"] += 1

    def _terms_change(self, batch: Batch) -> None:
        """After somebody has said yes, and before a worker carries it out."""
        self.fees_change(0, next(self.fees))
        for row in batch.rows.filter(payment__isnull=False).select_related("payment"):
            act = {"payment": row.payment, "actor": self.lead, "now": now()}
            self._try(lambda act=act: payments.refresh_quote(**act))
        self.the_workers_deliver(0, 0)

    def _someone_changes(self, row: BatchRow, how: int) -> None:
        words = {"reason": "so it was said", "actor": self.lead, "now": now()}
        if how % 2:
            self._try(lambda: batches.hold_out(row=row, **words))
        else:
            self._try(lambda: payments.reject(payment=row.payment, **words))

    def somebody_changes_a_batch(self, which: int, how: int) -> None:
        words = {"reason": "so it was said", "actor": self.lead, "now": now()}
        row = BatchRow.objects.filter(verdict="GOOD", payment__isnull=False).order_by("-id").first()
        if how % 3 == 0:
            batch = Batch.objects.order_by("-id").first()
            if batch is not None:
                self._try(lambda: batches.cancel(batch=batch, **words))
        elif row is not None and row.held_out_at is None:
            self._try(lambda: batches.hold_out(row=row, **words))
        elif row is not None:
            self._try(lambda: batches.take_back_in(row=row, actor=self.lead, now=now()))

    # --- The policy -----------------------------------------------------------------------------------------------

    def the_policy_changes(self, which: int, how: int) -> None:
        """One administrator proposes, another approves or takes it back; some try both themselves."""
        proposer, other = self.administrators
        words = {"note": "Growth.", "based_on": number_in_force(), "actor": proposer, "now": now()}
        self._try(lambda: policies.propose_policy(policy=POLICIES[how % len(POLICIES)], **words))
        version = policies.proposed()
        if version is None:
            return
        if which % 5 == 0:
            said = {"reason": "not now", "actor": other, "now": now()}
            self._try(lambda: policies.withdraw_policy(version=version, **said))
        else:
            by = proposer if which % 5 == 1 else other
            seen = {"seen_digest": version.digest, "actor": by, "now": now()}
            self._try(lambda: self._in_force(version=version, **seen))

    def _in_force(self, **said: Any) -> None:
        policies.approve_policy(**said)
        self.taken["policy in force"] += 1

    # --- What must hold -------------------------------------------------------------------------------------------

    def many_hold(self) -> None:
        """A row is one payment at most, and nothing is approved but what somebody saw of it."""
        good = BatchRow.objects.filter(verdict="GOOD")
        refs = list(good.filter(payment__isnull=False).values_list("payment_ref", "payment__payment_ref"))
        assert [row for row, _payment in refs] == [payment for _row, payment in refs]
        assert len(set(refs)) == len(refs), "two rows became one payment"
        approved = SelectedRow.objects.filter(is_approved=True).select_related("selection", "row__payment")
        for selected in approved.exclude(pk__lte=self._newest_looked_at):
            given = selected.row.payment.approvals.filter(approver=selected.selection.approver)
            assert given.filter(terms_digest=selected.terms_digest).exists(), "approved other than seen"
            self._newest_looked_at = max(self._newest_looked_at, selected.pk)

    _newest_looked_at = 0
