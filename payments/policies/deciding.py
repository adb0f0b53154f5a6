"""Which rule holds for a payment, and what it asks for. Pure: no database, no clock.

A policy is a list of rules, read from the top: the first that matches decides, and the last one refuses whatever is
left. Amounts are in the base currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

APPROVER_ROLE = "PAYMENTS_APPROVER"
# Whoever may be asked in a stage. An administrator or a maker never approves a payment.
STAGE_ROLES = (APPROVER_ROLE, "OPERATIONS_LEAD", "COMPLIANCE_LEAD", "MLRO")

KINDS = ("FIAT_WITHDRAWAL", "CRYPTO_WITHDRAWAL", "CONVERSION", "REFUND")
SOURCES = ("API", "STAFF", "BATCH")
RISKS = ("LOW", "MEDIUM", "HIGH")
NEW, CHANGED, KNOWN, NONE = "NEW", "CHANGED", "KNOWN", "NONE"
BENEFICIARIES = (NEW, CHANGED, KNOWN)

# What payments can be warned of (payments.warnings), the weightiest first.
WARNINGS = (
    "CUSTOMER_NOT_CLEAR",
    "LOOK_ALIKE",
    "SHARED_DESTINATION",
    "NAME_MISMATCH",
    "REPEATED",
    "FIRST_PAYMENT",
    "CHANGED_BENEFICIARY",
    "REPLACED_BENEFICIARY",
    "NEW_BENEFICIARY",
    "NOT_CONFIRMED",
    "OVER_BALANCE",
    "UNUSUAL",
)

NO_FRESH_RATE = "NO_FRESH_RATE"
DAY, WEEK = timedelta(hours=24), timedelta(days=7)


@dataclass(frozen=True)
class Stage:
    """So many different people, each of whom holds one of these roles."""

    approvers: int
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """What one approver lets out, and what leaves for one customer, in any 24 hours and any 7 days. None: no limit."""

    approver_day: Decimal | None = None
    approver_week: Decimal | None = None
    customer_day: Decimal | None = None
    customer_week: Decimal | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a payment when its rule is looked for.

    `base_amount` is None where no fresh rate tells how much it is. `beneficiary` is NEW, CHANGED, KNOWN, or NONE
    where nobody is paid. `warnings` are codes that ask for one more approver.
    """

    kind: str
    currency: str
    base_amount: Decimal | None
    customer: str = ""
    beneficiary: str = NONE
    source: str = "STAFF"
    risk: str = "HIGH"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One line of the policy. An empty list means any; `above` is left out, `up_to` is taken in.

    Without stages it refuses.
    """

    kinds: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    above: Decimal | None = None
    up_to: Decimal | None = None
    customer: str = ""
    beneficiaries: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    limits: Limits = Limits()

    @property
    def refuses(self) -> bool:
        return not self.stages

    @property
    def approvers(self) -> int:
        return sum(stage.approvers for stage in self.stages)

    @property
    def is_catch_all(self) -> bool:
        """Whether everything matches, so that no later rule is ever asked."""
        bounds = (self.above, self.up_to)
        lists = (self.kinds, self.currencies, self.customer, self.beneficiaries, self.sources, self.risks)
        return not any(lists) and bounds == (None, None)

    def fits(self, facts: Facts) -> bool:
        """Whether it matches, whatever the amount."""
        asked = (
            (self.kinds, facts.kind),
            (self.currencies, facts.currency),
            (self.beneficiaries, facts.beneficiary),
            (self.sources, facts.source),
            (self.risks, facts.risk),
        )
        if self.customer and self.customer != facts.customer:
            return False
        return all(not listed or value in listed for listed, value in asked)

    def takes(self, amount: Decimal) -> bool:
        """Whether the amount lies in its band."""
        return (self.above is None or amount > self.above) and (self.up_to is None or amount <= self.up_to)


@dataclass(frozen=True)
class Policy:
    """One version: its rules, and the numbers that hold beside them."""

    number: int
    rules: tuple[Rule, ...]
    rate_lives: timedelta = DAY
    approval_deadline: timedelta = timedelta(days=7)
    # An approval counts for so long: what has not left by then is asked for again.
    approval_lives: timedelta = timedelta(days=7)
    # Whoever was added or first paid within this time is new.
    beneficiary_fresh_for: timedelta = DAY
    # By kind, how much less than approved may arrive, as a share: 0.005 is half a percent.
    tolerances: Mapping[str, Decimal] = field(default_factory=dict)
    # One fresh code covers approvals for so long, up to this total; above `alone_above` a single one.
    step_up_for: timedelta = timedelta(minutes=5)
    step_up_total: Decimal = Decimal(50_000)
    alone_above: Decimal = Decimal(50_000)
    # Whether nothing is approved for a beneficiary that nobody confirmed; and how long after it was added no money
    # leaves for it.
    confirmed_first: bool = False
    beneficiary_wait: timedelta = timedelta(0)
    # Codes of WARNINGS of which any asks for one more approver.
    warnings_add: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        return f"policy-{self.number}" if self.number else "day-one-1"

    def tolerance_for(self, kind: str) -> Decimal:
        return self.tolerances.get(kind, Decimal(0))


@dataclass(frozen=True)
class Decision:
    """Which rule it is (counted from 1), and what that asks for. No stages: the payment is refused."""

    number: int
    rule: Rule
    stages: tuple[Stage, ...]
    reasons: tuple[str, ...]

    @property
    def refuses(self) -> bool:
        return not self.stages

    @property
    def approvers(self) -> int:
        return sum(stage.approvers for stage in self.stages)

    @property
    def limits(self) -> Limits:
        return self.rule.limits


def decide(policy: Policy, facts: Facts) -> Decision:
    """The first rule that matches. Without a fresh rate it is the strictest of those that an amount could match.

    A policy without a last rule for everything refuses what is left. Warnings together ask for one more approver.
    """
    if facts.base_amount is None:
        number = max(_candidates(policy, facts), key=lambda each: _strictness(policy.rules, each))
    else:
        number = _first(policy, facts, facts.base_amount)
    rule = _rule(policy.rules, number)
    stages = rule.stages
    if stages and facts.warnings:
        stages = one_more(stages)
    return Decision(number, rule, stages, _reasons(rule, facts))


def one_more(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """With one more person in the last stage."""
    *before, last = stages
    return (*before, Stage(last.approvers + 1, last.roles))


def open_stage(stages: Sequence[Stage], given: Sequence[int]) -> int | None:
    """The first stage that still lacks somebody; `given` are the stages of the approvals that count."""
    for index, stage in enumerate(stages):
        if given.count(index) < stage.approvers:
            return index
    return None


def is_stricter(one: Sequence[Stage], other: Sequence[Stage]) -> bool:
    """Whether the first asks for more people or stages than the second; refusing is strictest of all."""
    return _demand(one) > _demand(other)


def reachable(stages: Sequence[Stage], people: Mapping[int, frozenset[str]]) -> bool:
    """Whether different people with these roles can fill every place of every stage."""
    seats = [frozenset(stage.roles) for stage in stages for _place in range(stage.approvers)]
    taken: dict[int, int] = {}

    def seated(seat: int, asked: set[int]) -> bool:
        for person, roles in people.items():
            if person in asked or not roles & seats[seat]:
                continue
            asked.add(person)
            if person not in taken or seated(taken[person], asked):
                taken[person] = seat
                return True
        return False

    return all(seated(seat, set()) for seat in range(len(seats)))


def _rule(rules: Sequence[Rule], number: int) -> Rule:
    return rules[number - 1] if number <= len(rules) else Rule()


def _first(policy: Policy, facts: Facts, amount: Decimal) -> int:
    for number, rule in enumerate(policy.rules, start=1):
        if rule.fits(facts) and rule.takes(amount):
            return number
    return len(policy.rules) + 1


def _candidates(policy: Policy, facts: Facts) -> list[int]:
    """The rules that some amount above zero would meet: one amount in each band, and each bound itself."""
    fitting = [rule for rule in policy.rules if rule.fits(facts)]
    bounds = sorted({bound for rule in fitting for bound in (rule.above, rule.up_to) if bound is not None})
    below = [Decimal(0), *bounds]
    between = [low + (high - low) / 2 for low, high in zip(below, bounds, strict=False)]
    amounts = [*bounds, *between, below[-1] + 1]
    return [_first(policy, facts, amount) for amount in amounts if amount > 0]


def _strictness(rules: Sequence[Rule], number: int) -> tuple[int, int, int, int]:
    # Of two that ask for as much the earlier one.
    return (*_demand(_rule(rules, number).stages), -number)


def _demand(stages: Sequence[Stage]) -> tuple[int, int, int]:
    return int(not stages), sum(stage.approvers for stage in stages), len(stages)


def _reasons(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Why it is this rule, as words for the page."""
    found = [NO_FRESH_RATE] if facts.base_amount is None else []
    if rule.above is not None and facts.base_amount is not None:
        found.append("LARGE_AMOUNT")
    if rule.beneficiaries and facts.beneficiary in (NEW, CHANGED):
        found.append("FRESH_BENEFICIARY")
    if rule.risks and facts.risk == "HIGH":
        found.append("HIGH_RISK")
    return (*found, *facts.warnings)


