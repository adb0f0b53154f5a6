"""How an instant is written in the data of a pack."""

from datetime import UTC, datetime


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, with a Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
