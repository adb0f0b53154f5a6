"""What came in and may be sent back. Each room of money in tells here how its own is found; the refund asks here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from customers.models import Customer

CRYPTO_DEPOSIT, FIAT_DEPOSIT, COLLECTION = "CRYPTO_DEPOSIT", "FIAT_DEPOSIT", "COLLECTION"
SOURCE_TYPES = (CRYPTO_DEPOSIT, FIAT_DEPOSIT, COLLECTION)


@dataclass(frozen=True)
class Refundable:
    """Money that came in for a customer.

    `amount` is Oceafin's decimal text as it came; `currency` an ISO 4217 code or a token with its `network`.
    `status` is Oceafin's own word, for people to read; `credited` says whether the money is the customer's now.
    """

    amount: str
    currency: str
    network: str
    status: str
    credited: bool
    # Why it is not certain whose it is, in a sentence: nothing of it is sent back then.
    doubt: str = ""


@dataclass(frozen=True)
class Offered:
    """One source among those to choose from: Oceafin's id of it, and when it happened."""

    source_id: str
    at: datetime
    source: Refundable


# By Oceafin's id of the source (depositId, collectionId); None if this customer has no such source. It is called
# with the customer locked.
Find = Callable[[Customer, str], Refundable | None]

# The newest credited ones of a customer, at most so many; with words only those whose amount, id or transaction hash
# begins so.
Newest = Callable[[Customer, str, int], list[Offered]]

_SOURCES: dict[str, Find] = {}
_NEWEST: dict[str, Newest] = {}


def register(source_type: str, find: Find, newest: Newest) -> None:
    """Say how sources of this type are found and listed. Called once per type in the room's ready()."""
    _SOURCES[source_type], _NEWEST[source_type] = find, newest


def find(customer: Customer, source_type: str, source_id: str) -> Refundable | None:
    """The source, if it is this customer's and known here."""
    look = _SOURCES.get(source_type)
    return look(customer, source_id) if look is not None else None


def newest(customer: Customer, source_type: str, words: str = "", *, most: int) -> list[Offered]:
    """What of this type came in for the customer and is theirs, the newest first."""
    look = _NEWEST.get(source_type)
    return look(customer, words, most) if look is not None else []


def begins_with(words: str, *fields: str) -> Q:
    """For the rooms: rows of which one of these fields begins so, capital letters or not."""
    found = Q()
    for field in fields if words else ():
        found |= Q(**{f"{field}__istartswith": words})
    return found


def is_offered(source_type: str) -> bool:
    """Whether any room keeps sources of this type."""
    return source_type in _SOURCES


def request_url(source_type: str, source_id: str, *, customer_ref: str = "") -> str:
    """Where a refund of this source is asked for; "" where no room keeps sources of this type.

    Without `customer_ref` the maker is asked whose it is.
    """
    if not is_offered(source_type):
        return ""
    asked = {"kind": "REFUND", "sourceType": source_type, "sourceId": source_id}
    if customer_ref:
        asked["customer"] = customer_ref
    return f"{reverse('payments:request')}?{urlencode(asked)}"
