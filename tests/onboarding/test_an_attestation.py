"""An attestation: a named person signs exactly what is then submitted, and nothing else leaves."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.oceafin import contract, kinds, outbox
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from customers.models import Document
from onboarding import errors, review, statements, submission
from onboarding.models import Case
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    act,
    again,
    attest,
    know,
    letter_of,
    make_case,
    make_customer,
    person_details,
    say,
    to_ready,
    to_submitting,
    upload,
)

pytestmark = pytest.mark.django_db
ASSET = "7b1c8a9e-0000-4000-8000-00000000000a"


def arrive(document: Document, asset: str = ASSET) -> None:
    """Oceafin took the document."""
    letter = Submission.objects.get(subject_type="customers.Document", subject_id=str(document.pk))
    settle(letter, kinds.Accepted({"fileAssetId": asset}, "reply"))


def settle(letter: Submission, outcome: kinds.Outcome) -> None:
    from django.db import transaction
    from django.utils import timezone

    with transaction.atomic():
        kinds.kind_of(letter).settle(letter, outcome, timezone.now())


def sent_case(lena, **changes) -> Case:
    """A signed case whose submission was written."""
    case = make_case(**changes)
    know(case.customer)
    to_submitting(case, lena)
    arrive(review.documents_of(case)[0].document)
    return again(case)


def test_needs_the_right_to_attest(rita, lena):
    case = make_case()
    to_ready(case, rita)
    act("claim_case", rita, case=case)
    with pytest.raises(NotAllowed):
        act("attest_and_submit", rita, case=case, seen_digest=review.content_digest(again(case)))


def test_is_by_who_has_taken_the_case(rita, lena):
    case = make_case()
    to_ready(case, rita)
    with pytest.raises(errors.NotClaimed):
        act("attest_and_submit", lena, case=case, seen_digest=review.content_digest(again(case)))


def test_is_of_what_the_person_saw(lena):
    case = make_case()
    to_ready(case, lena)
    act("claim_case", lena, case=case)
    with pytest.raises(errors.ChangedSinceSeen):
        act("attest_and_submit", lena, case=case, seen_digest="0" * 64)
    assert again(case).state == "READY"


def test_is_by_a_person_whose_second_factor_is_fresh(lena):
    case = make_case()
    to_ready(case, lena)
    act("claim_case", lena, case=case)
    seen = {"case": case, "seen_digest": review.content_digest(again(case))}
    for shown in (None, timezone.now() - timedelta(minutes=16), timezone.now() + timedelta(days=1)):
        with pytest.raises(errors.SecondFactorNeeded):
            act("attest_and_submit", lena, second_factor_at=shown, **seen)
    act("attest_and_submit", lena, second_factor_at=timezone.now(), **seen)
    assert again(case).state == "SUBMITTING"


def test_is_of_the_words_that_the_person_saw(lena):
    case = make_case()
    to_ready(case, lena)
    act("claim_case", lena, case=case)
    seen = review.content_digest(again(case))
    with pytest.raises(errors.ChangedSinceSeen):
        act("attest_and_submit", lena, case=case, seen_digest=seen, seen_statement="2020-01")


def test_has_words_that_never_change_under_their_version():
    kept = {"2026-11": "25c5a567e1f88f2fdb39f684623768fd6b8005adadfb9fc21f7942efc7b1fe5e"}
    assert {version: each.sha256 for version, each in statements.STATEMENTS.items()} == kept


@pytest.mark.parametrize("status", ["MISSING_INFO_REQUIRED", "APPROVED", "REJECTED"])
def test_is_asked_after_under_the_same_key_when_oceafin_has_decided_before_it_answered(lena, status):
    case = sent_case(lena)
    letter = letter_of(case)
    Submission.objects.filter(pk=letter.pk).update(state="UNCONFIRMED", first_left_at=timezone.now())
    say(case.customer, status, after=60)
    letter.refresh_from_db()
    gate = kinds.named("onboarding.submit").gate
    assert isinstance(gate(letter, timezone.now()), kinds.Go)
    # Once Oceafin may have forgotten the key, the same bytes could be taken for a second submission.
    assert isinstance(gate(letter, timezone.now() + timedelta(hours=20)), kinds.Withdraw)


def test_is_shown_to_a_person_when_nobody_can_find_out_whether_it_arrived(lena):
    case = sent_case(lena)
    letter = letter_of(case)
    long_ago = timezone.now() - timedelta(days=2)
    Submission.objects.exclude(pk=letter.pk).update(due_at=timezone.now() + timedelta(days=1))
    Submission.objects.filter(pk=letter.pk).update(state="UNCONFIRMED", first_left_at=long_ago)
    say(case.customer, "APPROVED", after=60)
    assert outbox.claim(lane="papers", worker="w") is None
    letter.refresh_from_db()
    assert letter.state == "HELD"
    assert "cannot be looked for" in letter.waits_for
    assert (again(case).state, again(case).stuck_reason) == ("APPROVED", "")


def test_is_kept_with_name_moment_statement_and_digest(lena):
    case = make_case()
    to_submitting(case, lena)
    case = again(case)
    assert (case.state, case.attested_by, case.statement_version) == (
        "SUBMITTING",
        lena,
        submission.STATEMENT_VERSION,
    )
    assert case.attested_digest == review.content_digest(case)
    assert timeline_of(case)[-1].facts["digest"] == case.attested_digest


def test_waits_for_the_customers_id_then_for_the_documents_then_writes_the_letter(lena):
    case = make_case()
    to_submitting(case, lena)
    assert "given the customer an id" in submission.waits_for(again(case))
    assert letter_of(case) is None
    know(case.customer)
    assert "0 of 1 documents have reached Oceafin" in submission.waits_for(again(case))
    assert letter_of(case) is None
    arrive(case.case_documents.get().document)
    assert letter_of(case) is not None
    assert "due to be sent" in submission.waits_for(again(case))


def test_writes_the_letter_at_once_when_everything_is_there(lena):
    case = make_case()
    know(case.customer)
    Document.objects.update(oceafin_file_asset_id=ASSET)
    to_submitting(case, lena)
    assert letter_of(case) is not None


def test_is_found_by_the_duty_when_no_hook_told_of_the_last_input(lena):
    from django.utils import timezone

    case = make_case()
    know(case.customer)
    to_submitting(case, lena)
    Document.objects.update(oceafin_file_asset_id=ASSET)
    assert submission.submit_waiting_cases(timezone.now()) == 1
    assert letter_of(case) is not None
    assert submission.submit_waiting_cases(timezone.now()) == 0


@pytest.mark.parametrize("kind", ["KYC", "KYB"])
def test_is_sent_in_the_form_of_the_contract(lena, kind, settings):
    if kind == "KYC":
        case = sent_case(lena)
    else:
        company = make_customer("corp-1", customer_type="CORPORATE")
        extract = upload(company, "REGISTER_EXTRACT")
        case = sent_case(lena, customer=company, details=COMPANY, document_ids=[extract.document_id])
    letter = letter_of(case)
    assert letter is not None
    body = json.loads(letter.body)
    assert contract.validate_request("createOnboardingSubmission", body) == []
    assert letter.lane == "papers"
    assert letter.path_url == contract.path_for(
        "createOnboardingSubmission", customerId=case.customer.oceafin_customer_id
    )
    assert letter.key == f"{case.customer.partner_customer_ref}:{kind.lower()}-submit:case-1"
    assert body["submissionRef"] == "case-1"
    assert body["submissionType"] == kind
    assert body["supportingDocuments"][0]["fileAssetId"] == ASSET
    assert body["partnerAttestation"]["attestedByClientId"] == settings.OCEAFIN_PARTNER_API_CLIENT_ID
    assert body["partnerAttestation"]["attestedBy"] == "Lena"


def test_leaves_the_data_as_it_was_given(lena):
    body = json.loads(letter_of(sent_case(lena)).body)
    given = person_details()
    assert body["personalDetails"] == given["personalDetails"]
    assert body["additionalPersonalDetails"] == given["additionalPersonalDetails"]
    assert body["consentEvidence"] == given["consentEvidence"]
    assert "corporationDetails" not in body


def test_does_not_send_a_rejected_document(lena):
    customer = make_customer()
    documents = [upload(customer), upload(customer, "SELFIE")]
    case = make_case(customer, document_ids=[each.document_id for each in documents])
    know(customer)
    act("claim_case", lena, case=case)
    passport, selfie = review.documents_of(case)
    act("decide_document", lena, case_document=passport, decision="ACCEPTED")
    act("decide_document", lena, case_document=selfie, decision="REJECTED", reason_code="UNREADABLE")
    act("accept_case", lena, case=case)
    attest(case, lena)
    arrive(passport.document)
    body = json.loads(letter_of(case).body)
    assert [each["documentType"] for each in body["supportingDocuments"]] == ["PASSPORT"]
    selfie.document.refresh_from_db()
    assert selfie.document.sending_since is None


def test_is_void_when_the_case_comes_back(lena):
    case = make_case()
    to_submitting(case, lena)
    act("return_to_review", lena, case=case, reason="Too quick.")
    case = again(case)
    assert (case.state, case.attested_by, case.attested_at, case.attested_digest) == (
        "IN_REVIEW",
        None,
        None,
        "",
    )


def test_cannot_be_taken_back_once_the_letter_may_leave(lena):
    case = sent_case(lena)
    with pytest.raises(errors.CannotBeDone, match="on its way"):
        act("return_to_review", lena, case=case, reason="Too late.")


def test_is_answered_by_the_submissions_id_and_the_customers_status(lena):
    case = sent_case(lena)
    resource = {"submissionId": "s-1", "status": "SUBMITTED", "submittedAt": "2026-06-28T00:00:00Z"}
    settle(letter_of(case), kinds.Accepted(resource, "reply"))
    case = again(case)
    assert (case.state, case.oceafin_submission_id) == ("SUBMITTED", "s-1")
    assert case.customer.oceafin_status == "SUBMITTED"


def test_comes_back_with_oceafins_words_when_it_is_refused(lena):
    case = sent_case(lena)
    errors_ = (("personalDetails.phone", "is not a phone number"),)
    settle(letter_of(case), kinds.Refused("PARTNER_VALIDATION_FAILED", "A field is wrong.", 400, errors_))
    case = again(case)
    assert (case.state, case.attested_by) == ("IN_REVIEW", None)
    assert [(item["code"], item["message"]) for item in case.asked_by_oceafin] == [
        ("PARTNER_VALIDATION_FAILED", "A field is wrong."),
        ("personalDetails.phone", "is not a phone number"),
    ]


def test_goes_again_under_a_new_reference_after_a_refusal(lena):
    case = sent_case(lena)
    settle(letter_of(case), kinds.Refused("PARTNER_VALIDATION_FAILED", "A field is wrong.", 400))
    act("claim_case", lena, case=case)
    act("accept_case", lena, case=case)
    case = attest(case, lena)
    assert case.submission_ref == "case-1-2"
    assert letter_of(case).key == "cust-1:kyc-submit:case-1-2"
    assert case.asked_by_oceafin == []


def test_never_takes_the_reference_of_another_case(lena):
    other = make_case(make_customer("cust-2"), ref="case-1-2", document_ids=[])
    case = sent_case(lena)
    settle(letter_of(case), kinds.Refused("X", "No.", 400))
    assert submission.next_reference(again(case)) == (3, "case-1-3")
    assert submission.next_reference(again(other)) == (1, "case-1-2")


def test_stays_with_the_reason_when_it_is_held(lena):
    case = sent_case(lena)
    settle(letter_of(case), kinds.Held("Sent 8 times without a readable answer."))
    assert again(case).state == "SUBMITTING"
    assert submission.waits_for(again(case)) == "Sent 8 times without a readable answer."


def test_stays_when_a_refusal_may_only_mean_that_it_had_arrived(lena):
    case = sent_case(lena)
    letter = letter_of(case)
    letter.attempts.create(number=1, outcome="UNCONFIRMED", opened_at=case.created_at, worker="w")
    settle(letter, kinds.Refused("PARTNER_RESOURCE_STATE_INVALID", "SUBMITTED takes no submission.", 409))
    case = again(case)
    assert case.state == "SUBMITTING"
    assert "may have arrived" in submission.waits_for(case)
    assert Submission.objects.filter(kind="customer.poll").count() == 1
    say(case.customer, "PROCESSING", after=60, source="READ")
    assert again(case).state == "PROCESSING"


def test_comes_back_when_oceafin_will_not_take_a_document(lena):
    case = make_case()
    know(case.customer)
    to_submitting(case, lena)
    document = case.case_documents.get().document
    letter = Submission.objects.get(subject_type="customers.Document", subject_id=str(document.pk))
    settle(letter, kinds.Refused("PARTNER_VALIDATION_FAILED", "The file is not readable.", 400))
    case = again(case)
    assert case.state == "IN_REVIEW"
    assert case.asked_by_oceafin[0]["documentType"] == "PASSPORT"


def test_waits_while_the_customer_is_restricted(lena):
    from django.utils import timezone

    from customers import services as customers

    case = sent_case(lena)
    customers.change_standing(
        case.customer,
        standing="RESTRICTED",
        reason="A hit.",
        actor=act.__globals__["actor"](lena),
        now=timezone.now(),
    )
    answer = kinds.named("onboarding.submit").gate(letter_of(case), timezone.now())
    assert isinstance(answer, kinds.Wait)


def test_is_withdrawn_at_the_gate_when_it_is_no_longer_signed(lena):
    from django.utils import timezone

    case = sent_case(lena)
    letter = letter_of(case)
    Submission.objects.filter(pk=letter.pk).update(state="WITHDRAWN")
    act("return_to_review", lena, case=case, reason="Taken back at the border.")
    assert isinstance(kinds.named("onboarding.submit").gate(letter, timezone.now()), kinds.Withdraw)


def test_is_refused_at_the_door_while_it_is_amended(lena):
    case = make_case()
    to_ready(case, lena)
    act("claim_case", lena, case=case)
    seen = review.content_digest(again(case))
    act("amend_case", PARTNER, case=case, details=person_details(firstName="Zoe"), document_ids=[])
    with pytest.raises(errors.CannotBeDone):
        act("attest_and_submit", lena, case=case, seen_digest=seen)
