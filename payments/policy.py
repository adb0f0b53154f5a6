"""Who must approve what: the day-one rules (design section 6). Pure; numbers are in the base currency."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Policy:
    """The numbers that are copied into a payment when its approval is asked for.

    One approver beside the maker; two above `two_approvers_above`, for a beneficiary that was first used or
    changed within `beneficiary_fresh_for`, and where no rate of the last `rate_lives` tells how much it is.
    One approver lets out at most `per_approver_per_day` in any 24 hours. Whatever is not allowed is refused.
    """

    version: str = "day-one-1"
    approvers: int = 1
    approvers_when_careful: int = 2
    two_approvers_above: Decimal = Decimal(10_000)
    beneficiary_fresh_for: timedelta = timedelta(hours=24)
    per_approver_per_day: Decimal = Decimal(50_000)
    limit_window: timedelta = timedelta(hours=24)
    rate_lives: timedelta = timedelta(hours=24)
    approval_deadline: timedelta = timedelta(days=7)

    def snapshot(self) -> dict[str, Any]:
        """The numbers as they are kept with a payment: amounts as text, lengths of time in seconds."""
        return {name: _plain(value) for name, value in asdict(self).items()}


DAY_ONE = Policy()


@dataclass(frozen=True)
class Demand:
    """How many approvers a payment needs, and why more than the usual, as words for the page."""

    approvers: int
    reasons: tuple[str, ...]


def demand(policy: Policy, *, base_amount: Decimal | None, beneficiary_is_fresh: bool) -> Demand:
    """How many approvers; `base_amount` None means that no fresh rate is known."""
    reasons = []
    if base_amount is None:
        reasons.append("NO_FRESH_RATE")
    elif base_amount > policy.two_approvers_above:
        reasons.append("LARGE_AMOUNT")
    if beneficiary_is_fresh:
        reasons.append("FRESH_BENEFICIARY")
    return Demand(policy.approvers_when_careful if reasons else policy.approvers, tuple(reasons))


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return str(value) if isinstance(value, Decimal) else value
