"""A night's comparison with what it found, and a day that is signed in part: something to see on each of the pages."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone

from backoffice.staff.models import User
from customers.models import Customer
from payments.accounts.models import Balance, Reading
from payments.models import PaymentRequest
from payments.reconciliation import adjusting, closing
from payments.reconciliation.comparing import missing_there
from payments.reconciliation.finding import Found, Outcome
from payments.reconciliation.keeping import keep
from payments.reconciliation.models import Break, BreakKind, DayClose, Run
from tests.accounts.movements import keep as told
from tests.accounts.movements import movement
from tests.browser.visits import Visits
from tests.people import actor

ID = "3f0f9b1e-0000-4000-8000-00000000beef"


@dataclass
class Night:
    customer: Customer
    unknown: Break
    close: DayClose


def make_night(customer: Customer, payment: PaymentRequest, lead: User) -> Night:
    now = timezone.now()
    run = Run.objects.create(
        day=now.date(),
        is_nightly=True,
        state_since=now,
        started_at=now,
        customers=2,
        customers_done=1,
        found=3,
    )
    theirs = {"id": ID, "status": "COMPLETED", "amount": "12500.00", "currency": "EUR", "feeAmount": "12.50"}
    outcome = Outcome()
    unknown = Found(
        BreakKind.MISSING_HERE,
        subject=f"fiat_withdrawal:{ID}",
        scope="FIAT_WITHDRAWAL",
        gist="COMPLETED 12500.00 EUR",
        theirs=theirs,
        payment_kind="FIAT_WITHDRAWAL",
        oceafin_id=ID,
        currency="EUR",
        amount=Decimal(12500),
    )
    balance = Found(
        BreakKind.BALANCE,
        subject="USD:",
        scope="balances:USD:",
        gist="difference -3.10",
        ours={"balance": "103.10 USD"},
        theirs={"balance": "100.00 USD", "difference": "-3.10"},
        currency="USD",
        amount=Decimal("-3.10"),
    )
    outcome.add(unknown, balance, missing_there(payment))
    outcome.leave_out("Conversion", "Oceafin answered 503.")
    with transaction.atomic():
        keep(run, customer, outcome, now=now - timedelta(days=2))
    return Night(customer, Break.objects.get(kind="MISSING_HERE"), _a_signed_day(customer, lead))


def _a_signed_day(customer: Customer, lead: User) -> DayClose:
    now = timezone.now()
    day = closing.last_day(now)
    noon = f"{day}T10:00:00Z"
    told(
        customer,
        movement("a", amount="1250.00", occurredAt=noon),
        movement("b", amount="80.00", direction="DEBIT", feeAmount="1.00", occurredAt=noon),
        movement("c", amount="40.00", currency="GBP", occurredAt=noon),
    )
    Reading.objects.filter(customer=customer, name="transactions").update(read_at=now, failure="")
    for currency, available in (("EUR", "1170.00"), ("GBP", "45.00")):
        asked = {"available": available, "pending": "0", "read_at": now}
        Balance.objects.update_or_create(customer=customer, currency=currency, network="", defaults=asked)
    [seen] = [each for each in closing.days_of(customer, day) if each.account.currency == "EUR"]
    close = closing.sign(
        customer=customer,
        day=day,
        currency="EUR",
        network="",
        seen_digest=seen.digest,
        note="Written down beforehand",
        actor=actor(lead),
        now=now,
    )
    told(customer, movement("d", amount="7.25", occurredAt=noon))
    adjusting.look_through(customer, now=now)
    return close


def visit_the_night(visits: Visits, night: Night) -> None:
    """As a lead."""
    visits.go("/reconciliation/", "reconciliation")
    visits.go("/reconciliation/not-checked/", "reconciliation-not-checked", like_another=True)
    visits.go(f"/reconciliation/breaks/{night.unknown.pk}/", "reconciliation-break")
    visits.go(f"/reconciliation/breaks/{night.unknown.pk}/explain/", "break-explain", like_another=True)
    visits.go("/day-close/", "day-close")
    account = f"{night.customer.pk}:GBP:"
    chosen = urlencode({"day": night.close.day.isoformat(), "account": account})
    visits.go(f"/day-close/sign/?{chosen}", "day-close-sign")
    visits.go(f"/day-close/closes/{night.close.pk}/", "day-close-signed", like_another=True)
    visits.go("/reconciliation/bookings/", "bookings", like_another=True)
