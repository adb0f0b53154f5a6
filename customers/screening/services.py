"""What people and programs do with screenings: take one down, decide its hits, say that one no longer counts.

Each verb is one transaction under the customer's lock. `now` is an aware UTC instant.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import audit, references, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from customers import statuses
from customers.models import Customer
from customers.rules import Unfit, is_plain
from customers.screening.models import (
    HIT_CONTEXT,
    NAME_CONTEXT,
    REASON_CONTEXT,
    Hit,
    HitDecision,
    HitKind,
    Screening,
)
from customers.screening.subjects import CUSTOMER

MOST_HITS = 200
LONGEST_NAME, LONGEST_PROVIDER, LONGEST_NOTE = 300, 80, 2000
CLOCKS_DIFFER = timedelta(minutes=10)
OLDEST_LIST = date(2000, 1, 1)

Listener = Callable[[Customer, datetime], None]
_listeners: list[Listener] = []


class DecidedAlready(Refusal):
    """Somebody has decided this hit."""


class NotDecided(Refusal):
    """A hit that nobody has decided cannot be opened again."""


@dataclass(frozen=True)
class Found:
    """One hit as the provider reports it."""

    kind: str
    name: str
    list: str = ""
    note: str = ""
    hit_ref: str = ""
    score: str = ""


def on_change(listener: Listener) -> None:
    """Call `listener(customer, now)` in the transaction in which what is known of a customer changed."""
    if listener not in _listeners:
        _listeners.append(listener)


def record_screening(
    *,
    customer: Customer,
    screening_ref: str,
    provider: str,
    list_date: date,
    screened_at: datetime,
    hits: Sequence[Found],
    actor: Actor,
    now: datetime,
    subject_key: str = CUSTOMER,
    subject_name: str = "",
) -> tuple[Screening, bool]:
    """Take down one screening with its hits; return it and whether it is new.

    The same again under the same reference returns the one that stands. Raises references.NoReference,
    ReferenceTaken (other content), Unfit (the field is named), NotAllowed.
    """
    references.check(screening_ref)
    provider, subject_name = provider.strip(), subject_name.strip()
    _check(provider, list_date, screened_at, subject_name, hits, now)
    digest = _digest(customer, subject_key, subject_name, provider, list_date, screened_at, hits)
    with transaction.atomic():
        customer = statuses.locked(customer)
        _allow(actor, now)
        existing = Screening.objects.filter(screening_ref=screening_ref).first()
        if existing is None:
            name = _sealed(customer, subject_name, NAME_CONTEXT) if subject_name else b""
            existing = _written(
                screening_ref=screening_ref,
                customer=customer,
                subject_key=subject_key,
                subject_name_sealed=name,
                provider=provider,
                list_date=list_date,
                screened_at=screened_at,
                recorded_at=now,
                recorded_by=actor.label,
                request_digest=digest,
            )
            if existing is not None:
                _take_in(existing, customer, hits, actor=actor, now=now)
                return existing, True
            existing = Screening.objects.get(screening_ref=screening_ref)
        if existing.request_digest != digest:
            raise references.ReferenceTaken(existing, screening_ref)
        return existing, False


@transaction.atomic
def decide_hit(*, hit: Hit, decision: str, reason: str, actor: Actor, now: datetime) -> Hit:
    """Say whether the entry of the list is about the subject or about somebody else, and why.

    Of two who decide at once one is told that it is decided. Raises DecidedAlready, ReasonNeeded, NotAllowed.
    """
    customer, hit = _locked(hit)
    user = rights.require(actor, Right.REVIEW_CASES, now)
    if hit.decision != HitDecision.OPEN:
        raise DecidedAlready(
            _("%(name)s has decided this hit already: %(decision)s. A lead can open it again.")
            % {"name": hit.decided_by, "decision": hit.get_decision_display().lower()}
        )
    words = reason_given(reason)
    hit.decision, hit.decided_by, hit.decided_at = HitDecision(decision), user, now
    hit.reason_sealed = _sealed(customer, words, REASON_CONTEXT)
    hit.save(update_fields=["decision", "decided_by", "decided_at", "reason_sealed"])
    _record(hit, customer, "screening.hit_decided", words, actor=actor, now=now, decision=str(hit.decision))
    return hit


@transaction.atomic
def reopen_hit(*, hit: Hit, reason: str, actor: Actor, now: datetime) -> Hit:
    """Put a decided hit back to be decided; what was decided stays in the trail. Raises NotDecided,
    ReasonNeeded, NotAllowed."""
    customer, hit = _locked(hit)
    rights.require(actor, Right.LEAD_CASES, now)
    if hit.decision == HitDecision.OPEN:
        raise NotDecided(_("Nobody has decided this hit yet."))
    words = reason_given(reason)
    was = str(hit.decision)
    hit.decision, hit.decided_by, hit.decided_at, hit.reason_sealed = HitDecision.OPEN, None, None, b""
    hit.save(update_fields=["decision", "decided_by", "decided_at", "reason_sealed"])
    _record(hit, customer, "screening.hit_reopened", words, actor=actor, now=now, was=was)
    return hit


@transaction.atomic
def outdate_screenings(*, customer: Customer, subject_key: str, actor: Actor, now: datetime) -> int:
    """Who was screened is not the same any more (the name was amended): return how many count no longer."""
    customer = statuses.locked(customer)
    standing = Screening.objects.filter(customer=customer, subject_key=subject_key, outdated_at__isnull=True)
    refs = list(standing.values_list("screening_ref", flat=True)[:MOST_HITS])
    count = standing.update(outdated_at=now)
    if count:
        facts = {"subject": subject_key, "screenings": refs}
        audit.record(actor=actor, verb="screening.outdated", subject=customer, now=now, facts=facts)
    return count


def _allow(actor: Actor, now: datetime) -> None:
    """The partner's system was let in by its scope; a person needs the right."""
    if actor.kind == "STAFF":
        rights.require(actor, Right.REVIEW_CASES, now)


