"""Reading one of Oceafin's lists page by page, whatever form it has (contract section 4, ASSUMED)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Answer, Problem, Reply

MOST_PAGES = 10_000

Read = Callable[[str], Reply]


class BrokeOff(Exception):
    """The list could not be read to its end; what was read before it stands. `code` is Oceafin's, where it gave one.

    `for_now` says that the same page may well come later: Oceafin was busy or did not answer.
    """

    def __init__(self, sentence: str, *, code: str = "", for_now: bool = False) -> None:
        super().__init__(sentence)
        self.code, self.for_now = code, for_now


@dataclass
class Bookmark:
    """The cursor of the first page that was not kept yet; "" is the list's beginning."""

    cursor: str = ""


def pages(
    read: Read,
    path_url: str,
    bookmark: Bookmark | None = None,
    *,
    foresee: Callable[[str], object] | None = None,
) -> Iterator[list[Resource]]:
    """Each page's items as they come: one page is in memory at a time. A bare array is one page.

    `foresee` is told what is read next, before the page in hand is given to the caller: the reader may fetch it while
    that one is kept, so there are two in memory then.

    It begins at the bookmark, and moves it on once the caller has kept a page and asks for the next. What is no
    object in a page is left out. Raises BrokeOff for a reply that is no list, a cursor that comes back, and a list
    without end.
    """
    place = bookmark or Bookmark()
    seen = {place.cursor}
    for _number in range(MOST_PAGES):
        items, cursor = _page(read(_with_cursor(path_url, place.cursor)))
        if foresee is not None and cursor and cursor not in seen:
            foresee(_with_cursor(path_url, cursor))
        yield items
        place.cursor = cursor
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
        sentence = reply.detail or reply.code or f"Oceafin answered {reply.status}."
        return BrokeOff(sentence, code=reply.code, for_now=reply.status >= 500 or reply.status == 429)
    return BrokeOff(getattr(reply, "reason", "") or "There was no answer.", for_now=True)


def _with_cursor(path_url: str, cursor: str) -> str:
    if not cursor:
        return path_url
    return f"{path_url}{'&' if '?' in path_url else '?'}{urlencode({'cursor': cursor})}"
