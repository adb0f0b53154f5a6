"""The pages of the policy: what is in force, proposing a new version, and approving it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor
from backoffice.staff import stepup, timelines
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from payments import terms
from payments.policies import previewing, reading, services, wording
from payments.policies.deciding import Policy
from payments.policies.errors import BadPolicy
from payments.policies.forms import (
    PolicyForm,
    RuleForms,
    base_currency,
    blank_rule,
    initial_of,
    initial_rules,
    rules_of,
)
from payments.policies.models import PolicyVersion
from payments.policies.states import POLICY, PolicyState

HISTORY = 20


@require_GET
def policy_page(request: HttpRequest) -> HttpResponse:
    """The policy in force, in sentences, the proposal that waits, and what was in force before."""
    user = person(request, Right.SEE_POLICY)
    versions = PolicyVersion.objects.select_related("proposed_by", "approved_by").order_by("-number")
    active = reading.active_version()
    context = {
        "title": _("Approval policy"),
        "active": active,
        "in_words": _in_words(active.policy if active else reading.in_force()),
        "proposal": services.proposed(),
        "versions": list(versions[:HISTORY]),
        "machine": POLICY,
        "may_propose": user.has_right(Right.PROPOSE_POLICY),
        "now": timezone.now(),
    }
    return site_page(request, "payments/policies/policy.html", context)


@require_GET
def version_page(request: HttpRequest, number: int) -> HttpResponse:
    """One version in sentences; while it is proposed, with what it would do to the payments that wait."""
    user = person(request, Right.SEE_POLICY)
    version = _version(number)
    waits = version.state == PolicyState.PROPOSED
    may_decide = waits and user.has_right(Right.APPROVE_POLICY)
    context = {
        "title": _("Policy %(number)d") % {"number": number},
        "version": version,
        "in_words": _in_words(version.policy),
        "waits": waits,
        "is_own": version.proposed_by_id == user.pk,
        "may_decide": may_decide,
        "lines": _preview(version.policy) if may_decide else [],
        "entries": timelines.lines_for([version]),
        "machine": POLICY,
        "now": timezone.now(),
    }
    return site_page(request, "payments/policies/version.html", context)


@require_http_methods(["GET", "POST"])
def propose_page(request: HttpRequest) -> HttpResponse:
    """A new version, begun from the one in force; "Add a rule" only gives another card."""
    person(request, Right.PROPOSE_POLICY)
    policy = reading.in_force()
    if request.method == "GET":
        form, rules = PolicyForm(initial=initial_of(policy)), RuleForms(initial=initial_rules(policy))
        return _propose_page(request, form, rules)
    if "add" in request.POST:
        data = _with_another(request.POST)
        return _propose_page(request, PolicyForm(data), RuleForms(data), as_typed=True)
    form, rules = PolicyForm(request.POST), RuleForms(request.POST)
    if form.is_valid() & rules.is_valid():
        try:
            version = services.propose_policy(
                policy=form.whole(rules_of(rules)),
                based_on=form.cleaned_data["based_on"],
                note=form.cleaned_data["note"],
                actor=Actor.staff(request.user),
                now=timezone.now(),
            )
        except BadPolicy as bad:
            return _propose_page(request, form, rules, faults=bad.faults)
        except Refusal as refusal:
            return _propose_page(request, form, rules, faults=[str(refusal)])
        messages.success(request, _("Proposed. Another administrator has to approve it."))
        return redirect("policies:version", number=version.number)
    return _propose_page(
        request, form, rules, faults=[_("Some of it cannot be taken. See the fields below.")]
    )


@require_POST
@stepup.required
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """The second administrator brings it into force."""
    person(request, Right.APPROVE_POLICY)
    try:
        services.approve_policy(
            version=_version(number),
            seen_digest=request.POST.get("seen_digest", ""),
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("policies:version", number=number)
    messages.success(request, _("In force. Payments that wait are decided by it from now on."))
    return redirect("policies:policy")


@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    person(request, Right.PROPOSE_POLICY)
    try:
        services.withdraw_policy(
            version=_version(number),
            reason=request.POST.get("reason", ""),
            actor=Actor.staff(request.user),
            now=timezone.now(),
        )
        messages.success(request, _("Taken back. Nothing has changed."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("policies:version", number=number)


def _version(number: int) -> PolicyVersion:
    versions = PolicyVersion.objects.select_related("proposed_by", "approved_by")
    return get_object_or_404(versions.prefetch_related("rows__customer"), number=number)


def _in_words(policy: Policy) -> dict[str, Any]:
    base = base_currency()
    return {
        "rules": [
            {
                "number": number,
                "sentence": wording.rule_sentence(rule, base),
                "limits": wording.limit_sentences(rule.limits, base) if rule.stages else [],
            }
            for number, rule in enumerate(policy.rules, start=1)
        ],
        "settings": wording.setting_sentences(policy, base),
    }


def _preview(policy: Policy) -> list[dict[str, Any]]:
    return [
        {
            "line": line,
            "amount": terms.digits(line.payment.amount, line.payment.currency, line.payment.network),
        }
        for line in previewing.preview(policy, timezone.now())
    ]


def _with_another(posted: QueryDict) -> QueryDict:
    """What was typed, and one more card with its first answers."""
    data = posted.copy()
    count = int(data.get("form-TOTAL_FORMS") or 0)
    for name, value in blank_rule(count + 1).items():
        data.setlist(f"form-{count}-{name}", value if isinstance(value, list) else [str(value)])
    data["form-TOTAL_FORMS"] = str(count + 1)
    return data


def _propose_page(
    request: HttpRequest,
    form: PolicyForm,
    rules: Any,
    *,
    faults: list[str] | None = None,
    as_typed: bool = False,
) -> HttpResponse:
    context = {
        "title": _("Propose a policy"),
        "form": form,
        "rules": rules,
        "faults": faults or [],
        # What is only being written is not judged yet.
        "judged": not as_typed,
        "base_currency": base_currency(),
        "proposal": services.proposed(),
    }
    return site_page(request, "payments/policies/propose.html", context)
