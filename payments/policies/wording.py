"""Rules, stages and limits as sentences that a person reads."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.staff.roles import Role
from payments.policies.deciding import DAY_ONE, Limits, Policy, Rule, Stage

KIND_WORDS = {
    "FIAT_WITHDRAWAL": gettext_lazy("payouts"),
    "CRYPTO_WITHDRAWAL": gettext_lazy("crypto payouts"),
    "CONVERSION": gettext_lazy("conversions"),
    "REFUND": gettext_lazy("refunds"),
}
BENEFICIARY_WORDS = {
    "NEW": gettext_lazy("new"),
    "CHANGED": gettext_lazy("changed"),
    "KNOWN": gettext_lazy("known"),
}
SOURCE_WORDS = {
    "API": gettext_lazy("the API"),
    "STAFF": gettext_lazy("staff"),
    "BATCH": gettext_lazy("a batch"),
}
RISK_WORDS = {"LOW": gettext_lazy("low"), "MEDIUM": gettext_lazy("medium"), "HIGH": gettext_lazy("high")}
ROLE_WORDS = {
    "PAYMENTS_APPROVER": (gettext_lazy("payments approver"), gettext_lazy("payments approvers")),
    "OPERATIONS_LEAD": (gettext_lazy("operations lead"), gettext_lazy("operations leads")),
    "COMPLIANCE_LEAD": (gettext_lazy("compliance lead"), gettext_lazy("compliance leads")),
    "MLRO": (gettext_lazy("money laundering reporting officer"), gettext_lazy("reporting officers")),
}
NUMBER_WORDS = {
    1: gettext_lazy("one"),
    2: gettext_lazy("two"),
    3: gettext_lazy("three"),
    4: gettext_lazy("four"),
    5: gettext_lazy("five"),
}


WARNING_WORDS = {
    "CUSTOMER_NOT_CLEAR": gettext_lazy("the customer is not clear to be paid for"),
    "LOOK_ALIKE": gettext_lazy("the destination looks like another one"),
    "SHARED_DESTINATION": gettext_lazy("another customer is paid at the same destination"),
    "NAME_MISMATCH": gettext_lazy("the name of the holder does not fit"),
    "REPEATED": gettext_lazy("the same was asked for within 3 days"),
    "FIRST_PAYMENT": gettext_lazy("it is the first payment to this beneficiary"),
    "CHANGED_BENEFICIARY": gettext_lazy("the beneficiary was changed lately"),
    "REPLACED_BENEFICIARY": gettext_lazy("another one took the beneficiary's place"),
    "NEW_BENEFICIARY": gettext_lazy("the beneficiary was added lately"),
    "NOT_CONFIRMED": gettext_lazy("nobody has confirmed the beneficiary"),
    "OVER_BALANCE": gettext_lazy("it is more than is left"),
    "UNUSUAL": gettext_lazy("it is far larger than what the customer pays else"),
}


def version_words(version: str) -> str:
    """A version as a payment keeps it (`policy-2`), for people; empty for what is none."""
    if version == DAY_ONE.version:
        return _("The rules that came with the installation")
    _name, _dash, number = version.partition("policy-")
    return _("Policy version %(number)s") % {"number": number} if number.isdecimal() else ""


def rule_sentence(rule: Rule, base: str) -> str:
    """One rule in a sentence: whom it is about, then what it asks for."""
    about = _about(rule, base)
    asked = _("refused") if rule.refuses else stages_sentence(rule.stages)
    return _("%(about)s: %(asked)s.") % {"about": about[:1].upper() + about[1:], "asked": asked}


def stages_sentence(stages: tuple[Stage, ...]) -> str:
    """ "two payments approvers, then one operations lead" """
    return _(", then ").join(stage_words(stage) for stage in stages) or _("refused")


def stage_words(stage: Stage, number: int | None = None) -> str:
    """How many of whom: "one operations lead". `number` in place of the stage's own."""
    count = stage.approvers if number is None else number
    roles = _(" or ").join(str(ROLE_WORDS[role][count != 1]) for role in stage.roles)
    return f"{NUMBER_WORDS.get(count, count)} {roles}"


def limit_sentences(limits: Limits, base: str) -> list[str]:
    said = (
        (limits.approver_day, _("One approver lets out at most %(amount)s in any 24 hours.")),
        (limits.approver_week, _("One approver lets out at most %(amount)s in any 7 days.")),
        (limits.customer_day, _("At most %(amount)s leaves for one customer in any 24 hours.")),
        (limits.customer_week, _("At most %(amount)s leaves for one customer in any 7 days.")),
    )
    return [sentence % {"amount": figure(amount, base)} for amount, sentence in said if amount is not None]


