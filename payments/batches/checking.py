"""What each row of a file asks for, and whether it can be taken: the rules of asking for a payment, for many at once.

Customers, accounts and references are looked up for a whole chunk. The rules themselves are those of the one door:
its own functions, called for each row. When a row becomes a payment, `request_payment` applies all of them again.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice import references, vault
from backoffice.staff.errors import Refusal
from customers.models import Customer
from payments import errors, fiat_withdrawal, requesting, timing, ways
from payments.batches import columns
from payments.batches.models import Batch, Verdict
from payments.models import BankAccount, Kind
from payments.way import Way, amount_of

DIGEST_CONTEXT = "batch_row"
# What a spreadsheet would carry out when it opens the file.
FORMULAS = frozenset("=+-@\t\r\n＝＋－＠")
LONGEST = 64
_TAKEN = """
    SELECT payment_ref, request_digest, '', '', 0 FROM payments_paymentrequest WHERE payment_ref = ANY(%(refs)s)
    UNION ALL
    SELECT held.payment_ref, '', held.digest, batch.batch_ref, held.line
    FROM batches_batchrow held JOIN batches_batch batch ON batch.id = held.batch_id
    WHERE held.verdict = 'GOOD' AND held.payment_ref = ANY(%(refs)s)
"""

Fault = tuple[str, str]


@dataclass(slots=True)
class Judged:
    """A row as it is kept."""

    line: int
    verdict: str
    payment_ref: str = ""
    kind: str = ""
    customer_id: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    network: str = ""
    goes_to: str = ""
    digest: str = ""
    faults: list[Fault] = field(default_factory=list)

    def as_copied(self, batch_id: int) -> str:
        """One line of PostgreSQL's COPY, in the order of `COLUMNS`."""
        if self.verdict != Verdict.BAD:
            # Everything here was checked against patterns that have nothing to escape, but for where it goes.
            return (
                f"{batch_id}\t{self.line}\t{self.verdict}\t{self.payment_ref}\t{self.kind}\t{self.customer_id}\t"
                f"{self.amount}\t{self.currency}\t{self.network}\t{_plain(self.goes_to)}\t{self.digest}\t\\N\n"
            )
        texts = [_plain(text[:LONGEST]) for text in (self.payment_ref, self.kind[:20])]
        customer = "\\N" if self.customer_id is None else str(self.customer_id)
        amount = "\\N" if self.amount is None else str(self.amount)
        more = [_plain(text) for text in (self.currency[:16], self.network[:40], self.goes_to[:LONGEST])]
        faults = _plain(json.dumps(self.faults, ensure_ascii=False))
        cells = (str(batch_id), str(self.line), self.verdict, *texts, customer, amount, *more, "", faults)
        return "\t".join(cells) + "\n"


COLUMNS = "batch_id, line, verdict, payment_ref, kind, customer_id, amount, currency, network, goes_to, digest, faults"


