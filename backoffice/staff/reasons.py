"""Why a person did something, in words that somebody else understands later."""

from django.utils.translation import gettext as _

from backoffice.staff.errors import ReasonNeeded

LONGEST = 2000


def reason_given(reason: str, *, otherwise: str = "") -> str:
    """The words as they are kept. Raises ReasonNeeded where there are none (with the sentence `otherwise`, if one
    is given) or too many: nothing that a person wrote is cut off."""
    words = reason.replace("\x00", "").strip()
    if not words:
        raise ReasonNeeded(otherwise or _("Write the reason, so that somebody else understands it later."))
    if len(words) > LONGEST:
        sentence = _("This text has %(count)d characters; at most %(limit)d are kept. Shorten it.")
        raise ReasonNeeded(sentence % {"count": len(words), "limit": LONGEST})
    return words
