"""How far the approvals of a payment are, and what became of each attempt to approve."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import timeline_of
from payments.models import PaymentRequest
from payments.policies import wording
from payments.policies.deciding import stages_in

# Why an attempt to approve was denied, by the name of the refusal.
DENIALS = {
    "NotAllowed": gettext_lazy("No right to approve"),
    "SameApprover": gettext_lazy("The maker of the payment"),
    "AlreadyDecided": gettext_lazy("It was decided already"),
    "ApprovalDeadlinePassed": gettext_lazy("Too late"),
    "NoQuoteYet": gettext_lazy("No quote yet"),
    "NotConfirmed": gettext_lazy("The beneficiary was not confirmed"),
    "TermsChanged": gettext_lazy("The terms had changed"),
    "CustomerRestricted": gettext_lazy("The customer was restricted"),
    "CustomerNotApproved": gettext_lazy("The customer was not approved"),
    "PolicyRefuses": gettext_lazy("The policy refused it"),
    "NotYourStage": gettext_lazy("Others were asked at that moment"),
    "NoExchangeRate": gettext_lazy("No exchange rate"),
    "LimitReached": gettext_lazy("A limit was reached"),
    "StepUpNeeded": gettext_lazy("The code did not cover it"),
}


def stages_shown(payment: PaymentRequest) -> list[dict[str, Any]]:
    """Each stage of its rule, in words, and how far it is."""
    given = [approval.stage for approval in payment.live_approvals]
    return [
        {
            "words": wording.stage_words(stage),
            "given": given.count(index),
            "asked": stage.approvers,
            "is_full": given.count(index) >= stage.approvers,
        }
        for index, stage in enumerate(stages_in(payment.policy))
    ]


def attempts_on(payment: PaymentRequest) -> list[dict[str, Any]]:
    """Every attempt to approve it, with its outcome, newest first: for those who lead."""
    said = {
        "payment.approval_given": ("ok", _("Given")),
        "payment.approval_denied": ("bad", _("Denied")),
        "payment.approval_withdrawn": ("off", _("Taken back")),
    }
    entries = [entry for entry in timeline_of(payment) if entry.verb in said]
    return [
        {
            "at": entry.at,
            "who": entry.actor_label,
            "tone": said[entry.verb][0],
            "outcome": said[entry.verb][1],
            "why": DENIALS.get(entry.facts.get("why", ""), entry.facts.get("why", "")),
        }
        for entry in reversed(entries)
    ]