class Checker:
    """Judges the rows of one file, a chunk at a time; what it looked up once it remembers."""

    def __init__(self, batch: Batch, now: datetime) -> None:
        self._now = now
        self._of_all_kinds = {*columns.REQUIRED, *columns.WORDS, *columns.TIMES}
        self._columns = batch.columns
        self._strict_width = bool(batch.delimiter)
        self._requested_by = batch.requested_by
        self._goes_to = {kind: _goes_to(way.fields) for kind, way in ways.WAYS.items()}
        self._customers: dict[str, tuple[Customer, str] | None] = {}
        self._accounts: dict[tuple[int, str], BankAccount | None] = {}
        self._fits: dict[tuple[int, str, str], Fault | None] = {}
        self._taken: dict[str, list[tuple[str, str, str, int]]] = {}

    def asked(self, cells: Sequence[str]) -> dict[str, str]:
        """What a row says, by our names; what it leaves out is not there."""
        return {
            name: text
            for name, cell in zip(self._columns, cells, strict=False)
            if (text := cell.strip()) and name not in columns.OURS
        }

    def look_up(
        self, chunk: Iterable[tuple[int, Sequence[str]]]
    ) -> list[tuple[int, Sequence[str], dict[str, str]]]:
        """Ask the database what this chunk needs to know, in a few statements."""
        rows = [(line, cells, self.asked(cells)) for line, cells in chunk]
        self._look_up_customers({asked.get("partnerCustomerRef", "") for _line, _cells, asked in rows})
        self._look_up_accounts(rows)
        self._taken = {}
        refs = list({ref for _line, _cells, asked in rows if (ref := asked.get("paymentRef"))})
        with connection.cursor() as cursor:
            cursor.execute(_TAKEN, {"refs": [ref for ref in refs if len(ref) <= LONGEST and "\0" not in ref]})
            for ref, request_digest, digest, batch_ref, line in cursor.fetchall():
                self._taken.setdefault(ref, []).append((request_digest, digest, batch_ref, line))
        return rows

    def judge(self, line: int, cells: Sequence[str], asked: dict[str, str]) -> Judged:
        """Whether this row can be taken, with everything that is wrong with it."""
        ref, kind, currency = asked.get("paymentRef", ""), asked.get("kind", ""), asked.get("currency", "")
        found = Judged(line, Verdict.GOOD, ref, kind, None, None, currency, asked.get("network", ""))
        faults = found.faults
        if (self._strict_width and len(cells) != len(self._columns)) or len(cells) > len(self._columns):
            faults.append(("", _wrong_width(len(cells), len(self._columns))))
        for name, text in asked.items():
            if text[0] in FORMULAS:
                faults.append((name, _formula(text[0])))
        if not faults:
            self._judge_content(found, asked)
        if faults:
            found.verdict = Verdict.BAD
        else:
            found.digest = digest_of(asked)
            self._judge_reference(found, asked)
        return found

    def _judge_content(self, found: Judged, asked: dict[str, str]) -> None:
        faults = found.faults
        try:
            references.check(found.payment_ref)
        except Refusal as refusal:
            faults.append(("paymentRef", str(refusal)))
        try:
            requesting.check_kind(found.kind)
        except errors.Unfit as unfit:
            faults.append((unfit.field, str(unfit)))
            return
        customer = self._customer_of(asked, faults)
        way = ways.WAYS[found.kind]
        for name in asked:
            if name in requesting.LONGEST:
                self._judge_words(name, asked[name], faults)
            if name not in way.fields and name not in self._of_all_kinds:
                faults.append((name, _("A payment of this kind has no such field. Leave it empty.")))
        if "scheduledOn" in asked:
            self._judge_day(asked["scheduledOn"], faults)
        found.goes_to = asked.get(self._goes_to[found.kind], "")
        if found.kind == Kind.FIAT_WITHDRAWAL:
            self._judge_amount(found, asked)
        if customer is None:
            return
        found.customer_id = customer.pk
        if found.kind == Kind.FIAT_WITHDRAWAL:
            fault = self._fit(customer, found.goes_to, found.currency)
            if fault is not None and fault not in faults:
                faults.append(fault)
        elif not faults:
            self._judge_by_the_door(way, customer, found, asked)

    def _customer_of(self, asked: dict[str, str], faults: list[Fault]) -> Customer | None:
        known = self._customers.get(asked.get("partnerCustomerRef", ""))
        if known is None:
            faults.append(("partnerCustomerRef", _("There is no customer of this reference.")))
            return None
        customer, refusal = known
        if refusal:
            faults.append(("partnerCustomerRef", refusal))
        return customer

    def _judge_words(self, name: str, text: str, faults: list[Fault]) -> None:
        try:
            requesting.clean_words(name, text)
        except errors.Unfit as unfit:
            faults.append((unfit.field, str(unfit)))

    def _judge_day(self, text: str, faults: list[Fault]) -> None:
        try:
            timing.check_date(timing.read_date(text), self._now)
        except errors.Unfit as unfit:
            faults.append((unfit.field, str(unfit)))

    def _judge_amount(self, found: Judged, asked: dict[str, str]) -> None:
        try:
            found.amount = amount_of({"amount": asked.get("amount", ""), "currency": found.currency})
        except errors.Unfit as unfit:
            found.faults.append((unfit.field, str(unfit)))

    def _fit(self, customer: Customer, ref: str, currency: str) -> Fault | None:
        key = (customer.pk, ref, currency)
        if key not in self._fits:
            try:
                fiat_withdrawal.fitting_account(self._accounts.get((customer.pk, ref)), customer, currency)
                self._fits[key] = None
            except Refusal as refusal:
                self._fits[key] = (getattr(refusal, "field", "bankAccountRef"), str(refusal))
        return self._fits[key]

    def _judge_by_the_door(self, way: Way, customer: Customer, found: Judged, asked: dict[str, str]) -> None:
        """Kinds that are rare in files are looked over one by one."""
        try:
            seen = requesting.preview_payment(
                kind=found.kind,
                customer=customer,
                amount=asked.get("amount", ""),
                currency=found.currency,
                details=asked,
            )
            found.amount, found.currency, found.network = seen.amount, seen.currency, seen.network
            found.goes_to = found.goes_to or way.to(seen)
        except Refusal as refusal:
            found.faults.append((getattr(refusal, "field", ""), str(refusal)))

    def _judge_reference(self, found: Judged, asked: dict[str, str]) -> None:
        taken = self._taken.get(found.payment_ref)
        if taken is None:
            self._taken[found.payment_ref] = [("", found.digest, "", found.line)]
            return
        if any(digest == found.digest for _request, digest, _batch, _line in taken):
            found.verdict = Verdict.SAME
            return
        request_digest = taken[0][0]
        if request_digest and request_digest == references.request_digest(self._as_requested(asked)):
            found.verdict = Verdict.SAME
            return
        found.verdict, found.digest = Verdict.BAD, ""
        _request, _digest, batch_ref, line = taken[-1]
        found.faults.append(("paymentRef", _taken_by(batch_ref, line)))

    def _as_requested(self, asked: dict[str, str]) -> dict[str, Any]:
        words = {"requestedBy": self._requested_by} | asked
        return requesting.asked_for(
            kind=asked["kind"],
            customer_ref=asked["partnerCustomerRef"],
            amount=asked.get("amount", ""),
            currency=asked.get("currency", ""),
            details=asked,
            words=words,
            scheduled_on=asked.get("scheduledOn", ""),
        )

    def _look_up_customers(self, refs: set[str]) -> None:
        wanted = [ref for ref in refs - self._customers.keys() if len(ref) <= LONGEST and "\0" not in ref]
        self._customers |= dict.fromkeys(wanted)
        for customer in Customer.objects.filter(partner_customer_ref__in=wanted):
            self._customers[customer.partner_customer_ref] = customer, customer.refusal_reason()

    def _look_up_accounts(self, rows: list[tuple[int, Sequence[str], dict[str, str]]]) -> None:
        wanted: set[tuple[int, str]] = set()
        for _line, _cells, asked in rows:
            known = self._customers.get(asked.get("partnerCustomerRef", ""))
            ref = asked.get("bankAccountRef", "")
            if known is not None and ref and len(ref) <= LONGEST and "\0" not in ref:
                wanted.add((known[0].pk, ref))
        wanted -= self._accounts.keys()
        if not wanted:
            return
        self._accounts |= dict.fromkeys(wanted)
        customers, refs = {pk for pk, _ref in wanted}, {ref for _pk, ref in wanted}
        found = BankAccount.objects.filter(customer__in=customers, bank_account_ref__in=refs).only(
            "bank_account_ref",
            "customer_id",
            "currency",
            "refusal",
            "oceafin_status",
            "oceafin_bank_account_id",
        )
        for account in found:
            self._accounts[account.customer_id, account.bank_account_ref] = account


