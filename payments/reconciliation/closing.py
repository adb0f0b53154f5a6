"""Signing a day of an account: opening + in - out = closing, compared with the balance, and frozen.

The sums are those of the statement, of the same lines (payments/accounts/statements/sums.py).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts.models import Reading, Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.spans import Span
from payments.accounts.statements.sums import Account
from payments.reconciliation.closes import NOTE_CONTEXT, ClosedLine, DayClose
from payments.reconciliation.errors import ChangedMeanwhile, ClosedAlready, DayNotOver, NotRead

AT_A_TIME = 1000


@dataclass(frozen=True)
class Day:
    """One account over one business day, as it stands now. `digest` is of exactly what is signed."""

    customer: Customer
    day: date
    account: Account
    digest: str

    @property
    def difference(self) -> Decimal | None:
        return self.account.compared.difference if self.account.compared else None


def last_day(now: datetime) -> date:
    """The newest business day that is over."""
    today = now.astimezone(settings.BUSINESS_TIME_ZONE).date()
    return date.fromordinal(today.toordinal() - 1)


def days_of(customer: Customer, day: date) -> list[Day]:
    """The accounts of a customer on that day that had something, or have a balance. Nothing is written."""
    span = Span(day, day)
    return [
        Day(customer, day, account, digest_of(customer, span, account))
        for account in sums.accounts_of(customer, span)
        if account.lines or account.opening or account.closing or account.compared
    ]


def digest_of(customer: Customer, span: Span, account: Account) -> str:
    """SHA-256 over the account, its sums and each line in its order."""
    found = hashlib.sha256()
    head = (customer.partner_customer_ref, account.currency, account.network, span.first.isoformat())
    numbers = (account.opening, account.came_in, account.went_out, account.fees, account.closing)
    found.update("|".join([*head, *(_digits(number) for number in numbers)]).encode())
    for row in _lines(customer, span, account):
        told = (row.transaction_id, _digits(sums.signed(row)), _digits(row.fee_value), row.status)
        found.update(("\n" + "|".join([*told, str(row.occurred_at)])).encode())
    return found.hexdigest()


def why_not(customer: Customer, day: date, now: datetime) -> str:
    """Why this day of this customer cannot be signed now, in a sentence; "" if it can."""
    if day > last_day(now):
        return _("This day is not over yet.")
    reading = Reading.objects.filter(customer=customer, name="transactions").first()
    if reading is None or reading.read_at is None or reading.read_at < Span(day, day).end:
        return _("Its transactions were not read to their end since this day was over. That comes by itself.")
    if reading.failure:
        return _("The last reading of its transactions broke off: %(why)s") % {"why": reading.failure}
    return ""


@transaction.atomic
def sign(
    *,
    customer: Customer,
    day: date,
    currency: str,
    network: str,
    seen_digest: str,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> DayClose:
    """Sign one account's day as it was seen. Where the balance differs, `note` says why it is signed all the same.

    Call after a fresh second factor. Raises NotAllowed, DayNotOver, NotRead, ClosedAlready, ChangedMeanwhile,
    ReasonNeeded.
    """
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    user = rights.require(actor, Right.LEAD_PAYMENTS, now)
    obstacle = why_not(row, day, now)
    if obstacle:
        raise (DayNotOver if day > last_day(now) else NotRead)(obstacle)
    which = {"customer": row, "day": day, "currency": currency, "network": network}
    if DayClose.objects.filter(**which).exists():
        raise ClosedAlready(_("Somebody signed this day already. Read the page again."))
    span = Span(day, day)
    seen = [
        each
        for each in days_of(row, day)
        if (each.account.currency, each.account.network) == (currency, network)
    ]
    if not seen or seen[0].digest != seen_digest:
        raise ChangedMeanwhile(_("This day changed since you saw it. Look at it again."))
    words = note.strip()
    if seen[0].difference:
        words = reason_given(note, otherwise=_("The balance differs. Write why you sign it all the same."))
    return _written(seen[0], span, words=words, user=user, actor=actor, now=now)


def _written(seen: Day, span: Span, *, words: str, user: User, actor: Actor, now: datetime) -> DayClose:
    account, customer = seen.account, seen.customer
    compared = account.compared
    close = DayClose.objects.create(
        customer=customer,
        currency=account.currency,
        network=account.network,
        day=seen.day,
        starts_at=span.start,
        ends_at=span.end,
        opening=account.opening,
        came_in=account.came_in,
        went_out=account.went_out,
        fees=account.fees,
        closing=account.closing,
        lines=account.lines,
        digest=seen.digest,
        available=compared.available if compared else "",
        balance_read_at=compared.read_at if compared else None,
        difference=seen.difference,
        note_sealed=vault.seal_text(customer.vault_key, words, context=NOTE_CONTEXT) if words else b"",
        signed_by=user,
        signed_at=now,
    )
    lines = (
        ClosedLine(close=close, transaction=row, amount=sums.signed(row), fee=row.fee_value or Decimal(0))
        for row in _lines(customer, span, account)
    )
    ClosedLine.objects.bulk_create(lines, batch_size=AT_A_TIME)
    facts = {"account": account.name, "day": str(seen.day), "closing": _digits(account.closing)}
    facts |= {"sha256": seen.digest, "difference": _digits(seen.difference)}
    key = customer.vault_key
    audit.record(
        actor=actor,
        verb="day_close.signed",
        subject=close,
        now=now,
        facts=facts,
        note=words,
        customer_key=key,
    )
    return close


def _lines(customer: Customer, span: Span, account: Account) -> Iterable[Transaction]:
    rows = sums.lines_of(customer, span).filter(currency=account.currency, network=account.network)
    return rows.order_by("occurred_at", "id").iterator(chunk_size=AT_A_TIME)


def _digits(number: Decimal | None) -> str:
    """The same digits for the same number, however many zeros it came with."""
    if number is None:
        return ""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
