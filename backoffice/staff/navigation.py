"""What the sidebar shows: each app registers its pages; a person sees those that their rights open.

navigation.register(Link("work", _("Payments to approve"), "desk:approvals", Right.APPROVE_PAYMENTS,
                         icon="check", rows=lambda user, rights: [approvals_waiting(user)]))

All counts of a page cost one query.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.staff.counting import count_each
from backoffice.staff.models import User
from backoffice.staff.roles import Right, rights_of

GROUPS: dict[str, Any] = {
    "work": _("Your work"),
    "records": _("Records"),
    "borders": _("To and from Oceafin"),
    "oversight": _("Oversight"),
    "administration": _("Administration"),
}
COUNTED_AT_MOST = 99


@dataclass(frozen=True)
class Link:
    """One entry of the sidebar. `rows` are what waits there for this person, counted together on every page."""

    group: str
    label: str | Promise
    url_name: str
    right: Right
    icon: str = "dot"
    order: int = 50
    rows: Callable[[User, frozenset[Right]], Sequence[QuerySet[Any]]] | None = None


_links: list[Link] = []


def register(link: Link) -> None:
    """Called in an app's ready(). The same page twice is kept once."""
    if link not in _links:
        _links.append(link)


@dataclass(frozen=True)
class OwnLink:
    """A page of one's own settings, for whom `shown` says; it stands on the page of one's account."""

    label: str | Promise
    url_name: str
    shown: Callable[[User], bool]


_own_links: list[OwnLink] = []


def register_own(link: OwnLink) -> None:
    """Called in an app's ready(). The same page twice is kept once."""
    if link not in _own_links:
        _own_links.append(link)


def own_links_of(user: User) -> list[OwnLink]:
    return [link for link in _own_links if link.shown(user)]


def groups_for(request: HttpRequest, *, model_links: list[Link]) -> list[dict[str, Any]]:
    """The groups with the links that this person may follow, their own work first."""
    user = request.user
    if not isinstance(user, User):
        return []
    rights = rights_of(user.roles)
    found = [link for link in (*_links, *model_links) if link.right in rights]
    counts = _counts(user, rights, found)
    groups = []
    for key, label in GROUPS.items():
        here = sorted((link for link in found if link.group == key), key=lambda link: link.order)
        items = [_item(request, link, counts.get(link.url_name)) for link in here]
        shown = [item for item in items if item is not None]
        if shown:
            groups.append({"key": key, "label": label, "links": shown})
    return groups


def _counts(user: User, rights: frozenset[Right], links: Sequence[Link]) -> dict[str, int]:
    """What waits behind each link, by its address: all of it in one query."""
    waiting = [(link.url_name, rows) for link in links if link.rows for rows in link.rows(user, rights)]
    counts: dict[str, int] = {}
    for (name, _rows), number in zip(waiting, count_each([rows for _name, rows in waiting]), strict=True):
        counts[name] = counts.get(name, 0) + number
    return counts


def _item(request: HttpRequest, link: Link, count: int | None) -> dict[str, Any] | None:
    try:
        url = reverse(link.url_name)
    except NoReverseMatch:
        return None
    return {
        "label": link.label,
        "url": url,
        "icon": link.icon,
        "count": f"{COUNTED_AT_MOST}+" if count and count > COUNTED_AT_MOST else count,
        "here": request.path == url or (url != "/" and request.path.startswith(url)),
    }
