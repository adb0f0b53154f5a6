"""What one value of the intake may be. Pure: each rule raises ValueError with a sentence, or returns nothing.

Values are kept as they came, in any script and direction; a rule only says no.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from onboarding.countries import COUNTRIES

Rule = Callable[[Any, datetime], None]

LONGEST = 300
MOST_ITEMS = 50
OLDEST_BIRTH = date(1900, 1, 1)
OLDEST_COMPANY = date(1000, 1, 1)
OLDEST_CONSENT = 2000
CLOCKS_DIFFER = timedelta(minutes=10)


def text(value: Any, now: datetime, longest: int = LONGEST) -> None:
    if not isinstance(value, str):
        raise ValueError(_("Send this as text."))
    if len(value) > longest:
        raise ValueError(
            _("This has %(count)s characters; at most %(limit)s are taken.")
            % {"count": f"{len(value):,}", "limit": longest}
        )
    for char in value:
        # Control characters and halves of characters; marks of direction belong to some scripts and stay.
        if unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\r\t":
            raise ValueError(_("This holds a character that cannot be read. Type it again."))


def long_text(value: Any, now: datetime) -> None:
    text(value, now, longest=1000)


def texts(value: Any, now: datetime) -> None:
    if not isinstance(value, list):
        raise ValueError(_("Send this as a list of texts."))
    if len(value) > MOST_ITEMS:
        raise ValueError(_("At most %(limit)d entries are taken.") % {"limit": MOST_ITEMS})
    for entry in value:
        text(entry, now)


def country(value: Any, now: datetime) -> None:
    if not isinstance(value, str) or value not in COUNTRIES:
        raise ValueError(_("Send the country as its two-letter ISO code in capitals, such as DE."))


def email(value: Any, now: datetime) -> None:
    text(value, now)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value):
        raise ValueError(_("This is not an email address, such as ana@example.com."))


def birth_date(value: Any, now: datetime) -> None:
    _date(value, now, OLDEST_BIRTH)


def past_date(value: Any, now: datetime) -> None:
    _date(value, now, OLDEST_COMPANY)


def instant(value: Any, now: datetime) -> None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 40 else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(_("Send date, time and offset, such as 2026-06-28T09:30:00Z."))
    # Also, the first days of the calendar are no instants in another time zone.
    if moment.year < OLDEST_CONSENT:
        raise ValueError(_("This day is too long ago (before %(year)d).") % {"year": OLDEST_CONSENT})
    if moment > now + CLOCKS_DIFFER:
        raise ValueError(_("This lies in the future."))


def sha256(value: Any, now: datetime) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(_("Send the SHA-256 of the text as 64 lowercase hex digits."))


def percent(value: Any, now: datetime) -> None:
    sentence = _("Send a share above 0 and up to 100, such as 25.5.")
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(sentence)
    if (isinstance(value, float) and not math.isfinite(value)) or len(str(value)) > 20:
        raise ValueError(sentence)
    if isinstance(value, str) and not re.fullmatch(r"\s*\d+(\.\d+)?\s*", value, re.ASCII):
        raise ValueError(sentence)
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(sentence) from None
    if not share.is_finite() or not 0 < share <= 100:
        raise ValueError(sentence)


def _date(value: Any, now: datetime, oldest: date) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError(_("Send the date as year-month-day, such as 1990-12-31."))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(_("The calendar has no such day.")) from None
    # Somewhere on Earth it is already tomorrow.
    if day > (now + timedelta(days=1)).date():
        raise ValueError(_("This day lies in the future."))
    if day < oldest:
        raise ValueError(_("This day is too long ago (before %(year)d).") % {"year": oldest.year})
