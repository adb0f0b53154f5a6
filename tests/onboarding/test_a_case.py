"""A case: how it comes in, and that a customer has one open case."""

import itertools
import threading

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.references import NoReference, ReferenceTaken
from backoffice.staff.errors import NotAllowed
from onboarding import errors, services
from onboarding.models import Case
from onboarding.states import CASE, CaseState
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    act,
    again,
    make_case,
    make_customer,
    person_details,
    to_ready,
    to_submitting,
    upload,
    verbs,
)

pytestmark = pytest.mark.django_db


def test_is_taken_in_with_its_documents_to_be_looked_at():
    case = make_case()
    assert (case.state, case.submission_type, case.case_type) == ("OPEN", "KYC", "ONBOARDING")
    assert [row.decision for row in case.case_documents.all()] == ["PENDING"]
    assert again(case).details["personalDetails"]["lastName"] == "李 الأمير"
    assert verbs(case) == ["case.opened", "case.rated"]


def test_of_a_company_is_a_kyb():
    company = make_customer("corp-1", customer_type="CORPORATE")
    assert make_case(company, details=COMPANY, document_ids=[]).submission_type == "KYB"


def test_is_taken_in_when_everything_is_missing():
    assert make_case(details={}, document_ids=[]).state == "OPEN"


def test_holds_no_personal_data_in_the_clear():
    case = make_case()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM onboarding_case c WHERE id = %s", [case.pk])
        row = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(row_to_json(a)::text, '') FROM audit_entry a")
        trail = cursor.fetchone()[0]
    for word in ("Zoë", "Zo\\u00eb", "Hauptstr", "1990-02-28"):
        assert word not in row + trail


def test_is_the_same_case_when_the_same_request_comes_again():
    customer = make_customer()
    document = upload(customer)
    first = make_case(customer, document_ids=[document.document_id])
    turned = dict(reversed(list(person_details().items())))
    case, is_new = services.open_case(
        customer=customer,
        case_ref="case-1",
        details=turned,
        document_ids=[document.document_id],
        actor=PARTNER,
        now=timezone.now(),
    )
    assert (case.pk, is_new) == (first.pk, False)
    assert Case.objects.count() == 1


def test_is_the_same_case_even_after_it_was_amended_and_decided(lena):
    customer = make_customer()
    case = make_case(customer, document_ids=[])
    act("amend_case", PARTNER, case=case, details=person_details(firstName="Zoe"), document_ids=[])
    act("withdraw_case", PARTNER, case=case, reason="")
    assert make_case(customer, document_ids=[]).pk == case.pk


def test_with_another_body_under_the_same_reference_is_refused():
    customer = make_customer()
    case = make_case(customer, document_ids=[])
    with pytest.raises(ReferenceTaken) as taken:
        make_case(customer, document_ids=[], details=person_details(firstName="Other"))
    assert taken.value.existing == case
    with pytest.raises(ReferenceTaken):
        make_case(make_customer("cust-2"), document_ids=[])


def test_needs_a_reference_that_is_one():
    with pytest.raises(NoReference):
        make_case(ref="no spaces here")


def test_takes_no_document_of_another_customer():
    foreign = upload(make_customer("cust-2"))
    with pytest.raises(errors.UnknownDocument, match=str(foreign.document_id)):
        make_case(document_ids=[foreign.document_id])
    assert not Case.objects.exists()


def test_is_the_only_open_one_of_its_customer():
    customer = make_customer()
    case = make_case(customer)
    with pytest.raises(errors.AnotherCaseIsOpen, match="case-1"):
        make_case(customer, ref="case-2")
    act("withdraw_case", PARTNER, case=case, reason="")
    assert make_case(customer, ref="case-2").state == "OPEN"


def test_is_the_only_open_one_by_the_database_too():
    case = make_case()
    case.pk, case.case_ref = None, "case-2"
    with pytest.raises(IntegrityError, match="case_one_open_per_customer"), transaction.atomic():
        case.save(force_insert=True)


def test_may_not_be_opened_by_support(sam):
    with pytest.raises(NotAllowed):
        act("open_case", sam, customer=make_customer(), case_ref="c", details={}, document_ids=[])


def test_takes_a_document_once(rita):
    customer = make_customer()
    case = make_case(customer)
    document = upload(customer, "PROOF_OF_ADDRESS")
    row = act("add_document", rita, case=case, document=document)
    assert act("add_document", rita, case=case, document=document) == row
    assert case.case_documents.count() == 2


def test_comes_back_to_review_when_a_document_is_added_after_its_acceptance(rita):
    customer = make_customer()
    case = make_case(customer)
    to_ready(case, rita)
    act("add_document", PARTNER, case=case, document=upload(customer, "SELFIE"))
    assert again(case).state == "IN_REVIEW"


def test_comes_back_to_review_amended_and_keeps_what_was_taken_out(rita):
    customer = make_customer()
    case = make_case(customer)
    to_ready(case, rita)
    proof = upload(customer, "PROOF_OF_ADDRESS")
    act("amend_case", PARTNER, case=case, details=person_details(), document_ids=[proof.document_id])
    assert again(case).state == "IN_REVIEW"
    kept = {row.document.document_type: row.removed_at for row in case.case_documents.all()}
    assert kept["PASSPORT"] is not None
    assert kept["PROOF_OF_ADDRESS"] is None


def test_is_not_moved_by_the_same_whole_again(rita):
    customer = make_customer()
    document = upload(customer)
    case = make_case(customer, document_ids=[document.document_id])
    to_ready(case, rita)
    act("amend_case", PARTNER, case=case, details=person_details(), document_ids=[document.document_id])
    assert again(case).state == "READY"


def test_cannot_be_amended_or_withdrawn_on_its_way_to_oceafin(lena):
    case = make_case()
    to_submitting(case, lena)
    with pytest.raises(errors.CannotBeDone):
        act("amend_case", PARTNER, case=case, details={}, document_ids=[])
    with pytest.raises(errors.CannotBeDone):
        act("withdraw_case", PARTNER, case=case, reason="")


def test_moves_along_its_table_only_whoever_writes(lena):
    case = make_case(document_ids=[])
    signed = {"attested_by": lena, "attested_at": case.created_at, "attested_digest": "d"}
    for old, new in itertools.permutations(CaseState, 2):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            Case.objects.filter(pk=case.pk).update(state=old, **signed)
            cursor.execute("SET LOCAL session_replication_role = origin")
        try:
            with transaction.atomic():
                Case.objects.filter(pk=case.pk).update(state=new)
            moved = True
        except DatabaseError:
            moved = False
        assert moved is CASE.allows(old, new), (old, new)


def test_cannot_be_submitted_unsigned_by_sql(rita):
    case = make_case()
    to_ready(case, rita)
    with pytest.raises(IntegrityError, match="case_submitted_is_attested"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="SUBMITTING")


def test_once_signed_cannot_be_changed_by_sql(lena):
    case = make_case()
    to_submitting(case, lena)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(details_sealed=b"other")


def test_is_never_deleted():
    case = make_case()
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Case.objects.filter(pk=case.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_comes_into_being_once_when_two_requests_arrive_at_once():
    customer = make_customer()
    results: list[object] = []
    gate = threading.Barrier(2, timeout=10)

    def open_one() -> None:
        try:
            gate.wait()
            results.append(make_case(customer, document_ids=[]).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=open_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    assert len(set(results)) == 1
