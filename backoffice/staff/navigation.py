"""What the sidebar shows: each app registers its pages; a person sees those that their rights open.

navigation.register(Link("work", _("Payouts to approve"), "desk:approvals", Right.APPROVE_PAYMENTS,
                         icon="check", count=lambda user: approvals_waiting(user)))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    """One entry of the sidebar. `count` is asked on every page: let it stop at 100 rows."""

    group: str
    label: str | Promise
    url_name: str
    right: Right
    icon: str = "dot"
    order: int = 50
    count: Callable[[User], int] | None = None


_links: list[Link] = []


def register(link: Link) -> None:
    """Called in an app's ready(). The same page twice is kept once."""
    if link not in _links:
        _links.append(link)


def groups_for(request: HttpRequest, *, model_links: list[Link]) -> list[dict[str, Any]]:
    """The groups with the links that this person may follow, their own work first."""
    user = request.user
    if not isinstance(user, User):
        return []
    rights = rights_of(user.roles)
    groups = []
    for key, label in GROUPS.items():
        found = [link for link in (*_links, *model_links) if link.group == key and link.right in rights]
        items = [_item(request, user, link) for link in sorted(found, key=lambda link: link.order)]
        shown = [item for item in items if item is not None]
        if shown:
            groups.append({"key": key, "label": label, "links": shown})
    return groups


def _item(request: HttpRequest, user: User, link: Link) -> dict[str, Any] | None:
    try:
        url = reverse(link.url_name)
    except NoReverseMatch:
        return None
    count = link.count(user) if link.count else None
    return {
        "label": link.label,
        "url": url,
        "icon": link.icon,
        "count": f"{COUNTED_AT_MOST}+" if count and count > COUNTED_AT_MOST else count,
        "here": request.path == url or (url != "/" and request.path.startswith(url)),
    }
