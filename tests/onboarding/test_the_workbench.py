"""The workbench: who sees what, every button, and that nothing typed is lost."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice import vault
from backoffice.audit import timeline_of
from onboarding import queues, review, services
from onboarding.models import Case
from tests.customers import specimens
from tests.onboarding.conftest import (
    COMPANY,
    act,
    again,
    attest,
    make_case,
    make_customer,
    person_details,
    say,
    to_ready,
    to_submitting,
    upload,
)
from tests.people import actor, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """Signs a person in and returns their browser."""

    def enter(user):
        sign_in(client, user)
        return client

    return enter


def page(client, case, **query):
    return client.get(f"/cases/{case.case_ref}/", query).content.decode()


def press(client, case, button, **typed):
    seen = {"revision": again(case).revision}
    return client.post(f"/cases/{case.case_ref}/do/{button}/", seen | typed)


def test_hides_the_data_until_the_case_is_taken(desk, rita):
    case = make_case()
    browser = desk(rita)
    closed = page(browser, case)
    assert "Hauptstraße" not in closed
    assert "zoe@example.com" not in closed
    assert "Take this case" in closed
    press(browser, case, "claim")
    opened = page(browser, case)
    assert "Hauptstraße 1" in opened
    assert "28 February 1990" in opened
    assert "Germany (DE)" in opened


def test_shows_a_colleagues_case_masked(desk, rita, robin):
    case = make_case()
    act("claim_case", rita, case=case)
    shown = page(desk(robin), case)
    assert "zoe@example.com" not in shown
    assert "Only Rita, who has taken the case, sees its documents." in shown
    assert "Take this case" not in shown


def test_is_read_only_and_masked_for_support(desk, rita, sam):
    case = make_case()
    act("claim_case", rita, case=case)
    act("add_note", rita, case=case, note="She lives with Ada.")
    browser = desk(sam)
    shown = page(browser, case)
    assert "lives with Ada" not in shown
    assert "/do/" not in shown
    assert press(browser, case, "accept").status_code == 409
    row = case.case_documents.get()
    assert browser.get(reverse("onboarding:page", args=[case.case_ref, row.pk, 1])).status_code == 404


def test_is_closed_without_any_right(desk):
    from tests.people import person

    case = make_case()
    assert desk(person()).get(f"/cases/{case.case_ref}/").status_code == 404


def test_draws_pages_for_who_has_taken_the_case(desk, rita, robin):
    case = make_case()
    row = case.case_documents.get()
    address = reverse("onboarding:page", args=[case.case_ref, row.pk, 1])
    browser = desk(rita)
    assert browser.get(address).status_code == 404
    act("claim_case", rita, case=case)
    drawn = browser.get(address)
    assert (drawn.status_code, drawn["Content-Type"]) == (200, "image/png")
    assert drawn.content.startswith(b"\x89PNG")
    assert "no-store" in drawn["Cache-Control"]
    assert browser.get(reverse("onboarding:page", args=[case.case_ref, row.pk, 99])).status_code == 404
    assert "document.opened" in [entry.verb for entry in timeline_of(row.document)]
    assert desk(robin).get(address).status_code == 404


def test_has_the_first_page_whatever_becomes_of_the_others(desk, rita):
    """Each page is drawn alone, when it is turned to: one that cannot be drawn at all keeps no other one waiting."""
    customer = make_customer()
    torn = specimens.pdf(2).replace(b"/Kids [ 3 0 R 4 0 R ]", b"/Kids [ 3 0 R 99 0 R]")
    case = make_case(customer, document_ids=[upload(customer, content=torn).document_id])
    act("claim_case", rita, case=case)
    row, browser = case.case_documents.get(), desk(rita)
    shown = page(browser, case)
    first, second = (reverse("onboarding:page", args=[case.case_ref, row.pk, number]) for number in (1, 2))
    assert f'src="{first}"' in shown
    assert f'src="{second}"' not in shown
    assert browser.get(first).content.startswith(b"\x89PNG")
    assert browser.get(second).status_code == 404


def test_gives_the_original_only_as_a_file_to_keep(desk, rita):
    case = make_case()
    act("claim_case", rita, case=case)
    row = case.case_documents.get()
    answer = desk(rita).get(reverse("onboarding:original", args=[case.case_ref, row.pk]))
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content) == specimens.pdf()


def test_takes_a_case_from_review_to_a_signature_by_its_buttons(desk, rita, lena):
    customer = make_customer()
    documents = [upload(customer), upload(customer, "PROOF_OF_ADDRESS")]
    case = make_case(customer, document_ids=[each.document_id for each in documents])
    browser = desk(rita)
    browser.post("/cases/next/")
    first, second = review.documents_of(case)
    for row, following in ((first, second), (second, second)):
        answer = browser.post(
            reverse("onboarding:decide", args=[case.case_ref, row.pk]),
            {"decision": "ACCEPTED", "never_expires": "on"},
        )
        assert answer["Location"].endswith(f"?document={following.pk}")
    assert "Accept case" in page(browser, case)
    press(browser, case, "accept")
    assert again(case).state == "READY"
    assert "Sign and submit" not in page(browser, case)
    leader = desk(lena)
    press(leader, case, "claim")
    shown = page(leader, case)
    digest = re.search(r'name="seen_digest" value="([0-9a-f]{64})"', shown)[1]
    answer = leader.post(
        f"/cases/{case.case_ref}/do/attest/", {"seen_digest": digest, "seen_statement": "2026-11"}
    )
    assert answer.status_code == 302
    assert again(case).state == "SUBMITTING"
    assert "given the customer an id" in page(leader, case)


def test_asks_for_the_second_factor_before_a_signature(desk, lena):
    case = make_case()
    to_ready(case, lena)
    act("claim_case", lena, case=case)
    browser = desk(lena)
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    digest = review.content_digest(again(case))
    answer = browser.post(
        f"/cases/{case.case_ref}/do/attest/", {"seen_digest": digest, "seen_statement": "2026-11"}
    )
    assert "step_up_code" in answer.content.decode()
    assert again(case).state == "READY"


@pytest.mark.parametrize(
    ("button", "typed", "kept"),
    [
        ("ask", {"text_for_customer": " ", "note": "My hunch."}, "My hunch."),
        ("decline", {"reason": "z" * 5000}, "zzzz"),
        ("note", {"note": "y" * 5000}, "yyyy"),
    ],
)
def test_keeps_what_was_typed_when_it_is_refused(desk, rita, button, typed, kept):
    case = make_case()
    act("claim_case", rita, case=case)
    answer = press(desk(rita), case, button, **typed)
    assert answer.status_code == 409
    assert kept in answer.content.decode()
    assert again(case).state == "IN_REVIEW"


def test_keeps_the_words_of_a_rejection_without_a_reason(desk, rita):
    case = make_case()
    act("claim_case", rita, case=case)
    row = case.case_documents.get()
    address = reverse("onboarding:decide", args=[case.case_ref, row.pk])
    answer = desk(rita).post(address, {"decision": "REJECTED", "reason": "Blurred at the edge."})
    assert answer.status_code == 409
    assert "Blurred at the edge." in answer.content.decode()
    assert "Choose why the document is rejected." in answer.content.decode()


def test_changes_nothing_when_it_is_only_looked_at(desk, rita):
    case = make_case()
    browser = desk(rita)
    for address in (
        "/cases/next/",
        f"/cases/{case.case_ref}/do/claim/",
        f"/cases/{case.case_ref}/do/attest/",
    ):
        assert browser.get(address).status_code == 405
    assert again(case).state == "OPEN"


@pytest.mark.parametrize(
    "address", ["/cases/?queue=nonsense", "/cases/case-1/?document=x&page=-1", "/cases/case-1/?page=99999999"]
)
def test_survives_an_odd_address(desk, rita, address):
    make_case()
    assert desk(rita).get(address).status_code == 200


def test_shows_oceafins_words_and_contradictions(desk, lena):
    case = make_case()
    to_submitting(case, lena)
    browser = desk(lena)
    say(
        case.customer,
        "MISSING_INFO_REQUIRED",
        missing=[{"code": "X", "message": "<b>Clearer</b>", "documentType": "SELFIE"}],
    )
    shown = page(browser, case)
    assert "&lt;b&gt;Clearer&lt;/b&gt;" in shown
    act("return_to_review", lena, case=case, reason="They called.")
    say(case.customer, "APPROVED", after=60)
    assert "Oceafin says APPROVED" in page(browser, case)


def test_of_a_company_shows_its_people(desk, rita):
    company = make_customer("corp-1", customer_type="CORPORATE")
    case = make_case(company, details=COMPANY, document_ids=[])
    act("claim_case", rita, case=case)
    shown = page(desk(rita), case)
    assert "Beneficial owner 1" in shown
    assert "Spain (ES)" in shown


def test_is_readable_after_the_customer_was_erased(desk, rita):
    case = make_case()
    act("claim_case", rita, case=case)
    vault.destroy_key(case.customer.vault_key, now=timezone.now())
    assert "data was erased" in page(desk(rita), case)


def test_marks_what_the_open_document_must_match(desk, rita):
    case = make_case()
    act("claim_case", rita, case=case)
    shown = page(desk(rita), case)
    assert shown.count("data__row--match") == 5 - 1  # first and last name, date of birth, nationality


def test_queues_hold_the_most_urgent_first_and_empty_as_one_works(desk, rita, robin, lena):
    now = timezone.now()
    cases = [make_case(make_customer(f"c-{n}"), ref=f"q-{n}", document_ids=[]) for n in range(3)]
    Case.objects.filter(pk=cases[2].pk).update(due_at=now)
    assert [case.case_ref for case in queues.to_review(rita, now)] == ["q-2", "q-0", "q-1"]
    assert services.claim_next(actor=actor(rita), now=now).case_ref == "q-2"
    assert services.claim_next(actor=actor(rita), now=now).case_ref == "q-2"
    assert services.claim_next(actor=actor(robin), now=now).case_ref == "q-0"
    act("decline_case", rita, case=cases[2], reason="No.")
    assert queues.next_case(rita, now).case_ref == "q-1"
    # The free one, and the declined one for a second look.
    assert queues.count(queues.to_take(lena, now)) == 2
    shown = desk(rita).get("/cases/").content.decode()
    assert "q-1" in shown
    assert "q-0" not in shown


def test_queues_show_each_state_where_it_belongs(desk, lena):
    now = timezone.now()
    case = make_case()
    to_ready(case, lena)
    assert list(queues.to_sign(now)) == [case]
    attest(case, lena)
    assert list(queues.submitted(now)) == [case]
    assert list(queues.stuck(now)) == []
    assert list(queues.stuck(now + queues.SUBMITTING_AT_MOST * 2)) == [case]
    say(case.customer, "MISSING_INFO_REQUIRED")
    assert list(queues.missing_information(now)) == [case]
    act("return_to_review", lena, case=case, reason="x")
    act("claim_case", lena, case=case)
    act("ask_for_more", lena, case=case, text_for_customer="x", note="")
    assert list(queues.waiting_for_customer(now)) == [case]
    browser = desk(lena)
    for queue in queues.QUEUES:
        assert browser.get("/cases/", {"queue": queue.name}).status_code == 200


def test_list_of_all_cases_leads_to_the_workbench(desk, lena):
    case = make_case()
    browser = desk(lena)
    assert "case-1" in browser.get(reverse("admin:onboarding_case_changelist")).content.decode()
    answer = browser.get(reverse("admin:onboarding_case_change", args=[case.pk]))
    assert answer["Location"] == "/cases/case-1/"


def test_has_no_inline_script_or_style(desk, rita):
    case = make_case(details=person_details())
    act("claim_case", rita, case=case)
    shown = page(desk(rita), case)
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", shown)
