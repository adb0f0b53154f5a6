"""How a signed case becomes bytes for Oceafin, and what each reply means for it (contract section 3)."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin import contract, kinds, outbox
from backoffice.oceafin.codes import STATE_INVALID
from backoffice.oceafin.kinds import Outcome
from backoffice.oceafin.models import AttemptOutcome, Lane, Purpose, Submission
from backoffice.oceafin.settling import SAFE_SHARE_OF_KEY_LIFETIME
from backoffice.oceafin.signing import format_timestamp, parse_timestamp
from backoffice.oceafin.states import SubmissionState
from customers import services as customers
from customers import statuses
from customers.models import Customer, Document, Source
from customers.states import Standing
from onboarding import review, statements
from onboarding.models import ASKED_CONTEXT, Case
from onboarding.states import CASE, CaseState

SUBMIT, OPERATION = "onboarding.submit", "createOnboardingSubmission"
# The version of the words that a person signs travels with the signature.
STATEMENT_VERSION = statements.CURRENT.version
STANDING_AGAIN = timedelta(minutes=5)
NO_LONGER_SENT = (SubmissionState.REFUSED, SubmissionState.WITHDRAWN)
# Whatever changes in a case, nobody has signed it any more.
VOID_ATTESTATION: dict[str, Any] = {
    "attested_by": None,
    "attested_at": None,
    "attested_digest": "",
    "statement_version": "",
}
# Oceafin spoke about the case, so the submission arrived, whether its reply did or not.
ARRIVED = (
    CaseState.SUBMITTED,
    CaseState.PROCESSING,
    CaseState.MISSING_INFO,
    CaseState.APPROVED,
    CaseState.REJECTED,
)
_SYSTEM = Actor.system("onboarding")


def register() -> None:
    """The one kind that this app sends, and what it waits for."""
    kinds.register(
        kinds.Kind(
            name=SUBMIT,
            label=gettext_lazy("Onboarding case"),
            lane=Lane.PAPERS,
            operation=OPERATION,
            gate=_gate,
            settle=_settle,
            identify=kinds.resource_with_id("submissionId"),
        )
    )
    customers.on_known(_customer_known)
    customers.on_document(_document_settled)


# --- From a signed case to bytes --------------------------------------------------------------------------------


def next_reference(case: Case) -> tuple[int, str]:
    """The number and reference of the next submission: the case's own, then `-2` and so on. Never used before."""
    number = case.submission_number + 1
    while True:
        ref = case.case_ref if number == 1 else f"{case.case_ref}-{number}"
        stands_for_another = Case.objects.filter(case_ref=ref).exclude(pk=case.pk).exists()
        if not stands_for_another and not Submission.objects.filter(key=_key(case, ref)).exists():
            return number, ref
        number += 1


def body_of(case: Case) -> dict[str, Any]:
    """The body exactly as the contract has it; what was not given is absent."""
    details = case.details
    consent = details.pop("consentEvidence", {})
    assert case.attested_by is not None
    assert case.attested_at is not None
    return {
        "submissionRef": case.submission_ref,
        "submissionType": case.submission_type,
        **details,
        "supportingDocuments": [
            {
                "documentType": row.document.document_type,
                "fileAssetId": str(row.document.oceafin_file_asset_id),
            }
            for row in review.accepted_documents(case)
        ],
        "consentEvidence": consent,
        "partnerAttestation": {
            "attestedByClientId": settings.OCEAFIN_PARTNER_API_CLIENT_ID,
            "attestedBy": case.attested_by.display_name,
            "attestedAt": format_timestamp(case.attested_at),
            "statementVersion": case.statement_version,
        },
    }


def submit_if_complete(case: Case, customer: Customer, *, now: datetime) -> Submission | None:
    """Write the submission if its last input exists. Call with customer and case locked; again does no harm.

    Until then the documents are sent on their way, and the case waits.
    """
    if case.state != CaseState.SUBMITTING:
        return None
    if review.content_digest(case) != case.attested_digest:
        _back_to_review(case, now=now, verb="case.attestation_void", asked=[])
        return None
    documents = [row.document for row in review.accepted_documents(case)]
    if refused := _refused_before(documents):
        _back_to_review(case, now=now, verb="case.document_refused", asked=refused)
        return None
    for document in documents:
        customers.send_document(document, actor=_SYSTEM, now=now)
    if customer.oceafin_customer_id is None or any(each.oceafin_file_asset_id is None for each in documents):
        return None
    return outbox.enqueue(
        kind=SUBMIT,
        subject=case,
        key=_key(case, case.submission_ref),
        path_url=contract.path_for(OPERATION, customerId=customer.oceafin_customer_id),
        body=body_of(case),
        vault_key=customer.vault_key,
        customer_ref=customer.partner_customer_ref,
        now=now,
    )


