"""What a new version of the policy means for payments that wait for approval already.

They are decided anew by it, one by one, when they are next touched or by the sweep. What was approved stands. A new
version lets nothing out by itself: docs/decisions/017 says why.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from payments import demanding, guards, staging, warnings
from payments.models import PaymentRequest
from payments.policies import reading, wording
from payments.policies.deciding import Policy, Stage, is_stricter, one_more, open_stage, stages_in
from payments.states import PaymentState

AT_ONCE = 200
WORKER = Actor.system("policy")


def reconsider_waiting(now: datetime) -> int:
    """Decide those anew that wait under an older version; return how many. A duty of the sweep."""
    policy = reading.in_force()
    behind = PaymentRequest.objects.filter(state=PaymentState.PENDING_APPROVAL).exclude(
        policy_version=policy.version
    )
    numbers = list(behind.order_by("state_since", "pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(reconsider(pk, now=now) for pk in numbers)


def reconsider(payment: PaymentRequest | int, *, now: datetime) -> bool:
    """Decide this payment by the policy in force, if it waits under another; return whether it was."""
    pk = payment.pk if isinstance(payment, PaymentRequest) else payment
    waits = PaymentRequest.objects.filter(pk=pk, state=PaymentState.PENDING_APPROVAL)
    kept = waits.values_list("policy__version", flat=True).first()
    if kept is None or kept == reading.number_in_force():
        return False
    with transaction.atomic():
        row = guards.locked(pk)
        policy = reading.in_force()
        if row.state != PaymentState.PENDING_APPROVAL or row.policy["version"] == policy.number:
            return False
        _decide_anew(row, policy, now)
        return True


def heed_warnings(payment: PaymentRequest, *, now: datetime) -> None:
    """Take down what there is to warn of now; one that the policy names asks for one more, until somebody approved.

    It never asks for less than before. Call with the payment locked.
    """
    found = warnings.warnings_of(payment, now=now)
    codes = [warning.code for warning in found]
    if payment.warned_of != codes:
        guards.set_columns(payment, warned_of=codes)
    known, stages = payment.approval_reasons, stages_in(payment.policy)
    more = [warning.code for warning in found if warning.adds_approver and warning.code not in known]
    if not more or not stages or payment.live_approvals.exists():
        return
    columns: dict[str, Any] = {"approval_reasons": [*known, *more]}
    if not set(known) & set(payment.policy["warnings_add"]):
        asked = [{"approvers": each.approvers, "roles": list(each.roles)} for each in one_more(stages)]
        columns["policy"] = {**payment.policy, "stages": asked}
        columns["approvals_needed"] = payment.approvals_needed + 1
    guards.set_columns(payment, **columns)
    facts = {"warnings": more, "needed": payment.approvals_needed}
    record(actor=WORKER, verb="payment.warned", subject=payment, now=now, facts=facts)


def fitting(stages: tuple[Stage, ...], approvals: list[Any]) -> list[Any]:
    """The approvals that still count: of the stage and role that the new stages ask for, and not too many.

    If they would be enough already the newest counts no more, so that a person decides by the new rules.
    """
    kept: list[Any] = []
    for approval in approvals:
        taken = sum(each.stage == approval.stage for each in kept)
        if approval.stage < len(stages):
            stage = stages[approval.stage]
            if approval.role in stage.roles and taken < stage.approvers:
                kept.append(approval)
    # A later stage relied on those before it.
    first_open = open_stage(stages, [each.stage for each in kept])
    if first_open is None:
        return kept[:-1]
    return [each for each in kept if each.stage <= first_open]


def _decide_anew(payment: PaymentRequest, policy: Policy, now: datetime) -> None:
    before = stages_in(payment.policy)
    decision, demand = demanding.demand_for(payment, now, policy=policy)
    approvals = list(payment.live_approvals)
    kept = fitting(decision.stages, approvals)
    # Its time to be approved runs on.
    demand["approval_deadline_at"] = min(payment.approval_deadline_at, demand["approval_deadline_at"])
    was = payment.policy_version
    guards.set_columns(payment, **demand)
    reason = _("The policy has changed (%(version)s): it is decided anew.") % {
        "version": wording.version_words(policy.version)
    }
    dropped = [each.pk for each in approvals if each not in kept]
    payment.approvals.filter(pk__in=dropped).update(voided_at=now, void_reason=reason)
    staging.turn(payment)
    facts = {
        "before": was,
        "after": policy.version,
        "rule": decision.number,
        "needed": decision.approvers,
        "refused": decision.refuses,
        "stricter": is_stricter(decision.stages, before),
        "approvals_voided": len(dropped),
    }
    record(actor=WORKER, verb="payment.policy_changed", subject=payment, now=now, facts=facts)
