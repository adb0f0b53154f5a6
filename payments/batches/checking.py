"""What each row of a file asks for, and whether it can be taken: the rules of asking for a payment, for many at once.

Customers, accounts and references are looked up for a whole chunk. The rules themselves are those of the one door:
its own functions, called for each row. When a row becomes a payment, `request_payment` applies all of them again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice import references
from backoffice.staff.errors import Refusal
from customers.models import Customer
from payments import errors, fiat_withdrawal, requesting, timing, ways
from payments.batches import columns
from payments.batches.judged import LONGEST, Fault, Judged, plain
from payments.batches.models import Batch, Verdict
from payments.batches.usual import (
    FORMULAS,
    Columns,
    Shape,
    Usual,
    canonical,
    fingerprinter,
    is_reference,
    plain_amounts,
)
from payments.models import BankAccount, Kind
from payments.way import Way, amount_of

# So many customers are remembered.
MOST_CUSTOMERS = 5_000
# What `refusal_reason` reads.
ASKED_OF_CUSTOMERS = ("standing", "oceafin_customer_id", "oceafin_status")
# So many rows are given to the database at a time: it writes them while we judge the next ones.
AT_A_TIME = 500
# References have no spaces: in one text they are passed much faster than as a list.
_TAKEN = """
    WITH asked AS MATERIALIZED (SELECT string_to_array(%(refs)s, ' ') AS refs)
    SELECT payment_ref, request_digest, '', '', 0 FROM payments_paymentrequest
    WHERE payment_ref = ANY((SELECT refs FROM asked)::text[])
    UNION ALL
    SELECT held.payment_ref, '', held.digest, batch.batch_ref, held.line
    FROM batches_batchrow held JOIN batches_batch batch ON batch.id = held.batch_id
    WHERE held.verdict = 'GOOD' AND held.payment_ref = ANY((SELECT refs FROM asked)::text[])
"""

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Some rows, looked over: their lines, what they say, and of each what makes it good or how it was judged."""

    lines: list[int]
    said: Columns
    found: list[Shape | Judged]


