"""Reading Oceafin's lists: all pages, whatever form they come in (contract section 4, ASSUMED)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from backoffice.oceafin.kinds import Read, Resource
from backoffice.oceafin.wire import Answer, Problem

MOST_PAGES = 1000


@dataclass(frozen=True)
class Page:
    """What was found; `failure` is a sentence where not all pages could be read, so that absence says nothing."""

    items: list[Resource] = field(default_factory=list)
    failure: str = ""


def find(read: Read, path_url: str, wanted: Callable[[Resource], Any]) -> Page:
    """Every item of a list that is wanted, over all pages. A bare array is one page.

    A cursor that comes back, and a list without end, are failures.
    """
    found: list[Resource] = []
    seen: set[str] = set()
    cursor = ""
    for _number in range(MOST_PAGES):
        reply = read(_with_cursor(path_url, cursor))
        if not isinstance(reply, Answer):
            return Page(found, _failure(reply))
        items, cursor = _page(reply.data)
        if items is None:
            return Page(found, "the answer is no list")
        found += [item for item in items if isinstance(item, dict) and wanted(item)]
        if not cursor:
            return Page(found)
        if cursor in seen:
            return Page(found, "the list goes in a circle")
        seen.add(cursor)
    return Page(found, "the list has no end")


def _page(data: Any) -> tuple[list[Any] | None, str]:
    if isinstance(data, list):
        return data, ""
    items, cursor = data.get("items"), data.get("nextCursor")
    return (items if isinstance(items, list) else None), (cursor if isinstance(cursor, str) else "")


def _with_cursor(path_url: str, cursor: str) -> str:
    if not cursor:
        return path_url
    return f"{path_url}{'&' if '?' in path_url else '?'}{urlencode({'cursor': cursor})}"


def _failure(reply: Any) -> str:
    if isinstance(reply, Problem):
        return reply.detail or reply.code or f"status {reply.status}"
    return str(getattr(reply, "reason", "") or "no answer")
