"""Information that Oceafin asks for before it goes on with a payout, or pays out in a currency at all."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.oceafin import contract
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers.models import Document
from payments import letters, queues, showing
from payments.accounts import plan
from payments.accounts.fiat.errors import Unfit
from payments.capabilities import needing
from payments.capabilities.models import WithdrawalCapability
from payments.capabilities.services import keep
from payments.desks import errors, informing
from payments.models import PaymentRequest
from tests.api.conftest import client_with
from tests.customers.conftest import upload
from tests.customers.specimens import pdf
from tests.payments.people import approve, approver, deliver, fresh, maker, now, requested
from tests.payments.test_a_payout import account, poll, states_of, to_sent  # noqa: F401
from tests.people import person, sign_in
from tests.simulator.driver import SimulatorProcess

__all__ = ["client_with"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(client_with):
    return client_with("payments")


def asked_about(oceafin: SimulatorProcess, account) -> PaymentRequest:  # noqa: F811
    payment = to_sent(account, purpose="simulate:missing")
    oceafin.step(3)
    return poll(payment)


def read_capabilities(account) -> None:  # noqa: F811
    plan.want(account.customer, "fiat_withdrawal_capabilities", now=now())
    plan.read(account.customer.readings.get(name="fiat_withdrawal_capabilities"))


def test_is_answered_with_text_and_a_document(client: Client, oceafin, account) -> None:  # noqa: F811
    payment = asked_about(oceafin, account)
    [item] = payment.missing
    assert (payment.state, item["code"], item["message"]) == (
        "NEEDS_INFO",
        "INVOICE_NEEDED",
        "Please send the invoice.",
    )
    sign_in(client, person(Role.PAYMENTS_MAKER))
    page = reverse("payout_desks:answer", args=["wd-1"])
    assert "Answer Oceafin" in client.get(reverse("payout_desks:failures")).content.decode()
    assert "Please send the invoice." in client.get(page).content.decode()
    file = SimpleUploadedFile("invoice.pdf", pdf(), content_type="application/pdf")
    sent = client.post(page, {"answer_0": "Here it is.", "file": file, "document_type": "OTHER"})
    assert sent.status_code == 302
    assert list(queues.held_or_failed(now())) == []
    told = client.get(showing.url_of(payment)).content.decode()
    assert "Answered. It goes to Oceafin by itself." in told
    assert "Oceafin asks for more." not in told
    with pytest.raises(errors.NothingAsked):
        informing.answer(fresh(payment), answers={0: "again"}, actor=maker(), now=now())
    deliver()
    letter = Submission.objects.get(kind="withdrawal.info")
    body = letters.body_of(letter)
    assert contract.validate_request("addFiatWithdrawalInfo", body) == []
    assert body["answers"] == [{"code": "INVOICE_NEEDED", "value": "Here it is."}]
    assert len(body["supportingDocuments"]) == 1
    assert fresh(payment).state == "SENT"
    oceafin.step(1)
    assert poll(payment).state == "SETTLED"


def test_is_asked_again_where_oceafin_does_not_take_it(oceafin, account) -> None:  # noqa: F811
    payment = asked_about(oceafin, account)
    with pytest.raises(Unfit):
        informing.answer(payment, answers={}, actor=maker(), now=now())
    with pytest.raises(NotAllowed):
        informing.answer(payment, answers={0: "words"}, actor=approver(), now=now())
    oceafin.fault("status", operation="addFiatWithdrawalInfo", status=400, code="PARTNER_VALIDATION_FAILED")
    one = informing.answer(payment, answers={0: "too short"}, actor=maker(), now=now())
    deliver()
    one.refresh_from_db()
    assert "PARTNER_VALIDATION_FAILED" in one.refusal
    assert [each.payment_ref for each in queues.held_or_failed(now())] == ["wd-1"]
    informing.answer(fresh(payment), answers={0: "The whole story."}, actor=maker(), now=now())
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.requests("addFiatWithdrawalInfo")) == 2


def test_is_not_sent_once_oceafin_does_not_wait_for_it(oceafin, account) -> None:  # noqa: F811
    payment = asked_about(oceafin, account)
    one = informing.answer(payment, answers={0: "words"}, actor=maker(), now=now())
    PaymentRequest.objects.filter(pk=payment.pk).update(state="SENT")
    deliver()
    assert oceafin.requests("addFiatWithdrawalInfo") == []
    one.refresh_from_db()
    assert (Submission.objects.get(kind="withdrawal.info").state, one.is_under_way) == ("WITHDRAWN", False)
    assert "does not wait for this answer" in one.refusal


def test_is_asked_again_where_oceafin_does_not_take_its_document(oceafin, account) -> None:  # noqa: F811
    payment = asked_about(oceafin, account)
    document = upload(payment.customer)
    oceafin.fault("status", operation="File", status=400, code="PARTNER_VALIDATION_FAILED")
    one = informing.answer(
        payment, answers={0: "words"}, documents=[document.document_id], actor=maker(), now=now()
    )
    deliver()
    one.refresh_from_db()
    assert document.file_name in one.refusal
    assert not Submission.objects.filter(kind="withdrawal.info").exists()
    assert informing.can_answer(fresh(payment))
    assert [each.payment_ref for each in queues.held_or_failed(now())] == ["wd-1"]
    round_2 = {"answers": {0: "other words"}, "now": now()}
    with pytest.raises(NotAllowed):
        informing.answer_round(payment, number=2, **round_2, actor=approver())
    with pytest.raises(errors.NothingAsked):
        informing.answer_round(payment, number=3, **round_2, actor=maker())
    assert informing.items_of(fresh(payment), 3) is None
    again, is_new = informing.answer_round(payment, number=2, **round_2, actor=maker())
    assert (again.number, is_new) == (2, True)
    assert informing.items_of(fresh(payment), 1) == informing.items_of(fresh(payment), 2)


def test_is_written_by_the_sweep_where_nobody_told_that_its_document_arrived(oceafin, account) -> None:  # noqa: F811
    payment = asked_about(oceafin, account)
    document = upload(payment.customer)
    informing.answer(
        payment, answers={0: "words"}, documents=[document.document_id], actor=maker(), now=now()
    )
    assert informing.write_waiting(now()) == 0
    Document.objects.filter(pk=document.pk).update(oceafin_file_asset_id=uuid4())
    assert informing.write_waiting(now()) == 1
    assert Submission.objects.filter(kind="withdrawal.info").count() == 1
    assert informing.write_waiting(now()) == 0


def test_about_a_currency_keeps_its_payouts_waiting_until_it_is_active(oceafin, account) -> None:  # noqa: F811
    oceafin.set(inactiveCapabilities={"EUR": "missing"})
    read_capabilities(account)
    payment = requested(account)
    deliver()
    assert fresh(payment).terms_digest == ""
    assert oceafin.requests("createFiatWithdrawalQuote") == []
    for _again in range(2):
        needing.tend(now())
        deliver()
    assert len(oceafin.requests("activateFiatWithdrawalCapability")) == 1
    capability = WithdrawalCapability.objects.get(currency="EUR")
    assert capability.status == "PENDING"
    oceafin.step(1)
    read_capabilities(account)
    capability.refresh_from_db()
    [question] = capability.missing
    assert question["message"] == "How much will be paid out in a month?"
    informing.answer(capability, answers={0: "10,000 EUR"}, actor=maker(), now=now())
    deliver()
    oceafin.step(1)
    read_capabilities(account)
    deliver()
    assert fresh(payment).terms_digest
    approve(payment)
    deliver()
    assert fresh(payment).state == "SENT"


def test_about_a_currency_keeps_nothing_back_where_oceafin_lists_none(oceafin, account) -> None:  # noqa: F811
    assert not WithdrawalCapability.objects.exists()
    assert to_sent(account).state == "SENT"
    keep(account.customer, [{"capabilityId": "c-1", "currency": "EUR", "status": "SUNNY"}], now())
    assert to_sent(account, "wd-2").state == "SENT"
    assert needing.tend(now()) == 0


def test_about_a_currency_is_answered_on_a_page(client: Client, account) -> None:  # noqa: F811
    item = {"capabilityId": "c-1", "currency": "EUR", "status": "MISSING_INFO_REQUIRED"}
    keep(account.customer, [{**item, "missing": [{"code": "VOLUME", "message": "How much?"}]}], now())
    sign_in(client, person(Role.PAYMENTS_MAKER))
    assert (
        "Before Oceafin pays out in a currency"
        in client.get(reverse("payout_desks:failures")).content.decode()
    )
    page = reverse("payout_desks:answer_capability", args=[WithdrawalCapability.objects.get().pk])
    assert "How much?" in client.get(page).content.decode()
    assert client.post(page, {"answer_0": "A lot."}).status_code == 302
    assert "Before Oceafin pays out" not in client.get(reverse("payout_desks:failures")).content.decode()


def test_is_answered_once_by_the_partners_system(oceafin, account, api) -> None:  # noqa: F811
    url = "/api/v1/payment-requests/wd-1/additional-info"
    asked_about(oceafin, account)
    shown = api.get(url).json()
    assert (shown["round"], shown["waitsForAnswer"]) == (1, True)
    assert shown["missing"][0]["message"] == "Please send the invoice."
    given = {"round": 1, "answers": [{"code": "INVOICE_NEEDED", "value": "Here it is."}]}
    assert api.post(url, {**given, "round": 2}, format="json").status_code == 409
    first = api.post(url, given, format="json")
    assert (first.status_code, first.json()["waitsForAnswer"]) == (201, False)
    assert api.post(url, given, format="json").status_code == 200
    other = [{"code": "INVOICE_NEEDED", "value": "Something else."}]
    assert api.post(url, {"round": 1, "answers": other}, format="json").status_code == 409
    deliver()
    assert len(oceafin.requests("addFiatWithdrawalInfo")) == 1
    assert api.get(url).json()["takenAt"]
