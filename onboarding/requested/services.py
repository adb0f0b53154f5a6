"""What a reviewer does with what is asked for: collect, drop, ask again, remind; and what a lead writes."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from customers.files import DocumentType
from onboarding import errors, guards
from onboarding.models import Case, InfoRequest
from onboarding.requested import answering, telling, wording
from onboarding.requested.models import CustomerText, RequestedItem
from onboarding.requested.texts import ABOUT_DATA, FALLBACK, PLACE, AskCode
from onboarding.states import CaseState

MOST_ITEMS = 30
REMIND_AT_MOST_EVERY = timedelta(hours=24)


class RemindedAlready(Refusal):
    """The customer was asked or reminded a short while ago."""


@transaction.atomic
def collect_item(
    *,
    case: Case,
    code: str,
    actor: Actor,
    now: datetime,
    document_type: str = "",
    text: str = "",
    language: str = "",
) -> RequestedItem:
    """Put one thing on the list of what the customer is asked for; nothing is sent yet.

    Without `text` the customer reads the words that belong to `code`, in every language that has some; with it
    exactly these, in `language` (English if not said). Raises ReasonNeeded, CannotBeDone, NotClaimed,
    ClaimedByAnother, NotAllowed.
    """
    case, _customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can ask for more."))
    if case.requested_items.collected().count() >= MOST_ITEMS:
        raise errors.CannotBeDone(
            _("The list holds %(limit)d things already. Send it first.") % {"limit": MOST_ITEMS}
        )
    kind = _checked(code, document_type)
    words = guards.words(text)
    texts = {_language(language): words} if words else wording.texts_for(code, kind)
    if not texts:
        raise errors.ReasonNeeded(_("Write what the customer should send, in words that the customer reads."))
    item = answering.write_item(case, code=code, document_type=kind, texts=texts, now=now, user=user)
    facts = {"code": code, "document": kind}
    audit.record(actor=actor, verb="case.item_collected", subject=case, now=now, facts=facts)
    return item


@transaction.atomic
def drop_item(*, case: Case, item: str, actor: Actor, now: datetime) -> None:
    """Take one thing off the list before it is sent; `item` is its number. Raises CannotBeDone, NotClaimed,
    ClaimedByAnother, NotAllowed."""
    case, _customer = guards.locked(case)
    guards.decider(case, actor, now)
    row = case.requested_items.collected().filter(pk=int(item) if item.isdecimal() and len(item) < 18 else 0)
    found = row.first()
    if found is None:
        raise errors.CannotBeDone(_("This was sent or taken off the list already."))
    row.update(dropped_at=now)
    audit.record(actor=actor, verb="case.item_dropped", subject=case, now=now, facts={"code": found.code})


@transaction.atomic
def collect_unanswered(*, case: Case, actor: Actor, now: datetime) -> int:
    """Put on the list again what the last letter asked for and nobody sent; returns how many.

    Raises CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, _customer = guards.locked(case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Only a case in review can ask for more."))
    items = unanswered(case)
    if not items:
        raise errors.CannotBeDone(_("Everything that was asked for last has come."))
    for item in items:
        item.case = case
        answering.write_item(
            case,
            code=item.code if item.code in set(AskCode) else AskCode.OTHER,
            document_type=item.document_type,
            texts=item.texts,
            now=now,
            user=user,
            about=item.about,
        )
    facts = {"items": len(items)}
    audit.record(actor=actor, verb="case.item_collected", subject=case, now=now, facts=facts)
    return len(items)


def unanswered(case: Case) -> list[RequestedItem]:
    """What the last letter asked for and nobody sent, unless it is on the list already."""
    last = InfoRequest.objects.filter(case=case).order_by("-id").first()
    if last is None or case.requested_items.collected().exists():
        return []
    return list(last.items.filter(answered_at__isnull=True).select_related("about").order_by("id"))


@transaction.atomic
def remind_customer(*, case: Case, actor: Actor, now: datetime) -> None:
    """Tell the partner's system once more what is asked for; at most once in 24 hours.

    Raises RemindedAlready, CannotBeDone, NotAllowed.
    """
    case, customer = guards.locked(case)
    guards.reviewer(actor, now)
    guards.expect(
        case, tuple(telling.WAITS_FOR_CUSTOMER), _("Nothing is asked of the customer in it at the moment.")
    )
    waiting = case.requested_items.waiting()
    if not waiting.exists():
        raise errors.CannotBeDone(
            _("No single thing is listed of which the customer could be reminded. Take the case up by hand.")
        )
    told = [at for item in waiting if (at := item.reminded_at or item.asked_at)]
    if told and max(told) > now - REMIND_AT_MOST_EVERY:
        raise RemindedAlready(
            _("The customer was asked or reminded at %(time)s UTC. Wait a day before the next reminder.")
            % {"time": f"{max(told):%d %b %H:%M}"}
        )
    waiting.update(reminded_at=now)
    telling.information_requested(case, now=now, reminder=True)
    audit.record(actor=actor, verb="case.reminded", subject=case, now=now, customer_key=customer.vault_key)


@transaction.atomic
def write_text(*, code: str, language: str, text: str, actor: Actor, now: datetime) -> CustomerText:
    """Write what customers read for a reason in a language; from now on it counts. Raises ReasonNeeded, NotAllowed."""
    user = rights.require(actor, Right.LEAD_CASES, now)
    words = guards.words(text)
    if code not in set(AskCode) or code == AskCode.OTHER or not words:
        raise errors.ReasonNeeded(_("Choose a reason and write its text."))
    if code not in ABOUT_DATA and PLACE not in words:
        raise errors.ReasonNeeded(
            _("Put %(place)s where the name of the document belongs.") % {"place": PLACE}
        )
    row = CustomerText.objects.create(
        code=code, language=_language(language), text=words, written_by=user, written_at=now
    )
    facts = {"code": code, "language": row.language}
    audit.record(actor=actor, verb="text for customers written", subject=row, now=now, facts=facts)
    return row


def _checked(code: str, document_type: str) -> str:
    if code not in set(AskCode):
        raise errors.ReasonNeeded(_("Choose what the customer is asked for."))
    if document_type and document_type not in set(DocumentType):
        raise errors.ReasonNeeded(_("Choose a document from the list."))
    if code not in ABOUT_DATA and not document_type:
        raise errors.ReasonNeeded(_("Choose which document it is about."))
    return document_type


def _language(code: str) -> str:
    found = code.strip().lower()
    if not found:
        return FALLBACK
    if not (found.isascii() and found.isalpha() and 2 <= len(found) <= 3):
        raise errors.ReasonNeeded(_("Give the language by its code of two letters, such as en."))
    return found
