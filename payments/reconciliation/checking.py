"""One customer, compared whole: each kind of payment, the transactions behind what settled, and the balances."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from backoffice.oceafin import contract
from backoffice.oceafin.wire import Answer, Problem
from customers.models import Customer
from payments import ways
from payments.accounts.models import Balance, Reading, Transaction
from payments.accounts.pages import BrokeOff
from payments.accounts.statements import sums
from payments.accounts.statements.spans import Span
from payments.models import Kind, PaymentRequest
from payments.reconciliation import comparing
from payments.reconciliation.comparing import Item
from payments.reconciliation.finding import BALANCES, TRANSACTIONS, Found, Outcome
from payments.reconciliation.models import BreakKind
from payments.reconciliation.reading import Reader, drafts_of
from payments.states import PaymentState
from payments.way import Way

# A transaction may follow what settled after so long.
BOOKED_WITHIN = timedelta(hours=24)
# While money moves, balance and lines are of different instants.
QUIET = timedelta(minutes=2)
NOT_FOUND = "PARTNER_RESOURCE_NOT_FOUND"
_AT_OCEAFIN = (PaymentState.SENT, PaymentState.NEEDS_INFO, PaymentState.SETTLED)


@dataclass
class Check:
    """The comparison of one customer. Call `whole` with no transaction open; it writes no break."""

    customer: Customer
    reader: Reader
    since: datetime
    now: datetime

    def whole(self) -> Outcome:
        self.outcome = Outcome()
        for way in ways.WAYS.values():
            self._way(way)
        # Balances first: every line up to their instant is then known once the transactions were read.
        why_no_balance = self.reader.keep(self.customer, "balances", since=self.since)
        why_no_lines = self.reader.keep(self.customer, "transactions", since=self._balances_read_at())
        for way in ways.WAYS.values():
            self._transactions(way, why_no_lines)
        if why_no_balance or why_no_lines:
            self.outcome.leave_out(_("Balances"), why_no_balance or why_no_lines)
        else:
            self._balances()
        return self.outcome

    def _way(self, way: Way) -> None:
        """What Oceafin lists, then what of ours it does not list."""
        seen: set[str] = set()
        label = str(Kind(way.kind).label)
        unreadable = 0
        try:
            for items in self.reader.items(self.customer, way):
                named = [item for item in items if item.oceafin_id]
                unreadable += len(items) - len(named)
                self._compare(named)
                seen.update(item.oceafin_id for item in named)
            left_out = self._not_listed(way, seen)
        except BrokeOff as broken:
            self.outcome.leave_out(label, str(broken))
            return
        if unreadable:
            self.outcome.leave_out(label, _("%(count)d of its list have no id.") % {"count": unreadable})
        elif not left_out:
            self.outcome.checked.add(way.kind)

    def _compare(self, items: list[Item]) -> None:
        drafts = drafts_of(items)
        for item in items:
            draft = drafts.get(item.oceafin_id)
            found = comparing.differences(item, draft, self.now) if draft else comparing.unknown(item)
            self.outcome.add(*found)

    def _not_listed(self, way: Way, seen: set[str]) -> bool:
        """Each of ours that the whole list lacks is read by its id; whether one of them could not be."""
        ours = PaymentRequest.objects.filter(
            customer=self.customer,
            kind=way.kind,
            state__in=_AT_OCEAFIN,
            state_since__lt=self.now - comparing.MARGIN,
            oceafin_id__isnull=False,
        )
        left_out = False
        missing = [pk for pk, oceafin_id in ours.values_list("pk", "oceafin_id") if oceafin_id not in seen]
        for payment in ours.select_related("customer").filter(pk__in=missing):
            path = contract.path_for(way.operations.read, **{way.id_name: payment.oceafin_id})
            reply = self.reader.get(path)
            if isinstance(reply, Problem) and reply.code == NOT_FOUND:
                self.outcome.add(comparing.missing_there(payment))
            elif isinstance(reply, Answer) and isinstance(reply.data, dict):
                self._compare([Item(reply.data, way, self.reader.asked_at)])
            else:
                self.outcome.leave_out(
                    payment.payment_ref, _("Oceafin's list lacks it, and it could not be read.")
                )
                left_out = True
        return left_out

    def _transactions(self, way: Way, why_not: str) -> None:
        if why_not:
            self.outcome.leave_out(_("Transactions of %(kind)s") % {"kind": Kind(way.kind).label}, why_not)
            return
        for payment in _unbooked(self.customer, way, self.now):
            self.outcome.add(comparing.no_transaction(payment))
        self.outcome.checked.add(f"{way.kind}:{TRANSACTIONS}")

    def _balances_read_at(self) -> datetime:
        reading = Reading.objects.get(customer=self.customer, name="balances")
        return reading.read_at or self.since

    def _balances(self) -> None:
        today = self.now.astimezone(settings.BUSINESS_TIME_ZONE).date()
        with sums.one_picture():
            accounts = sums.accounts_of(self.customer, Span(today, today))
            restless = set(_moving(self.customer))
        for account in accounts:
            scope = f"{BALANCES}:{account.currency}:{account.network}"
            if account.compared is None or account.compared.difference is None:
                why = _("Oceafin states no readable balance.")
            elif account.compared.difference and (account.currency, account.network) in restless:
                why = _("Money moved while it was read. The next comparison looks again.")
            else:
                self.outcome.checked.add(scope)
                self.outcome.add(*_balance(account, scope))
                continue
            self.outcome.leave_out(_("Balance in %(name)s") % {"name": account.name}, why)


def _unbooked(customer: Customer, way: Way, now: datetime) -> QuerySet[PaymentRequest]:
    booked = Transaction.objects.filter(
        resource_id=OuterRef("oceafin_id"),
        resource_type=way.resource_type,
        customer=customer,
        status__in=sums.HAPPENED,
    )
    settled = PaymentRequest.objects.filter(
        customer=customer, kind=way.kind, state=PaymentState.SETTLED, state_since__lt=now - BOOKED_WITHIN
    )
    return settled.filter(~Exists(booked)).select_related("customer")


def _moving(customer: Customer) -> Iterator[tuple[str, str]]:
    """The accounts of which something happened right when their balance was read."""
    for balance in Balance.objects.filter(customer=customer):
        around = (balance.read_at - QUIET, balance.read_at + QUIET)
        lines = Transaction.objects.filter(
            customer=customer, currency=balance.currency, network=balance.network
        )
        if lines.filter(occurred_at__range=around).exists():
            yield balance.currency, balance.network


def _balance(account: sums.Account, scope: str) -> Iterator[Found]:
    compared = account.compared
    if compared is None or not compared.difference:
        return
    difference = sums.plain(compared.difference, account.currency)
    yield Found(
        BreakKind.BALANCE,
        subject=f"{account.currency}:{account.network}",
        scope=scope,
        gist=f"difference {difference}",
        ours={"balance": f"{sums.plain(compared.by_lines, account.currency)} {account.name}"},
        theirs={"balance": f"{compared.available} {account.name}", "difference": difference},
        currency=account.currency,
        network=account.network,
        amount=compared.difference,
    )
