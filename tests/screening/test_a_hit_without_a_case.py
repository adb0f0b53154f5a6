"""A hit without a case: seen on the page of the customer and of the payee, decided there, told to who approves."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from backoffice.staff.roles import Role
from customers.screening import services
from customers.screening.models import Hit
from customers.screening.subjects import CUSTOMER, payee_key
from tests.payments.people import account_of, waiting_payment
from tests.people import actor, person, sign_in
from tests.reveals.conftest import press_show

pytestmark = pytest.mark.django_db


def screen(customer, *, key=CUSTOMER, name="", kind="SANCTIONS", hits=1):
    now = timezone.now()
    found = [services.Found(kind=kind, name="ADA EXEMPLE", note="Born 1951.") for _each in range(hits)]
    screening, _is_new = services.record_screening(
        customer=customer,
        screening_ref=f"scr-{uuid4().hex[:12]}",
        subject_key=key,
        subject_name=name,
        provider="Specimen Lists",
        list_date=(now - timedelta(days=1)).date(),
        screened_at=now,
        hits=found,
        actor=actor(person(Role.COMPLIANCE_REVIEWER)),
        now=now,
    )
    return screening.hits.first()


def customer_page(customer):
    return reverse("admin:customers_customer_change", args=[customer.pk])


def payment_page(payment):
    return reverse("admin:payments_paymentrequest_change", args=[payment.pk])


def test_is_marked_on_the_customers_page_and_decided_from_there(client, rita):
    account = account_of(waiting_payment().customer, "ba-2")
    customer = account.customer
    hit = screen(customer, name="Ada Example")
    sign_in(client, rita)
    page, address = client.get(customer_page(customer)).text, f"/screening/hits/{hit.pk}/"
    assert address in page
    assert "Screening hit to decide" in page
    assert address in client.get(customer_page(customer).replace("/change/", "/tabs/people/")).text
    hidden = client.get(address).text
    assert "ADA EXEMPLE" not in hidden
    assert "Your answer" not in hidden
    answer = {"decision": "DISMISSED", "reason": "Another birthday."}
    assert client.post(address, answer).status_code == 409
    press_show(client, customer_page(customer))
    assert "ADA EXEMPLE" in client.get(address).text
    refused = client.post(address, {"decision": "DISMISSED", "reason": " long" * 500})
    assert refused.status_code == 409
    assert " long long" in refused.text
    done = client.post(f"{address}?next=/customers/", answer)
    assert done.url == "/customers/"
    assert Hit.objects.get().decision == "DISMISSED"
    again = client.post(address, answer)
    assert "decided this hit already" in again.text


def test_is_opened_again_by_a_lead_alone(client, rita, lena):
    hit = screen(waiting_payment().customer)
    services.decide_hit(hit=hit, decision="DISMISSED", reason="No.", actor=actor(rita), now=timezone.now())
    address, answer = f"/screening/hits/{hit.pk}/", {"decision": "OPEN", "reason": "The list was mended."}
    sign_in(client, rita)
    assert "needs the right" in client.post(address, answer).text
    sign_in(client, lena)
    assert client.post(address, answer).status_code == 302
    assert Hit.objects.get().decision == "OPEN"


def test_is_nothing_for_support(client):
    hit = screen(waiting_payment().customer)
    sign_in(client, person(Role.SUPPORT))
    address = customer_page(hit.screening.customer)
    assert "hit to decide" not in client.get(address).text
    assert client.get(address.replace("/change/", "/tabs/people/")).status_code == 404
    assert client.get(f"/screening/hits/{hit.pk}/").status_code == 404


@pytest.mark.parametrize("key", [CUSTOMER, payee_key("ba-1")])
def test_warns_who_approves_a_payment(client, rita, key):
    payment = waiting_payment()
    hit = screen(payment.customer, key=key)
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    approving = reverse("payments:approve", args=[payment.payment_ref])
    for address in (payment_page(payment), approving):
        shown = client.get(address).text
        assert "A screening hit is open." in shown, address
        assert "/screening/hits/" not in shown
    services.decide_hit(hit=hit, decision="CONFIRMED", reason="It is.", actor=actor(rita), now=timezone.now())
    assert "A hit on a sanctions list is confirmed." in client.get(approving).text


def test_of_another_payee_warns_nobody(client, rita):
    payment = waiting_payment()
    screen(payment.customer, key=payee_key("ba-9"))
    dismissed = screen(payment.customer)
    services.decide_hit(
        hit=dismissed, decision="DISMISSED", reason="No.", actor=actor(rita), now=timezone.now()
    )
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    assert "screening hit is open" not in client.get(payment_page(payment)).text


def test_is_shown_on_the_page_of_the_payee(client, rita):
    payment = waiting_payment()
    hit = screen(payment.customer, key=payee_key("ba-1"), name="Ada Example")
    other = screen(payment.customer)
    page = reverse("admin:payments_bankaccount_change", args=[payment.beneficiary_id])
    sign_in(client, person(Role.COMPLIANCE_LEAD))
    shown = client.get(page).text
    assert f"/screening/hits/{hit.pk}/" in shown
    assert f"/screening/hits/{other.pk}/" not in shown
    assert "Payee ba-1" in shown
    sign_in(client, person(Role.SUPPORT))
    assert "Payee ba-1" not in client.get(page).text
