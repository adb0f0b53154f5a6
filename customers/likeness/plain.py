"""Names, numbers and addresses in a plain form, so that the same is found however it was written. Pure."""

import re

from anyascii import anyascii

LONGEST = 400
_OTHER = re.compile(r"[^a-z0-9]+")
# What says only that it is a company.
_LEGAL_FORMS = frozenset(
    """
    ab ag anonim as aps bv co company corp corporation doo eood gmbh group holding inc kft kg kk limited
    llc llp ltd ltda nv og oou oy oyj plc pte pty public sa sarl sas sasu sia sl spa spzoo srl ug uab
    """.split()  # noqa: SIM905
)


def words(text: str) -> list[str]:
    """The words of a text in Latin letters without accents, whatever script it was written in."""
    return [word for word in _OTHER.split(anyascii(text[:LONGEST]).replace("'", "").lower()) if word]


def person_name(*parts: str) -> str:
    """A person's name, the same in whatever order its parts were given."""
    return " ".join(sorted(words(" ".join(parts))))[:LONGEST]


def company_name(text: str) -> str:
    """A company's name without its legal form."""
    found = words(text.replace(".", ""))
    return " ".join([word for word in found if word not in _LEGAL_FORMS] or found)[:LONGEST]


def code(text: str) -> str:
    """A number of a document, a register or a telephone: its letters and digits alone."""
    return "".join(words(text))


def address(line1: str, postcode: str, country: str) -> str:
    """A place, or nothing if it is not whole enough to tell two places apart."""
    parts = (" ".join(sorted(words(line1))), code(postcode), code(country))
    return "|".join(parts) if all(parts) else ""
