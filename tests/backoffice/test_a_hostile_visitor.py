"""A hostile or clumsy visitor of the staff site is refused with a sentence: nothing is half-saved, never a 500."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from backoffice.staff.roles import Role
from onboarding.models import Case
from payments.models import PaymentRequest
from tests.browser.doors import make_stale
from tests.customers.conftest import known_customer
from tests.onboarding.conftest import make_case, make_customer
from tests.payments.people import account_of, waiting_payment
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

NASTY = ("a\x00b", "\u202eקבצ" * 60, "9" * 40, "-1")
AMOUNTS = (
    "1e5",
    "-1",
    "0.001",
    "0",
    "1,000.00",
    "NaN",
    "Infinity",
    "١٢",
    " ",
    "9" * 60,
    "1_000",
    "0x10",
    "\x00",
)


def staff(*roles: Role) -> Client:
    client = Client(raise_request_exception=False)
    sign_in(client, person(*roles))
    return client


@pytest.fixture
def payment() -> PaymentRequest:
    return waiting_payment()


@pytest.fixture
def case() -> Case:
    return make_case(make_customer("cust-77"))


def pages(payment: PaymentRequest, case: Case) -> list[str]:
    row = case.case_documents.first().pk
    return [
        "/",
        "/cases/",
        f"/cases/{case.case_ref}/",
        f"/cases/{case.case_ref}/documents/{row}/pages/1.png",
        f"/cases/{case.case_ref}/documents/{row}/pages/99999999.png",
        f"/cases/{case.case_ref}/documents/{row}/original/",
        "/payouts/",
        "/payouts/next/",
        "/payouts/request/",
        "/payouts/account/",
        "/payouts/money-out/",
        f"/payouts/{payment.payment_ref}/approve/",
        "/customers/customer/",
        f"/customers/customer/{payment.customer_id}/change/",
        "/customers/customer/99999999999999999999/change/",
        "/customers/customer/a%00b/change/",
        "/customers/document/",
        "/payments/paymentrequest/",
        f"/payments/paymentrequest/{payment.pk}/change/",
        "/payments/bankaccount/",
        "/oceafin/submission/",
        "/webhooks/event/",
        "/staff/user/",
        "/staff/waiting/",
        "/account/",
        "/search/",
    ]


FIELDS = (
    "q",
    "queue",
    "document",
    "page",
    "customer",
    "after",
    "p",
    "o",
    "e",
    "state__exact",
    "next",
    "_changelist_filters",
)


@pytest.mark.parametrize(
    "role", [Role.MLRO, Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER, Role.PAYMENTS_APPROVER, Role.ADMINISTRATOR]
)
def test_asks_for_pages_with_nonsense_in_the_address(role: Role, payment, case) -> None:
    client = staff(role)
    wrong = []
    for page in pages(payment, case):
        for nasty in NASTY:
            answer = client.get(page, dict.fromkeys(FIELDS, nasty))
            if answer.status_code >= 500:
                for field in FIELDS:
                    if client.get(page, {field: nasty}).status_code >= 500:
                        wrong.append((page, field, nasty[:10]))
    assert wrong == []


def test_posts_nonsense_to_every_address(payment, case) -> None:
    wrong = []
    row = case.case_documents.first().pk
    texts = (
        "reason",
        "note",
        "text_for_customer",
        "reason_code",
        "decision",
        "document",
        "seen_terms",
        "seen_digest",
        "payment_ref",
        "amount",
        "purpose",
        "payment_reference",
        "bank_account_ref",
        "iban",
        "accountHolderName",
        "country",
        "currency",
        "holder_type",
        "display_name",
        "partner_customer_ref",
        "customer_type",
        "metadata",
        "standing",
        "email",
        "role",
        "name",
        "scopes",
        "login",
        "password",
        "code",
        "document_type",
        "file",
        "action",
        "_selected_action",
    )
    places = [
        f"/cases/{case.case_ref}/do/{act}/"
        for act in (
            "claim",
            "accept",
            "ask",
            "note",
            "decline",
            "return",
            "withdraw",
            "release",
            "attest",
            "nothing",
        )
    ]
    places += [
        f"/cases/{case.case_ref}/documents/{row}/decide/",
        "/payouts/request/?customer=cust-1",
        "/payouts/account/?customer=cust-1",
        f"/payouts/{payment.payment_ref}/approve/",
        f"/payouts/{payment.payment_ref}/reveal/",
        "/payouts/money-out/stop/",
        "/payouts/money-out/ask/",
        "/payouts/money-out/confirm/",
        "/sign-in/",
        "/sign-in/code/",
        "/account/password/",
        "/customers/customer/",
    ]
    places += [
        f"/payments/paymentrequest/{payment.pk}/do/{act}/"
        for act in ("cancel", "reject", "refresh", "nothing")
    ]
    places += [
        f"/customers/customer/{payment.customer_id}/do/{act}/"
        for act in ("restrict", "upload", "ask_again", "standing")
    ]
    for role in (
        Role.MLRO,
        Role.OPERATIONS_LEAD,
        Role.PAYMENTS_MAKER,
        Role.PAYMENTS_APPROVER,
        Role.ADMINISTRATOR,
    ):
        client = staff(role)
        for place in places:
            for nasty in NASTY[:2]:
                answer = client.post(place, dict.fromkeys(texts, nasty))
                if answer.status_code >= 500:
                    wrong.append((role.value, place, nasty[:10]))
    assert wrong == []


def test_asks_for_money_in_amounts_that_are_none(payment) -> None:
    client = staff(Role.PAYMENTS_MAKER)
    before = PaymentRequest.objects.count()
    for amount in AMOUNTS:
        answer = client.post(
            "/payouts/request/?customer=cust-1",
            {"payment_ref": "po-x", "bank_account_ref": "ba-1", "amount": amount, "purpose": "x"},
        )
        assert answer.status_code == 200, amount
        assert "error" in answer.content.decode(), amount
    assert PaymentRequest.objects.count() == before


def test_is_turned_away_without_a_session_and_never_acts_by_get(payment, case) -> None:
    nobody = Client(raise_request_exception=False)
    for page in pages(payment, case):
        answer = nobody.get(page)
        assert answer.status_code == 302, page
        assert answer["Location"].startswith("/sign-in/"), page
    lead = staff(Role.COMPLIANCE_LEAD)
    for act in ("claim", "accept", "decline", "withdraw", "attest"):
        lead.get(f"/cases/{case.case_ref}/do/{act}/")
    case.refresh_from_db()
    assert (case.state, case.claimed_by) == ("OPEN", None)


def test_asks_to_pay_to_the_account_of_another_customer(payment) -> None:
    other = known_customer("cust-2")
    account_of(other, "ba-of-another")
    typed = {"payment_ref": "po-x", "bank_account_ref": "ba-of-another", "amount": "10.00", "purpose": "x"}
    answer = staff(Role.PAYMENTS_MAKER).post("/payouts/request/?customer=cust-1", typed)
    assert answer.status_code == 200
    assert not PaymentRequest.objects.filter(payment_ref="po-x").exists()


def test_opens_what_another_role_may_see(payment, case) -> None:
    support, reviewer = staff(Role.SUPPORT), staff(Role.COMPLIANCE_REVIEWER)
    for page in ("/oceafin/submission/", "/webhooks/event/", "/staff/user/", "/payouts/request/"):
        assert support.get(page).status_code in {403, 404}, page
    assert reviewer.get(f"/payouts/{payment.payment_ref}/approve/").status_code == 404
    row = case.case_documents.first().pk
    assert support.get(f"/cases/{case.case_ref}/documents/{row}/original/").status_code == 404
    for page in (f"/cases/{case.case_ref}/", f"/customers/customer/{case.customer_id}/change/"):
        shown = support.get(page).content.decode()
        assert "zoe@example.com" not in shown
        assert "Hauptstra" not in shown


def test_posts_without_the_forms_own_token(payment, case) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    sign_in(client, person(Role.COMPLIANCE_LEAD))
    answer = client.post(f"/cases/{case.case_ref}/do/claim/")
    assert answer.status_code == 403
    case.refresh_from_db()
    assert case.claimed_by is None


def test_comes_back_to_the_page_of_the_form_after_the_session_ended(case) -> None:
    nobody = Client(raise_request_exception=False)
    page = f"/cases/{case.case_ref}/?document=1"
    answer = nobody.post(f"/cases/{case.case_ref}/do/claim/", headers={"Referer": f"http://testserver{page}"})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == [page]
    elsewhere = {"Referer": "https://elsewhere.example/x"}
    answer = nobody.post(f"/cases/{case.case_ref}/do/claim/", headers=elsewhere)
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == ["/"]


def test_goes_back_from_the_question_for_a_code_to_the_page_that_led_there(case) -> None:
    client = staff(Role.COMPLIANCE_LEAD)
    make_stale()
    act, page = f"/cases/{case.case_ref}/do/attest/", f"/cases/{case.case_ref}/"
    asked = client.post(act, headers={"Referer": f"http://testserver{page}"})
    assert f'href="{page}"' in asked.content.decode()
    typed = {"step_up_code": "000000", "step_up_back": page}
    asked = client.post(act, typed, headers={"Referer": f"http://testserver{act}"})
    assert f'href="{page}"' in asked.content.decode()
