"""What people and programs can do with accounts of a customer: apply, answer, take back, ask again, look."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import references, reveals
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from customers import services as customers
from customers import statuses
from customers.models import Customer, Document
from customers.states import Standing
from customers.storing import Upload
from payments.accounts import plan
from payments.accounts.fiat import errors, hearing, letters
from payments.accounts.fiat.models import (
    ANSWERS_CONTEXT,
    PURPOSE_CONTEXT,
    FiatAccount,
    FiatAccountApplication,
    FiatAccountCapability,
    InfoRound,
    seal_json,
)
from payments.accounts.fiat.states import ApplicationState

LONGEST_PURPOSE, LONGEST_ANSWER = 500, 4000
MOST_DOCUMENTS = 20
# For a question that came without a code: the contract file wants one.
NO_CODE = "INFO"


@dataclass(frozen=True)
class NewFile:
    """A file that is handed in together with an answer."""

    document_type: str
    file: Upload
    file_name: str


def apply(
    *,
    customer: Customer,
    application_ref: str,
    currency: str,
    capability_id: str = "",
    purpose: str = "",
    actor: Actor,
    now: datetime,
) -> tuple[FiatAccountApplication, bool]:
    """Apply for an account in a customer's name; return the application and whether it is new.

    It goes to Oceafin by itself, once the customer is approved there. The same again under the same reference gives
    what stands. Raises NoReference, Unfit, ReferenceTaken, CustomerRestricted, NotAllowed.
    """
    references.check(application_ref)
    purpose = _words(purpose, "purpose", LONGEST_PURPOSE)
    if not re.fullmatch(r"[A-Z]{3}", currency or ""):
        raise errors.Unfit("currency", _("Give a currency by its ISO 4217 code in capitals, such as EUR."))
    capability_id = _capability(customer, capability_id, currency)
    asked = {
        "applicationRef": application_ref,
        "customer": customer.partner_customer_ref,
        "currency": currency,
        "capabilityId": capability_id,
        "purpose": purpose,
    }
    digest = references.request_digest(asked)
    try:
        with transaction.atomic():
            return _applied(customer, asked, digest, actor=actor, now=now)
    except IntegrityError:
        # Of two at once the database let one through.
        existing = FiatAccountApplication.objects.filter(application_ref=application_ref).first()
        if existing is None:
            raise
        return _same(existing, digest), False


@transaction.atomic
def cancel(
    application: FiatAccountApplication, *, reason: str, actor: Actor, now: datetime
) -> FiatAccountApplication:
    """Take an application back before it leaves. Raises NotAllowed, ReasonNeeded, TooLate."""
    row = hearing.locked(application.pk)
    _allow(actor, now)
    words = reason_given(reason)
    if row.state != ApplicationState.REQUESTED:
        raise errors.TooLate(_("It is on its way to Oceafin or there already, and cannot be taken back."))
    verb = "fiat_account_application.cancelled"
    hearing.move(row, ApplicationState.CANCELLED, actor=actor, now=now, verb=verb, note=words)
    return row


def answer(
    application: FiatAccountApplication,
    *,
    number: int,
    answers: Mapping[int, str],
    documents: Iterable[UUID] = (),
    upload: NewFile | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[InfoRound, bool]:
    """Answer what Oceafin asked in round `number`; return the round and whether the answer is new.

    `answers` are texts by the place of their question (from 0), `documents` are documentIds of the customer's.
    A document that Oceafin does not have yet is sent first; the answer waits for it. `upload` is checked and kept as
    a document of the customer's before anything else, so call it with no transaction open.
    Raises NotAllowed, Unfit, NothingAsked, customers.NotUsable, ReferenceTaken for another answer to the same round.
    """
    wanted = set(documents)
    if upload is not None:
        document, _is_new = customers.upload_document(
            customer=application.customer,
            document_type=upload.document_type,
            file=upload.file,
            file_name=upload.file_name,
            right=Right.REQUEST_PAYMENTS,
            actor=actor,
            now=now,
        )
        wanted.add(document.document_id)
    with transaction.atomic():
        row = hearing.locked(application.pk)
        _allow(actor, now)
        return _answered(row, number, answers, wanted, actor=actor, now=now)


@transaction.atomic
def read_now(customer: Customer, *, actor: Actor, now: datetime) -> None:
    """Have Oceafin asked now for what may be opened and is open. Raises NotAllowed, NotKnownYet."""
    customer = statuses.locked(customer)
    if actor.kind == "STAFF":
        rights.require(actor, Right.SEE_PAYMENTS, now)
    if not customer.is_known_to_oceafin:
        raise errors.NotKnownYet(
            _("Oceafin does not know this customer yet; telling it comes first, by itself.")
        )
    plan.want(customer, *hearing.LISTS, now=now)
    record(actor=actor, verb="fiat_accounts.asked", subject=customer, now=now)


@transaction.atomic
def settle_contradiction(
    application: FiatAccountApplication, *, reason: str, actor: Actor, now: datetime
) -> FiatAccountApplication:
    """A lead has asked Oceafin what is true and says so. Raises NotAllowed, ReasonNeeded."""
    row = hearing.locked(application.pk)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    words = reason_given(reason)
    hearing.set_columns(row, contradiction="")
    record(
        actor=actor,
        verb="fiat_account_application.contradiction_settled",
        subject=row,
        now=now,
        note=words,
        customer_key=row.customer.vault_key,
    )
    return row


@transaction.atomic
def reveal_instructions(
    account: FiatAccount, *, purpose: str, words: str = "", actor: Actor, now: datetime
) -> list[dict[str, str]]:
    """Where to pay in, in full, once, for a stated purpose: for handing it to the customer.

    Raises NotAllowed, PurposeNeeded, Erased.
    """
    reveals.record(
        customer=account.customer, purpose=purpose, words=words, subject=account, actor=actor, now=now
    )
    record(actor=actor, verb="fiat_account.instructions_revealed", subject=account, now=now)
    listed = account.instructions.filter(is_listed=True).select_related("customer").order_by("id")
    return [{"currency": each.currency, **each.details} for each in listed]


def _applied(
    customer: Customer, asked: dict[str, Any], digest: str, *, actor: Actor, now: datetime
) -> tuple[FiatAccountApplication, bool]:
    customer = statuses.locked(customer)
    _allow(actor, now)
    existing = FiatAccountApplication.objects.filter(application_ref=asked["applicationRef"]).first()
    if existing is not None:
        return _same(existing, digest), False
    if customer.standing != Standing.ACTIVE:
        raise errors.CustomerRestricted(customer.refusal_reason())
    purpose = asked["purpose"]
    application = FiatAccountApplication(
        application_ref=asked["applicationRef"],
        customer=customer,
        currency=asked["currency"],
        capability_id=asked["capabilityId"],
        purpose_sealed=seal_json(customer.vault_key, purpose, context=PURPOSE_CONTEXT) if purpose else b"",
        request_digest=digest,
        created_at=now,
        created_by=actor.label,
        state_since=now,
    )
    application.save(force_insert=True)
    facts = {"ref": application.application_ref, "currency": application.currency}
    verb = "fiat_account_application.requested"
    record(actor=actor, verb=verb, subject=application, now=now, facts=facts)
    hearing.telling.state_changed(application, "", application.state, now)
    letters.write_application(application, now=now)
    plan.want(customer, *hearing.LISTS, now=now)
    return application, True


def _same(existing: FiatAccountApplication, digest: str) -> FiatAccountApplication:
    if existing.request_digest != digest:
        raise references.ReferenceTaken(existing, existing.application_ref)
    return existing


def _answered(
    application: FiatAccountApplication,
    number: int,
    answers: Mapping[int, str],
    documents: set[UUID],
    *,
    actor: Actor,
    now: datetime,
) -> tuple[InfoRound, bool]:
    one = application.rounds.filter(number=number).first()
    if one is None:
        raise errors.NothingAsked(_("Oceafin has asked nothing in this round. Read the application again."))
    one.application = application
    chosen = documents_of(application.customer, documents)
    given = checked_answers(one.items, answers)
    digest = references.request_digest({"answers": given, "documents": sorted(map(str, documents))})
    if one.answered_at is not None:
        if one.request_digest != digest:
            raise references.ReferenceTaken(one, f"{application.application_ref}, {number}")
        return one, False
    last = application.round
    if application.state != ApplicationState.NEEDS_INFO or last is None or last.number != number:
        raise errors.NothingAsked(_("Oceafin does not wait for this answer any more. Read what it asks now."))
    refuse_gaps(one.items, given, chosen)
    key = application.customer.vault_key
    hearing.set_columns(
        one,
        answers_sealed=seal_json(key, [entry for entry in given if entry["value"]], context=ANSWERS_CONTEXT),
        request_digest=digest,
        answered_at=now,
        answered_by=actor.label,
    )
    one.documents.set(chosen)
    hearing.move(
        application,
        ApplicationState.ANSWERING,
        actor=actor,
        now=now,
        verb="fiat_account_application.answered",
        facts={"round": number, "documents": [each.file_name for each in chosen]},
    )
    letters.write_answer(application, now=now)
    return one, True


def checked_answers(items: list[dict[str, str]], answers: Mapping[int, str]) -> list[dict[str, str]]:
    """One entry for each question; where Oceafin named none, one for what is said anyway."""
    items = items or [{"code": "", "message": "", "documentType": ""}]
    if any(place not in range(len(items)) for place in answers):
        raise errors.Unfit("answers", _("There are more answers than questions."))
    return [
        {
            "code": item["code"] or NO_CODE,
            "value": _words(answers.get(place, ""), "answers", LONGEST_ANSWER),
        }
        for place, item in enumerate(items)
    ]


def refuse_gaps(items: list[dict[str, str]], given: list[dict[str, str]], documents: list[Document]) -> None:
    """Each question has a text, or a document of the type that it names (any, where it names none)."""
    types = {each.document_type for each in documents}
    for item, entry in zip(items, given, strict=False):
        has_document = item["documentType"] in types if item["documentType"] else bool(types)
        if not entry["value"] and not has_document:
            what = item["message"] or item["code"] or item["documentType"]
            raise errors.Unfit("answers", _("This is not answered yet: %(what)s") % {"what": what})
    if not documents and not any(entry["value"] for entry in given):
        raise errors.Unfit("answers", _("Write an answer, or choose a document."))


def documents_of(customer: Customer, wanted: set[UUID]) -> list[Document]:
    """The customer's documents of these ids. Raises Unfit."""
    if len(wanted) > MOST_DOCUMENTS:
        raise errors.Unfit("documentIds", _("Choose at most %(most)d documents.") % {"most": MOST_DOCUMENTS})
    found = list(customer.documents.filter(document_id__in=wanted).order_by("id"))
    if len(found) != len(wanted):
        raise errors.Unfit("documentIds", _("There is no such document of this customer."))
    return found


def _capability(customer: Customer, capability_id: str, currency: str) -> str:
    if not capability_id:
        return ""
    try:
        capability_id = str(UUID(capability_id))
    except ValueError:
        raise errors.Unfit(
            "capabilityId", _("This is no id of Oceafin's. Leave it out, or copy it again.")
        ) from None
    known = FiatAccountCapability.objects.filter(customer=customer, capability_id=capability_id).first()
    if known is not None and known.currency not in {"", currency}:
        sentence = _("This is for accounts in %(other)s.") % {"other": known.currency}
        raise errors.Unfit("capabilityId", sentence)
    return capability_id


def _allow(actor: Actor, now: datetime) -> None:
    """The partner's system was let in by its scope; a person needs the right."""
    if actor.kind == "STAFF":
        rights.require(actor, Right.REQUEST_PAYMENTS, now)


def _words(text: str, field: str, longest: int) -> str:
    words = text.strip()
    if len(words) > longest:
        raise errors.Unfit(field, _("Write at most %(count)d characters.") % {"count": longest})
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\r\t" for char in words):
        raise errors.Unfit(field, _("This holds characters that cannot be sent. Type it again."))
    return words
