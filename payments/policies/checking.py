"""Whether a policy can stand: it makes sense, lets something pass, and the people it asks for are here."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.staff.models import ApiClient, RoleGrant, Scope
from backoffice.staff.roles import Role
from customers.models import Customer
from payments.money import CURRENCIES, TOKENS
from payments.policies import deciding, wording
from payments.policies.deciding import Limits, Policy, Rule, one_more, reachable

MOST_RULES, MOST_STAGES, MOST_APPROVERS = 40, 4, 5
LARGEST = Decimal(10) ** 12
MOST_TOLERANCE = Decimal("0.05")

People = Mapping[int, frozenset[str]]


def people_now() -> dict[int, frozenset[str]]:
    """Everybody who can be asked to approve now, with the roles by which they can."""
    never = {Role.PAYMENTS_MAKER, Role.ADMINISTRATOR}
    found: dict[int, set[str]] = {}
    for person, role in RoleGrant.objects.in_force().values_list("user_id", "role"):
        found.setdefault(person, set()).add(role)
    return {
        person: frozenset(roles & set(deciding.STAGE_ROLES))
        for person, roles in found.items()
        if not roles & never and roles & set(deciding.STAGE_ROLES)
    }


def owners_now() -> set[int]:
    """People who count as makers of what the partner's programs ask for."""
    clients = ApiClient.objects.filter(
        confirmed_at__isnull=False,
        revoked_at__isnull=True,
        owner__isnull=False,
        scopes__contains=[Scope.PAYMENTS],
    )
    return set(clients.values_list("owner_id", flat=True))


def can_be_met(stages: tuple[deciding.Stage, ...], people: People, makers: set[int]) -> bool:
    """Whether these stages find their people, whoever of the makers asked."""
    without = [{person: roles for person, roles in people.items() if person != one} for one in makers]
    return all(reachable(stages, there) for there in (people, *without))


def faults_of(policy: Policy, *, people: People, makers: set[int]) -> list[str]:
    """What keeps this policy from standing, in sentences; empty if nothing does."""
    found = [*_faults_of_whole(policy)]
    for number, rule in enumerate(policy.rules, start=1):
        # A warning may ask each rule for one more.
        asked = one_more(rule.stages) if rule.stages and policy.warnings_add else rule.stages
        found += [
            _("Rule %(number)d: %(fault)s") % {"number": number, "fault": fault}
            for fault in _faults_of_rule(rule, asked, people, makers)
        ]
    return [*found, *_faults_of_numbers(policy)]


def _faults_of_whole(policy: Policy) -> Iterator[str]:
    rules = policy.rules
    if not rules or not rules[-1].refuses or not rules[-1].is_catch_all:
        yield _("The last rule must refuse everything that is left: no condition, no approvers.")
    if len(rules) > MOST_RULES:
        yield _("Write at most %(most)d rules.") % {"most": MOST_RULES}
    for number, rule in enumerate(rules[:-2], start=1):
        if rule.is_catch_all:
            yield _("Rule %(number)d matches every payment, so no rule below it ever counts.") % {
                "number": number
            }
            break
    if all(rule.refuses for rule in rules):
        yield _("This policy refuses every payment. At least one rule must let something pass.")


def _faults_of_rule(
    rule: Rule, asked: tuple[deciding.Stage, ...], people: People, makers: set[int]
) -> Iterator[str]:
    known = (
        (rule.kinds, deciding.KINDS),
        (rule.beneficiaries, deciding.BENEFICIARIES),
        (rule.sources, deciding.SOURCES),
        (rule.risks, deciding.RISKS),
    )
    if any(value not in values for listed, values in known for value in listed):
        yield _("it names something that does not exist.")
    for currency in rule.currencies:
        if currency not in CURRENCIES and currency not in TOKENS:
            yield _("%(code)s is no currency or token that is known here.") % {"code": currency}
    if rule.customer and not Customer.objects.filter(partner_customer_ref=rule.customer).exists():
        yield _("there is no customer of the reference %(ref)s.") % {"ref": rule.customer}
    if rule.above is not None and rule.up_to is not None and rule.above >= rule.up_to:
        yield _("its amounts leave nothing between them.")
    if any(amount is not None and not _is_amount(amount) for amount in _amounts(rule)):
        yield _("amounts are more than 0 and at most 1,000,000,000,000.")
    yield from _faults_of_limits(rule.limits)
    if rule.refuses:
        return
    if len(rule.stages) > MOST_STAGES or any(
        not 1 <= stage.approvers <= MOST_APPROVERS
        or not stage.roles
        or not set(stage.roles) <= set(deciding.STAGE_ROLES)
        for stage in rule.stages
    ):
        yield _("a stage asks for one to %(most)d people of at least one role.") % {"most": MOST_APPROVERS}
    elif not can_be_met(asked, people, makers):
        yield _(
            "nobody could get a payment approved: it asks for %(people)s, all different and none of them the maker, "
            "and there are not so many people with these roles now."
        ) % {"people": wording.stages_sentence(asked)}


def _faults_of_limits(limits: Limits) -> Iterator[str]:
    for day, week in (
        (limits.approver_day, limits.approver_week),
        (limits.customer_day, limits.customer_week),
    ):
        if day is not None and week is not None and week < day:
            yield _("the limit of 7 days is less than that of 24 hours.")


def _faults_of_numbers(policy: Policy) -> Iterator[str]:
    hour = timedelta(hours=1)
    spans = (
        (policy.rate_lives, hour, 24 * hour, _("An exchange rate counts for 1 to 24 hours.")),
        (policy.approval_deadline, hour, 720 * hour, _("A request expires after 1 hour to 30 days.")),
        (policy.beneficiary_fresh_for, 0 * hour, 720 * hour, _("A beneficiary is new for at most 30 days.")),
        (policy.beneficiary_wait, 0 * hour, 720 * hour, _("A beneficiary waits for at most 30 days.")),
        (policy.step_up_for, hour / 60, hour / 4, _("One code covers 1 to 15 minutes.")),
    )
    for span, least, most, sentence in spans:
        if not least <= span <= most:
            yield sentence
    if not _is_amount(policy.step_up_total) or not _is_amount(policy.alone_above):
        yield _("What one code covers is more than 0 and at most 1,000,000,000,000.")
    if not set(policy.warnings_add) <= set(deciding.WARNINGS):
        yield _("There is no such warning.")
    if any(
        kind not in deciding.KINDS or not 0 <= share <= MOST_TOLERANCE
        for kind, share in policy.tolerances.items()
    ):
        yield _("Of each kind at most 5 % less than approved may arrive.")


def _amounts(rule: Rule) -> list[Decimal | None]:
    return [rule.above, rule.up_to, *(getattr(rule.limits, name) for name in deciding.LIMITS)]


def _is_amount(amount: Decimal) -> bool:
    return amount.is_finite() and 0 < amount <= LARGEST
