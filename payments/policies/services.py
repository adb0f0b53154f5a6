"""Proposing a new policy, taking the proposal back, and bringing it into force: two administrators."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.policies import checking, errors, reading
from payments.policies.deciding import Policy, text
from payments.policies.models import PolicyVersion, RuleRow
from payments.policies.states import POLICY, PolicyState

_ONE_AT_A_TIME = 0x901C1E5


@transaction.atomic
def propose_policy(*, policy: Policy, based_on: int, note: str, actor: Actor, now: datetime) -> PolicyVersion:
    """Write down a new version as a whole; nothing changes until another administrator approves it.

    `based_on` is the number that was in force when it was begun; the number of `policy` is not looked at. Raises
    BadPolicy with a sentence for each fault, ProposalStands, ProposalChanged, NotAllowed.
    """
    _take_turns()
    user = rights.require(actor, Right.PROPOSE_POLICY, now)
    words = note.replace("\x00", "").strip()[:1000]
    if not words:
        raise errors.BadPolicy([_("Write why the policy is changed.")])
    if reading.number_in_force() != based_on:
        raise errors.ProposalChanged(
            _("A newer policy came into force meanwhile. Begin again from that one.")
        )
    if proposed() is not None:
        raise errors.ProposalStands(_("Another proposal waits already. Approve it or take it back first."))
    _refuse_faults(policy)
    number = (PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    customers = _customers(policy)
    version = PolicyVersion.objects.create(
        number=number,
        state_since=now,
        proposed_by=user,
        proposed_at=now,
        note=words,
        digest=digest_of(policy),
        **_columns(policy),
    )
    for place, rule in enumerate(policy.rules, start=1):
        RuleRow.of(version, place, rule, customers.get(rule.customer)).save(force_insert=True)
    facts = {"version": number, "based_on": based_on, "rules": len(policy.rules), "digest": version.digest}
    audit.record(actor=actor, verb="policy.proposed", subject=version, now=now, facts=facts)
    return version


def approve_policy(*, version: PolicyVersion, seen_digest: str, actor: Actor, now: datetime) -> PolicyVersion:
    """Bring a proposal into force: the second administrator, who has seen exactly this.

    Payments that wait are decided anew by it. Raises NotAllowed, OtherAdministrator, ProposalStands,
    ProposalChanged, and BadPolicy where the people it asks for are no longer here.
    """
    from payments import reconsidering

    with transaction.atomic():
        row = _in_force_now(version, seen_digest, actor=actor, now=now)
    reconsidering.reconsider_waiting(now)
    return row


@transaction.atomic
def withdraw_policy(*, version: PolicyVersion, reason: str, actor: Actor, now: datetime) -> PolicyVersion:
    """Take a proposal back, or turn it down. Raises NotAllowed, ProposalStands, BadPolicy without a reason."""
    _take_turns()
    rights.require(actor, Right.PROPOSE_POLICY, now)
    row = _waiting(version)
    words = reason.replace("\x00", "").strip()
    if not words:
        raise errors.BadPolicy([_("Write why the proposal is taken back.")])
    audit.move(
        row,
        PolicyState.WITHDRAWN,
        machine=POLICY,
        actor=actor,
        now=now,
        verb="policy.withdrawn",
        facts={"version": row.number},
        note=words[:1000],
    )
    return row


def proposed() -> PolicyVersion | None:
    """The proposal that waits, if one does."""
    return PolicyVersion.objects.select_related("proposed_by").filter(state=PolicyState.PROPOSED).first()


def to_approve_for(user: User, held: frozenset[Right]) -> list[QuerySet[PolicyVersion]]:
    """For the sidebar: the proposal of another one, for who can bring it into force."""
    if Right.APPROVE_POLICY not in held:
        return []
    return [PolicyVersion.objects.filter(state=PolicyState.PROPOSED).exclude(proposed_by=user)]


def digest_of(policy: Policy) -> str:
    """SHA-256 over everything that it says."""
    shares = {kind: share for kind, share in policy.tolerances.items() if share}
    said = json.dumps(
        {**asdict(policy), "number": 0, "tolerances": shares},
        sort_keys=True,
        default=_plain,
        separators=(",", ":"),
    )
    return hashlib.sha256(said.encode()).hexdigest()


def _in_force_now(version: PolicyVersion, seen_digest: str, *, actor: Actor, now: datetime) -> PolicyVersion:
    _take_turns()
    user = rights.require(actor, Right.APPROVE_POLICY, now)
    row = _waiting(version)
    if row.proposed_by_id == user.pk:
        raise errors.OtherAdministrator(
            _("You proposed this policy. Another administrator has to approve it.")
        )
    if seen_digest != row.digest or digest_of(row.policy) != row.digest:
        raise errors.ProposalChanged(_("This is not the policy that you looked at. Look at it again."))
    _refuse_faults(row.policy)
    before = reading.active_version()
    if before is not None:
        audit.move(
            before, PolicyState.SUPERSEDED, machine=POLICY, actor=actor, now=now, verb="policy.superseded"
        )
    audit.move(
        row,
        PolicyState.ACTIVE,
        machine=POLICY,
        actor=actor,
        now=now,
        verb="policy.approved",
        facts={"version": row.number, "digest": row.digest, "before": before.number if before else 0},
        approved_by=user,
        approved_at=now,
    )
    return row


def _waiting(version: PolicyVersion) -> PolicyVersion:
    row = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if row.state != PolicyState.PROPOSED:
        sentence = _("This policy is %(state)s already.") % {"state": row.get_state_display().lower()}
        raise errors.ProposalStands(sentence)
    return row


def _refuse_faults(policy: Policy) -> None:
    faults = checking.faults_of(policy, people=checking.people_now(), makers=checking.owners_now())
    if faults:
        raise errors.BadPolicy(faults)


def _customers(policy: Policy) -> dict[str, Customer]:
    refs = {rule.customer for rule in policy.rules if rule.customer}
    found = Customer.objects.filter(partner_customer_ref__in=refs)
    return {customer.partner_customer_ref: customer for customer in found}


def _columns(policy: Policy) -> dict[str, Any]:
    return {
        "rate_lives_hours": policy.rate_lives // timedelta(hours=1),
        "approval_deadline_hours": policy.approval_deadline // timedelta(hours=1),
        "beneficiary_fresh_hours": policy.beneficiary_fresh_for // timedelta(hours=1),
        "confirmed_first": policy.confirmed_first,
        "beneficiary_wait_hours": policy.beneficiary_wait // timedelta(hours=1),
        "warnings_add": list(policy.warnings_add),
        "tolerances": {kind: text(share) for kind, share in policy.tolerances.items() if share},
        "step_up_minutes": policy.step_up_for // timedelta(minutes=1),
        "step_up_total": policy.step_up_total,
        "alone_above": policy.alone_above,
    }


def _plain(value: Any) -> Any:
    return int(value.total_seconds()) if isinstance(value, timedelta) else text(value)


def _take_turns() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