# --- As it is kept with a payment ---------------------------------------------------------------------------------


def snapshot(policy: Policy, decision: Decision, *, kind: str) -> dict[str, Any]:
    """What is copied into a payment: amounts as text, lengths of time in seconds."""
    limits = decision.limits
    return {
        "version": policy.number,
        "rule": decision.number,
        "stages": [{"approvers": stage.approvers, "roles": list(stage.roles)} for stage in decision.stages],
        "limits": {name: text(getattr(limits, name)) for name in LIMITS},
        "tolerance": text(policy.tolerance_for(kind)),
        "step_up_for": int(policy.step_up_for.total_seconds()),
        "step_up_total": text(policy.step_up_total),
        "alone_above": text(policy.alone_above),
        "rate_lives": int(policy.rate_lives.total_seconds()),
        "confirmed_first": policy.confirmed_first,
        "approval_lives": int(policy.approval_lives.total_seconds()),
        "beneficiary_wait": int(policy.beneficiary_wait.total_seconds()),
        "warnings_add": list(policy.warnings_add),
    }


LIMITS = ("approver_day", "approver_week", "customer_day", "customer_week")


def stages_in(kept: Mapping[str, Any]) -> tuple[Stage, ...]:
    return tuple(Stage(each["approvers"], tuple(each["roles"])) for each in kept["stages"])


def limits_in(kept: Mapping[str, Any]) -> Limits:
    return Limits(**{name: number(kept["limits"][name]) for name in LIMITS})


def text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"


def number(kept: str | None) -> Decimal | None:
    return None if kept is None else Decimal(kept)


# --- Until a policy is made ---------------------------------------------------------------------------------------

_FIFTY_THOUSAND_A_DAY = Limits(approver_day=Decimal(50_000))


def _one_line(approvers: int, **matching: Any) -> Rule:
    stages = (Stage(approvers, (APPROVER_ROLE,)),)
    return Rule(stages=stages, limits=_FIFTY_THOUSAND_A_DAY, **matching)


# Design section 6: one approver beside the maker; two above 10,000 and for a beneficiary first used or changed within
# 24 hours; 50,000 for each approver in 24 hours; everything else refused.
DAY_ONE = Policy(
    number=0,
    rules=(
        _one_line(2, beneficiaries=(NEW, CHANGED)),
        _one_line(2, above=Decimal(10_000)),
        _one_line(1, up_to=Decimal(10_000)),
        Rule(),
    ),
    tolerances={"CONVERSION": Decimal("0.005")},
)
