"""Facts that a reviewer reads off a document, ages and dates that cannot be, and versions."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff.errors import NotAllowed
from customers.facts import services as facts
from customers.facts.models import DocumentFacts
from customers.likeness import services as likeness
from customers.likeness.models import Pair
from customers.models import Document
from onboarding import errors, review, services
from onboarding import facts as bench_facts
from onboarding.models import Case
from tests.customers.specimens import pdf
from tests.onboarding.conftest import (
    PARTNER,
    act,
    again,
    make_case,
    make_customer,
    person_details,
    to_ready,
    upload,
)
from tests.people import actor, sign_in

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


def read(document: Document, who: Any, **changes: Any) -> DocumentFacts:
    said = {
        "number": "C01X00T47",
        "issuing_country": "DE",
        "issued_on": date(2020, 1, 2),
        "expires_on": TODAY + timedelta(days=900),
        **changes,
    }
    return facts.read_document(document, **said, actor=actor(who), now=timezone.now())


def amend(case: Case, *documents: Document) -> None:
    services.amend_case(
        case=again(case),
        details=case.details,
        document_ids=[each.document_id for each in documents],
        actor=PARTNER,
        now=timezone.now(),
    )


def taken(who: Any, **changes: Any) -> tuple[Case, Any]:
    case = make_case(**changes)
    act("claim_case", who, case=case)
    return case, review.documents_of(case)[0]


def test_is_kept_sealed_and_found_by_its_fingerprint(rita) -> None:
    _case, row = taken(rita)
    read(row.document, rita)
    kept = DocumentFacts.objects.get()
    assert kept.number == "C01X00T47"
    assert b"C01X" not in bytes(kept.number_sealed)
    assert kept.number_fingerprint == facts.number_fingerprint(" c01x-00t 47")
    assert "C01X" not in str(timeline_of(row.document)[-1].facts)
    read(row.document, rita, number="C01X00T48")
    assert DocumentFacts.objects.get().number == "C01X00T48"


def test_stands_once_the_case_was_accepted(rita) -> None:
    case = make_case()
    to_ready(case, rita)
    act("claim_case", rita, case=again(case))
    row = review.documents_of(case)[0]
    words = {"issuing_country": "DE", "issued_on": None, "expires_on": TODAY - timedelta(days=1)}
    with pytest.raises(errors.CannotBeDone):
        bench_facts.keep(row, number="X1", **words, actor=actor(rita), now=timezone.now())
    assert DocumentFacts.objects.get().number == ""


def test_is_read_only_by_who_reviews(sam) -> None:
    with pytest.raises(NotAllowed):
        read(upload(make_customer()), sam)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"issued_on": TODAY + timedelta(days=3)}, "future"),
        ({"expires_on": date(2019, 1, 1)}, "before it was issued"),
        ({"issued_on": date(1800, 1, 1)}, "1900"),
        ({"expires_on": date(9999, 1, 1)}, "hundred years"),
        ({"number": "9" * 41}, "40 characters"),
        ({"number": "a\x00b"}, "one line"),
        ({"issuing_country": "de"}, "from the list"),
    ],
)
def test_that_cannot_be_is_refused(rita, changes: dict[str, Any], sentence: str) -> None:
    _case, row = taken(rita)
    with pytest.raises(facts.ImpossibleFacts, match=sentence):
        read(row.document, rita, **changes)


def test_has_expired_and_the_document_is_not_accepted(rita) -> None:
    case, row = taken(rita)
    read(row.document, rita, expires_on=TODAY - timedelta(days=2))
    with pytest.raises(errors.CannotBeDone, match="it expired on"):
        act("decide_document", rita, case_document=row, decision="ACCEPTED")
    read(row.document, rita)
    act("decide_document", rita, case_document=row, decision="ACCEPTED")
    read(row.document, rita, expires_on=TODAY - timedelta(days=2))
    with pytest.raises(errors.Incomplete, match="it expired on"):
        act("accept_case", rita, case=again(case))


def test_is_asked_for_before_a_document_that_expires_is_accepted(rita) -> None:
    _case, row = taken(rita)
    with pytest.raises(errors.CannotBeDone, match="give the day on which it expires"):
        act("decide_document", rita, case_document=row, decision="ACCEPTED", expires_on=None)
    with pytest.raises(errors.CannotBeDone, match="it expired on"):
        act("decide_document", rita, case_document=row, decision="ACCEPTED", expires_on=date(2020, 1, 1))
    both = {"expires_on": TODAY + timedelta(days=9), "never_expires": True}
    with pytest.raises(facts.ImpossibleFacts, match="not both"):
        act("decide_document", rita, case_document=row, decision="ACCEPTED", **both)
    assert not DocumentFacts.objects.exists()
    read(row.document, rita, expires_on=None)
    accepted = {"expires_on": None, "never_expires": True}
    act("decide_document", rita, case_document=row, decision="ACCEPTED", **accepted)
    kept = DocumentFacts.objects.get()
    assert (kept.never_expires, kept.expires_on, kept.number) == (True, None, "C01X00T47")


def test_is_not_asked_for_where_nothing_expires(rita) -> None:
    customer = make_customer()
    bill = upload(customer, "PROOF_OF_ADDRESS", pdf(3))
    case, _row = taken(rita, customer=customer, document_ids=[bill.document_id])
    (row,) = review.documents_of(case)
    assert act("decide_document", rita, case_document=row, decision="ACCEPTED").decision == "ACCEPTED"


def test_stops_the_case_when_the_expiry_was_taken_back(rita) -> None:
    case, row = taken(rita)
    act("decide_document", rita, case_document=row, decision="ACCEPTED")
    read(row.document, rita, expires_on=None)
    with pytest.raises(errors.Incomplete, match="give the day on which it expires"):
        act("accept_case", rita, case=again(case))


def test_is_refused_on_the_page_with_the_day_that_was_typed(rita) -> None:
    case, row = taken(rita)
    browser = Client()
    sign_in(browser, rita)
    address = reverse("onboarding:decide", args=[case.case_ref, row.pk])
    refused = browser.post(address, {"decision": "ACCEPTED", "expires_on": "2020-01-01"})
    assert refused.status_code == 409
    assert "it expired on" in refused.content.decode()
    assert 'value="2020-01-01"' in refused.content.decode()


def test_that_somebody_is_under_age_stops_the_case(rita) -> None:
    born = TODAY.replace(year=TODAY.year - 17, day=1)
    case, row = taken(rita, details=person_details(dateOfBirth=born.isoformat()))
    act("decide_document", rita, case_document=row, decision="ACCEPTED")
    with pytest.raises(errors.Incomplete, match="17 years old; customers are at least 18"):
        act("accept_case", rita, case=again(case))


def test_that_a_passport_is_older_than_its_owner_stops_the_case(rita) -> None:
    case, row = taken(rita)
    read(row.document, rita, issued_on=date(1985, 1, 1))
    act("decide_document", rita, case_document=row, decision="ACCEPTED")
    with pytest.raises(errors.Incomplete, match="before the customer was born"):
        act("accept_case", rita, case=again(case))


def test_is_written_down_on_the_page_and_refused_there_with_what_was_typed(rita) -> None:
    case, row = taken(rita)
    browser = Client()
    sign_in(browser, rita)
    address = reverse("onboarding:facts", args=[case.case_ref, row.pk])
    typed = {"number": "X1", "issuing_country": "FR", "issued_on": "2020-01-01", "expires_on": "2019-01-01"}
    refused = browser.post(address, typed)
    assert refused.status_code == 409
    assert "before it was issued" in refused.content.decode()
    assert 'value="X1"' in refused.content.decode()
    assert browser.post(address, typed | {"expires_on": f"{TODAY.year + 5}-01-01"}).status_code == 302
    page = browser.get(reverse("onboarding:case", args=[case.case_ref])).content.decode()
    assert 'value="X1"' in page


def test_comes_again_as_a_new_version_and_nothing_is_overwritten(rita) -> None:
    case, row = taken(rita)
    act("decide_document", rita, case_document=row, decision="REJECTED", reason_code="UNREADABLE")
    first, second = row.document, upload(case.customer, content=pdf(2))
    amend(case, second)
    second.refresh_from_db()
    assert (second.replaces_id, second.version) == (first.pk, 2)
    entry = timeline_of(second)[-1]
    assert (entry.verb, entry.actor_label) == ("document.renewed", PARTNER.label)
    assert entry.facts == {"replaces": str(first.document_id), "version": 2}
    third = upload(case.customer, content=pdf(3))
    amend(case, third)
    third.refresh_from_db()
    assert (third.replaces_id, third.version) == (second.pk, 3)
    first.refresh_from_db()
    assert (first.version, first.replaces_id) == (1, None)


def test_stands_beside_another_of_its_kind_that_nobody_objected_to(rita) -> None:
    case, row = taken(rita)
    back = upload(case.customer, content=pdf(2))
    amend(case, row.document, back)
    back.refresh_from_db()
    assert (back.version, back.replaces_id) == (1, None)


def test_is_found_again_under_another_customer(rita) -> None:
    for number, (ref, written) in enumerate([("cust-a", "L 01-X00T47"), ("cust-b", "l01x00t47")]):
        customer = make_customer(ref, display_name=f"Person {number}")
        paper = upload(customer, content=pdf(text=ref))
        read(paper, rita, number=written)
    nameless = upload(make_customer("cust-c", display_name="Person 3"), content=pdf(text="c"))
    read(nameless, rita, number="")
    likeness.compare_due(timezone.now())
    (pair,) = Pair.objects.all()
    assert (pair.low.partner_customer_ref, pair.high.partner_customer_ref) == ("cust-a", "cust-b")
    assert pair.reasons == ["DOCUMENT_NUMBER"]