def digest_of(asked: dict[str, str]) -> str:
    """A keyed hash of everything that a row asks for, whatever the order of its columns."""
    canonical = "\x1f".join([f"{name}\x1e{asked[name]}" for name in sorted(asked)])
    return vault.fingerprint(canonical, context=DIGEST_CONTEXT)


def _goes_to(fields: Sequence[str]) -> str:
    return next((name for name in fields if name.endswith(("Ref", "Id"))), "")


def _taken_by(batch_ref: str, line: int) -> str:
    if batch_ref:
        sentence = _("This reference stands for another payment: line %(line)d of batch %(batch)s.")
        return sentence % {"line": line, "batch": batch_ref}
    if line:
        return _("This reference stands for another payment: line %(line)d of this file.") % {"line": line}
    return _("This reference stands for another payment. Use another one.")


def _wrong_width(count: int, wanted: int) -> str:
    return _("This row has %(count)d cells, the first line has %(wanted)d.") % {
        "count": count,
        "wanted": wanted,
    }


def _formula(begins: str) -> str:
    return _("Begins with “%(sign)s”: spreadsheets take that for a formula. Write it without.") % {
        "sign": begins
    }


def _plain(text: str) -> str:
    """Text as PostgreSQL's COPY takes it."""
    text = text.replace("\0", "").replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
