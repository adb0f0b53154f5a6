"""What a customer's own fields may hold. Pure."""

import unicodedata

from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal

MAX_NAME = 200
MAX_ENTRIES, MAX_KEY, MAX_VALUE = 50, 64, 500


class Unfit(Refusal):
    """A field that cannot be taken as it is. `field` is its name in the API."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def is_plain(text: str) -> bool:
    """Text that can be stored, sent and shown: no control characters, no halves of characters."""
    return not any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)


def checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME or not is_plain(name):
        raise Unfit("displayName", _("Give a name of 1 to 200 characters, in one line."))
    return name


def checked_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """Text to text, as Oceafin takes it (contract section 3)."""
    fits = len(metadata) <= MAX_ENTRIES and all(
        isinstance(key, str)
        and isinstance(value, str)
        and 0 < len(key) <= MAX_KEY
        and len(value) <= MAX_VALUE
        and is_plain(key)
        and is_plain(value)
        for key, value in metadata.items()
    )
    if not fits:
        raise Unfit(
            "metadata",
            _("Metadata is up to 50 entries of plain text: keys up to 64 characters, values up to 500."),
        )
    return metadata