def _refused_before(documents: list[Document]) -> list[dict[str, Any]]:
    """Documents that Oceafin would not take when they were sent earlier: sending them again changes nothing."""
    waiting = {str(document.pk): document for document in documents if document.oceafin_file_asset_id is None}
    letters = Submission.objects.filter(
        subject_type=Document._meta.label, subject_id__in=list(waiting), state=SubmissionState.REFUSED
    )
    return [_refusal_of(waiting[letter.subject_id], "", letter.waits_for) for letter in letters]


def _refusal_of(document: Document, code: str, detail: str) -> dict[str, Any]:
    return {"code": code, "message": detail, "documentType": document.document_type}


def submit_waiting_cases(now: datetime) -> int:
    """Write what can be written for signed cases that have no submission yet. A duty of the sweep."""
    signed = Case.objects.filter(state=CaseState.SUBMITTING).order_by("id")
    waiting = [case for case in signed.select_related("customer")[:500] if submission_of(case) is None]
    return sum(_try(case.customer, now) for case in waiting)


def submission_of(case: Case) -> Submission | None:
    """The letter of the newest attestation, if it was written."""
    if not case.submission_ref:
        return None
    return Submission.objects.filter(key=_key(case, case.submission_ref)).first()


def may_reach_oceafin(case: Case) -> bool:
    """Whether a letter of this case is, or may be, on its way."""
    letter = submission_of(case)
    return letter is not None and letter.state not in NO_LONGER_SENT


def waits_for(case: Case) -> str:
    """What a signed case waits for, in a sentence."""
    if case.stuck_reason:
        return case.stuck_reason
    letter = submission_of(case)
    if letter is not None:
        return letter.waits_for or _("It is due to be sent. That happens by itself within seconds.")
    if case.customer.oceafin_customer_id is None:
        return _("It waits until Oceafin has given the customer an id. That comes by itself.")
    documents = [row.document for row in review.accepted_documents(case)]
    there = sum(document.oceafin_file_asset_id is not None for document in documents)
    return _(
        "%(there)d of %(all)d documents have reached Oceafin. The rest goes by itself, then the case."
    ) % {
        "there": there,
        "all": len(documents),
    }


def _key(case: Case, ref: str) -> str:
    return f"{case.customer.partner_customer_ref}:{case.submission_type.lower()}-submit:{ref}"


# --- When the last input arrives --------------------------------------------------------------------------------


def _customer_known(customer: Customer, now: datetime) -> None:
    _try(customer, now)


def _document_settled(document: Document, outcome: Outcome, now: datetime) -> None:
    if isinstance(outcome, kinds.Accepted):
        _try(document.customer, now)
        return
    case = _signed_case(document.customer)
    if case is None or not any(row.document_id == document.pk for row in review.accepted_documents(case)):
        return
    if isinstance(outcome, kinds.Refused):
        item = _refusal_of(document, outcome.code, outcome.detail)
        _back_to_review(case, now=now, verb="case.document_refused", asked=[item])
    elif isinstance(outcome, kinds.Held):
        _stuck(case, outcome.reason, now=now)


def _try(customer: Customer, now: datetime) -> bool:
    """Under the customer's lock, then the case's: of several inputs that arrive at once the last one writes."""
    with transaction.atomic():
        customer = statuses.locked(customer)
        case = _signed_case(customer)
        return case is not None and submit_if_complete(case, customer, now=now) is not None


def _signed_case(customer: Customer) -> Case | None:
    case = (
        Case.objects.select_for_update(no_key=True)
        .filter(customer_id=customer.pk, state=CaseState.SUBMITTING)
        .first()
    )
    if case is not None:
        case.customer = customer
    return case


# --- May it leave now -------------------------------------------------------------------------------------------


def _gate(submission: Submission, now: datetime) -> kinds.GateAnswer:
    case = _locked(submission)
    is_signed = submission.key == _key(case, case.submission_ref)
    if is_signed and case.state in ARRIVED and _is_remembered(submission, now):
        # An event was quicker than the reply; the same key brings the reply, as long as Oceafin remembers it.
        return kinds.Go()
    if case.state != CaseState.SUBMITTING or not is_signed:
        return kinds.Withdraw(_("The case went back to review; what was signed is void."))
    if case.customer.standing != Standing.ACTIVE:
        sentence = _("Nothing leaves while we restrict this customer or end the relationship.")
        return kinds.Wait(sentence, now + STANDING_AGAIN)
    if case.stuck_reason:
        case.stuck_reason = ""
        case.save(update_fields=["stuck_reason"])
    return kinds.Go()


def _is_remembered(submission: Submission, now: datetime) -> bool:
    """After that, sending it again could hand in old data a second time."""
    left = submission.first_left_at
    lifetime = SAFE_SHARE_OF_KEY_LIFETIME * settings.OCEAFIN_IDEMPOTENCY_KEY_LIFETIME
    return left is None or now < left + lifetime


