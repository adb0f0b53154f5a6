"""What a reviewer can do with the people of a company: say whose a document is, and decide on each person.

Each verb is one transaction under the locks of customer and case; see onboarding.services.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.staff.models import User
from onboarding import errors, guards
from onboarding.deciding import refuse_unseen
from onboarding.models import Case, CaseDocument, Decision
from onboarding.people import records
from onboarding.people.models import REASON_CONTEXT, Person, PersonDocument
from onboarding.states import CaseState


@transaction.atomic
def decide_person(*, person: Person, decision: str, actor: Actor, now: datetime, reason: str = "") -> Person:
    """Accept or reject one person of a company, or put them back to be looked at. `person.case.revision` is the one
    that the reviewer saw.

    A rejection says why; to accept somebody without an accepted identity document says how it was checked who they
    are. Raises ChangedMeanwhile, ReasonNeeded, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    seen_revision = person.case.revision
    case, customer = guards.locked(person.case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Its people are decided while it is in review."))
    refuse_unseen(case, seen_revision)
    row = _standing(case, person)
    reason = guards.words(reason)
    if decision == Decision.REJECTED and not reason:
        raise errors.ReasonNeeded(_("Say in a few words why this person is rejected."))
    if decision == Decision.ACCEPTED and not reason and not row.has_identity:  # type: ignore[attr-defined]
        raise errors.ReasonNeeded(
            _(
                "No accepted identity document is linked to this person. Link one, or say how you made sure who it is."
            )
        )
    is_decided = decision != Decision.PENDING
    row.decision = Decision(decision)
    row.reason_sealed = (
        vault.seal_text(customer.vault_key, reason, context=REASON_CONTEXT) if reason and is_decided else b""
    )
    row.decided_by, row.decided_at = (user, now) if is_decided else (None, None)
    row.save(update_fields=["decision", "reason_sealed", "decided_by", "decided_at"])
    facts = {"person": str(row.person_id), "role": row.role, "decision": decision}
    audit.record(actor=actor, verb="case.person_decided", subject=case, now=now, facts=facts)
    return row


@transaction.atomic
def link_document(*, person: Person, case_document: CaseDocument, actor: Actor, now: datetime) -> None:
    """Say that a document of the case is about this person. Saying it again changes nothing.

    Raises UnknownDocument, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed.
    """
    case, user, row = _for_linking(person, actor, now)
    document = _document(case, case_document)
    _link, is_new = PersonDocument.objects.get_or_create(
        person=row, case_document=document, defaults={"linked_by": user, "linked_at": now}
    )
    if is_new:
        _record(case, row, document, "case.person_document_linked", actor=actor, now=now)


@transaction.atomic
def unlink_document(*, person: Person, case_document: CaseDocument, actor: Actor, now: datetime) -> None:
    """Take a document away from a person; the document stays in the case. See link_document."""
    case, _user, row = _for_linking(person, actor, now)
    document = _document(case, case_document)
    gone, _rows = PersonDocument.objects.filter(person=row, case_document=document).delete()
    if gone:
        _record(case, row, document, "case.person_document_unlinked", actor=actor, now=now)


def _for_linking(person: Person, actor: Actor, now: datetime) -> tuple[Case, User, Person]:
    case, _customer = guards.locked(person.case)
    user = guards.decider(case, actor, now)
    guards.expect(case, (CaseState.IN_REVIEW,), _("Documents are sorted while it is in review."))
    return case, user, _standing(case, person)


def _standing(case: Case, person: Person) -> Person:
    row = next((each for each in records.of_case(case) if each.pk == person.pk), None)
    if row is None:
        raise errors.CannotBeDone(_("This person is no longer named in the case."))
    return row


def _document(case: Case, wanted: CaseDocument) -> CaseDocument:
    row = CaseDocument.objects.filter(pk=wanted.pk, case=case, removed_at__isnull=True).first()
    if row is None:
        raise errors.UnknownDocument(_("This document is not part of the case."))
    return row


def _record(
    case: Case, person: Person, document: CaseDocument, verb: str, *, actor: Actor, now: datetime
) -> None:
    facts = {"person": str(person.person_id), "document": str(document.document.document_id)}
    audit.record(actor=actor, verb=verb, subject=case, now=now, facts=facts)
