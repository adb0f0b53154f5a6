"""Asking for more: collected while reading, sent once, in the customer's language, and answered item by item."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.audit import note_of, timeline_of
from backoffice.staff.errors import NotAllowed
from onboarding import errors, review
from onboarding.models import InfoRequest
from onboarding.requested import services as requested
from onboarding.requested.models import CustomerText, RequestedItem
from onboarding.requested.telling import asked_for
from onboarding.requested.texts import NAMES, TEXTS
from onboarding.requirements import RejectReason
from tests.customers import specimens
from tests.onboarding.conftest import (
    PARTNER,
    act,
    again,
    attest,
    make_case,
    make_customer,
    person_details,
    say,
    to_ready,
    upload,
)
from tests.people import actor, sign_in

pytestmark = pytest.mark.django_db


def details(locale: str = "", **changes):
    whole = person_details(**changes)
    if locale:
        whole["consentEvidence"] = {**whole["consentEvidence"], "locale": locale}
    return whole


@pytest.fixture
def case(rita):
    case = make_case(details=details("de-AT"))
    act("claim_case", rita, case=case)
    return again(case)


def reject(case, who, code="EXPIRED"):
    row = review.documents_of(case)[0]
    act("decide_document", who, case_document=row, decision="REJECTED", reason_code=code)
    return row


def messages(case) -> list[str]:
    return [item["message"] for item in asked_for(again(case))]


def send(case, who, text="", note=""):
    act("ask_for_more", who, case=case, text_for_customer=text, note=note)


def test_collects_several_and_sends_them_in_one_letter(case, rita):
    act("collect_item", rita, case=case, code="DOCUMENT_NEEDED", document_type="PROOF_OF_ADDRESS")
    act("collect_item", rita, case=case, code="DATA_NEEDED")
    assert again(case).state == "IN_REVIEW"
    assert not InfoRequest.objects.exists()
    send(case, rita, "Please call us.", note="She moved.")
    assert again(case).state == "NEEDS_INFO"
    assert messages(case) == [
        "Bitte senden Sie uns dieses Dokument: Adressnachweis.",
        "Einige Ihrer Angaben fehlen oder sind unklar. Bitte prüfen und ergänzen Sie sie.",
        "Please call us.",
    ]
    letter = InfoRequest.objects.get().text_for_customer
    assert "Adressnachweis" in letter
    assert "moved" not in letter
    assert note_of(timeline_of(case)[-1]) == "She moved."


def test_begins_with_a_rejected_document_and_not_with_a_final_reason(case, rita):
    reject(case, rita, "SUSPICIOUS")
    assert not RequestedItem.objects.exists()
    reject(case, rita, "EXPIRED")
    item = RequestedItem.objects.get()
    assert (item.code, item.document_type) == ("EXPIRED", "PASSPORT")
    act("decide_document", rita, case_document=item.about, decision="PENDING")
    with pytest.raises(errors.ReasonNeeded):
        send(case, rita)


@pytest.mark.parametrize("reason", list(RejectReason))
def test_begins_with_a_rejection_exactly_where_the_reviewer_was_told_so(client, case, rita, reason):
    sign_in(client, rita)
    groups = {code: str(group) for group, choices in RejectReason.grouped() for code, _label in choices}
    page = client.get(f"/cases/{case.case_ref}/").content.decode()
    assert f'<optgroup label="{groups[reason]}">' in page
    row = review.documents_of(case)[0]
    act("decide_document", rita, case_document=row, decision="REJECTED", reason_code=reason, reason="x")
    is_asked_for = case.requested_items.collected().exists()
    assert is_asked_for == (groups[reason] == "Ask for it again")
    page = client.get(f"/cases/{case.case_ref}/").content.decode()
    assert ("to be asked for again" in page) == is_asked_for
    assert ("final: ask for another one" in page) == reason.is_final


def test_shows_when_a_text_is_not_in_the_customers_language(rita):
    case = make_case(details=details("pl"))
    act("claim_case", rita, case=case)
    act("collect_item", rita, case=again(case), code="DATA_NEEDED")
    send(case, rita)
    [item] = asked_for(again(case))
    assert (item["language"], item["isFallback"]) == ("en", True)
    assert set(item["messages"]) == {"en", "de", "fr", "es"}


def test_says_what_a_lead_wrote(case, rita, lena):
    with pytest.raises(NotAllowed):
        requested.write_text(code="EXPIRED", language="de", text="x", actor=actor(rita), now=timezone.now())
    with pytest.raises(errors.ReasonNeeded, match="document"):
        requested.write_text(code="EXPIRED", language="de", text="x", actor=actor(lena), now=timezone.now())
    words = "Abgelaufen: {document}. Bitte neu."
    requested.write_text(code="EXPIRED", language="de", text=words, actor=actor(lena), now=timezone.now())
    reject(case, rita)
    send(case, rita)
    assert messages(case) == ["Abgelaufen: Reisepass. Bitte neu."]
    with pytest.raises(DatabaseError), transaction.atomic():
        CustomerText.objects.update(text="Other.")


def test_takes_a_thing_off_the_list_before_it_is_sent(case, rita):
    item = act("collect_item", rita, case=case, code="DATA_NEEDED")
    act("drop_item", rita, case=case, item=str(item.pk))
    for wrong in (str(item.pk), "x", "9" * 40):
        with pytest.raises(errors.CannotBeDone):
            act("drop_item", rita, case=case, item=wrong)
    with pytest.raises(errors.ReasonNeeded):
        send(case, rita)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "NONSENSE"},
        {"code": "EXPIRED"},
        {"code": "EXPIRED", "document_type": "NONSENSE"},
        {"code": "OTHER"},
        {"code": "OTHER", "text": "x" * 10_000},
        {"code": "OTHER", "text": "x", "language": "klingon!"},
    ],
)
def test_refuses_what_nobody_could_answer(case, rita, wrong):
    with pytest.raises(errors.ReasonNeeded):
        act("collect_item", rita, case=case, **wrong)


def test_is_done_by_who_has_taken_the_case(case, robin, lena):
    for who in (robin, lena):
        with pytest.raises(errors.ClaimedByAnother):
            act("collect_item", who, case=case, code="DATA_NEEDED")


def test_is_answered_item_by_item(case, rita):
    reject(case, rita)
    act("collect_item", rita, case=case, code="DOCUMENT_NEEDED", document_type="PROOF_OF_ADDRESS")
    act("collect_item", rita, case=case, code="DATA_NEEDED")
    send(case, rita)
    old = review.documents_of(case)[0].document
    new = upload(case.customer, content=specimens.pdf(pages=2))
    act(
        "amend_case",
        PARTNER,
        case=again(case),
        details=details("de-AT", phone="+49 30 7"),
        document_ids=[old.document_id, new.document_id],
    )
    assert again(case).state == "IN_REVIEW"
    answered = {
        item.code: (item.answered_at is not None, item.answered_by) for item in RequestedItem.objects.all()
    }
    assert answered == {
        "EXPIRED": (True, new),
        "DOCUMENT_NEEDED": (False, None),
        "DATA_NEEDED": (True, None),
    }
    act("claim_case", rita, case=again(case))
    assert act("collect_unanswered", rita, case=again(case)) == 1
    send(case, rita)
    assert messages(case) == ["Bitte senden Sie uns dieses Dokument: Adressnachweis."]


def test_ends_when_the_last_document_that_was_asked_for_is_added(case, rita):
    reject(case, rita)
    act("collect_item", rita, case=case, code="DOCUMENT_NEEDED", document_type="SELFIE")
    send(case, rita)
    selfie = upload(case.customer, "SELFIE", specimens.pdf(pages=2))
    act("add_document", PARTNER, case=again(case), document=selfie)
    assert again(case).state == "NEEDS_INFO"
    passport = upload(case.customer, content=specimens.pdf(pages=3))
    act("add_document", PARTNER, case=again(case), document=passport)
    assert again(case).state == "IN_REVIEW"
    assert InfoRequest.objects.get().answered_at is not None


def test_goes_the_same_way_in_oceafins_words(rita, lena):
    customer = make_customer()
    case = make_case(customer)
    to_ready(case, rita)
    attest(case, lena)
    say(
        customer,
        "MISSING_INFO_REQUIRED",
        missing=[{"code": "POA", "message": "Clearer, please.", "documentType": "PROOF_OF_ADDRESS"}],
    )
    [item] = asked_for(again(case))
    assert (item["by"], item["message"], item["language"]) == ("OCEAFIN", "Clearer, please.", None)
    say(customer, "MISSING_INFO_REQUIRED", after=5, missing=[{"code": "POF", "message": "Salary slip."}])
    assert messages(case) == ["Salary slip."]
    act("amend_case", PARTNER, case=again(case), details=details(phone="+49 30 8"), document_ids=[])
    assert again(case).state == "IN_REVIEW"
    assert RequestedItem.objects.get(code="POF").answered_at is not None
    assert not RequestedItem.objects.waiting().exists()


def test_is_repeated_once_a_day_at_most(case, rita, robin):
    with pytest.raises(errors.CannotBeDone):
        act("remind_customer", robin, case=case)
    act("collect_item", rita, case=case, code="DATA_NEEDED")
    send(case, rita)
    with pytest.raises(requested.RemindedAlready, match="Wait a day"):
        act("remind_customer", robin, case=again(case))
    tomorrow = timezone.now() + requested.REMIND_AT_MOST_EVERY
    requested.remind_customer(case=again(case), actor=actor(robin), now=tomorrow)
    with pytest.raises(requested.RemindedAlready):
        requested.remind_customer(case=again(case), actor=actor(robin), now=tomorrow)


def test_has_words_in_every_language_for_every_reason_and_document():
    from customers.files import DocumentType
    from onboarding.requested.texts import ABOUT_DATA, PLACE, AskCode

    for code in set(AskCode) - {AskCode.OTHER}:
        assert set(TEXTS[code]) == {"en", "de", "fr", "es"}
        assert all((PLACE in text) == (code not in ABOUT_DATA) for text in TEXTS[code].values())
    assert set(NAMES) == set(DocumentType) - {"OTHER"}


def test_keeps_words_as_they_were_sent(case, rita):
    act("collect_item", rita, case=case, code="DATA_NEEDED")
    with pytest.raises(DatabaseError), transaction.atomic():
        RequestedItem.objects.update(texts_sealed=b"x")
    with pytest.raises(DatabaseError), transaction.atomic():
        RequestedItem.objects.all().delete()


def test_is_done_on_the_page(client, case, rita):
    sign_in(client, rita)
    do = "/cases/case-1/do/"
    client.post(f"{do}collect/", {"code": "DATA_NEEDED", "tab": "messages"})
    page = client.get("/cases/case-1/?tab=messages").content.decode()
    assert "Einige Ihrer Angaben fehlen" in page
    refused = client.post(f"{do}collect/", {"code": "OTHER", "text": " ", "tab": "messages"})
    assert refused.status_code == 409
    assert client.post(f"{do}ask/", {"text_for_customer": "", "note": ""}).status_code == 302
    page = client.get("/cases/case-1/?tab=messages").content.decode()
    assert "Einige Ihrer Angaben fehlen" in page
    assert again(case).state == "NEEDS_INFO"


def test_is_worded_by_a_lead_on_a_page(client, rita, lena):
    typed = {"code": "EXPIRED", "language": "pl", "text": "Dokument wygasł: {document}."}
    sign_in(client, rita)
    client.post("/requested/customertext/write/", typed)
    assert not CustomerText.objects.exists()
    sign_in(client, lena)
    assert client.post("/requested/customertext/write/", typed).status_code == 302
    shown = client.get("/requested/customertext/").content.decode()
    assert "Dokument wygasł" in shown
    assert "Polish" in shown
