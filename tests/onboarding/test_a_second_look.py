"""A second look: who takes it, what it must not see, and what becomes of two results."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.audit import note_of, timeline_of
from backoffice.checks import check_second_look
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from onboarding import errors, panels, queues, review, workbench
from onboarding.models import Case
from onboarding.second_look import bench, policy, services
from onboarding.second_look.models import SecondLook
from onboarding.second_look.services import LeadDecides, SameReviewer, SecondLookNeeded
from onboarding.second_look.states import LookState
from tests.onboarding.conftest import (
    COMPANY,
    PARTNER,
    accept,
    accept_people,
    act,
    again,
    attest,
    decline,
    make_case,
    make_customer,
    person_details,
    to_ready,
    upload,
)
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def company_case(**changes) -> Case:
    company = make_customer("corp-1", customer_type="CORPORATE", display_name="Specimen GmbH")
    papers = [upload(company, "REGISTER_EXTRACT").document_id]
    return make_case(company, ref="kyb-1", details=COMPANY, document_ids=papers, **changes)


def look_of(case: Case) -> SecondLook:
    return SecondLook.objects.select_related("case__customer").get(case=case)


def test_is_not_needed_for_a_plain_person_whom_one_person_accepts(rita):
    case = accept(make_case(), rita)
    assert case.state == "READY"
    assert not SecondLook.objects.exists()


def test_is_taken_of_every_company(rita, robin):
    case = company_case()
    accept(case, rita)
    assert (again(case).state, again(case).claimed_by) == ("IN_REVIEW", None)
    accept(case, robin)
    assert again(case).state == "READY"
    look = look_of(case)
    assert (look.state, look.first_by, look.second_by, look.reasons) == ("AGREED", rita, robin, ["COMPANY"])


def test_is_taken_of_who_is_high_risk_or_not_rated(rita):
    for number, level in enumerate(["HIGH", ""]):
        case = make_case(make_customer(f"cust-{number}"), ref=f"case-{number}")
        Case.objects.filter(pk=case.pk).update(risk_level=level)
        assert accept(again(case), rita).state == "IN_REVIEW"
        assert look_of(case).reasons == ["HIGH_RISK"]


def test_is_taken_of_who_holds_public_office(rita, monkeypatch):
    case = make_case()
    monkeypatch.setattr(policy, "has_public_office", lambda _customer: True)
    accept(case, rita)
    assert look_of(case).reasons == ["PEP"]


def test_is_taken_of_every_decline(rita, robin):
    case = make_case()
    decline(case, rita, "The story does not hold.")
    assert again(case).state == "IN_REVIEW"
    decline(case, robin, "Nor for me.")
    assert again(case).state == "DECLINED"
    assert look_of(case).first_found["reason"] == "The story does not hold."
    assert note_of(timeline_of(case)[-1]) == "Nor for me."


def test_brings_a_case_that_waited_back_to_review_when_it_is_declined(rita, robin):
    case = make_case()
    act("claim_case", rita, case=case)
    act("ask_for_more", rita, case=case, text_for_customer="More.", note="")
    decline(case, rita)
    assert again(case).state == "IN_REVIEW"
    decline(case, robin)
    assert again(case).state == "DECLINED"


def test_is_never_taken_by_who_looked_first(rita):
    case = company_case()
    accept(case, rita)
    with pytest.raises(SameReviewer, match="You decided on this case first"):
        act("claim_case", rita, case=case)
    # Not even if the case is put into her hands.
    Case.objects.filter(pk=case.pk).update(
        claimed_by=rita, claimed_at=timezone.now(), claim_expires_at=timezone.now() + timedelta(hours=1)
    )
    with pytest.raises(SameReviewer):
        act("decline_case", rita, case=case, reason="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondLook.objects.update(second_by=rita)


def test_is_offered_to_others_only(rita, robin):
    case = company_case()
    accept(case, rita)
    now = timezone.now()
    assert list(queues.second_look(now)) == [case]
    assert list(queues.to_review(robin, now)) == [case]
    assert list(queues.to_review(rita, now)) == []
    assert act("claim_next", rita) is None
    assert act("claim_next", robin) == case


def test_does_not_see_the_first_result(client, rita, robin):
    case = company_case()
    act("claim_case", rita, case=case)
    row = case.case_documents.get()
    act(
        "decide_document",
        rita,
        case_document=row,
        decision="REJECTED",
        reason_code="SUSPICIOUS",
        reason="Glue!",
    )
    act("decline_case", rita, case=again(case), reason="A forgery.")
    act("claim_case", robin, case=again(case))
    sign_in(client, robin)
    for address in ("/cases/kyb-1/", "/cases/kyb-1/?tab=history"):
        shown = client.get(address).content.decode()
        assert "This is a second look." in shown
        for telling in ("Glue!", "A forgery", "Case document decided", "document-tab--rejected"):
            assert telling not in shown
    facts = str([(entry.verb, entry.facts) for entry in timeline_of(again(case))])
    assert "DECLINE" not in facts


def test_shows_both_results_when_it_is_over(client, rita, robin):
    case = company_case()
    act("claim_case", rita, case=case)
    decline(case, rita, "A forgery.")
    decline(case, robin, "Not a company.")
    sign_in(client, robin)
    shown = client.get("/cases/kyb-1/?tab=history").content.decode()
    assert "A forgery." in shown
    assert "Not a company." in shown


def test_goes_to_a_lead_who_is_neither_when_two_disagree(rita, robin, lena):
    case = company_case()
    accept(case, rita)
    decline(case, robin, "I do not believe it.")
    assert (again(case).state, look_of(case).state) == ("IN_REVIEW", "DISAGREED")
    for who in (robin, person(Role.COMPLIANCE_REVIEWER)):
        with pytest.raises(LeadDecides):
            act("claim_case", who, case=case)
        assert list(queues.to_review(who, timezone.now())) == []
    assert list(queues.to_review(lena, timezone.now())) == [case]
    accept(case, lena)
    assert again(case).state == "READY"
    assert (look_of(case).state, look_of(case).settled_by, look_of(case).result) == (
        "SETTLED",
        lena,
        "ACCEPTED",
    )
    attest(case, lena)


def test_is_not_settled_by_a_lead_who_took_part(rita, lena):
    case = company_case()
    accept(case, rita)
    decline(case, lena)
    with pytest.raises(LeadDecides):
        act("claim_case", lena, case=case)
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondLook.objects.update(state="SETTLED", settled_by=lena, settled_result="ACCEPTED")
    decline(case, person(Role.MLRO, name="Ingrid"))
    assert again(case).state == "DECLINED"


def test_counts_another_choice_of_documents_as_another_result(rita, robin):
    case = company_case()
    second_paper = upload(again(case).customer, "BOARD_RESOLUTION")
    act("add_document", rita, case=case, document=second_paper)
    accept(case, rita)
    act("claim_case", robin, case=case)
    first, second = review.documents_of(case)
    act("decide_document", robin, case_document=first, decision="ACCEPTED")
    act("decide_document", robin, case_document=second, decision="REJECTED", reason_code="EXPIRED")
    accept_people(case, robin)
    act("accept_case", robin, case=again(case))
    assert look_of(case).state == LookState.DISAGREED
    assert [row["decision"] for row in look_of(case).second_found["documents"]] == ["ACCEPTED", "REJECTED"]


@pytest.mark.parametrize("change", ["amend", "document", "ask"])
def test_is_void_when_the_case_changes(rita, robin, change):
    case = make_case()
    decline(case, rita)
    if change == "amend":
        details = person_details(firstName="Other")
        act("amend_case", PARTNER, case=case, details=details, document_ids=[])
    elif change == "document":
        act("add_document", robin, case=case, document=upload(again(case).customer, "SELFIE"))
    else:
        act("claim_case", robin, case=case)
        act("ask_for_more", robin, case=case, text_for_customer="More.", note="")
    assert look_of(case).state == "VOID"


def test_falls_by_lot_and_the_same_way_each_time(rita, robin, settings):
    settings.SECOND_LOOK_PERCENT = 100
    case = make_case()
    accept(case, rita)
    assert look_of(case).reasons == ["DRAWN"]
    accept(case, robin)
    assert again(case).state == "READY"
    settings.SECOND_LOOK_PERCENT = 5
    drawn = [
        policy.is_drawn(SimpleNamespace(case_ref=f"lot-{number}", submission_number=0))
        for number in range(2000)
    ]
    assert 60 < sum(drawn) < 140
    assert policy.is_drawn(case) == policy.is_drawn(again(case))


@pytest.mark.parametrize("percent", [0, 101])
def test_share_cannot_be_turned_off(settings, percent):
    settings.SECOND_LOOK_PERCENT = percent
    assert [error.id for error in check_second_look()] == ["backoffice.E004"]
    settings.SECOND_LOOK_PERCENT = 5
    assert check_second_look() == []


def test_stands_again_before_the_signature(lena, rita, settings):
    case = to_ready(make_case(), rita)
    settings.SECOND_LOOK_PERCENT = 100
    with pytest.raises(SecondLookNeeded, match="Bring it back to review first"):
        attest(case, lena)
    assert again(case).state == "READY"


def test_keeps_what_the_first_person_decided(rita):
    case = company_case()
    accept(case, rita)
    for columns in ({"first_result": "DECLINED"}, {"first_digest": "x"}, {"reasons": []}):
        with pytest.raises(Exception, match="first_result_stays"), transaction.atomic():
            SecondLook.objects.update(**columns)


def seen_by(who: User, case: Case) -> panels.Bench:
    return workbench.bench(again(case), who, now=timezone.now(), asked={})


def test_page_offers_the_case_to_others_only(client, rita, robin):
    case = company_case()
    accept(case, rita)
    for who, offered in ((rita, False), (robin, True)):
        assert bench.banner(seen_by(who, case))["second_look_for_me"] == offered
        sign_in(client, who)
        assert ("Take this case" in client.get("/cases/kyb-1/").content.decode()) == offered


def test_of_a_withdrawn_case_is_void(rita, lena):
    case = company_case()
    accept(case, rita)
    act("withdraw_case", lena, case=case, reason="Gone.")
    assert services.open_for(case) is None
    with pytest.raises(errors.CannotBeDone):
        act("claim_case", lena, case=case)


def test_is_not_told_by_the_audit_trail_to_who_may_take_it(client, rita):
    case = make_case()
    act("claim_case", rita, case=case)
    row = review.documents_of(case)[0]
    act("decide_document", rita, case_document=row, decision="REJECTED", reason_code="EXPIRED")
    decided = timeline_of(case)[-1]
    assert decided.verb == "case.document_decided"
    act("decline_case", rita, case=again(case), reason="No.")
    search = {"q": case.customer.partner_customer_ref}

    def reads(who: User) -> bool:
        sign_in(client, who)
        shown = client.get("/audit/entry/", search).context["cl"].result_list
        opened = client.get(f"/audit/entry/{decided.pk}/change/").status_code
        home = "ocument decided" in client.get("/").content.decode()
        assert home == (opened == 200)
        return "case.document_decided" in [entry.verb for entry in shown]

    officer, auditor = person(Role.MLRO), person(Role.AUDITOR)
    assert reads(auditor)
    assert not reads(officer)
    decline(case, officer)
    assert reads(officer)


def test_is_not_told_by_what_was_put_on_the_list_with_a_rejection(rita, robin):
    case = make_case()
    act("claim_case", rita, case=case)
    row = review.documents_of(case)[0]
    act("decide_document", rita, case_document=row, decision="REJECTED", reason_code="EXPIRED")
    assert case.requested_items.collected().exists()
    act("decline_case", rita, case=again(case), reason="No.")
    assert not case.requested_items.collected().exists()


def test_does_not_tell_by_the_list_what_the_first_one_meant_to_ask(rita, robin, client):
    case = act("claim_case", rita, case=make_case())
    act("collect_item", rita, case=again(case), code="OTHER", text="Send the real passport.")
    act("decline_case", rita, case=again(case), reason="A forgery.")
    act("claim_case", robin, case=again(case))
    sign_in(client, robin)
    assert not case.requested_items.collected().exists()
    for tab in ("messages", "history"):
        shown = client.get(f"/cases/case-1/tabs/{tab}/").content.decode()
        assert "real passport" not in shown
        assert "tem collected" not in shown
