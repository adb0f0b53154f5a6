"""What a kind of record offers to the search, and how it looks its records up."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Customer

AT_MOST = 6
LONGEST = 200


@dataclass(frozen=True)
class Term:
    """What was typed, and who asks with which rights."""

    text: str
    user: User
    rights: frozenset[Right]
    now: datetime

    @property
    def id(self) -> uuid.UUID | None:
        """The text as an id of 32 hexadecimal digits, however it is written; None where it is none."""
        try:
            return uuid.UUID(self.text)
        except ValueError:
            return None

    @property
    def id_text(self) -> str:
        """What may be an id as it stands in columns of text: Oceafin's are written small."""
        return str(self.id) if self.id else self.text

    @property
    def is_one_word(self) -> bool:
        """References, ids and keys hold no spaces and nothing but plain letters: names of other scripts are none."""
        return self.text.isascii() and not any(char.isspace() for char in self.text)

    def is_exactly(self, *values: object) -> bool:
        """Whether one of these is the whole of what was typed."""
        known = {str(value).lower() for value in values if value not in (None, "")}
        return self.text.lower() in known or (self.id is not None and str(self.id) in known)


@dataclass(frozen=True)
class Found:
    """One record: what it is called, where it stands, whose it is, and its page."""

    reference: str
    url: str
    state: str = ""
    machine: Any = None
    # Whose it is: the customer, or where only the reference is known, that.
    customer: Customer | None = None
    customer_ref: str = ""
    # A masked name, shown as what it is; and whatever else tells two apart: an amount, a kind.
    name: str = ""
    note: str | Promise = ""
    # What was typed is this record's own reference or id, whole.
    is_exact: bool = False


@dataclass(frozen=True)
class Source:
    """One kind of record, told of to who holds `right`; to everybody else it finds nothing and says nothing.

    `find(term)` looks its records up by indexes alone: equality or the beginning of a column, never a count and
    never a search inside texts. It asks at most three times, and returns at most AT_MOST + 1.
    """

    name: str
    title: str | Promise
    right: Right
    find: Callable[[Term], Iterable[Found]]
    # What it can be found by, for the page that has found nothing yet.
    by: str | Promise


def beginning(rows: QuerySet[Any], column: str, term: Term, *, also: Q | None = None) -> QuerySet[Any]:
    """Rows whose reference is what was typed (or `also`: their ids), then those whose reference begins so.

    In whatever case, and in one statement. Asked apart, because of many that begin so the one that is so may be none
    of the first. Needs the index on `OpClass(Upper(column), name="text_pattern_ops")` that each reference has.
    """
    is_it = Q(**{f"{column}__iexact": term.text}) | (also or Q())
    begins = Q(**{f"{column}__istartswith": term.text})
    return rows.filter(is_it)[: AT_MOST + 1].union(rows.filter(begins)[: AT_MOST + 1], all=True)


def once(found: Iterable[Found]) -> list[Found]:
    """Each record once, at most AT_MOST + 1, those first that are exactly what was typed."""
    by_url: dict[str, Found] = {}
    for each in found:
        if each.url not in by_url or each.is_exact:
            by_url[each.url] = each
    return sorted(by_url.values(), key=lambda each: not each.is_exact)[: AT_MOST + 1]
