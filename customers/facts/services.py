"""Writing down what a document says."""

import unicodedata
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from customers.facts.models import NUMBER_CONTEXT, DocumentFacts, facts_of
from customers.likeness import plain
from customers.likeness import services as likeness
from customers.likeness.models import Kind
from customers.models import Document
from customers.rules import is_plain

LONGEST_NUMBER = 40
OLDEST = date(1900, 1, 1)
LONGEST_LIFE = timedelta(days=101 * 366)


class ImpossibleFacts(Refusal):
    """What was typed cannot stand on a document; the sentence says why."""


@transaction.atomic
def read_document(
    document: Document,
    *,
    number: str,
    issuing_country: str,
    issued_on: date | None,
    expires_on: date | None,
    never_expires: bool = False,
    actor: Actor,
    now: datetime,
) -> DocumentFacts:
    """Keep what a reviewer read off a document. What does not stand on it is left empty.

    `never_expires` says that it bears no last day, which an empty `expires_on` does not. The customer is compared
    with whoever has the same number. Countries are ISO alpha-2 codes. Raises ImpossibleFacts, NotAllowed.
    """
    user = rights.require(actor, Right.REVIEW_CASES, now)
    number = number.strip()
    _check(number, issuing_country, issued_on, expires_on, now)
    if expires_on and never_expires:
        raise ImpossibleFacts(_("Give the day on which it expires, or say that it has none; not both."))
    document = Document.objects.select_for_update(of=("self",)).select_related("customer").get(pk=document.pk)
    facts = facts_of(document) or DocumentFacts(document=document)
    was_known = facts.pk is not None
    key = document.customer.vault_key
    note = _("Was read before as %(what)s") % {"what": _in_words(facts)} if was_known else ""
    facts.document = document
    facts.number_sealed = vault.seal_text(key, number, context=NUMBER_CONTEXT) if number else b""
    facts.number_fingerprint = number_fingerprint(number)
    facts.issuing_country, facts.issued_on, facts.expires_on = issuing_country, issued_on, expires_on
    facts.never_expires = never_expires
    facts.read_by, facts.read_at = user, now
    facts.save()
    likeness.learn(document.customer, {Kind.DOCUMENT_NUMBER: [plain.code(number)]}, now=now)
    record(
        actor=actor,
        verb="document.read",
        subject=document,
        now=now,
        note=note,
        customer_key=key if note else None,
    )
    return facts


def read_expiry(
    document: Document, *, expires_on: date | None, never_expires: bool, actor: Actor, now: datetime
) -> DocumentFacts:
    """Keep until when a document is good, beside what was read off it before. See read_document."""
    known = facts_of(document) or DocumentFacts(document=document)
    return read_document(
        document,
        number=known.number,
        issuing_country=known.issuing_country,
        issued_on=known.issued_on,
        expires_on=expires_on,
        never_expires=never_expires,
        actor=actor,
        now=now,
    )


def number_fingerprint(number: str) -> str:
    """The keyed hash of a document's number, whatever the spaces, hyphens and capitals; empty for none."""
    bare = "".join(char for char in unicodedata.normalize("NFKC", number).upper() if char.isalnum())
    return vault.fingerprint(bare, context=NUMBER_CONTEXT) if bare else ""


def _check(number: str, country: str, issued_on: date | None, expires_on: date | None, now: datetime) -> None:
    if len(number) > LONGEST_NUMBER or not is_plain(number):
        raise ImpossibleFacts(_("A document's number has at most 40 characters, in one line."))
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        raise ImpossibleFacts(_("Choose the issuing country from the list."))
    # Somewhere on Earth it is already tomorrow.
    if issued_on and issued_on > (now + timedelta(days=1)).date():
        raise ImpossibleFacts(_("The date of issue lies in the future. Read it again."))
    for day in (issued_on, expires_on):
        if day and day < OLDEST:
            raise ImpossibleFacts(_("A date lies before 1900. Read it again."))
    if issued_on and expires_on and expires_on <= issued_on:
        raise ImpossibleFacts(_("It cannot expire before it was issued. Read both dates again."))
    if expires_on and expires_on > now.date() + LONGEST_LIFE:
        raise ImpossibleFacts(
            _(
                "No document is good for more than a hundred years. Leave the date of expiry empty if it has none."
            )
        )


def _in_words(facts: DocumentFacts) -> str:
    good_for_ever = _("no expiry date") if facts.never_expires else ""
    parts = (facts.number, facts.issuing_country, facts.issued_on, facts.expires_on, good_for_ever)
    return ", ".join(str(part) for part in parts if part) or _("nothing")
