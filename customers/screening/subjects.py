"""Who of a customer's is screened: the customer, the people behind a company, and who is paid.

A screening is of a name as it stood then. A person's key is made from name and date of birth, so a person with
two roles is screened once, and one whose name is changed has not been screened.
"""

import hmac
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

CUSTOMER = "customer"
PAYEE = "payee:"
KEY_LENGTH = 80


@dataclass(frozen=True)
class Subject:
    """One who needs a screening: its key, what the page calls it, and the name that was or is to be screened."""

    key: str
    label: str | Promise
    name: str = ""


def person_key(*, name: str, born: str = "") -> str:
    """The key of a person (or a company that owns one) by full name and ISO date of birth.

    Case, spaces and the order of the names do not count; nothing of the name can be read from it.
    """
    words = sorted(unicodedata.normalize("NFKC", name).casefold().split())
    text = "|".join(["screening person", *words, born])
    # Asks the database nothing: a page of a company needs the keys of everybody at once.
    return f"person:{hmac.digest(settings.AUDIT_KEY.encode(), text.encode(), 'sha256').hex()}"


def payee_key(ref: str) -> str:
    """The key of somebody who is paid, by the reference of the bank account or wallet address."""
    return f"{PAYEE}{ref}"


def label_of(key: str) -> str:
    """What a page calls a subject of which it knows nothing but the key."""
    if key == CUSTOMER:
        return _("The customer")
    if key.startswith(PAYEE):
        return _("Payee %(ref)s") % {"ref": key.removeprefix(PAYEE)}
    return _("Somebody behind the company")
