"""The queues of the desk: the longest waiting first, flat in table size, empty when the work is done."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from backoffice.oceafin.models import Submission
from backoffice.oceafin.states import SubmissionState
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments.models import Approval, PaymentRequest
from payments.money import EXACT
from payments.staging import ASKED, NEVER
from payments.states import TROUBLED, PaymentState

ROWS = 50
COUNTED_AT_MOST = 100
# A payment that has been on its way for so long is shown to a person.
ON_ITS_WAY_AT_MOST = timedelta(minutes=15)


def waiting_for_my_approval(user: User, now: datetime) -> QuerySet[PaymentRequest]:
    """Payments that this person can decide now: quoted, not their own, not approved by them already."""
    mine = Approval.objects.filter(payment=OuterRef("pk"), approver=user, voided_at__isnull=True)
    roles = user.roles
    if roles & NEVER:
        return _rows(PaymentRequest.objects.none())
    found = PaymentRequest.objects.filter(
        ~Exists(mine),
        state=PaymentState.PENDING_APPROVAL,
        approval_deadline_at__gt=now,
        asks_roles__overlap=sorted(roles),
    )
    found = found.exclude(terms_digest="").exclude(maker_user_ids__contains=[user.pk])
    named = Q(requested_by__iexact=user.email) | Q(requested_by__iexact=user.display_name)
    return _rows(found.exclude(named))


def waiting_for_approval(now: datetime) -> QuerySet[PaymentRequest]:
    """Everything that somebody has to approve, whoever may."""
    return _rows(PaymentRequest.objects.filter(state=PaymentState.PENDING_APPROVAL))


def sending(now: datetime) -> QuerySet[PaymentRequest]:
    """Approved, on their way, or with Oceafin."""
    states = (PaymentState.APPROVED, PaymentState.SENDING, PaymentState.UNCONFIRMED, PaymentState.SENT)
    return _first_of(*(Q(state=state) for state in states))


def held_or_failed(now: datetime) -> QuerySet[PaymentRequest]:
    """What needs a person, until somebody took note of it: contradicted, held, long on its way, asked about, failed
    or returned."""
    held = Submission.objects.filter(
        subject_type=PaymentRequest._meta.label, state=SubmissionState.HELD
    ).values_list("subject_id", flat=True)[:COUNTED_AT_MOST]
    long_ago, unnoted = now - ON_ITS_WAY_AT_MOST, Q(noted_at__isnull=True)
    return _first_of(
        unnoted & Q(contradicted=True),
        unnoted & Q(pk__in=[int(pk) for pk in held]),
        *(unnoted & Q(state=state) for state in TROUBLED),
        unnoted & Q(state=PaymentState.SENDING, state_since__lt=long_ago),
        unnoted & Q(state=PaymentState.UNCONFIRMED, state_since__lt=long_ago),
    )


def next_for(user: User, now: datetime, *, after: PaymentRequest | None = None) -> PaymentRequest | None:
    """The next payment that this person may approve, behind `after` in the queue, else from its beginning."""
    rows = waiting_for_my_approval(user, now)
    if after is not None:
        rows = rows.exclude(pk=after.pk)
        behind = Q(state_since__gt=after.state_since) | Q(state_since=after.state_since, pk__gt=after.pk)
        following = rows.filter(behind).first()
        if following is not None:
            return following
    return rows.first()


def totals(payments: Iterable[PaymentRequest]) -> dict[str, Decimal]:
    """The sum of these payments in each currency."""
    found: dict[str, Decimal] = {}
    for payment in payments:
        found[payment.currency] = EXACT.add(found.get(payment.currency, Decimal(0)), payment.amount)
    return dict(sorted(found.items()))


def may_be_asked(user: User) -> bool:
    """Whether the policy can ask this person for an approval."""
    return any(user.has_right(right) for right in ASKED) and not user.roles & NEVER


def waiting_for_me(user: User, rights: frozenset[Right]) -> list[QuerySet[PaymentRequest]]:
    """For the sidebar: what waits for this person to approve, and to be looked after."""
    now = timezone.now()
    found = []
    if rights & ASKED:
        found.append(waiting_for_my_approval(user, now))
    if Right.LEAD_PAYMENTS in rights:
        found.append(held_or_failed(now))
    return found


def _first_of(*parts: Q) -> QuerySet[PaymentRequest]:
    """The longest waiting of several kinds: of each as many as a queue counts, and each read from its own index."""
    payments = PaymentRequest.objects.order_by("state_since", "pk").values("pk")
    first, *others = (payments.filter(part)[:COUNTED_AT_MOST] for part in parts)
    return _rows(PaymentRequest.objects.filter(pk__in=first.union(*others, all=True)))


def _rows(payments: QuerySet[PaymentRequest]) -> QuerySet[PaymentRequest]:
    return payments.select_related("customer", "beneficiary", "wallet").order_by("state_since", "pk")
