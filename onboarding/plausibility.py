"""Whether dates can be: people old enough, documents still good and not older than who they are of."""

from datetime import date, datetime

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _

from customers.facts.models import facts_of
from customers.models import Document
from onboarding import errors
from onboarding.details import Details
from onboarding.models import CaseDocument, Decision
from onboarding.requirements import EXPIRING_DOCUMENTS, IDENTITY_DOCUMENTS


def must_say_expiry(document: Document) -> bool:
    """Whether somebody still has to read off this document until when it is good, before it is accepted."""
    facts = facts_of(document)
    return document.document_type in EXPIRING_DOCUMENTS and (facts is None or not facts.says_expiry)


def refuse_expired(document: Document, now: datetime) -> None:
    """Raises CannotBeDone for a document whose last day has passed, or is not known although it has one."""
    if must_say_expiry(document):
        raise errors.CannotBeDone(_unread(document))
    if sentence := _expired(document, _today(now)):
        raise errors.CannotBeDone(sentence + " " + _("Reject it as expired, and a new one is asked for."))


def problems(details: Details, documents: list[CaseDocument], now: datetime) -> list[str]:
    """What cannot stand in an accepted case, in sentences; empty if all dates can be."""
    today = _today(now)
    accepted = [row.document for row in documents if row.decision == Decision.ACCEPTED]
    found = [_unread(document) for document in accepted if must_say_expiry(document)]
    found += [sentence for document in accepted if (sentence := _expired(document, today))]
    person = details.get("personalDetails", {})
    born = _day(person.get("dateOfBirth"))
    if born and _age(born, today) < settings.MINIMUM_AGE:
        found.append(
            _("The customer is %(age)d years old; customers are at least %(least)d.")
            % {"age": _age(born, today), "least": settings.MINIMUM_AGE}
        )
    for number, director in enumerate(
        details.get("additionalCorporationDetails", {}).get("directors", []), 1
    ):
        day = _day(director.get("dateOfBirth"))
        if day and _age(day, today) < settings.MINIMUM_AGE:
            found.append(
                _("Director %(number)d is %(age)d years old; directors are at least %(least)d.")
                % {"number": number, "age": _age(day, today), "least": settings.MINIMUM_AGE}
            )
    return found + [sentence for document in accepted if born and (sentence := _before_birth(document, born))]


def _unread(document: Document) -> str:
    return _("%(document)s: give the day on which it expires, or say that it has no expiry date.") % {
        "document": document.get_document_type_display()
    }


def _expired(document: Document, today: date) -> str:
    facts = facts_of(document)
    if facts is None or not facts.has_expired(today):
        return ""
    return _("%(document)s: it expired on %(day)s.") % {
        "document": document.get_document_type_display(),
        "day": formats.date_format(facts.expires_on, "j F Y"),
    }


def _before_birth(document: Document, born: date) -> str:
    facts = facts_of(document)
    if (
        document.document_type not in IDENTITY_DOCUMENTS
        or facts is None
        or not facts.issued_on
        or facts.issued_on >= born
    ):
        return ""
    return _("%(document)s: it was issued before the customer was born. Read both dates again.") % {
        "document": document.get_document_type_display()
    }


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _today(now: datetime) -> date:
    return now.astimezone(settings.BUSINESS_TIME_ZONE).date()
