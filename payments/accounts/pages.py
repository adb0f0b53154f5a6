"""Reading one of Oceafin's lists page by page, whatever form it has (contract section 4, ASSUMED)."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Answer, Problem, Reply

MOST_PAGES = 10_000

Read = Callable[[str], Reply]


class BrokeOff(Exception):
    """The list could not be read to its end; what was read before it stands. `code` is Oceafin's, where it gave one."""

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


def pages(read: Read, path_url: str) -> Iterator[list[Resource]]:
    """Each page's items as they come: one page is in memory at a time. A bare array is one page.

    What is no object in a page is left out. Raises BrokeOff for a reply that is no list, a cursor that comes back,
    and a list without end.
    """
    seen: set[str] = set()
    cursor = ""
    for _number in range(MOST_PAGES):
        items, cursor = _page(read(_with_cursor(path_url, cursor)))
        yield items
        if not cursor:
            return
        if cursor in seen:
            raise BrokeOff("The list goes in a circle: its cursor came back.")
        seen.add(cursor)
    raise BrokeOff("The list has no end.")


def _page(reply: Reply) -> tuple[list[Resource], str]:
    if not isinstance(reply, Answer):
        raise _broken(reply)
    data: Any = reply.data
    items, cursor = (data, "") if isinstance(data, list) else (data.get("items"), data.get("nextCursor"))
    if not isinstance(items, list):
        raise BrokeOff("The answer is no list.")
    return [item for item in items if isinstance(item, dict)], cursor if isinstance(cursor, str) else ""


def _broken(reply: Reply) -> BrokeOff:
    if isinstance(reply, Problem):
        return BrokeOff(reply.detail or reply.code or f"Oceafin answered {reply.status}.", code=reply.code)
    return BrokeOff(getattr(reply, "reason", "") or "There was no answer.")


def _with_cursor(path_url: str, cursor: str) -> str:
    if not cursor:
        return path_url
    return f"{path_url}{'&' if '?' in path_url else '?'}{urlencode({'cursor': cursor})}"
