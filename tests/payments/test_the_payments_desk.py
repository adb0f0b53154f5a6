"""The pages of payments: who sees what, and that every button makes the one service call it names."""

import re

import pgtrigger
import pytest
from django.test import Client
from django.urls import reverse

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.reveals.models import Reveal
from backoffice.staff.roles import Role
from payments import services, showing
from payments.models import BankAccount, PaymentRequest
from tests.customers.conftest import known_customer
from tests.payments.people import (
    IBAN,
    account_of,
    approve,
    fresh,
    now,
    open_money_out,
    requested,
    waiting_payment,
)
from tests.people import person, sign_in
from tests.reveals.conftest import press_show

pytestmark = pytest.mark.django_db


def as_a(client: Client, *roles: Role):
    user = person(*roles)
    sign_in(client, user)
    return user


def page_of(client: Client, payment: PaymentRequest) -> str:
    answer = client.get(reverse("admin:payments_paymentrequest_change", args=[payment.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def approve_by_click(client: Client, payment: PaymentRequest):
    url = reverse("payments:approve", args=[payment.payment_ref])
    [terms] = re.findall(r'name="seen_terms" value="(\w+)"', client.get(url).content.decode())
    return client.post(url, {"seen_terms": terms})


def test_let_an_approver_approve_with_two_clicks(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.PAYMENTS_APPROVER)
    page = page_of(client, payment)
    for shown in (
        "100.00",
        "1.00",
        "99.00",
        "•••• 2051",
        "0 of 1 approvals: now it needs one payments approver",
    ):
        assert shown in page
    assert IBAN not in page
    approve_by_click(client, payment)
    assert fresh(payment).state == "APPROVED"


def test_lead_from_one_payment_to_the_next(client: Client) -> None:
    first, second = waiting_payment("wd-1"), waiting_payment("wd-2")
    as_a(client, Role.PAYMENTS_APPROVER)
    answer = approve_by_click(client, first)
    assert client.get(answer.url).url == reverse("admin:payments_paymentrequest_change", args=[second.pk])
    approve_by_click(client, second)
    assert client.get(reverse("payments:next")).url == reverse("payments:queue")


def test_open_on_what_needs_a_lead_where_nothing_is_theirs_to_approve(client: Client) -> None:
    stuck = waiting_payment("wd-stuck")
    PaymentRequest.objects.filter(pk=stuck.pk).update(contradicted=True, contradiction="Another amount.")
    waiting_payment("wd-fresh")
    as_a(client, Role.OPERATIONS_LEAD)
    page = client.get(reverse("payments:queue")).content.decode()
    assert "wd-stuck" in page
    assert "wd-fresh" not in page
    assert "Open the next one" not in page


def test_lead_from_a_failed_payment_to_what_to_do_until_somebody_took_note(client: Client) -> None:
    payment = waiting_payment()
    with pgtrigger.ignore():
        PaymentRequest.objects.update(state="FAILED", failure_reason="The account is closed.")
    as_a(client, Role.OPERATIONS_LEAD)
    assert "What to do next" in page_of(client, payment)
    PaymentRequest.objects.update(noted_at=now())
    assert "What to do next" not in page_of(client, payment)


def test_say_where_the_work_is_in_an_empty_queue(client: Client) -> None:
    waiting_payment()
    as_a(client, Role.PAYMENTS_MAKER)
    page = client.get(f"{reverse('payments:queue')}?queue=sending").content.decode()
    assert '<a class="button" href="?queue=approval">' in page


def test_change_nothing_when_they_are_read(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.PAYMENTS_APPROVER)
    for name in ("approve", "reveal"):
        client.get(reverse(f"payments:{name}", args=[payment.payment_ref]))
    for name in ("stop_money_out", "ask_to_open", "confirm_open"):
        assert client.get(reverse(f"payments:{name}")).status_code == 405
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert not Entry.objects.filter(verb="bank_account.revealed").exists()


def test_show_the_account_in_full_only_on_record(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.PAYMENTS_APPROVER)
    answer = client.post(reverse("payments:reveal", args=[payment.payment_ref]))
    assert IBAN in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert Entry.objects.filter(verb="bank_account.revealed").count() == 1


def test_show_what_a_payment_is_for_to_who_decides_it_and_that_is_on_record(client: Client) -> None:
    payment = waiting_payment()
    approver = as_a(client, Role.PAYMENTS_APPROVER)
    for _again in range(2):
        assert "invoice 17" in page_of(client, payment)
    look = Reveal.objects.get()
    assert (look.user, look.purpose, look.subject_name) == (approver, "DECISION", payment.payment_ref)


def test_hide_what_a_payment_is_for_until_a_purpose_was_stated(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.PAYMENTS_MAKER)
    assert "invoice 17" not in page_of(client, payment)
    assert not Reveal.objects.exists()
    press_show(client, showing.url_of(payment), purpose="PAYMENT_TRACED")
    assert "invoice 17" in page_of(client, payment)


def test_show_an_account_in_full_for_a_stated_purpose(client: Client) -> None:
    account = waiting_payment().beneficiary
    as_a(client, Role.PAYMENTS_MAKER)
    address = reverse("admin:payments_bankaccount_do", args=[account.pk, "reveal"])
    assert IBAN not in client.post(address, {"confirmed": "1", "purpose": ""}).content.decode()
    answer = client.post(address, {"confirmed": "1", "purpose": "PAYMENT_TRACED", "words": "Returned."})
    assert IBAN in answer.content.decode()
    assert Reveal.objects.get().words == "Returned."


def test_hide_persons_from_support(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.SUPPORT)
    page = page_of(client, payment)
    assert "invoice 17" not in page
    assert payment.customer.display_name not in page
    assert client.post(reverse("payments:reveal", args=[payment.payment_ref])).status_code == 404


@pytest.mark.parametrize("role", [Role.COMPLIANCE_REVIEWER, Role.ADMINISTRATOR])
def test_are_closed_to_who_has_nothing_to_do_with_them(client: Client, role: Role) -> None:
    payment = waiting_payment()
    as_a(client, role)
    assert client.get(reverse("payments:queue")).status_code == 404
    assert client.post(reverse("payments:approve", args=[payment.payment_ref])).status_code == 404
    url = reverse("admin:payments_paymentrequest_change", args=[payment.pk])
    assert client.get(url).status_code in {302, 403, 404}


def test_do_not_let_a_maker_approve(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.PAYMENTS_MAKER)
    url = reverse("payments:approve", args=[payment.payment_ref])
    assert client.post(url, {"seen_terms": payment.terms_digest}).status_code == 404
    assert fresh(payment).state == "PENDING_APPROVAL"


def test_let_a_maker_ask_for_a_payout(client: Client) -> None:
    account = account_of(known_customer())
    user = as_a(client, Role.PAYMENTS_MAKER)
    url = f"{reverse('payments:request')}?customer=cust-1"
    asked = {"payment_ref": "wd-7", "bank_account_ref": account.bank_account_ref, "purpose": "rent"}
    wrong = client.post(url, {**asked, "amount": "10.001"}).content.decode()
    assert "EUR has 2 digits after the point" in wrong
    assert not PaymentRequest.objects.exists()
    client.post(url, {**asked, "amount": "10.00"})
    assert PaymentRequest.objects.get().maker_user_ids == [user.pk]


def test_let_a_maker_add_a_bank_account(client: Client) -> None:
    known_customer()
    as_a(client, Role.PAYMENTS_MAKER)
    url = f"{reverse('payments:account')}?customer=cust-1"
    asked = {
        "bank_account_ref": "ba-1",
        "accountHolderName": "Ada",
        "iban": "DE00",
        "country": "DE",
        "currency": "EUR",
        "holder_type": "SAME_NAME",
    }
    assert "This is no IBAN" in client.post(url, asked).content.decode()
    client.post(url, {**asked, "iban": IBAN})
    assert BankAccount.objects.get().masked_number == "•••• 2051"


def test_find_no_customer_that_is_not_there(client: Client) -> None:
    as_a(client, Role.PAYMENTS_MAKER)
    answer = client.get(f"{reverse('payments:request')}?customer=nobody")
    assert "There is no customer of this reference" in answer.content.decode()


def test_let_an_approver_reject_with_a_reason(client: Client) -> None:
    payment = waiting_payment()
    as_a(client, Role.PAYMENTS_APPROVER)
    url = reverse("admin:payments_paymentrequest_do", args=[payment.pk, "reject"])
    client.post(url, {"confirmed": "1", "reason": ""})
    assert fresh(payment).state == "PENDING_APPROVAL"
    client.post(url, {"confirmed": "1", "reason": "not ours"})
    assert fresh(payment).state == "REJECTED"


def test_let_two_administrators_open_money_out_and_one_person_stop_it(client: Client) -> None:
    as_a(client, Role.ADMINISTRATOR)
    client.post(reverse("payments:ask_to_open"))
    client.post(reverse("payments:confirm_open"))
    assert not services.money_out().is_open
    assert "Confirm it" not in client.get("/").content.decode()
    as_a(client, Role.ADMINISTRATOR)
    assert "Confirm it" in client.get("/").content.decode()
    client.post(reverse("payments:confirm_open"))
    assert services.money_out().is_open
    as_a(client, Role.PAYMENTS_MAKER)
    client.post(reverse("payments:stop_money_out"), {"reason": ""})
    assert services.money_out().is_open
    client.post(reverse("payments:stop_money_out"), {"reason": "a phone call"})
    assert not services.money_out().is_open
    assert "a phone call" in client.get(reverse("payments:money_out")).content.decode()


def test_queue_what_waits_for_each_person(client: Client) -> None:
    mine = person(Role.PAYMENTS_MAKER)
    open_money_out()
    payment = waiting_payment(by=Actor.staff(mine))
    approved = approve(waiting_payment("wd-2"))
    sign_in(client, mine)
    assert "wd-1" in client.get(f"{reverse('payments:queue')}?queue=approval").content.decode()
    assert approved.payment_ref in client.get(f"{reverse('payments:queue')}?queue=sending").content.decode()
    as_a(client, Role.PAYMENTS_APPROVER)
    assert payment.payment_ref in client.get(reverse("payments:queue")).content.decode()


def test_list_payments_accounts_and_rates(client: Client) -> None:
    requested(account_of(known_customer()))
    as_a(client, Role.OPERATIONS_LEAD)
    for name in ("paymentrequest", "bankaccount", "exchangerate"):
        assert client.get(reverse(f"admin:payments_{name}_changelist")).status_code == 200
    account = BankAccount.objects.get()
    page = client.get(reverse("admin:payments_bankaccount_change", args=[account.pk])).content.decode()
    assert IBAN not in page
    new = reverse("admin:payments_exchangerate_new")
    client.post(new, {"currency": "EUR", "rate": "1", "source": "ECB"})
    client.post(new, {"currency": "USD", "rate": "0.92", "source": "ECB"})
    from payments.models import ExchangeRate

    assert [str(rate.currency) for rate in ExchangeRate.objects.all()] == ["USD"]
    assert now() > ExchangeRate.objects.get().at
