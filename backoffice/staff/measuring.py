"""How long things took: asked of the database, and told in words."""

from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, DurationField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Percentile(Aggregate):
    """The value below which this share of the rows lies, between two rows as needed."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, *, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, output_field=DurationField(), **extra)


def length_words(length: timedelta | None) -> str:
    """Minutes, hours or days: as exact as somebody cares to know; a dash for nothing."""
    if length is None:
        return "–"
    hours = length.total_seconds() / 3600
    if hours < 1:
        minutes = max(1, round(hours * 60))
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    if hours < 48:
        return ngettext("%d hour", "%d hours", round(hours)) % round(hours)
    return _("%(days).1f days") % {"days": hours / 24}
