"""An erased customer: every page and act of the desk says so or goes on, and nothing waits for ever."""

import itertools

import pytest
from django.utils import timezone

from backoffice import vault
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from customers.likeness import services as likeness
from customers.screening import services as screening
from onboarding.models import Case
from tests.onboarding.conftest import COMPANY, act, again, make_case, make_customer, screened, upload
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db

PAGES = ("", "data/", "documents/add/", "hand-over/", "consent/", "drafts/")
TABS = ("data", "people", "risk", "messages", "history")
ACTS = (
    "claim",
    "accept",
    "ask",
    "collect",
    "drop",
    "unanswered",
    "remind",
    "decline",
    "return",
    "note",
    "release",
    "withdraw",
)


@pytest.fixture
def case(rita) -> Case:
    """A company's case with a hit, which Rita has taken; then the company is erased."""
    company = make_customer("corp-1", customer_type="CORPORATE", display_name="Specimen GmbH")
    papers = [upload(company, "REGISTER_EXTRACT").document_id]
    case = make_case(company, ref="kyb-1", details=COMPANY, document_ids=papers)
    screened(case, screening.Found(kind="PEP", name="C D"))
    act("claim_case", rita, case=case)
    vault.destroy_key(case.customer.vault_key, now=timezone.now())
    return again(case)


def everybody() -> list[User]:
    return [person(role) for role in Role]


def pages(case: Case) -> list[str]:
    row = case.case_documents.get()
    return [
        *(f"/cases/kyb-1/{page}" for page in PAGES),
        *(f"/cases/kyb-1/?tab={tab}" for tab in TABS),
        *(f"/cases/kyb-1/tabs/{tab}/" for tab in TABS),
        f"/cases/kyb-1/documents/{row.pk}/pages/1.png",
        f"/cases/kyb-1/documents/{row.pk}/original/",
        f"/customers/customer/{case.customer_id}/change/",
        f"/customers/document/{row.document_id}/change/",
        *(f"/cases/?queue={queue}" for queue in ("review", "mine", "second", "stuck")),
        "/",
        "/duplicates/",
        "/looks/",
        "/audit/entry/",
    ]


def test_breaks_no_page_for_anybody(client, case, rita):
    for user in [rita, *everybody()]:
        sign_in(client, user)
        for page in pages(case):
            assert client.get(page).status_code < 500, (user, page)


def test_breaks_no_act(client, case, rita, lena):
    row, someone = case.case_documents.get(), case.people.first()
    hit = case.customer.screenings.exclude(hits=None).get().hits.get()
    typed = {
        "reason": "Because.",
        "note": "Note.",
        "text_for_customer": "Send it.",
        "text": "Words.",
        "code": "OTHER",
        "decision": "REJECTED",
        "reason_code": "UNREADABLE",
        "subject": "customer",
        "provider": "Lists",
        "list_date": "2026-11-01",
        "level": "LOW",
        "number": "123",
        "field.reason": "Half a word",
        "purpose": "OTHER",
        "words": "Why.",
        "case": "kyb-1",
        "to": rita.pk,
    }
    addresses = [
        *(f"/cases/kyb-1/do/{each}/" for each in ACTS),
        f"/cases/kyb-1/documents/{row.pk}/decide/",
        f"/cases/kyb-1/documents/{row.pk}/facts/",
        f"/cases/kyb-1/people/{someone.person_id}/decide/",
        f"/cases/kyb-1/risk/hits/{hit.pk}/decide/",
        "/cases/kyb-1/risk/screenings/",
        "/cases/kyb-1/risk/override/",
        "/cases/kyb-1/data/",
        "/cases/kyb-1/drafts/note/",
        "/cases/kyb-1/hand-over/",
        "/cases/kyb-1/consent/",
        "/cases/kyb-1/evidence/",
        "/cases/kyb-1/looking/",
        "/cases/kyb-1/do/attest/",
        "/cases/chosen/reassign/",
        "/cases/chosen/export/",
    ]
    for user, address in itertools.product((rita, lena), addresses):
        sign_in(client, user)
        assert client.post(address, typed).status_code < 500, address


def test_has_a_case_that_can_still_be_ended(case, lena):
    act("withdraw_case", lena, case=case, reason="The customer was erased.")
    assert again(case).state == "WITHDRAWN"


def test_holds_up_nobody_who_looks_like_them(rita):
    gone, other = make_case(), make_case(make_customer("cust-2"), ref="case-2")
    likeness.compare(other.customer, now=timezone.now())
    pair = likeness.open_pairs_of(other.customer).get()
    vault.destroy_key(gone.customer.vault_key, now=timezone.now())
    likeness.decide(pair=pair, is_same=False, reason="Met both.", actor=actor(rita), now=timezone.now())
    assert not likeness.open_pairs_of(other.customer).exists()
