"""A review: who may decide, what must be there, and what every decision leaves behind."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.audit import note_of, timeline_of
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import RoleGrant
from onboarding import errors, review
from onboarding.models import CaseDocument, InfoRequest
from tests.customers.specimens import pdf
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    accept_documents,
    act,
    again,
    make_case,
    make_customer,
    person_details,
    to_declined,
    to_ready,
    upload,
    verbs,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db


def test_begins_with_a_claim_that_is_the_recorded_reveal(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    assert (again(case).state, again(case).claimed_by) == ("IN_REVIEW", rita)
    entry = timeline_of(case)[-1]
    assert (entry.verb, entry.actor_id) == ("case.claimed", str(rita.pk))
    assert entry.facts["reveals"] == "personal data"


def test_is_not_begun_twice_by_the_same_person(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    act("claim_case", rita, case=case)
    assert verbs(case).count("case.claimed") == 1


def test_is_with_one_person(rita, robin):
    case = make_case()
    act("claim_case", rita, case=case)
    with pytest.raises(errors.ClaimedByAnother, match="Rita took this case at"):
        act("claim_case", robin, case=case)
    with pytest.raises(errors.ClaimedByAnother):
        act("decline_case", robin, case=case, reason="No.")


def test_needs_a_claim_before_any_decision(rita):
    case = make_case()
    row = case.case_documents.get()
    for verb, arguments in {
        "accept_case": {"case": case},
        "decline_case": {"case": case, "reason": "No."},
        "ask_for_more": {"case": case, "text_for_customer": "More.", "note": ""},
        "decide_document": {"case_document": row, "decision": "ACCEPTED"},
    }.items():
        with pytest.raises(errors.NotClaimed):
            act(verb, rita, **arguments)


def test_needs_the_right_at_the_moment_of_the_act(rita, sam):
    case = make_case()
    with pytest.raises(NotAllowed):
        act("claim_case", sam, case=case)
    act("claim_case", rita, case=case)
    RoleGrant.objects.filter(user=rita).update(revoked_at=case.created_at, revoked_by=sam)
    with pytest.raises(NotAllowed):
        act("decline_case", rita, case=case, reason="No.")
    assert again(case).state == "IN_REVIEW"


def test_is_given_back_by_who_has_it_or_by_the_lead(rita, robin, lena):
    case = make_case()
    act("claim_case", rita, case=case)
    with pytest.raises(NotAllowed):
        act("release_case", robin, case=case)
    act("release_case", rita, case=case)
    act("claim_case", robin, case=case)
    act("release_case", lena, case=case)
    assert again(case).claimed_by is None
    with pytest.raises(errors.NotClaimed):
        act("release_case", rita, case=case)


def test_accepts_a_case_when_everything_needed_is_there(rita):
    case = make_case()
    to_ready(case, rita)
    assert (again(case).state, again(case).claimed_by) == ("READY", None)
    assert verbs(case)[-1] == "case.accepted"


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_decides_nothing_over_data_that_came_after_the_page_was_opened(client, rita, verb):
    case = make_case()
    act("claim_case", rita, case=case)
    accept_documents(case, rita)
    seen = again(case).revision
    documents = [row.document.document_id for row in review.documents_of(case)]
    amended = person_details(lastName="Another")
    act("amend_case", PARTNER, case=again(case), details=amended, document_ids=documents)
    sign_in(client, rita)
    act("claim_case", rita, case=again(case))
    answer = client.post(f"/cases/case-1/do/{verb}/", {"revision": seen, "reason": "No."})
    assert answer.status_code == 409
    assert "changed after you opened it (Last name)" in answer.content.decode()
    assert again(case).state == "IN_REVIEW"
    assert verbs(case)[-1] in {"case.claimed", "case.amended"}


def test_names_everything_that_is_missing(rita):
    customer = make_customer()
    case = make_case(customer, details=person_details(phone=""), document_ids=[])
    row = act("add_document", rita, case=case, document=upload(customer, "SELFIE"))
    act("claim_case", rita, case=case)
    with pytest.raises(errors.Incomplete) as incomplete:
        act("accept_case", rita, case=again(case))
    sentence = str(incomplete.value)
    assert "Phone is missing." in sentence
    assert "1 of the documents still to look at." in sentence
    assert "An identity document is missing." in sentence
    act("decide_document", rita, case_document=row, decision="ACCEPTED")
    assert "still to look at" not in " ".join(review.missing_in(again(case), now=timezone.now()))


def test_of_a_company_needs_the_proof_of_its_registration(rita):
    company = make_customer("corp-1", customer_type="CORPORATE")
    case = make_case(company, details=COMPANY, document_ids=[])
    missing = review.missing_in(again(case), now=timezone.now())
    assert "A document that proves the company's registration is missing." in missing
    act("add_document", rita, case=case, document=upload(company, "REGISTER_EXTRACT"))
    to_ready(case, rita)
    assert again(case).state == "READY"


def test_does_not_count_a_rejected_document(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    row = case.case_documents.get()
    act(
        "decide_document",
        rita,
        case_document=row,
        decision="REJECTED",
        reason_code="EXPIRED",
        reason="Since May.",
    )
    row.refresh_from_db()
    assert (row.decision, row.reason_code, row.reason, row.decided_by) == (
        "REJECTED",
        "EXPIRED",
        "Since May.",
        rita,
    )
    assert "An identity document is missing." in review.missing_in(again(case), now=timezone.now())
    with pytest.raises(errors.Incomplete):
        act("accept_case", rita, case=case)


@pytest.mark.parametrize(("code", "words"), [("", "x"), ("UGLY", "x"), ("OTHER", " ")])
def test_rejects_no_document_without_a_reason(rita, code, words):
    case = make_case()
    act("claim_case", rita, case=case)
    with pytest.raises(errors.ReasonNeeded):
        act(
            "decide_document",
            rita,
            case_document=case.case_documents.get(),
            decision="REJECTED",
            reason_code=code,
            reason=words,
        )


def test_rejects_no_document_without_a_reason_by_sql(rita):
    row = make_case().case_documents.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        CaseDocument.objects.filter(pk=row.pk).update(decision="REJECTED")


def test_declines_with_a_reason_that_only_the_trail_keeps(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    with pytest.raises(errors.ReasonNeeded):
        act("decline_case", rita, case=case, reason="  ")
    to_declined(case, rita, "The story does not hold.")
    assert again(case).state == "DECLINED"
    entry = timeline_of(case)[-1]
    assert note_of(entry) == "The story does not hold."
    assert "story" not in str(entry.facts)


def test_asks_the_customer_in_words_apart_from_the_note(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    act("ask_for_more", rita, case=case, text_for_customer="Please send page 2.", note="Looks cut.")
    case = again(case)
    assert (case.state, case.claimed_by) == ("NEEDS_INFO", None)
    asked = InfoRequest.objects.get()
    assert asked.text_for_customer == "Please send page 2."
    assert note_of(timeline_of(case)[-1]) == "Looks cut."


def test_begins_anew_when_the_customer_answered(rita):
    case = make_case(document_ids=[])
    act("claim_case", rita, case=case)
    act("ask_for_more", rita, case=case, text_for_customer="Please send your passport.", note="")
    passport = upload(again(case).customer)
    act("amend_case", PARTNER, case=case, details=person_details(), document_ids=[passport.document_id])
    assert again(case).state == "IN_REVIEW"
    assert InfoRequest.objects.get().answered_at is not None
    to_ready(case, rita)


def test_is_taken_up_by_hand_when_the_answer_came_another_way(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    act("ask_for_more", rita, case=case, text_for_customer="Call us.", note="")
    act("return_to_review", rita, case=case, reason="She called.")
    assert again(case).state == "IN_REVIEW"
    with pytest.raises(errors.CannotBeDone):
        act("return_to_review", rita, case=case, reason="Again.")


def test_keeps_no_text_longer_than_a_person_reads(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    with pytest.raises(errors.ReasonNeeded, match="Shorten it"):
        act("ask_for_more", rita, case=case, text_for_customer="x" * 10_000, note="")


def test_is_over_once_declined(rita):
    case = make_case()
    to_declined(case, rita)
    with pytest.raises(errors.CannotBeDone, match="This case is declined"):
        act("claim_case", rita, case=case)


@pytest.mark.django_db(transaction=True)
def test_is_won_by_one_of_two_who_take_it_at_once(rita, robin):
    case = make_case()
    outcomes: list[str] = []
    gate = threading.Barrier(2, timeout=10)

    def claim(who) -> None:
        try:
            gate.wait()
            act("claim_case", who, case=case)
            outcomes.append("took")
        except errors.ClaimedByAnother:
            outcomes.append("came late")
        finally:
            connection.close()

    threads = [threading.Thread(target=claim, args=(who,)) for who in (rita, robin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["came late", "took"]


@pytest.mark.django_db(transaction=True)
def test_of_one_person_in_two_windows_decides_once(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    accept_documents(case, rita)
    outcomes: list[str] = []
    gate = threading.Barrier(2, timeout=10)

    def decide(verb: str, **arguments) -> None:
        try:
            gate.wait()
            act(verb, rita, case=case, **arguments)
            outcomes.append(verb)
        except errors.NotClaimed:
            outcomes.append("too late")
        except errors.CannotBeDone:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=("accept_case",)),
        threading.Thread(target=decide, args=("decline_case",), kwargs={"reason": "No."}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("too late") == 1


def test_is_held_back_by_a_document_that_was_rejected_for_good(rita):
    customer = make_customer()
    papers = [upload(customer), upload(customer, "PROOF_OF_ADDRESS", pdf(2))]
    case = make_case(customer, document_ids=[each.document_id for each in papers])
    act("claim_case", rita, case=case)
    passport, bill = review.documents_of(case)
    act("decide_document", rita, case_document=passport, decision="ACCEPTED")
    act("decide_document", rita, case_document=bill, decision="REJECTED", reason_code="SUSPICIOUS")
    with pytest.raises(errors.Incomplete, match="looks altered"):
        act("accept_case", rita, case=again(case))
    # To take it out of the case does not help; another one does.
    act("amend_case", PARTNER, case=again(case), details=case.details, document_ids=[papers[0].document_id])
    assert "looks altered" in " ".join(review.missing_in(again(case), now=timezone.now()))
    newer = upload(customer, "PROOF_OF_ADDRESS", pdf(3))
    row = act("add_document", rita, case=again(case), document=newer)
    act("decide_document", rita, case_document=row, decision="ACCEPTED")
    act("accept_case", rita, case=again(case))
    assert again(case).state == "READY"


def test_goes_on_with_a_document_that_is_not_needed(rita):
    customer = make_customer()
    papers = [upload(customer), upload(customer, "SELFIE", pdf(2))]
    case = make_case(customer, document_ids=[each.document_id for each in papers])
    act("claim_case", rita, case=case)
    passport, selfie = review.documents_of(case)
    act("decide_document", rita, case_document=passport, decision="ACCEPTED")
    act("decide_document", rita, case_document=selfie, decision="REJECTED", reason_code="NOT_NEEDED")
    act("accept_case", rita, case=again(case))
    assert again(case).state == "READY"
