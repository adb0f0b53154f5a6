"""Taking in cases, from the partner's system and from staff: what came is kept, the review judges."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import audit, references, vault
from backoffice.audit import Actor
from backoffice.staff.roles import Right
from customers import services as customers
from customers import statuses
from customers.models import Customer, Document
from onboarding import details as case_details
from onboarding import due, errors, guards, versions
from onboarding.models import DETAILS_CONTEXT, Case, CaseDocument, CaseType, SubmissionType
from onboarding.requested import answering
from onboarding.requirements import Matter
from onboarding.revisions import services as revisions
from onboarding.risk import services as risk
from onboarding.second_look import services as second_look
from onboarding.states import AMENDABLE, CASE, CaseState

MOST_DOCUMENTS = 100
SUBMISSION_TYPES = {"INDIVIDUAL": SubmissionType.KYC, "CORPORATE": SubmissionType.KYB}


def open_case(
    *,
    customer: Customer,
    case_ref: str,
    details: dict[str, Any],
    document_ids: Sequence[UUID],
    actor: Actor,
    now: datetime,
    case_type: str = CaseType.ONBOARDING,
    concerns: Sequence[str] = (),
) -> tuple[Case, bool]:
    """Take in a case; return it and whether it is new. Incomplete data is taken in: the review judges.

    `concerns` says of a case after an EVENT what of the customer it is about (requirements.Matter).

    The same request again returns the case that stands. Raises references.NoReference, ReferenceTaken (another
    body under the same reference), BadDetails, UnknownDocument, AnotherCaseIsOpen, NotAllowed.
    """
    references.check(case_ref)
    submission_type = SUBMISSION_TYPES[customer.customer_type]
    case_details.check(details, submission_type=submission_type, now=now)
    kept, about = case_details.given(details), _about(case_type, concerns)
    digest = references.request_digest(
        {
            "caseType": case_type,
            "concerns": about,
            "details": kept,
            "documentIds": sorted({str(each) for each in document_ids}),
        }
    )
    with transaction.atomic():
        customer = statuses.locked(customer)
        guards.allow(actor, Right.REVIEW_CASES, now)
        existing = Case.objects.filter(case_ref=case_ref).first()
        if existing is not None:
            if (existing.customer_id, existing.opened_digest) != (customer.pk, digest):
                raise references.ReferenceTaken(existing, case_ref)
            return existing, False
        documents = _documents(customer, document_ids)
        _refuse_second_open_case(customer)
        case = _write_case(
            customer=customer,
            case_ref=case_ref,
            case_type=case_type,
            concerns=about,
            submission_type=submission_type,
            details_sealed=_sealed(customer, kept),
            opened_digest=digest,
            state_since=now,
            created_at=now,
            created_by=actor.label,
            **due.columns(submission_type=submission_type, risk_level="", since=now),
        )
        _add_documents(case, documents, actor=actor, now=now)
        _changed(case, actor=actor, now=now)
        facts = {
            "details": case_details.digest(kept),
            "documents": [str(each.document_id) for each in documents],
        }
        audit.record(actor=actor, verb="case.opened", subject=case, now=now, facts=facts)
        risk.rate_case(case, kept, now=now)
        return case, True


@transaction.atomic
def amend_case(
    *,
    case: Case,
    details: dict[str, Any],
    document_ids: Sequence[UUID],
    actor: Actor,
    now: datetime,
) -> Case:
    """Put the amended whole in place of what stands, and bring the case back to review.

    Documents that are no longer named are taken out of the case and kept. The same whole again, where nothing was
    asked for, changes nothing. Raises BadDetails, UnknownDocument, CannotBeDone, NotAllowed.
    """
    case, customer = guards.locked(case)
    guards.allow(actor, Right.REVIEW_CASES, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin and cannot be changed now."))
    case_details.check(details, submission_type=case.submission_type, now=now)
    kept = case_details.given(details)
    documents = _documents(customer, document_ids)
    standing = {each.document_id for each in _standing_documents(case)}
    same = kept == case.details and standing == {document.pk for document in documents}
    if same and case.state in {CaseState.OPEN, CaseState.IN_REVIEW, CaseState.READY}:
        return case
    new = [each for each in documents if each.pk not in standing]
    answering.answer(case, documents=new, data_changed=kept != case.details, now=now)
    _replace_documents(case, documents, actor=actor, now=now)
    _put_in_place(case, customer, kept, actor=actor, now=now)
    facts = {"details": case_details.digest(kept), "documents": [str(each.document_id) for each in documents]}
    guards.back_to_review(case, actor=actor, now=now, verb="case.amended", facts=facts)
    return case


@transaction.atomic
def edit_case(
    *, case: Case, details: dict[str, Any], seen_revision: int, actor: Actor, now: datetime
) -> Case:
    """Put the data as a reviewer has corrected it in place of what stands; what was signed is void.

    `seen_revision` is the case's revision that the reviewer began from. Raises ChangedMeanwhile, with who changed
    what, if the data has changed since; BadDetails, CannotBeDone, NotClaimed, ClaimedByAnother, NotAllowed. The same
    data again changes nothing.
    """
    case, customer = guards.locked(case)
    guards.decider(case, actor, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin and cannot be changed now."))
    meanwhile = revisions.differences_since(case, seen_revision) if case.revision != seen_revision else []
    if meanwhile:
        sentence = _("Somebody else changed this case after you opened it. Nothing was saved yet.")
        raise errors.ChangedMeanwhile(sentence, meanwhile)
    case_details.check(details, submission_type=case.submission_type, now=now)
    kept = case_details.given(details)
    if kept == case.details:
        return case
    changed = sorted(_changed_fields(case.details, kept))
    _put_in_place(case, customer, kept, actor=actor, now=now)
    facts = {"details": case_details.digest(kept), "fields": changed[:50], "revision": case.revision}
    guards.back_to_review(case, actor=actor, now=now, verb="case.edited", facts=facts)
    return case


@transaction.atomic
def add_document(*, case: Case, document: Document, actor: Actor, now: datetime) -> CaseDocument:
    """Add one document of the customer's to the case, to be looked at. Adding it again changes nothing.

    Where it is the last of what was asked for, the case goes back to review.

    Raises UnknownDocument, CannotBeDone, NotAllowed.
    """
    case, customer = guards.locked(case)
    guards.allow(actor, Right.REVIEW_CASES, now)
    guards.expect(case, AMENDABLE, _("It is with Oceafin and cannot be changed now."))
    if document.customer_id != customer.pk:
        raise _unknown_document(document.document_id)
    standing = _standing_documents(case).filter(document=document).first()
    if standing is not None:
        return standing
    second_look.void(case, actor=actor, now=now)
    _add_documents(case, [document], actor=actor, now=now)
    _changed(case, actor=actor, now=now)
    facts = {"document": str(document.document_id)}
    answering.answer(case, documents=[document], data_changed=False, now=now)
    if case.state in {CaseState.NEEDS_INFO, CaseState.MISSING_INFO} and answering.is_answered(case):
        guards.back_to_review(case, actor=actor, now=now, verb="case.document_added", facts=facts)
    elif case.state == CaseState.READY:
        audit.move(
            case,
            CaseState.IN_REVIEW,
            machine=CASE,
            actor=actor,
            now=now,
            verb="case.document_added",
            facts=facts,
        )
    else:
        audit.record(actor=actor, verb="case.document_added", subject=case, now=now, facts=facts)
    return _standing_documents(case).get(document=document)


def bring_document(
    *, case: Case, document_type: str, file: Any, file_name: str, actor: Actor, now: datetime
) -> CaseDocument:
    """Take in a file that reached us another way, and add it to the case. Call it with no transaction open.

    Raises NotUsable and StorageAway of `customers`, CannotBeDone, NotAllowed.
    """
    guards.expect(case, AMENDABLE, _("It is with Oceafin and cannot be changed now."))
    document, _is_new = customers.upload_document(
        customer=case.customer,
        document_type=document_type,
        file=file,
        file_name=file_name,
        actor=actor,
        now=now,
    )
    return add_document(case=case, document=document, actor=actor, now=now)


def _about(case_type: str, concerns: Sequence[str]) -> list[str]:
    if concerns and case_type != CaseType.EVENT:
        raise errors.BadDetails([("concerns", _("Only a case after an EVENT says what it concerns."))])
    if unknown := set(concerns) - set(Matter):
        names = ", ".join(Matter)
        raise errors.BadDetails(
            [("concerns", _("%(name)s is none of %(names)s.") % {"name": min(unknown), "names": names})]
        )
    return sorted(set(concerns))


Follower = Callable[[Case, Actor, datetime], None]
_followers: list[Follower] = []


def on_change(follower: Follower) -> None:
    """Tell `follower(case, actor, now)` whenever a case's data or documents are new, in the transaction of the act.

    Called in an app's ready(). The same follower twice is kept once.
    """
    if follower not in _followers:
        _followers.append(follower)


def _put_in_place(
    case: Case, customer: Customer, kept: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    before = case.details
    case.details_sealed = _sealed(customer, kept)
    case.save(update_fields=["details_sealed"])
    risk.take_amendment(case, before, kept, actor=actor, now=now)
    _changed(case, actor=actor, now=now)


def _changed(case: Case, *, actor: Actor, now: datetime) -> None:
    revisions.keep(case, actor=actor, now=now)
    for follower in _followers:
        follower(case, actor, now)


def _changed_fields(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The names of the fields that differ, never their values."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {*old, *new}:
            yield from _changed_fields(old.get(name), new.get(name), f"{path}.{name}" if path else name)
    elif old != new:
        yield path


def _refuse_second_open_case(customer: Customer) -> None:
    standing = customer.cases.exclude(state__in=list(CASE.final)).first()
    if standing is not None:
        raise errors.AnotherCaseIsOpen(
            _("This customer has an open case already, %(ref)s. Amend that one, or wait until it is decided.")
            % {"ref": standing.case_ref}
        )


def _write_case(*, case_ref: str, **columns: Any) -> Case:
    try:
        with transaction.atomic():
            return Case.objects.create(case_ref=case_ref, **columns)
    except IntegrityError:
        # Of two at once with one reference for two customers, one came first.
        existing = Case.objects.filter(case_ref=case_ref).first()
        if existing is None:
            raise
        raise references.ReferenceTaken(existing, case_ref) from None


def _documents(customer: Customer, document_ids: Sequence[UUID]) -> list[Document]:
    if len(document_ids) > MOST_DOCUMENTS:
        raise errors.UnknownDocument(_("At most %(limit)d documents are taken.") % {"limit": MOST_DOCUMENTS})
    found = {each.document_id: each for each in customer.documents.filter(document_id__in=document_ids)}
    for wanted in document_ids:
        if wanted not in found:
            raise _unknown_document(wanted)
    # In the order they were handed in: a query has none of its own.
    return [found[wanted] for wanted in dict.fromkeys(document_ids)]


def _unknown_document(document_id: UUID) -> errors.UnknownDocument:
    return errors.UnknownDocument(
        _("This customer has no document %(id)s. Upload it for this customer first.") % {"id": document_id}
    )


def _standing_documents(case: Case) -> Any:
    return CaseDocument.objects.filter(case=case, removed_at__isnull=True)


def _add_documents(case: Case, documents: Sequence[Document], *, actor: Actor, now: datetime) -> None:
    versions.link(case, documents, actor=actor, now=now)
    CaseDocument.objects.bulk_create(
        [CaseDocument(case=case, document=document, added_at=now) for document in documents],
        update_conflicts=True,
        unique_fields=["case", "document"],
        update_fields=["removed_at"],
    )


def _replace_documents(case: Case, documents: Sequence[Document], *, actor: Actor, now: datetime) -> None:
    wanted = {document.pk for document in documents}
    _standing_documents(case).exclude(document_id__in=wanted).update(removed_at=now)
    _add_documents(case, documents, actor=actor, now=now)


def _sealed(customer: Customer, kept: dict[str, Any]) -> bytes:
    plain = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
    return vault.seal(customer.vault_key, plain, context=DETAILS_CONTEXT)
