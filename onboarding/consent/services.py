"""What a customer agreed to: the evidence of a case, and the text that belongs to it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from onboarding import errors, guards
from onboarding.consent.models import ConsentText
from onboarding.models import Case

LONGEST_TEXT = 100_000


class AnotherText(errors.CannotBeDone):
    """The hash of these words is not the one that the customer agreed to."""


@dataclass(frozen=True)
class Consent:
    """The consent of one case. `text` is None as long as nobody kept the words."""

    evidence: dict[str, Any]
    text: ConsentText | None
    # The same version stands for other words elsewhere: one of the two evidences is wrong.
    contradicted: bool


def of_case(case: Case) -> Consent:
    """What the customer was shown and when. One query. Raises vault.KeyDestroyed."""
    evidence = case.details.get("consentEvidence", {})
    version, digest = evidence.get("consentVersion", ""), evidence.get("consentTextSha256", "")
    known = list(ConsentText.objects.filter(version=version).select_related("kept_by")) if version else []
    text = next((each for each in known if each.sha256 == digest), None)
    return Consent(evidence, text, contradicted=bool(known) and text is None)


@transaction.atomic
def keep_text(*, case: Case, text: str, actor: Actor, now: datetime) -> ConsentText:
    """Keep the words that this customer, and everybody with the same hash, agreed to; again changes nothing.

    The SHA-256 of the words, as UTF-8 with plain line ends, must be the one in the case's evidence. Raises
    AnotherText, CannotBeDone, NotAllowed.
    """
    case, _customer = guards.locked(case)
    user = guards.reviewer(actor, now)
    evidence = of_case(case).evidence
    words = _words(text, evidence.get("consentTextSha256", ""))
    kept, is_new = ConsentText.objects.get_or_create(
        sha256=evidence["consentTextSha256"],
        defaults={
            "version": evidence.get("consentVersion", ""),
            "text": words,
            "kept_by": user,
            "kept_at": now,
        },
    )
    if is_new:
        facts = {"version": kept.version, "sha256": kept.sha256}
        audit.record(actor=actor, verb="case.consent_text_kept", subject=case, now=now, facts=facts)
    return kept


def _words(text: str, digest: str) -> str:
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise AnotherText(_("This text is too long, or holds a character that cannot be kept."))
    plain = text.replace("\r\n", "\n")
    # A form sends its own line ends, and a copied text often has lost or won the last one.
    for words in (text, plain, plain.strip("\n"), plain.strip("\n") + "\n"):
        if hashlib.sha256(words.encode(errors="replace")).hexdigest() == digest:
            return words
    raise AnotherText(
        _("These are not the words that the customer agreed to: their hash is another. Paste them unchanged.")
    )
