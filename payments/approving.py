"""Another person's yes or no. Rights, makers and limits are checked under the locks, at the moment of the act."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import ROLE_RIGHTS, Right
from payments import errors, guards, letters, terms, ways
from payments.models import Approval, ExchangeRate, PaymentRequest
from payments.policy import DAY_ONE
from payments.states import PaymentState

EXPIRED_A_ROUND = 200


def approve(
    *, payment: PaymentRequest, seen_terms: str, actor: Actor, now: datetime, method: str = "TOTP"
) -> PaymentRequest:
    """Say yes to exactly the terms that were seen; the last yes that is needed lets the payment leave.

    `seen_terms` is the terms_digest that the page showed; the view has made sure of a fresh second factor.
    Saying yes twice changes nothing. Raises NotAllowed, SameApprover, AlreadyDecided, ApprovalDeadlinePassed,
    NoQuoteYet, TermsChanged, NotReady, CustomerRestricted, CustomerNotApproved, NoExchangeRate,
    LimitReached; each denied attempt is taken down.
    """
    try:
        with transaction.atomic():
            return _approved(payment, seen_terms, actor=actor, now=now, method=method)
    except Refusal as refusal:
        _take_down_denied(payment, refusal, actor=actor, now=now)
        raise


@transaction.atomic
def reject(*, payment: PaymentRequest, reason: str, actor: Actor, now: datetime) -> PaymentRequest:
    """Say no, for good. Raises NotAllowed, AlreadyDecided, SameApprover, ReasonNeeded."""
    payment = guards.locked(payment)
    user = rights.require(actor, Right.APPROVE_PAYMENTS, now)
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


def approved_lately(user: User, now: datetime) -> Decimal:
    """What counts against this person's limit now, in the base currency."""
    counted = Approval.objects.filter(
        approver=user, voided_at__isnull=True, approved_at__gt=now - DAY_ONE.limit_window
    )
    return counted.aggregate(total=Sum("base_amount"))["total"] or Decimal(0)


def _approved(
    payment: PaymentRequest, seen_terms: str, *, actor: Actor, now: datetime, method: str
) -> PaymentRequest:
    payment = guards.locked(payment)
    # Locks the person too: two approvals of one person at once are counted one after the other.
    user = rights.require(actor, Right.APPROVE_PAYMENTS, now)
    if guards.is_maker(payment, user):
        raise errors.SameApprover(
            _(
                "You asked for this payment, or it was asked for in your name. Somebody else has to approve it."
            )
        )
    mine = payment.live_approvals.filter(approver=user).exists()
    if mine and seen_terms == payment.terms_digest:
        return payment
    _expect_undecided(payment)
    if payment.approval_deadline_at <= now:
        raise errors.ApprovalDeadlinePassed(
            _("The time for approving this payment is over. Ask for it to be requested again.")
        )
    guards.refuse_customer(payment.customer)
    _expect_terms(payment, seen_terms)
    in_base, rate = _counted(payment, user, now)
    approval = Approval.objects.create(
        payment=payment,
        approver=user,
        role=_role_of(user),
        terms_digest=payment.terms_digest,
        approved_at=now,
        method=method,
        base_amount=in_base,
        base_currency=settings.BASE_CURRENCY,
        rate=f"{rate.rate.normalize():f}" if rate else "1",
        rate_source=rate.source if rate else "",
    )
    given = payment.live_approvals.count()
    facts = {"terms": payment.terms_digest, "given": given, "needed": payment.approvals_needed}
    facts |= {
        "base_amount": terms.digits(in_base, settings.BASE_CURRENCY),
        "method": method,
        "approval": approval.pk,
    }
    record(actor=actor, verb="payment.approval_given", subject=payment, now=now, facts=facts)
    if given >= payment.approvals_needed:
        to = PaymentState.APPROVED
        guards.move(payment, to, actor=actor, now=now, verb="payment.approved", terms_difference="")
        letters.send(payment, now=now)
    return payment


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


def _counted(payment: PaymentRequest, user: User, now: datetime) -> tuple[Decimal, ExchangeRate | None]:
    """What this approval counts, and by which rate. Raises NoExchangeRate, LimitReached."""
    base = settings.BASE_CURRENCY
    in_base, rate = guards.base_amount(payment.amount, payment.currency, now)
    if in_base is None:
        if rate is None:
            raise errors.NoExchangeRate(
                _(
                    "There is no exchange rate from %(currency)s to %(base)s, so no limit can be checked. "
                    "An operations lead enters one."
                )
                % {"currency": payment.currency, "base": base}
            )
        # An old rate still tells how much to count; how many must approve was already the strictest.
        in_base = rate.applied_to(payment.amount)
    limit = Decimal(payment.policy["per_approver_per_day"])
    if approved_lately(user, now) + in_base > limit:
        raise errors.LimitReached(
            _(
                "With this you would let out more than %(limit)s %(base)s in 24 hours. "
                "Another approver has to decide, or wait."
            )
            % {"limit": f"{limit:,.0f}", "base": base}
        )
    return in_base, rate


def _role_of(user: User) -> str:
    roles = [role for role in rights.roles_held(user) if Right.APPROVE_PAYMENTS in ROLE_RIGHTS[role]]
    return min(role.value for role in roles)


def _take_down_denied(payment: PaymentRequest, refusal: Refusal, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        facts = {"why": type(refusal).__name__}
        record(actor=actor, verb="payment.approval_denied", subject=payment, now=now, facts=facts)
