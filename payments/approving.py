"""Another person's yes or no. Rights, makers and limits are checked under the locks, at the moment of the act."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff.errors import NotAllowed, Refusal
from backoffice.staff.models import User
from payments import confirming, errors, guards, letters, limiting, reconsidering, staging, terms, ways
from payments.models import Approval, PaymentRequest
from payments.states import PaymentState

EXPIRED_A_ROUND = 200


@dataclass(frozen=True)
class Proof:
    """The second factor that a decision rests on: when it was shown, and whether for one reviewed selection.

    `decided_at` where the decision was made earlier than it is carried out, as that on a batch.
    """

    at: datetime
    reviewed: bool = False
    method: str = "TOTP"
    decided_at: datetime | None = None


def approve(
    *, payment: PaymentRequest, seen_terms: str, proof: Proof, actor: Actor, now: datetime
) -> PaymentRequest:
    """Say yes to exactly the terms that were seen; the last yes that is needed lets the payment leave.

    `seen_terms` is the terms_digest that the page showed. It counts in the stage that is open, by the policy in
    force. Saying yes twice changes nothing. Raises NotAllowed, SameApprover, AlreadyDecided,
    ApprovalDeadlinePassed, NoQuoteYet, TermsChanged, NotReady, NotConfirmed, CustomerRestricted, CustomerNotApproved,
    PolicyRefuses, NotYourStage, NoExchangeRate, LimitReached, StepUpNeeded; each denied attempt is taken down.
    """
    try:
        reconsidering.reconsider(payment, now=now)
        with transaction.atomic():
            return _approved(payment, seen_terms, proof, actor=actor, now=now)
    except Refusal as refusal:
        _take_down_denied(payment, refusal, actor=actor, now=now)
        raise


@transaction.atomic
def reject(*, payment: PaymentRequest, reason: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Say no, for good. Raises NotAllowed, AlreadyDecided, SameApprover, ReasonNeeded."""
    payment = guards.locked(payment)
    user = staging.asked_person(actor, now)
    if not staging.is_named(payment, user):
        raise NotAllowed(_("The policy names others for this payment: they approve or reject it."))
    _expect_undecided(payment)
    if guards.is_maker(payment, user):
        raise errors.SameApprover(_("You asked for this payment. Cancel it instead of rejecting it."))
    words = guards.reason_given(reason)
    to = PaymentState.REJECTED
    guards.move(payment, to, actor=actor, now=now, verb="payment.rejected", note=words)
    return payment


def may_approve(payment: PaymentRequest, user: User) -> bool:
    """For what a page shows: is this one for this person to decide? `approve` decides."""
    return (
        payment.state == PaymentState.PENDING_APPROVAL
        and bool(payment.terms_digest)
        and not guards.is_maker(payment, user)
        and not payment.approvals.filter(approver=user, voided_at__isnull=True).exists()
        and _has_place(payment, user)
    )


def expire_overdue(now: datetime) -> int:
    """Payments that nobody approved in time are over. A duty of the sweep."""
    overdue = PaymentRequest.objects.filter(
        state=PaymentState.PENDING_APPROVAL, approval_deadline_at__lte=now
    ).order_by("approval_deadline_at")
    count = 0
    for pk in list(overdue.values_list("pk", flat=True)[:EXPIRED_A_ROUND]):
        with transaction.atomic():
            payment = guards.locked(pk)
            if payment.state == PaymentState.PENDING_APPROVAL and payment.approval_deadline_at <= now:
                actor = Actor.system("sweep")
                guards.move(payment, PaymentState.EXPIRED, actor=actor, now=now, verb="payment.expired")
                count += 1
    return count


