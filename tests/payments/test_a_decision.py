"""Pure: which rule holds."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.policies.deciding import (
    DAY_ONE,
    KINDS,
    RISKS,
    SOURCES,
    Facts,
    Policy,
    Rule,
    Stage,
    decide,
    open_stage,
    reachable,
)

# Pure and quick; on a busy machine drawing a policy still takes its time.
lean = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROLES = ("PAYMENTS_APPROVER", "OPERATIONS_LEAD", "MLRO")
amounts = st.decimals(min_value="0.01", max_value=100_000, places=2)
stages = st.lists(
    st.builds(
        Stage,
        approvers=st.integers(1, 3),
        roles=st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    max_size=2,
).map(tuple)


def listed(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


rules = st.builds(
    Rule,
    kinds=listed(KINDS),
    currencies=listed(("EUR", "USD")),
    above=st.none() | amounts,
    up_to=st.none() | amounts,
    beneficiaries=listed(("NEW", "CHANGED", "KNOWN")),
    sources=listed(SOURCES),
    risks=listed(RISKS),
    stages=stages,
)
policies = st.lists(rules, max_size=6).map(lambda found: Policy(1, (*found, Rule())))
facts = st.builds(
    Facts,
    kind=st.sampled_from(KINDS),
    currency=st.sampled_from(("EUR", "USD", "GBP")),
    base_amount=amounts,
    beneficiary=st.sampled_from(("NEW", "CHANGED", "KNOWN", "NONE")),
    source=st.sampled_from(SOURCES),
    risk=st.sampled_from(RISKS),
)


@lean
@given(policies, facts)
def test_is_always_made_by_the_first_rule_that_matches(policy: Policy, known: Facts) -> None:
    decision = decide(policy, known)
    matching = [
        number
        for number, rule in enumerate(policy.rules, start=1)
        if rule.fits(known) and rule.takes(known.base_amount)
    ]
    assert decision.number == matching[0]
    assert decision.stages == policy.rules[decision.number - 1].stages


@lean
@given(policies, facts)
def test_without_a_rate_is_as_strict_as_any_amount_would_make_it(policy: Policy, known: Facts) -> None:
    unknown = decide(policy, replace(known, base_amount=None))
    sure = decide(policy, known)
    assert unknown.refuses or (not sure.refuses and unknown.approvers >= sure.approvers)


@lean
@given(policies, facts)
def test_with_a_warning_asks_for_one_more_or_refuses_as_before(policy: Policy, known: Facts) -> None:
    plain, warned = decide(policy, known), decide(policy, replace(known, warnings=("FIRST", "LIKE")))
    assert warned.approvers == (0 if plain.refuses else plain.approvers + 1)


@pytest.mark.parametrize(
    ("amount", "beneficiary", "asked", "reasons"),
    [
        ("10000", "KNOWN", 1, ()),
        ("10000.01", "KNOWN", 2, ("LARGE_AMOUNT",)),
        ("1", "NEW", 2, ("FRESH_BENEFICIARY",)),
        (None, "KNOWN", 2, ("NO_FRESH_RATE",)),
        ("9999999", "NONE", 2, ("LARGE_AMOUNT",)),
    ],
)
def test_of_day_one_is_what_the_house_began_with(amount, beneficiary, asked, reasons) -> None:
    known = Facts("FIAT_WITHDRAWAL", "EUR", amount and Decimal(amount), beneficiary=beneficiary)
    decision = decide(DAY_ONE, known)
    assert (decision.approvers, decision.reasons) == (asked, reasons)
    assert decision.limits.approver_day == 50_000


def test_without_a_rate_meets_no_rule_that_no_amount_would_meet() -> None:
    band = Rule(up_to=Decimal(10), stages=(Stage(1, ROLES[:1]),))
    rest = Rule(above=Decimal(10), stages=(Stage(2, ROLES[:1]),))
    decision = decide(Policy(1, (band, rest, Rule())), Facts("REFUND", "EUR", None))
    assert (decision.number, decision.approvers) == (2, 2)


def test_that_no_rule_makes_is_a_refusal() -> None:
    assert decide(Policy(1, ()), Facts("REFUND", "EUR", Decimal(1))).refuses


def test_is_reachable_only_by_different_people() -> None:
    two = (Stage(1, ROLES[:1]), Stage(1, ROLES[1:2]))
    both, one = frozenset(ROLES[:2]), frozenset(ROLES[:1])
    assert reachable(two, {1: both, 2: one})
    assert not reachable(two, {1: both})
    assert not reachable(two, {1: one, 2: one})


def test_goes_on_to_the_next_stage_when_one_is_full() -> None:
    two = (Stage(2, ROLES[:1]), Stage(1, ROLES[1:2]))
    assert [open_stage(two, given) for given in ([], [0], [0, 0], [0, 0, 1])] == [0, 0, 1, None]
