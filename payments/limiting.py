"""How much one approver lets out and how much leaves for one customer, and what one code covers.

Call these with the customer and the person locked: then two approvals at once are counted one after the other.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Max, Q, Sum
from django.utils.translation import gettext as _

from backoffice.staff.models import User
from customers.models import Customer
from payments import demanding, errors
from payments.models import Approval, ExchangeRate, PaymentRequest
from payments.money import EXACT
from payments.policies.deciding import DAY, WEEK, limits_in, number
from payments.states import NOTHING_LEFT, PaymentState

_NOT_LET_OUT = (PaymentState.DRAFT, PaymentState.PENDING_APPROVAL, *NOTHING_LEFT)
# A clock that is a little ahead of the session's is no reason to ask twice.
CLOCKS_APART = timedelta(seconds=5)


def approved_by(user: User, *, since: datetime) -> Decimal:
    """What this person approved since then, and what stands, in the base currency."""
    counted = Approval.objects.filter(approver=user, voided_at__isnull=True, approved_at__gt=since)
    return counted.aggregate(total=Sum("base_amount"))["total"] or Decimal(0)


def left_for(customer: Customer, *, since: datetime) -> Decimal:
    """What was approved for this customer since then, and has left or will, in the base currency."""
    approved = (
        Approval.objects.filter(payment__customer=customer, voided_at__isnull=True, approved_at__gt=since)
        .exclude(payment__state__in=_NOT_LET_OUT, payment__contradicted=False)
        .values("payment")
        .annotate(worth=Max("base_amount"))
    )
    total = Decimal(0)
    for row in approved:
        total = EXACT.add(total, row["worth"])
    return total


def counted(payment: PaymentRequest, user: User, now: datetime) -> tuple[Decimal, ExchangeRate | None]:
    """What this approval counts, and by which rate. Raises NoExchangeRate, LimitReached."""
    lives = timedelta(seconds=payment.policy["rate_lives"])
    in_base, rate = demanding.base_amount(payment.amount, payment.currency, now, rate_lives=lives)
    if in_base is None:
        if rate is None:
            raise errors.NoExchangeRate(
                _(
                    "There is no exchange rate from %(currency)s to %(base)s, so no limit can be checked. "
                    "An operations lead enters one."
                )
                % {"currency": payment.currency, "base": settings.BASE_CURRENCY}
            )
        # An old rate still tells how much to count; how many must approve was already the strictest.
        in_base = rate.applied_to(payment.amount)
    refuse_beyond_limits(payment, user, in_base, now)
    return in_base, rate


def refuse_beyond_limits(payment: PaymentRequest, user: User, in_base: Decimal, now: datetime) -> None:
    limits = limits_in(payment.policy)
    hours, days = _("24 hours"), _("7 days")
    mine = _(
        "With this you would let out more than %(limit)s %(base)s in %(time)s. "
        "Another approver has to decide, or wait."
    )
    theirs = _(
        "With this more than %(limit)s %(base)s would leave for this customer in %(time)s. "
        "It can be approved later."
    )
    asked = (
        (limits.approver_day, mine, hours, lambda: approved_by(user, since=now - DAY)),
        (limits.approver_week, mine, days, lambda: approved_by(user, since=now - WEEK)),
        (limits.customer_day, theirs, hours, lambda: left_for(payment.customer, since=now - DAY)),
        (limits.customer_week, theirs, days, lambda: left_for(payment.customer, since=now - WEEK)),
    )
    for limit, sentence, time, used in asked:
        if limit is not None and EXACT.add(used(), in_base) > limit:
            said = {"limit": f"{limit:,.0f}", "base": settings.BASE_CURRENCY, "time": time}
            raise errors.LimitReached(sentence % said)


def refuse_uncovered(
    payment: PaymentRequest,
    user: User,
    in_base: Decimal,
    *,
    proved_at: datetime,
    reviewed: bool,
    now: datetime,
) -> None:
    """Raise StepUpNeeded unless the second factor that was shown at `proved_at` covers this decision, too.

    It covers some minutes and a total, or the payments that were `reviewed` together; a large one alone.
    """
    kept = payment.policy
    if not -CLOCKS_APART <= now - proved_at <= timedelta(seconds=kept["step_up_for"]):
        raise errors.StepUpNeeded(_("The code was typed too long ago. Type a new one."))
    alone_above, total = number(kept["alone_above"]), number(kept["step_up_total"])
    rested = Approval.objects.filter(approver=user, proved_at=proved_at)
    alone = alone_above is not None and in_base > alone_above
    if alone and reviewed:
        raise errors.StepUpNeeded(_("This is a large payment: decide it alone, with a code of its own."))
    if alone and rested.exists():
        raise errors.StepUpNeeded(_("This is a large payment: it needs a code of its own."))
    if reviewed:
        if rested.filter(reviewed=False).exists():
            raise errors.StepUpNeeded(_("The code has been used for another payment. Type a new one."))
        return
    used = rested.aggregate(
        total=Sum("base_amount"), most=Max("base_amount"), reviewed=Max("pk", filter=Q(reviewed=True))
    )
    spent = used["total"] or Decimal(0)
    one_alone = alone_above is not None and (used["most"] or Decimal(0)) > alone_above
    if used["reviewed"] or one_alone:
        raise errors.StepUpNeeded(_("The code has covered what it was typed for. Type a new one."))
    if spent and total is not None and EXACT.add(spent, in_base) > total:
        raise errors.StepUpNeeded(
            _("One code covers at most %(total)s %(base)s. Type a new one.")
            % {"total": f"{total:,.0f}", "base": settings.BASE_CURRENCY}
        )