def _approved(
    payment: PaymentRequest, seen_terms: str, proof: Proof, *, actor: Actor, now: datetime
) -> PaymentRequest:
    payment = guards.locked(payment)
    # Locks the person too: two approvals of one person at once are counted one after the other.
    user = staging.asked_person(actor, now)
    if guards.is_maker(payment, user):
        raise errors.SameApprover(
            _(
                "You asked for this payment, or it was asked for in your name. Somebody else has to approve it."
            )
        )
    given = list(payment.live_approvals)
    mine = any(each.approver_id == user.pk for each in given)
    if mine and seen_terms == payment.terms_digest:
        return payment
    _expect_undecided(payment)
    if payment.approval_deadline_at <= now:
        raise errors.ApprovalDeadlinePassed(
            _("The time for approving this payment is over. Ask for it to be requested again.")
        )
    guards.refuse_customer(payment.customer)
    _expect_terms(payment, seen_terms)
    confirming.refuse_unconfirmed(payment)
    if payment.policy.get("warnings_add"):
        reconsidering.heed_warnings(payment, now=now)
    approval = _kept(payment, user, proof, given, now=now)
    given.append(approval)
    facts = {
        "terms": payment.terms_digest,
        "given": len(given),
        "needed": payment.approvals_needed,
        "stage": approval.stage + 1,
        "role": approval.role,
        "base_amount": terms.digits(approval.base_amount, settings.BASE_CURRENCY),
        "method": proof.method,
        "approval": approval.pk,
    }
    record(actor=actor, verb="payment.approval_given", subject=payment, now=now, facts=facts)
    if staging.stage_now(payment, given) is not None:
        staging.turn(payment, given)
        return payment
    to = PaymentState.APPROVED
    done: dict[str, Any] = {"asks_roles": [], "terms_difference": ""}
    guards.move(payment, to, actor=actor, now=now, verb="payment.approved", **done)
    letters.send(payment, now=now)
    return payment


def _kept(
    payment: PaymentRequest, user: User, proof: Proof, given: list[Approval], *, now: datetime
) -> Approval:
    stage, role = staging.place_of(payment, user, given)
    in_base, rate = limiting.counted(payment, user, now)
    limiting.refuse_uncovered(
        payment, user, in_base, proved_at=proof.at, reviewed=proof.reviewed, now=proof.decided_at or now
    )
    return Approval.objects.create(
        payment=payment,
        approver=user,
        stage=stage,
        role=role,
        terms_digest=payment.terms_digest,
        approved_at=now,
        method=proof.method,
        proved_at=proof.at,
        reviewed=proof.reviewed,
        base_amount=in_base,
        base_currency=settings.BASE_CURRENCY,
        rate=f"{rate.rate.normalize():f}" if rate else "1",
        rate_source=rate.source if rate else "",
    )


def _has_place(payment: PaymentRequest, user: User) -> bool:
    try:
        staging.place_of(payment, user)
    except Refusal:
        return False
    return True


def _expect_undecided(payment: PaymentRequest) -> None:
    if payment.state == PaymentState.PENDING_APPROVAL:
        return
    names = ", ".join(approval.approver.display_name for approval in payment.live_approvals)
    state = payment.get_state_display().lower()
    if names:
        raise errors.AlreadyDecided(
            _("This payment is %(state)s already; approved by %(names)s.") % {"state": state, "names": names}
        )
    raise errors.AlreadyDecided(_("This payment is %(state)s already.") % {"state": state})


def _expect_terms(payment: PaymentRequest, seen_terms: str) -> None:
    obstacle = ways.of(payment).obstacle(payment)
    if obstacle is not None:
        raise obstacle
    if not payment.terms_digest:
        raise errors.NoQuoteYet(
            _("Oceafin has not said yet what this costs and what arrives. The quote comes by itself.")
        )
    if seen_terms != payment.terms_digest:
        raise errors.TermsChanged(
            _("What it costs or what arrives has changed since you looked. Look at it again, then decide.")
        )


def _take_down_denied(payment: PaymentRequest, refusal: Refusal, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        facts = {"why": type(refusal).__name__}
        record(actor=actor, verb="payment.approval_denied", subject=payment, now=now, facts=facts)
