"""Policies of the tests, and the two administrators who make them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from backoffice.audit import Actor
from backoffice.staff.roles import Role
from payments.policies import services
from payments.policies.deciding import DAY_ONE, Limits, Policy, Rule, Stage
from payments.policies.models import PolicyVersion
from payments.policies.reading import number_in_force
from tests.payments.people import now
from tests.people import person

APPROVER = ("PAYMENTS_APPROVER",)
LEAD = ("OPERATIONS_LEAD",)
REFUSE = Rule()


def stages(*asked: tuple[int, tuple[str, ...]]) -> tuple[Stage, ...]:
    return tuple(Stage(approvers, roles) for approvers, roles in asked)


def policy_of(*rules: Rule, **settings: Any) -> Policy:
    """These rules, and the rest refused; the numbers of day one."""
    return replace(DAY_ONE, rules=(*rules, REFUSE), **settings)


def one_approver(**changes: Any) -> Rule:
    return Rule(stages=stages((1, APPROVER)), limits=Limits(approver_day=Decimal(50_000)), **changes)


def administrator() -> Actor:
    return Actor.staff(person(Role.ADMINISTRATOR))


def enough_people() -> None:
    for role in (Role.PAYMENTS_APPROVER, Role.OPERATIONS_LEAD):
        for _each in range(3):
            person(role)


def proposed(policy: Policy, by: Actor | None = None, note: str = "Growth.") -> PolicyVersion:
    return services.propose_policy(
        policy=policy, based_on=number_in_force(), note=note, actor=by or administrator(), now=now()
    )


def in_force(policy: Policy) -> PolicyVersion:
    """Proposed by one administrator, approved by another; there are people enough."""
    enough_people()
    version = proposed(policy)
    return services.approve_policy(
        version=version, seen_digest=version.digest, actor=administrator(), now=now()
    )
