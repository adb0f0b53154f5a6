"""The words that a customer reads: a lead's where there are some, else those that come with the house."""

from typing import Any

from django.utils.translation import get_language_info

from backoffice import vault
from onboarding.models import Case
from onboarding.requested.models import CustomerText
from onboarding.requested.texts import FALLBACK, PLACE, TEXTS, name_of


def texts_for(code: str, document_type: str) -> dict[str, str]:
    """The words for a reason in every language that has some, the document named in each."""
    texts = dict(TEXTS.get(code, {}))
    texts.update(CustomerText.objects.filter(code=code).order_by("id").values_list("language", "text"))
    return {
        language: text.replace(PLACE, name_of(document_type, language)) for language, text in texts.items()
    }


def languages() -> list[str]:
    """The languages that some text has."""
    written = CustomerText.objects.order_by("language").values_list("language", flat=True).distinct()
    return sorted({language for texts in TEXTS.values() for language in texts} | set(written))


def wanted_by(case: Case) -> str:
    """The language that the customer used when they consented; English where it was not said."""
    try:
        details: dict[str, Any] = case.details
    except vault.KeyDestroyed:
        return FALLBACK
    consent = details.get("consentEvidence")
    locale = consent.get("locale") if isinstance(consent, dict) else ""
    found = str(locale or "").replace("_", "-").partition("-")[0].lower()
    return found if found.isascii() and found.isalpha() and 2 <= len(found) <= 3 else FALLBACK


def name_of_language(code: str) -> str:
    """Its name for staff; the code where we know none."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code
