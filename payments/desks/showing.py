"""What the desks' pages are made of."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.oceafin import by_hand
from backoffice.oceafin import showing as border
from backoffice.oceafin.models import Purpose, Submission
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments import telling, terms, ways
from payments.desks import doubts, services
from payments.desks.models import Finding, FindingKind
from payments.models import PaymentRequest
from payments.showing import url_of
from payments.states import PAYMENT


@dataclass(frozen=True)
class Key:
    """The idempotency key, and how long sending under it again is safe."""

    key: str
    left_at: datetime | None
    safe_until: datetime | None
    lifetime: timedelta
    is_safe: bool

    @property
    def sentence(self) -> str:
        hours = self.lifetime.total_seconds() / 3600
        if self.left_at is None:
            return _("Nothing left under it yet.")
        if self.safe_until is None or self.is_safe:
            return _(
                "Oceafin remembers it (we assume %(hours)d hours): sending again under it cannot pay twice."
            ) % {"hours": hours}
        return _(
            "Oceafin may have forgotten it (we assume %(hours)d hours): it is not sent again any more."
        ) % {"hours": hours}


def key_of(letter: Submission, now: datetime) -> Key:
    until = by_hand.safe_until(letter)
    return Key(
        letter.key,
        letter.first_left_at,
        until,
        settings.OCEAFIN_IDEMPOTENCY_KEY_LIFETIME,
        until is None or now < until,
    )


def row_of(payment: PaymentRequest, now: datetime) -> dict[str, Any]:
    letter = doubts.letter_of(payment)
    return {
        "payment": payment,
        "url": doubt_url(payment),
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "to": ways.of(payment).to(payment),
        "letter": letter,
        "key": key_of(letter, now) if letter else None,
        "waits": telling.waits_for(payment, now=now),
    }


def doubt_context(payment: PaymentRequest, user: User, now: datetime) -> dict[str, Any]:
    """One payment in doubt: what was sent, what was found, and what can be done."""
    letter = doubts.letter_of(payment)
    finding = open_finding(payment)
    context = {
        "payment": payment,
        "payment_url": url_of(payment),
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "to": ways.of(payment).to(payment),
        "waits": telling.waits_for(payment, now=now),
        "letter": letter,
        "finding": finding_context(finding, user) if finding else None,
        "may_act": user.has_right(Right.RELEASE_HELD),
        "may_propose": user.has_right(services.PROPOSES) and finding is None,
        "may_see_letter": user.has_right(Right.SEE_BORDERS),
        "now": now,
    }
    if letter is None:
        return context
    attempts = list(letter.attempts.order_by("number"))
    return {
        **context,
        "key": key_of(letter, now),
        "sent": _sent(letter),
        "looks": [each for each in attempts if each.purpose == Purpose.LOOK],
        "sends": [each for each in attempts if each.purpose == Purpose.SEND],
        "support_text": border.support_text(letter, attempts),
    }


def contradiction_context(payment: PaymentRequest, user: User, now: datetime) -> dict[str, Any]:
    """What we know beside what Oceafin said last, and what can be done."""
    finding = open_finding(payment)
    return {
        "payment": payment,
        "payment_url": url_of(payment),
        "amount": terms.digits(payment.amount, payment.currency, payment.network),
        "machine": PAYMENT,
        "drafts": payment.drafts.order_by("number"),
        "finding": finding_context(finding, user) if finding else None,
        "may_propose": user.has_right(services.PROPOSES) and finding is None,
        "may_note": user.has_right(Right.LEAD_PAYMENTS) and payment.noted_at is None,
        "now": now,
    }


def open_finding(payment: PaymentRequest) -> Finding | None:
    found = payment.findings.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)
    return found.select_related("proposed_by", "document", "payment__customer").first()


def finding_context(finding: Finding, user: User) -> dict[str, Any]:
    able = any(user.has_right(right) for right in services.CONFIRMS)
    return {
        "finding": finding,
        "amount": terms.digits(finding.payment.amount, finding.payment.currency, finding.payment.network),
        "to": ways.of(finding.payment).to(finding.payment),
        "evidence": _evidence(finding) if user.has_right(Right.SEE_PERSONAL_DATA) else "",
        "is_mine": finding.proposed_by_id == user.pk,
        "may_decide": able,
        "closes": finding.kind == FindingKind.DID_NOT_HAPPEN,
        "confirm_url": reverse("payout_desks:confirm", args=[finding.pk]),
        "take_back_url": reverse("payout_desks:take_back", args=[finding.pk]),
    }


def doubt_url(payment: PaymentRequest) -> str:
    return reverse("payout_desks:doubt", args=[payment.payment_ref])


def _sent(letter: Submission) -> list[border.Row] | None:
    try:
        return border.sent_rows(letter, personal=False)
    except vault.KeyDestroyed:
        return None


def _evidence(finding: Finding) -> str:
    try:
        return finding.evidence
    except vault.KeyDestroyed:
        return _("Erased with the customer's data.")