class Checker:
    """Judges the rows of one file, a chunk at a time; what it looked up once it remembers."""

    def __init__(self, batch: Batch, now: datetime) -> None:
        self._now = now
        self._of_all_kinds = {*columns.REQUIRED, *columns.WORDS, *columns.TIMES}
        self._columns = batch.columns
        self._ref, self._amount = (batch.columns.index(name) for name in ("paymentRef", "amount"))
        self._usual = Usual(batch.columns)
        self._strict_width = bool(batch.delimiter)
        self._requested_by = batch.requested_by
        self._goes_to = {kind: _goes_to(way.fields) for kind, way in ways.WAYS.items()}
        self._customers: dict[str, tuple[Customer, str] | None] = {}
        self._accounts: dict[tuple[int, str], BankAccount | None] = {}
        self._fits: dict[tuple[int, str, str], Fault | None] = {}
        self._taken: dict[str, list[tuple[str, str, str, int]]] = {}
        # Of the last chunk that was copied.
        self.counts = Counter[str]()

    def asked(self, cells: Sequence[str]) -> dict[str, str]:
        """What a row says, by our names; what it leaves out is not there."""
        return {
            name: text
            for name, cell in zip(self._columns, cells, strict=False)
            if (text := cell.strip()) and name not in columns.OURS
        }

    def look_up(self, rows: Sequence[Row]) -> Seen:
        """Judge a chunk but for its references, asking the database in a few statements what it needs to know."""
        lines, cells = [line for line, _cells in rows], [cells for _line, cells in rows]
        said = self._usual.columns(cells)
        refs = Counter(said[self._ref])
        self._look_up_references(refs)
        # Those that stand already, or twice in this chunk: their rows are judged one by one.
        unclear = {ref for ref, count in refs.items() if count > 1} | self._taken.keys()
        found: list[Shape | Judged] = []
        for part in _parts(len(rows)):
            # What these rows teach is known for the next.
            found += self._look_over(rows[part], [column[part] for column in said], unclear)
        return Seen(lines, said, found)

    def copied(self, seen: Seen, batch_id: int) -> Iterator[str]:
        """These rows with the verdict on their references, as PostgreSQL's COPY takes them.

        What it gives asks the database nothing: nothing can be asked while the copying goes on.
        """
        self.counts = Counter()
        return self._copied(seen, batch_id, fingerprinter())

    def _copied(self, seen: Seen, batch_id: int, fingerprint: Callable[[str], str]) -> Iterator[str]:
        for part in _parts(len(seen.lines)):
            said = [column[part] for column in seen.said]
            digests = map(fingerprint, self._usual.canonical(said))
            rows = zip(
                seen.lines[part], seen.found[part], said[self._ref], said[self._amount], digests, strict=True
            )
            texts = []
            for line, found, ref, amount, digest in rows:
                if isinstance(found, Judged):
                    self._judge_reference(found)
                    self.counts[found.verdict] += 1
                    texts.append(found.as_copied(batch_id))
                else:
                    texts.append(
                        f"{batch_id}\t{line}\tGOOD\t{ref}\t{found.kind_and_customer}\t{amount}\t"
                        f"{found.currency_and_place}\t{digest}\t\\N\n"
                    )
            yield "".join(texts)
        self.counts[Verdict.GOOD] += len(seen.lines) - self.counts.total()

    def _look_over(self, rows: Sequence[Row], said: Columns, unclear: Set[str]) -> list[Shape | Judged]:
        shapes = self._usual.of(said)
        if unclear:
            shapes = [
                None if ref in unclear else shape for ref, shape in zip(said[self._ref], shapes, strict=True)
            ]
        self._look_up([self.asked(row[1]) for row, shape in zip(rows, shapes, strict=True) if not shape])
        return [shape or self._judged(*row) for row, shape in zip(rows, shapes, strict=True)]

    def _judged(self, line: int, cells: Sequence[str]) -> Judged:
        asked = self.asked(cells)
        found = self._judge(line, cells, asked)
        if found.verdict != Verdict.GOOD:
            return found
        found.digest = digest_of(asked)
        if any(request for request, *_others in self._taken.get(found.payment_ref, ())):
            found.requested = references.request_digest(self._as_requested(asked))
        if found.kind == Kind.FIAT_WITHDRAWAL:
            self._usual.remember(cells, _shape_of(found))
        return found

    def _judge(self, line: int, cells: Sequence[str], asked: dict[str, str]) -> Judged:
        """Whether this row can be taken but for its reference, with everything that is wrong with it."""
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

    def _judge_reference(self, found: Judged) -> None:
        if found.verdict != Verdict.GOOD:
            return
        taken = self._taken.get(found.payment_ref)
        if taken is None:
            self._taken[found.payment_ref] = [("", found.digest, "", found.line)]
            return
        if any(digest == found.digest for _request, digest, _batch, _line in taken) or (
            taken[0][0] and taken[0][0] == found.requested
        ):
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

    def _look_up_references(self, refs: Iterable[str]) -> None:
        self._taken = {}
        with connection.cursor() as cursor:
            cursor.execute(_TAKEN, {"refs": " ".join(filter(is_reference, refs))})
            for ref, request_digest, digest, batch_ref, line in cursor.fetchall():
                self._taken.setdefault(ref, []).append((request_digest, digest, batch_ref, line))

    def _look_up(self, rows: list[dict[str, str]]) -> None:
        if len(self._customers) > MOST_CUSTOMERS:
            self._customers, self._accounts, self._fits = {}, {}, {}
        refs = {asked.get("partnerCustomerRef", "") for asked in rows} - self._customers.keys()
        if wanted := [ref for ref in refs if _can_be_asked(ref)]:
            self._customers |= dict.fromkeys(wanted)
            known = Customer.objects.only("partner_customer_ref", "vault_key", *ASKED_OF_CUSTOMERS)
            for customer in known.filter(partner_customer_ref__in=wanted):
                self._customers[customer.partner_customer_ref] = customer, customer.refusal_reason()
        self._look_up_accounts(rows)

    def _look_up_accounts(self, rows: list[dict[str, str]]) -> None:
        wanted: set[tuple[int, str]] = set()
        for asked in rows:
            known = self._customers.get(asked.get("partnerCustomerRef", ""))
            ref = asked.get("bankAccountRef", "")
            if known is not None and ref and _can_be_asked(ref):
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


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + AT_A_TIME) for start in range(0, count, AT_A_TIME))


def digest_of(asked: dict[str, str]) -> str:
    """A keyed hash of everything that a row asks for, whatever the order of its columns."""
    return fingerprinter()(canonical(asked))


def _shape_of(found: Judged) -> Shape:
    return Shape(
        f"{found.kind}\t{found.customer_id}",
        f"{found.currency}\t{found.network}\t{plain(found.goes_to)}",
        plain_amounts(found.currency),
    )


def _can_be_asked(text: str) -> bool:
    """Whether the database could hold it."""
    return len(text) <= LONGEST and "\0" not in text


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
