"""Finding what is ours in one of Oceafin's lists, over all of its pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backoffice.oceafin.kinds import Read, Resource
from payments.accounts.pages import BrokeOff, pages


@dataclass(frozen=True)
class Page:
    """What was found; `failure` is a sentence where not all pages could be read, so that absence says nothing."""

    items: list[Resource] = field(default_factory=list)
    failure: str = ""


def find(read: Read, path_url: str, wanted: Callable[[Resource], Any]) -> Page:
    """Every item of a list that is wanted, over all pages."""
    found: list[Resource] = []
    try:
        for items in pages(read, path_url):
            found += [item for item in items if wanted(item)]
    except BrokeOff as broken:
        return Page(found, str(broken))
    return Page(found)
