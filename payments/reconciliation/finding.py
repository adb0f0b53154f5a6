"""What a comparison comes to: what was found, what was compared whole, and what could not be."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from payments import terms
from payments.models import PaymentRequest
from payments.reconciliation.models import BreakKind

BALANCES = "balances"
TRANSACTIONS = "transactions"


@dataclass(frozen=True)
class Found:
    """One break. `gist` is what it says: with another gist it is another story."""

    kind: BreakKind
    subject: str
    scope: str
    gist: str
    ours: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    payment: PaymentRequest | None = None
    payment_kind: str = ""
    oceafin_id: str = ""
    currency: str = ""
    network: str = ""
    amount: Decimal | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.subject

    @property
    def columns(self) -> dict[str, Any]:
        """What the row says beside its key, as it was found last."""
        return {
            "scope": self.scope[:80],
            "gist": self.gist[:300],
            "ours": self.ours,
            "theirs": self.theirs,
            "payment": self.payment,
            "payment_kind": self.payment_kind,
            "oceafin_id": self.oceafin_id[:64],
            "currency": self.currency[:16],
            "network": self.network[:40],
            "amount": self.amount,
        }


@dataclass
class Outcome:
    """Of one customer. What is in `not_checked` is in no scope of `checked`."""

    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    checked: set[str] = field(default_factory=set)
    not_checked: list[tuple[str, str]] = field(default_factory=list)

    def add(self, *found: Found) -> None:
        for one in found:
            self.found[one.key] = one

    def leave_out(self, what: str, why: str) -> None:
        self.not_checked.append((what[:80], (why or "–")[:300]))


def ours_of(payment: PaymentRequest) -> dict[str, str]:
    """Our side of a payment, for a person to compare."""
    said = {
        "reference": payment.payment_ref,
        "id": payment.oceafin_id or "",
        "state": payment.state,
        "amount": terms.shown(payment.amount, payment.currency, payment.network),
        "fee": terms.shown(payment.highest_fee, payment.fee_currency, payment.network),
    }
    return {name: text for name, text in said.items() if text}
