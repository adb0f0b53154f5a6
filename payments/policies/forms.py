"""The form of a whole policy: its numbers, and a card for each rule."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.references import LENGTH
from payments.policies import deciding
from payments.policies.deciding import Limits, Policy, Rule, Stage
from payments.policies.wording import (
    BENEFICIARY_WORDS,
    KIND_WORDS,
    RISK_WORDS,
    SOURCE_WORDS,
    WARNING_WORDS,
    role_label,
)

STAGES = (1, 2, 3)
APPROVE, REFUSE = "APPROVE", "REFUSE"
LIMIT_LABELS = {
    "approver_day": gettext_lazy("One approver, any 24 hours"),
    "approver_week": gettext_lazy("One approver, any 7 days"),
    "customer_day": gettext_lazy("One customer, any 24 hours"),
    "customer_week": gettext_lazy("One customer, any 7 days"),
}


def _several(label: Any, words: dict[str, Any]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=[(value, _capital(str(word))) for value, word in words.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal("0.01"),
        max_digits=15,
        decimal_places=2,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class RuleForm(forms.Form):
    """One rule. What is left open matches anything."""

    place = forms.IntegerField(label=gettext_lazy("Place"), min_value=1, max_value=99)
    remove = forms.BooleanField(label=gettext_lazy("Take this rule out"), required=False)
    kinds = _several(gettext_lazy("Kinds"), KIND_WORDS)
    currencies = forms.CharField(
        label=gettext_lazy("Currencies"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Such as EUR USD. None is any."),
    )
    above = _amount(gettext_lazy("Above"))
    up_to = _amount(gettext_lazy("Up to"))
    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        required=False,
        max_length=LENGTH,
        help_text=gettext_lazy("Your reference of it. None is any."),
    )
    beneficiaries = _several(gettext_lazy("Beneficiary"), BENEFICIARY_WORDS)
    sources = _several(gettext_lazy("Asked for by"), SOURCE_WORDS)
    risks = _several(gettext_lazy("Risk of the customer"), RISK_WORDS)
    outcome = forms.ChoiceField(
        label=gettext_lazy("Then"),
        choices=[
            (APPROVE, gettext_lazy("it needs these approvals")),
            (REFUSE, gettext_lazy("it is refused")),
        ],
        initial=APPROVE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role, role_label(role)) for role in deciding.STAGE_ROLES]
        for stage in STAGES:
            self.fields[f"approvers_{stage}"] = forms.IntegerField(
                label=_("Stage %(number)d: how many") % {"number": stage},
                min_value=1,
                max_value=5,
                required=False,
            )
            self.fields[f"roles_{stage}"] = forms.MultipleChoiceField(
                label=_("Stage %(number)d: of whom") % {"number": stage},
                choices=roles,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        for name, label in LIMIT_LABELS.items():
            self.fields[name] = _amount(label)

    def clean_currencies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.cleaned_data["currencies"].upper().replace(",", " ").split()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("remove"):
            return cleaned
        asked = [stage for stage in STAGES if cleaned.get(f"approvers_{stage}")]
        for stage in STAGES:
            if bool(cleaned.get(f"approvers_{stage}")) != bool(cleaned.get(f"roles_{stage}")):
                self.add_error(
                    f"approvers_{stage}", _("Say how many and of whom, or leave this stage empty.")
                )
        if cleaned.get("outcome") == APPROVE and not asked:
            self.add_error("approvers_1", _("Say how many must approve and of whom, or let it refuse."))
        if asked != list(STAGES[: len(asked)]):
            self.add_error("approvers_1", _("Fill the stages in their order."))
        return cleaned

    @property
    def rule(self) -> Rule:
        data = self.cleaned_data
        stages: tuple[Stage, ...] = ()
        if data["outcome"] == APPROVE:
            stages = tuple(
                Stage(data[f"approvers_{stage}"], tuple(data[f"roles_{stage}"]))
                for stage in STAGES
                if data[f"approvers_{stage}"]
            )
        return Rule(
            kinds=tuple(data["kinds"]),
            currencies=data["currencies"],
            above=data["above"],
            up_to=data["up_to"],
            customer=data["customer"].strip(),
            beneficiaries=tuple(data["beneficiaries"]),
            sources=tuple(data["sources"]),
            risks=tuple(data["risks"]),
            stages=stages,
            limits=Limits(**{name: data[name] for name in LIMIT_LABELS}) if stages else Limits(),
        )

    def stage_fields(self) -> list[Any]:
        return [(self[f"approvers_{stage}"], self[f"roles_{stage}"]) for stage in STAGES]

    def limit_fields(self) -> list[Any]:
        return [self[name] for name in LIMIT_LABELS]


# Fields that the page shows each in a place of its own.
OWN_PLACE = ("note", "confirmed_first", "warnings_add")


class PolicyForm(forms.Form):
    """The numbers that hold beside the rules, and why it is changed."""

    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    rate_lives = forms.IntegerField(
        label=gettext_lazy("An exchange rate counts for, hours"), min_value=1, max_value=24
    )
    approval_deadline = forms.IntegerField(
        label=gettext_lazy("A request expires after, hours"), min_value=1, max_value=720
    )
    beneficiary_fresh = forms.IntegerField(
        label=gettext_lazy("A beneficiary is new for, hours"), min_value=0, max_value=720
    )
    beneficiary_wait = forms.IntegerField(
        label=gettext_lazy("After a beneficiary was added no money leaves for it for, hours"),
        min_value=0,
        max_value=720,
    )
    confirmed_first = forms.BooleanField(
        label=gettext_lazy("A second person confirms a beneficiary before anything is approved for it"),
        required=False,
    )
    warnings_add = _several(gettext_lazy("One more approver where"), WARNING_WORDS)
    step_up_minutes = forms.IntegerField(
        label=gettext_lazy("One code covers, minutes"), min_value=1, max_value=15
    )
    step_up_total = _amount(gettext_lazy("One code covers, in all"))
    alone_above = _amount(gettext_lazy("Each payment needs its own code above"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step_up_total"].required = self.fields["alone_above"].required = True
        for kind, words in KIND_WORDS.items():
            self.fields[f"tolerance_{kind}"] = forms.DecimalField(
                label=_("Of %(kind)s, how much less than approved may arrive, in percent") % {"kind": words},
                min_value=0,
                max_value=5,
                max_digits=4,
                decimal_places=2,
                localize=False,
            )
        self.fields["note"] = forms.CharField(
            label=_("Why it is changed"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
        )

    def whole(self, rules: tuple[Rule, ...]) -> Policy:
        data, hour = self.cleaned_data, timedelta(hours=1)
        return Policy(
            number=0,
            rules=rules,
            rate_lives=data["rate_lives"] * hour,
            approval_deadline=data["approval_deadline"] * hour,
            beneficiary_fresh_for=data["beneficiary_fresh"] * hour,
            confirmed_first=data["confirmed_first"],
            beneficiary_wait=data["beneficiary_wait"] * hour,
            warnings_add=tuple(data["warnings_add"]),
            tolerances={kind: data[f"tolerance_{kind}"] / 100 for kind in KIND_WORDS},
            step_up_for=timedelta(minutes=data["step_up_minutes"]),
            step_up_total=data["step_up_total"],
            alone_above=data["alone_above"],
        )

    def number_fields(self) -> list[Any]:
        return [field for field in self if not field.is_hidden and field.name not in OWN_PLACE]


class _RuleForms(forms.BaseFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        if not any(not each.cleaned_data.get("remove") for each in self.forms if each.is_valid()):
            raise ValidationError(_("Leave at least one rule."))


RuleForms = forms.formset_factory(RuleForm, formset=_RuleForms, extra=0, max_num=40, absolute_max=41)


def rules_of(forms_of_rules: Any) -> tuple[Rule, ...]:
    """Those that stay, in their places, and the last one that refuses what is left."""
    kept = [each for each in forms_of_rules if not each.cleaned_data["remove"]]
    kept.sort(key=lambda each: each.cleaned_data["place"])
    return (*(each.rule for each in kept), Rule())


def initial_of(policy: Policy) -> dict[str, Any]:
    """What the form of a new policy begins with: the numbers of this one."""
    hour = timedelta(hours=1)
    return {
        "based_on": policy.number,
        "rate_lives": policy.rate_lives // hour,
        "approval_deadline": policy.approval_deadline // hour,
        "beneficiary_fresh": policy.beneficiary_fresh_for // hour,
        "confirmed_first": policy.confirmed_first,
        "beneficiary_wait": policy.beneficiary_wait // hour,
        "warnings_add": list(policy.warnings_add),
        "step_up_minutes": policy.step_up_for // timedelta(minutes=1),
        "step_up_total": _shown(policy.step_up_total),
        "alone_above": _shown(policy.alone_above),
        **{f"tolerance_{kind}": _shown(policy.tolerance_for(kind) * 100) for kind in KIND_WORDS},
    }


def initial_rules(policy: Policy) -> list[dict[str, Any]]:
    """Its rules but the last, which is not written by hand."""
    return [_initial_rule(place, rule) for place, rule in enumerate(policy.rules[:-1], start=1)]


def blank_rule(place: int) -> dict[str, Any]:
    return _initial_rule(place, replace(Rule(), stages=(Stage(1, (deciding.APPROVER_ROLE,)),)))


def base_currency() -> str:
    return str(settings.BASE_CURRENCY)


def _initial_rule(place: int, rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {
        "place": place,
        "currencies": " ".join(rule.currencies),
        "above": _shown(rule.above),
        "up_to": _shown(rule.up_to),
        "customer": rule.customer,
        "outcome": REFUSE if rule.refuses else APPROVE,
        **{name: list(getattr(rule, name)) for name in ("kinds", "beneficiaries", "sources", "risks")},
        **{name: _shown(getattr(rule.limits, name)) for name in LIMIT_LABELS},
    }
    for number, stage in zip(STAGES, rule.stages, strict=False):
        found[f"approvers_{number}"], found[f"roles_{number}"] = stage.approvers, list(stage.roles)
    return found


def _shown(amount: Decimal | None) -> str:
    return deciding.text(amount) or ""
