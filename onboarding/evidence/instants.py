"""How an instant is written in a pack: in its data, and for a reader."""

from datetime import UTC, datetime

from django.utils import formats


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def moment(at: datetime | None, *, seconds: bool = False) -> str:
    """For a reader: the day with the month's name, in UTC; "" where there is none."""
    pattern = "j M Y, H:i:s" if seconds else "j F Y, H:i"
    return f"{formats.date_format(at.astimezone(UTC), pattern)} UTC" if at else ""
