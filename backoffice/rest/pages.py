"""Lists, newest first, read in pages by a cursor: flat however long the list is."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.response import Response

from backoffice.rest.reading import StrictSerializer

DEFAULT, LONGEST = 50, 200


class PageQuery(StrictSerializer):
    """`limit` and `cursor`; a list adds its own filters."""

    limit = serializers.IntegerField(
        required=False, default=DEFAULT, min_value=1, max_value=LONGEST, help_text="Items a page, 1 to 200."
    )
    cursor = serializers.CharField(
        required=False,
        max_length=64,
        help_text="`nextCursor` of the page before; leave it out for the first.",
    )

    def validate_cursor(self, cursor: str) -> int:
        try:
            after = int(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
            if 0 < after < 2**63:
                return after
        except (ValueError, binascii.Error):
            pass
        raise serializers.ValidationError(_("This is no cursor of ours. Begin again without one."))


@dataclass(frozen=True)
class Page:
    """One page of rows, and the cursor of the next one."""

    rows: list[Any]
    next_cursor: str | None

    @classmethod
    def of(cls, rows: QuerySet[Any], *, limit: int, cursor: int | None = None) -> "Page":
        """`rows` are ordered here, newest first."""
        if cursor is not None:
            rows = rows.filter(pk__lt=cursor)
        found = list(rows.order_by("-pk")[: limit + 1])
        more = len(found) > limit
        return cls(found[:limit], _cursor(found[limit - 1].pk) if more else None)


def picked(asked: dict[str, Any], *names: str, **columns: str) -> dict[str, Any]:
    """The filters among what was asked for, by their columns: `names` stand for themselves, and a column of another
    name says which parameter it is filtered by."""
    wanted = {**{name: name for name in names}, **columns}
    return {column: asked[name] for column, name in wanted.items() if name in asked}


def answer_page(rows: QuerySet[Any], asked: dict[str, Any], answer: type[serializers.Serializer]) -> Response:
    """The page that a PageQuery asked for, as `items` and `nextCursor` of a list's serializer."""
    page = Page.of(rows, limit=asked["limit"], cursor=asked.get("cursor"))
    return Response(answer({"items": page.rows, "nextCursor": page.next_cursor}).data)


def _cursor(pk: int) -> str:
    return base64.urlsafe_b64encode(str(pk).encode()).decode()
