"""A rating: made by the matrix with its reasons, overridden by a lead alone, kept when the matrix changes."""

import pytest
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff.errors import NotAllowed
from customers.screening import services as screening
from customers.screening.models import Hit
from onboarding import errors
from onboarding.risk import first_matrix, matrix, services, table
from onboarding.risk.models import Matrix
from tests.onboarding.conftest import PARTNER, act, again, make_case, person_details, screened
from tests.people import actor, sign_in

pytestmark = pytest.mark.django_db


def amend(case, **changes):
    row = case.case_documents.get()
    return act(
        "amend_case",
        PARTNER,
        case=case,
        details=person_details(**changes),
        document_ids=[row.document.document_id],
    )


def rated(table_, **facts):
    return matrix.rate(table_, {"COUNTRY": ["DE"], **facts})


def test_is_made_when_a_case_comes_in_and_says_why():
    case = make_case()
    assert again(case).risk_level == "LOW"
    rating = services.rating_of(case)
    assert rating.matrix.version == 1
    assert {reason.factor for reason in rating.reasons} >= {"COUNTRY", "PEP", "CHANNEL"}
    assert "case.rated" in [entry.verb for entry in timeline_of(case)]


def test_follows_an_amendment():
    case = make_case()
    amend(case, nationality="IR")
    assert again(case).risk_level == "HIGH"


def test_is_overridden_by_a_lead_with_text_until_the_facts_change(rita, lena):
    case = make_case()
    change = {"case": case, "level": "HIGH", "now": timezone.now()}
    with pytest.raises(NotAllowed):
        services.override_rating(text="I say so.", actor=actor(rita), **change)
    with pytest.raises(errors.ReasonNeeded):
        services.override_rating(text=" ", actor=actor(lena), **change)
    services.override_rating(text="Known from the press.", actor=actor(lena), **change)
    assert (again(case).risk_level, services.rating_of(case).text) == ("HIGH", "Known from the press.")
    amend(case, phone="+49 30 7654321")
    assert again(case).risk_level == "HIGH"
    amend(case, nationality="FR")
    assert again(case).risk_level == "LOW"


def test_rises_when_a_public_office_is_confirmed(rita):
    case = screened(make_case(), screening.Found(kind="PEP", name="Zoë Li"))
    assert case.risk_level == "HIGH"
    decision = {"hit": Hit.objects.get(), "reason": "Another birthday.", "actor": actor(rita)}
    screening.decide_hit(decision="DISMISSED", now=timezone.now(), **decision)
    assert again(case).risk_level == "LOW"


def test_stays_when_a_lead_makes_a_new_version(rita, lena):
    case = make_case()
    harder = {**first_matrix.TABLE, "factors": {**first_matrix.TABLE["factors"]}}
    harder["factors"]["COUNTRY"] = {"entries": {"DE": "HIGH"}, "otherwise": "HIGH", "missing": "HIGH"}
    asked = {"table": harder, "based_on": 1, "note": "New policy.", "now": timezone.now()}
    with pytest.raises(NotAllowed):
        services.make_matrix(actor=actor(rita), **asked)
    services.make_matrix(actor=actor(lena), **asked)
    with pytest.raises(errors.ChangedSinceSeen):
        services.make_matrix(actor=actor(lena), **asked)
    assert (again(case).risk_level, services.rating_of(case).matrix.version) == ("LOW", 1)
    services.rate_again(case=case, actor=actor(rita), now=timezone.now())
    assert (again(case).risk_level, services.rating_of(case).matrix.version) == ("HIGH", 2)
    assert Matrix.objects.count() == 2


def test_is_the_highest_of_its_reasons_and_three_mediums_are_high():
    rates = first_matrix.TABLE
    assert rated(rates, INDUSTRY=["Casino de Paris"]).level == "HIGH"
    assert rated(rates, INDUSTRY=["Gamblingham bakery"]).level == "LOW"
    assert rated(rates, COUNTRY=["BR", "DE"]).level == "MEDIUM"
    assert rated(rates, COUNTRY=["BR"], CHANNEL=["Agent"], PRODUCT=[]).level == "HIGH"
    assert rated(rates, COUNTRY=[]).level == "HIGH"


def test_needs_a_whole_table():
    assert table.checked(first_matrix.TABLE)["mediumsForHigh"] == 3
    with pytest.raises(table.BadTable, match="Country is missing"):
        table.checked({"mediumsForHigh": 3, "factors": {}})


def test_is_shown_with_its_reasons_to_who_has_taken_the_case(client, rita, lena):
    case = screened(make_case(), screening.Found(kind="SANCTIONS", name="ZOE LEE", note="Born 1951."))
    sign_in(client, lena)
    assert "ZOE LEE" not in client.get("/cases/case-1/?tab=risk").text
    act("claim_case", lena, case=case)
    shown = client.get("/cases/case-1/?tab=risk").text
    assert "ZOE LEE" in shown
    assert "Germany (DE)" in shown
    hit = Hit.objects.get()
    answer = client.post(
        f"/cases/case-1/risk/hits/{hit.pk}/decide/", {"decision": "DISMISSED", "reason": "Other age."}
    )
    assert answer.status_code == 302
    hit.refresh_from_db()
    assert hit.decision == "DISMISSED"
    client.post("/cases/case-1/risk/override/", {"level": "MEDIUM", "text": "Seen in person."})
    assert again(case).risk_level == "MEDIUM"
