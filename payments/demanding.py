"""What the policy asks for a payment: the facts it is decided by, and what is copied into the payment."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice import once
from customers import rating
from payments import payee_kinds, warnings
from payments.models import ExchangeRate, PaymentRequest
from payments.money import LARGEST
from payments.policies import reading, wording
from payments.policies.deciding import CHANGED, KNOWN, NEW, NONE, Decision, Facts, Policy, decide, snapshot


def newest_rate(currency: str, now: datetime) -> ExchangeRate | None:
    return (
        ExchangeRate.objects.filter(currency=currency, base_currency=settings.BASE_CURRENCY, at__lte=now)
        .order_by("-at", "-id")
        .first()
    )


def base_amount(
    amount: Decimal, currency: str, now: datetime, *, rate_lives: timedelta
) -> tuple[Decimal | None, ExchangeRate | None]:
    """The amount in the base currency by a fresh rate, and the newest rate there is.

    The amount is None without a fresh rate, and where it is more than anybody pays: then the strictest rules hold.
    """
    if currency == settings.BASE_CURRENCY:
        return amount, None
    rate = once.asked(("rate", currency, now), lambda: newest_rate(currency, now))
    if rate is None or now - rate.at > rate_lives:
        return None, rate
    worth = rate.applied_to(amount)
    return (worth if worth <= LARGEST else None), rate


def facts_of(payment: PaymentRequest, policy: Policy, now: datetime) -> Facts:
    """What this policy decides by, as it is now."""
    in_base, _rate = base_amount(payment.amount, payment.currency, now, rate_lives=policy.rate_lives)
    return Facts(
        kind=payment.kind,
        currency=payment.currency,
        base_amount=in_base,
        customer=payment.customer.partner_customer_ref,
        beneficiary=_beneficiary(payment, policy, now),
        source=payment.source,
        # Asked for only where it matters: it costs a query.
        risk=once.asked(("risk", payment.customer.pk), lambda: rating.risk_of(payment.customer))
        if any(rule.risks for rule in policy.rules)
        else rating.HIGH,
        warnings=_asking(payment, policy, now),
    )


def demand_for(
    payment: PaymentRequest, now: datetime, *, policy: Policy | None = None
) -> tuple[Decision, dict[str, Any]]:
    """What the policy in force asks, and the columns that are copied into the payment."""
    policy = policy or reading.in_force()
    facts = facts_of(payment, policy, now)
    decision = decide(policy, facts)
    return decision, {
        # A refused payment that waits already waits for one approval that nobody can give.
        "approvals_needed": max(1, decision.approvers),
        "approval_reasons": list(decision.reasons),
        "policy_version": policy.version,
        "policy": snapshot(policy, decision, kind=payment.kind)
        | {"sentence": wording.rule_sentence(decision.rule, settings.BASE_CURRENCY)},
        "asks_roles": list(decision.stages[0].roles) if decision.stages else [],
        "base_amount": facts.base_amount,
        "approval_deadline_at": now + policy.approval_deadline,
    }


def refusal(demand: dict[str, Any]) -> str:
    """The sentence for whom the policy refuses."""
    sentence = _("The policy does not let this payment go. Its rule %(rule)d: %(sentence)s")
    return sentence % {"rule": demand["policy"]["rule"], "sentence": demand["policy"]["sentence"]}


def _asking(payment: PaymentRequest, policy: Policy, now: datetime) -> tuple[str, ...]:
    if not policy.warnings_add:
        return ()
    found = warnings.warnings_of(payment, now=now, adding=policy.warnings_add)
    return tuple(warning.code for warning in found if warning.adds_approver)


def _beneficiary(payment: PaymentRequest, policy: Policy, now: datetime) -> str:
    if payment.payee is None:
        return NONE
    if not payee_kinds.is_fresh(payment.payee, now, policy):
        return KNOWN
    return NEW if payment.payee.replaces_id is None else CHANGED
