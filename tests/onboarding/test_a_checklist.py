"""What a case asks for goes by its type: all of it, what no longer stands, or what an event concerns."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from onboarding import errors, review
from onboarding.models import Case, CaseDocument
from onboarding.people import records
from onboarding.requirements import NEEDS, Asked, Matter, needs_of
from tests.customers.specimens import pdf
from tests.onboarding.conftest import act, again, make_case, make_customer, to_ready, upload
from tests.onboarding.test_people_of_a_company import company_details

pytestmark = pytest.mark.django_db


def missing(case: Case, after: timedelta = timedelta()) -> str:
    return " ".join(review.missing_in(again(case), now=timezone.now() + after))


def approved(customer: Any, who: Any) -> Case:
    """An onboarding that Oceafin approved, a passport accepted in it."""
    case = to_ready(make_case(customer), who)
    signed = {"attested_by": who, "attested_at": timezone.now(), "attested_digest": "x"}
    for state in ("SUBMITTING", "SUBMITTED", "PROCESSING", "APPROVED"):
        Case.objects.filter(pk=case.pk).update(state=state, **signed)
    return again(case)


def refresh(customer: Any, **changes: Any) -> Case:
    return make_case(customer, ref="refresh-1", document_ids=[], case_type="REFRESH", **changes)


def test_of_a_refresh_asks_for_nothing_that_still_stands(rita, settings) -> None:
    customer = make_customer()
    onboarding = approved(customer, rita)
    case = refresh(customer)
    assert "identity document" not in missing(case)
    # The passport is good for 900 days; policy may ask sooner.
    assert "An identity document is missing." in missing(case, timedelta(days=901))
    settings.DOCUMENTS_VALID_DAYS = 30
    assert "An identity document is missing." in missing(case, timedelta(days=31))
    CaseDocument.objects.filter(case=onboarding).update(removed_at=timezone.now())
    assert "An identity document is missing." in missing(case)


def test_of_a_refresh_asks_for_what_was_never_accepted(rita) -> None:
    assert "An identity document is missing." in missing(refresh(make_customer()))


@pytest.mark.parametrize(
    ("concerns", "asked"),
    [(["ADDRESS"], "A proof of address"), (["FUNDS"], "source of funds"), ([], "An identity document")],
)
def test_of_an_event_asks_for_what_it_concerns(rita, concerns: list[str], asked: str) -> None:
    case = make_case(document_ids=[], case_type="EVENT", concerns=concerns)
    said = missing(case)
    assert asked in said
    others = {"A proof of address", "source of funds", "An identity document"} - {asked}
    assert not any(each in said for each in others)


def test_of_an_event_waits_for_people_only_where_it_concerns_them(rita) -> None:
    customer = make_customer("corp-1", customer_type="CORPORATE")
    bill = upload(customer, "PROOF_OF_ADDRESS", pdf(4))
    case = make_case(
        customer,
        ref="event-1",
        details=company_details(),
        document_ids=[bill.document_id],
        case_type="EVENT",
        concerns=["ADDRESS"],
    )
    to_accept = {"decision": "ACCEPTED"}
    act("claim_case", rita, case=case)
    act("decide_document", rita, case_document=review.documents_of(case)[0], **to_accept)
    assert missing(case) == ""
    records.note_awaited(again(case))
    Case.objects.filter(pk=case.pk).update(state="READY")


def test_is_the_same_for_everything_that_is_submitted(rita) -> None:
    case = make_case(details={}, document_ids=[], case_type="EVENT", concerns=["ADDRESS"])
    assert "First name is missing" in missing(case)


def test_is_data_in_one_table() -> None:
    onboarding = needs_of(case_type="ONBOARDING", submission_type="KYB", concerns=[])
    assert [need.matter for need, _again in onboarding] == [Matter.REGISTRATION, Matter.OWNERSHIP]
    assert {need.EVENT for need in NEEDS} == {Asked.CONCERNED}


@pytest.mark.parametrize(
    "changes", [{"concerns": ["ADDRESS"]}, {"case_type": "EVENT", "concerns": ["WEATHER"]}]
)
def test_takes_no_matter_that_it_does_not_know(changes: dict[str, Any]) -> None:
    with pytest.raises(errors.BadDetails, match="concerns"):
        make_case(**changes)
