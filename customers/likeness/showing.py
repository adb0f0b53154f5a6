"""The likely duplicates of a customer on the customer's own page: who, why, and what was decided."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.likeness import services
from customers.likeness.models import Pair
from customers.likeness.states import PAIR
from customers.models import Customer


def likenesses_of(customer: Customer, user: User, *, back: str) -> dict[str, Any]:
    """For who may see personal data: the undecided first, names as initials. One query.

    A row leads to its decision for who decides (and from there `back`), and to the other customer for everybody else.
    """
    if not user.has_right(Right.SEE_PERSONAL_DATA):
        return {"may_see_likenesses": False}
    decides = user.has_right(Right.REVIEW_CASES)
    pairs = list(services.pairs_of(customer)[: services.PAIRS_AT_MOST + 1])
    return {
        "may_see_likenesses": True,
        "likenesses": [
            _row(pair, customer, decides, urlencode({"next": back}))
            for pair in pairs[: services.PAIRS_AT_MOST]
        ],
        "more_likenesses": len(pairs) > services.PAIRS_AT_MOST,
        "pair_machine": PAIR,
    }


def _row(pair: Pair, customer: Customer, decides: bool, back: str) -> dict[str, Any]:
    other = pair.high if pair.low_id == customer.pk else pair.low
    decision = f"{reverse('likeness:pair', args=[pair.pk])}?{back}"
    page = reverse("admin:customers_customer_change", args=[other.pk])
    return {"pair": pair, "other": other, "url": decision if decides else page}