def _locked(hit: Hit) -> tuple[Customer, Hit]:
    customer = statuses.locked(hit.screening.customer_id)
    row = Hit.objects.select_for_update(of=("self",)).select_related("screening", "decided_by").get(pk=hit.pk)
    row.screening.customer = customer
    return customer, row


def _written(**columns: Any) -> Screening | None:
    try:
        with transaction.atomic():
            return Screening.objects.create(**columns)
    except IntegrityError:
        # Of two at once with one reference for two customers, one came first.
        if Screening.objects.filter(screening_ref=columns["screening_ref"]).exists():
            return None
        raise


def _take_in(
    screening: Screening, customer: Customer, hits: Sequence[Found], *, actor: Actor, now: datetime
) -> None:
    Hit.objects.bulk_create(
        Hit(
            screening=screening,
            kind=HitKind(found.kind).value,
            found_sealed=vault.seal(customer.vault_key, _found_bytes(found), context=HIT_CONTEXT),
        )
        for found in hits
    )
    facts = {
        "screening": screening.screening_ref,
        "subject": screening.subject_key,
        "provider": screening.provider,
        "listDate": screening.list_date.isoformat(),
        "hits": len(hits),
    }
    audit.record(actor=actor, verb="screening.recorded", subject=screening, now=now, facts=facts)
    _tell(customer, now)


def _record(
    hit: Hit, customer: Customer, verb: str, words: str, *, actor: Actor, now: datetime, **facts: str
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        subject=hit.screening,
        now=now,
        facts={"hit": str(hit.pk), "kind": hit.kind, **facts},
        note=words,
        customer_key=customer.vault_key,
    )
    _tell(customer, now)


def _tell(customer: Customer, now: datetime) -> None:
    for listener in _listeners:
        listener(customer, now)


def _sealed(customer: Customer, text: str, context: str) -> bytes:
    return vault.seal_text(customer.vault_key, text, context=context)


def _found_bytes(found: Found) -> bytes:
    said = {
        "name": found.name,
        "list": found.list,
        "note": found.note,
        "hitRef": found.hit_ref,
        "score": found.score,
    }
    return json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False).encode()


def _digest(customer: Customer, *parts: Any) -> str:
    *plain, hits = parts
    body = {
        "customer": customer.partner_customer_ref,
        "parts": [str(part) for part in plain],
        "hits": [[hit.kind, hit.name, hit.list, hit.note, hit.hit_ref, hit.score] for hit in hits],
    }
    return references.request_digest(body)


def _check(
    provider: str,
    list_date: date,
    screened_at: datetime,
    subject_name: str,
    hits: Sequence[Found],
    now: datetime,
) -> None:
    if not provider or len(provider) > LONGEST_PROVIDER or not is_plain(provider):
        raise Unfit("provider", _("Name the provider in 1 to 80 characters."))
    if screened_at > now + CLOCKS_DIFFER:
        raise Unfit("screenedAt", _("This lies in the future."))
    # Somewhere on Earth it is already tomorrow.
    if list_date > (screened_at + timedelta(days=1)).date():
        raise Unfit("listDate", _("The lists cannot be newer than the screening."))
    if list_date < OLDEST_LIST:
        raise Unfit("listDate", _("This day is too long ago."))
    if len(subject_name) > LONGEST_NAME or not is_plain(subject_name):
        raise Unfit("name", _("Give the name in one line of at most 300 characters."))
    if len(hits) > MOST_HITS:
        raise Unfit("hits", _("At most %(limit)d hits are taken at once.") % {"limit": MOST_HITS})
    for number, hit in enumerate(hits):
        _check_hit(hit, number)


def _check_hit(hit: Found, number: int) -> None:
    if hit.kind not in HitKind.values:
        raise Unfit(f"hits[{number}].kind", _("Choose one of: %s.") % ", ".join(HitKind.values))
    if not hit.name.strip():
        raise Unfit(f"hits[{number}].name", _("Give the name as it stands on the list."))
    for field, text, longest in (
        ("name", hit.name, LONGEST_NAME),
        ("list", hit.list, LONGEST_NAME),
        ("hitRef", hit.hit_ref, LONGEST_NAME),
        ("score", hit.score, 20),
    ):
        if len(text) > longest or not is_plain(text):
            raise Unfit(f"hits[{number}].{field}", _("This is too long, or cannot be read."))
    if len(hit.note) > LONGEST_NOTE or not is_plain(hit.note.replace("\n", " ").replace("\r", " ")):
        raise Unfit(f"hits[{number}].note", _("This is too long, or cannot be read."))
