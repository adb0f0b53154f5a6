"""A screening: taken once, fresh for a time, and every hit of it decided by a person before a case goes on."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.staff.errors import NotAllowed, ReasonNeeded
from customers.screening import services
from customers.screening.models import Hit, Screening
from customers.screening.standing import standing_of
from onboarding import errors, review
from tests.api.conftest import problem
from tests.onboarding.conftest import (
    COMPANY,
    accept,
    accept_documents,
    act,
    again,
    make_case,
    make_customer,
    person_details,
    screened,
)
from tests.people import actor

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers/cust-1/screenings"


def missing(case, *, after=timedelta()):
    return " ".join(review.missing_in(again(case), now=timezone.now() + after))


def body(**changes):
    now = timezone.now()
    return {
        "screeningRef": "scr-1",
        "subject": {"role": "CUSTOMER"},
        "provider": "Lists & Co",
        "listDate": now.date().isoformat(),
        "screenedAt": now.replace(microsecond=0).isoformat(),
        "hits": [{"kind": "PEP", "name": "ZOE"}],
        **changes,
    }


def decide(hit, who, decision="DISMISSED", reason="Another birthday."):
    return services.decide_hit(
        hit=hit, decision=decision, reason=reason, actor=actor(who), now=timezone.now()
    )


def test_counts_for_thirty_days():
    case = make_case()
    assert "Not screened" not in missing(case, after=timedelta(days=29))
    assert "Not screened in the last 30 days: The customer." in missing(case, after=timedelta(days=31))


def test_counts_no_longer_once_the_name_was_amended(lena):
    case = make_case()
    act("amend_case", lena, case=case, details=person_details(lastName="Other"), document_ids=[])
    assert "Not screened" in missing(case)


def test_is_needed_of_everybody_behind_a_company():
    company = make_customer("corp-1", customer_type="CORPORATE")
    case = make_case(company, details=COMPANY, document_ids=[])
    assert "Not screened" not in missing(case)
    assert Screening.objects.count() == 3


def test_holds_a_case_back_until_every_hit_is_decided(rita):
    case = screened(make_case(), services.Found(kind="ADVERSE_MEDIA", name="Zoe"))
    with pytest.raises(errors.Incomplete, match="1 screening hit still to decide"):
        accept(case, rita)
    with pytest.raises(ReasonNeeded):
        decide(Hit.objects.get(), rita, reason=" ")
    decide(Hit.objects.get(), rita)
    with pytest.raises(services.DecidedAlready, match="Rita"):
        decide(Hit.objects.get(), rita)
    accept_documents(case, rita)
    assert act("accept_case", rita, case=again(case)).state == "READY"


def test_holds_a_signature_back_when_a_hit_comes_late(rita, lena):
    case = accept(make_case(), rita)
    screened(case, services.Found(kind="SANCTIONS", name="Zoe"))
    act("claim_case", lena, case=case)
    digest = review.content_digest(again(case))
    with pytest.raises(errors.Incomplete, match="still to decide"):
        act("attest_and_submit", lena, case=case, seen_digest=digest)


def test_of_somebody_under_sanctions_is_never_accepted(rita, lena):
    case = screened(make_case(), services.Found(kind="SANCTIONS", name="Zoe"))
    hit = decide(Hit.objects.get(), lena, "CONFIRMED", "Name, birthday and passport agree.")
    with pytest.raises(errors.Incomplete, match="cannot be taken"):
        accept(case, rita)
    with pytest.raises(NotAllowed):
        services.reopen_hit(hit=hit, reason="No.", actor=actor(rita), now=timezone.now())
    services.reopen_hit(hit=hit, reason="The list was mended.", actor=actor(lena), now=timezone.now())
    assert standing_of(case.customer, timezone.now()).open_hits == 1


def test_stays_as_it_came():
    case = make_case()
    with pytest.raises(DatabaseError), transaction.atomic():
        Screening.objects.filter(customer=case.customer).update(provider="Another")


def test_comes_over_the_api_once(client_with):
    make_customer()
    api = client_with("onboarding")
    asked = body()
    first = api.post(URL, asked, format="json")
    assert first.status_code == 201, first.content
    assert api.post(URL, asked, format="json").status_code == 200
    assert api.post(URL, {**asked, "provider": "Other"}, format="json").status_code == 409
    assert Hit.objects.count() == 1
    assert client_with("customers").post(URL, asked, format="json").status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"screenedAt": "2090-01-01T00:00:00Z"}, "screenedAt"),
        ({"listDate": "2090-01-01"}, "listDate"),
        ({"provider": ""}, "provider"),
        ({"subject": {"role": "OWNER"}}, "subject.name"),
        ({"subject": {"role": "PAYEE"}}, "subject.payeeRef"),
        ({"hits": [{"kind": "X", "name": "Y"}]}, "hits.0.kind"),
    ],
)
def test_with_a_wrong_field_is_refused(client_with, changes, field):
    make_customer()
    answer = client_with("onboarding").post(URL, body(**changes), format="json")
    assert answer.status_code == 400
    assert field in str(problem(answer)["errors"])
