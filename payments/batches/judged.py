"""A row of a file as it is kept, and how PostgreSQL's COPY takes it."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from payments.batches.models import Verdict

LONGEST = 64

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
    # Under which digest the payment door knows the same request; only where its reference stands already.
    requested: str = ""

    def as_copied(self, batch_id: int) -> str:
        """One line of PostgreSQL's COPY, in the order of `COLUMNS`."""
        if self.verdict != Verdict.BAD:
            # Everything here was checked against patterns that have nothing to escape, but for where it goes.
            return (
                f"{batch_id}\t{self.line}\t{self.verdict}\t{self.payment_ref}\t{self.kind}\t{self.customer_id}\t"
                f"{self.amount}\t{self.currency}\t{self.network}\t{plain(self.goes_to)}\t{self.digest}\t\\N\n"
            )
        texts = [plain(text[:LONGEST]) for text in (self.payment_ref, self.kind[:20])]
        customer = "\\N" if self.customer_id is None else str(self.customer_id)
        amount = "\\N" if self.amount is None else str(self.amount)
        more = [plain(text) for text in (self.currency[:16], self.network[:40], self.goes_to[:LONGEST])]
        faults = plain(json.dumps(self.faults, ensure_ascii=False))
        cells = (str(batch_id), str(self.line), self.verdict, *texts, customer, amount, *more, "", faults)
        return "\t".join(cells) + "\n"


COLUMNS = "batch_id, line, verdict, payment_ref, kind, customer_id, amount, currency, network, goes_to, digest, faults"


def plain(text: str) -> str:
    """Text as PostgreSQL's COPY takes it."""
    text = text.replace("\0", "").replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