def setting_sentences(policy: Policy, base: str) -> list[str]:
    """The numbers that hold beside the rules."""
    hours = int(policy.rate_lives.total_seconds() // 3600)
    wait = int(policy.beneficiary_fresh_for.total_seconds() // 3600)
    minutes = int(policy.step_up_for.total_seconds() // 60)
    deadline = int(policy.approval_deadline.total_seconds() // 3600)
    found = [
        _("An exchange rate counts for %(hours)s. Without one, the strictest rule that could match holds.")
        % {"hours": _hours(hours)},
        _("A request that nobody approves expires after %(hours)s.") % {"hours": _hours(deadline)},
        _("A beneficiary is new until it was added and first paid %(hours)s ago.") % {"hours": _hours(wait)},
        _(
            "One code covers approvals for %(minutes)s and up to %(total)s in all; "
            "each payment above %(alone)s needs its own."
        )
        % {
            "minutes": ngettext("one minute", "%(n)d minutes", minutes) % {"n": minutes},
            "total": figure(policy.step_up_total, base),
            "alone": figure(policy.alone_above, base),
        },
    ]
    found += _beneficiary_sentences(policy)
    for kind, words in KIND_WORDS.items():
        share = policy.tolerance_for(kind)
        if share:
            sentence = _("Of %(kind)s, up to %(percent)s %% less than approved may arrive.")
            found.append(sentence % {"kind": words, "percent": f"{(share * 100).normalize():f}"})
    return found


def _beneficiary_sentences(policy: Policy) -> list[str]:
    found = []
    if policy.confirmed_first:
        found.append(_("Nothing is approved for a beneficiary until a second person has confirmed it."))
    wait = int(policy.beneficiary_wait.total_seconds() // 3600)
    if wait:
        sentence = _("No money leaves for a beneficiary in the first %(hours)s after it was added.")
        found.append(sentence % {"hours": _hours(wait)})
    if policy.warnings_add:
        sentence = _("One more approver is asked for where %(warnings)s.")
        words = _(" or ").join(str(WARNING_WORDS[code]) for code in policy.warnings_add)
        found.append(sentence % {"warnings": words})
    return found


def figure(amount: Decimal, base: str) -> str:
    """An amount of the policy as it is read: 10,000 EUR; its cents only where there are some."""
    plain = amount.normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    return f"{plain:,.{places}f} {base}"


def _about(rule: Rule, base: str) -> str:
    if rule.is_catch_all:
        return _("everything else") if rule.refuses else _("every payment")
    about = _listed(rule.kinds, KIND_WORDS, _("payments of any kind"))
    if rule.currencies:
        about = _("%(about)s in %(currencies)s") % {
            "about": about,
            "currencies": _(" or ").join(rule.currencies),
        }
    about = _band(about, rule, base)
    further = (
        (rule.customer, _("of customer %(value)s"), rule.customer),
        (
            rule.beneficiaries,
            _("to a %(value)s beneficiary"),
            _listed(rule.beneficiaries, BENEFICIARY_WORDS, ""),
        ),
        (rule.sources, _("asked for by %(value)s"), _listed(rule.sources, SOURCE_WORDS, "")),
        (rule.risks, _("of customers of %(value)s risk"), _listed(rule.risks, RISK_WORDS, "")),
    )
    return " ".join([about, *(words % {"value": value} for is_set, words, value in further if is_set)])


def _band(about: str, rule: Rule, base: str) -> str:
    if rule.above is not None and rule.up_to is not None:
        words = _("%(about)s above %(above)s up to %(up_to)s")
    elif rule.above is not None:
        words = _("%(about)s above %(above)s")
    elif rule.up_to is not None:
        words = _("%(about)s up to %(up_to)s")
    else:
        return about
    above, up_to = rule.above or Decimal(0), rule.up_to or Decimal(0)
    return words % {"about": about, "above": figure(above, base), "up_to": figure(up_to, base)}


def _listed(values: tuple[str, ...], words: Mapping[str, object], otherwise: str) -> str:
    return _(" or ").join(str(words.get(value, value)) for value in values) or otherwise


def _hours(number: int) -> str:
    if number % 24 == 0 and number > 24:
        return ngettext("one day", "%(n)d days", number // 24) % {"n": number // 24}
    return ngettext("one hour", "%(n)d hours", number) % {"n": number}


def role_label(role: str) -> str:
    return str(Role(role).label)