def _locked(submission: Submission) -> Case:
    customer_id = Case.objects.values_list("customer_id", flat=True).get(pk=submission.subject_id)
    customer = statuses.locked(customer_id)
    case = Case.objects.select_for_update(no_key=True).get(pk=submission.subject_id)
    case.customer = customer
    return case


# --- What a reply means -----------------------------------------------------------------------------------------


def _settle(submission: Submission, outcome: Outcome, now: datetime) -> None:
    case = _locked(submission)
    if submission.key != _key(case, case.submission_ref):
        return
    if isinstance(outcome, kinds.Accepted):
        _accepted(case, submission, outcome, now=now)
    elif isinstance(outcome, kinds.Refused):
        _refused(case, submission, outcome, now=now)
    elif isinstance(outcome, kinds.Held) and case.state not in ARRIVED:
        _stuck(case, outcome.reason, now=now)


def _accepted(case: Case, submission: Submission, outcome: kinds.Accepted, *, now: datetime) -> None:
    resource = outcome.resource
    case.oceafin_submission_id = str(resource["submissionId"])[:64]
    case.stuck_reason = ""
    case.save(update_fields=["oceafin_submission_id", "stuck_reason"])
    if case.state == CaseState.SUBMITTING:
        facts = {"submissionId": case.oceafin_submission_id, "submissionRef": case.submission_ref}
        audit.move(
            case,
            CaseState.SUBMITTED,
            machine=CASE,
            actor=Actor.oceafin(outcome.source),
            now=now,
            verb="case.submitted",
            facts=facts,
        )
    _tell_status(case.customer, resource, submission, now=now)


def _tell_status(
    customer: Customer, resource: kinds.Resource, submission: Submission, *, now: datetime
) -> None:
    status, stated = resource.get("status"), resource.get("submittedAt")
    if not isinstance(status, str) or not status:
        return
    at = parse_timestamp(stated) if isinstance(stated, str) else None
    statuses.record_status(
        customer, status=status, at=at or submission.created_at, source=Source.REPLY, now=now
    )


def _refused(case: Case, submission: Submission, outcome: kinds.Refused, *, now: datetime) -> None:
    if case.state != CaseState.SUBMITTING:
        facts = {"code": outcome.code, "submissionRef": case.submission_ref}
        audit.record(actor=_SYSTEM, verb="case.refused_late", subject=case, now=now, facts=facts)
        return
    if outcome.code == STATE_INVALID and _an_earlier_try_may_have_arrived(submission):
        # The no may only say that the silent try took effect: the customer's status tells, and it is asked for.
        _stuck(
            case,
            _(
                "Oceafin refused it after a try without an answer, so it may have arrived. Its status is asked for."
            ),
            now=now,
        )
        _ask_for_status(case.customer, now)
        return
    asked = [{"code": outcome.code, "message": outcome.detail, "documentType": None}]
    asked += [{"code": field, "message": message, "documentType": None} for field, message in outcome.errors]
    _back_to_review(case, now=now, verb="case.refused", asked=asked, code=outcome.code)


def _an_earlier_try_may_have_arrived(submission: Submission) -> bool:
    silent = submission.attempts.filter(
        purpose=Purpose.SEND, outcome__in=[AttemptOutcome.UNCONFIRMED, AttemptOutcome.OPEN]
    )
    return silent.exists()


def _ask_for_status(customer: Customer, now: datetime) -> None:
    try:
        with transaction.atomic():
            customers.ask_again(customer, actor=_SYSTEM, now=now)
    except (customers.AlreadyAsking, customers.NotKnownYet):
        return


def _back_to_review(
    case: Case, *, now: datetime, verb: str, asked: list[dict[str, Any]], code: str = ""
) -> None:
    words = json.dumps(asked, ensure_ascii=False).encode()
    sealed = vault.seal(case.customer.vault_key, words, context=ASKED_CONTEXT) if asked else b""
    audit.move(
        case,
        CaseState.IN_REVIEW,
        machine=CASE,
        actor=Actor.oceafin("reply") if asked else _SYSTEM,
        now=now,
        verb=verb,
        facts={"code": code, "submissionRef": case.submission_ref},
        note="\n".join(str(item["message"]) for item in asked),
        customer_key=case.customer.vault_key,
        asked_by_oceafin_sealed=sealed,
        stuck_reason="",
        due_at=now,
        due_since=now,
        **VOID_ATTESTATION,
    )


def _stuck(case: Case, reason: str, *, now: datetime) -> None:
    case.stuck_reason = reason[:300]
    case.save(update_fields=["stuck_reason"])
    facts = {"submissionRef": case.submission_ref}
    audit.record(actor=_SYSTEM, verb="case.stuck", subject=case, now=now, facts=facts)
