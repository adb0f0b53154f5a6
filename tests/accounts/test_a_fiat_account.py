"""An account in a customer's name and where to pay in: kept as Oceafin lists it, hidden until somebody says why."""

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from backoffice.audit import Actor
from backoffice.reveals.models import Reveal
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from customers import statuses
from payments.accounts import plan
from payments.accounts.fiat import listing, services, showing
from payments.accounts.fiat.models import DepositInstruction, FiatAccount
from tests.accounts.applying import apply
from tests.customers.conftest import known_customer
from tests.payments.people import IBAN, now
from tests.people import person, sign_in
from tests.waiting import eventually, somebody_waits_for_us

pytestmark = pytest.mark.django_db
ID = "7a0c2f1e-0000-4000-8000-000000000001"


@pytest.fixture
def customer():
    return known_customer()


def listed(**changes) -> dict:
    return {"fiatAccountId": ID, "status": "ACTIVE", "currency": "EUR", "iban": IBAN, **changes}


def where(**changes) -> dict:
    return {"fiatAccountId": ID, "currency": "EUR", "iban": IBAN, "paymentReference": "OCF-1", **changes}


def page_of(account: FiatAccount, *roles: Role) -> str:
    client = Client()
    sign_in(client, person(*roles))
    return client.get(showing.url_of(account)).content.decode()


def test_is_kept_whatever_else_the_list_holds(customer) -> None:
    odd = [{}, {"fiatAccountId": None}, {"status": "ACTIVE"}, listed(status="PENDING"), listed()]
    assert listing.keep_accounts(customer, odd, now()) == 1
    account = FiatAccount.objects.get()
    assert (account.status, account.masked_number, account.found_by) == ("ACTIVE", "•••• 2051", "READ")
    assert listing.keep_accounts(customer, [listed()], now()) == 0


def test_keeps_unknown_words_and_no_number_as_they_came(customer) -> None:
    odd = listed(
        iban=None, accountNumber=12345678, status="FROZEN_SOLID", currency="XTS", country=7, createdAt="May"
    )
    listing.keep_accounts(customer, [odd], now())
    account = FiatAccount.objects.get()
    assert (account.status, account.currency, account.opened_at) == ("FROZEN_SOLID", "XTS", None)
    assert account.details["accountNumber"] == "12345678"


def test_is_not_set_back_by_an_older_word(customer) -> None:
    listing.keep_accounts(customer, [listed(status="SUSPENDED", updatedAt="2026-06-28T10:00:00Z")], now())
    listing.keep_accounts(customer, [listed(updatedAt="2026-06-28T09:00:00Z")], now())
    assert FiatAccount.objects.get().status == "SUSPENDED"


def test_is_never_taken_over_by_another_customer(customer) -> None:
    listing.keep_accounts(customer, [listed()], now())
    assert listing.keep_accounts(known_customer("cust-2"), [listed(status="CLOSED")], now()) == 0
    account = FiatAccount.objects.get()
    assert (account.status, account.customer_id) == ("ACTIVE", customer.pk)


def test_gets_its_instructions_whichever_came_first(customer) -> None:
    listing.keep_instructions(customer, [where()], now())
    listing.keep_accounts(customer, [listed()], now())
    account = FiatAccount.objects.get()
    assert account.instructions.get().details["paymentReference"] == "OCF-1"


def test_warns_of_instructions_that_oceafin_no_longer_lists(customer) -> None:
    listing.keep_accounts(customer, [listed()], now())
    listing.keep_instructions(customer, [where()], now() - timedelta(minutes=10))
    listing.keep_instructions(customer, [where(iban="DE89370400440532013000")], now())
    old, new = DepositInstruction.objects.order_by("id")
    assert (old.is_listed, new.is_listed) == (False, True)
    html = page_of(FiatAccount.objects.get(), Role.PAYMENTS_MAKER)
    assert "Nobody should pay there." in html


def test_takes_in_instructions_that_name_no_account_or_no_number(customer) -> None:
    odd = [where(fiatAccountId=None), {"currency": "EUR"}, {"iban": IBAN}, where(fiatAccountId=None)]
    listing.keep_instructions(customer, odd, now())
    assert DepositInstruction.objects.count() == 2


def test_hides_its_number_from_all_and_from_some_for_ever(customer) -> None:
    listing.keep_accounts(customer, [listed()], now())
    listing.keep_instructions(customer, [where()], now())
    account = FiatAccount.objects.get()
    for role in (Role.PAYMENTS_MAKER, Role.SUPPORT, Role.AUDITOR):
        html = page_of(account, role)
        assert "2051" in html
        assert IBAN not in html
        assert "OCF-1" not in html
    support = Actor.staff(person(Role.SUPPORT))
    with pytest.raises(NotAllowed):
        services.reveal_instructions(account, purpose="CUSTOMER_ASKED", actor=support, now=now())


def test_shows_where_to_pay_in_once_and_on_record(customer) -> None:
    listing.keep_accounts(customer, [listed()], now())
    listing.keep_instructions(customer, [where(bankName="Specimen Bank")], now())
    account = FiatAccount.objects.get()
    maker = Actor.staff(person(Role.PAYMENTS_MAKER))
    (found,) = services.reveal_instructions(account, purpose="CUSTOMER_ASKED", actor=maker, now=now())
    assert showing.as_text(found) == (
        f"IBAN: {IBAN}\nBank: Specimen Bank\nPayment reference: OCF-1\nCurrency: EUR"
    )
    assert Reveal.objects.get().subject_id == str(account.pk)


def test_shows_on_the_queue_and_the_list_without_a_number(customer) -> None:
    listing.keep_accounts(customer, [listed(), listed(fiatAccountId=str(uuid4()), iban=None)], now())
    client = Client()
    sign_in(client, person(Role.SUPPORT))
    for address in ("/fiat-accounts/?queue=open", "/fiat_accounts/fiataccount/"):
        html = client.get(address).content.decode()
        assert "•••• 2051" in html
        assert IBAN not in html


@pytest.mark.django_db(transaction=True)
def test_is_kept_while_an_event_of_the_same_customer_is_handled(customer) -> None:
    apply(customer)
    plan.want(customer, *listing.hearing.LISTS, now=now())

    def keep_the_page() -> None:
        try:
            listing.keep_accounts(customer, [listed(applicationRef="fa-1")], now())
        finally:
            connection.close()

    page = Thread(target=keep_the_page)
    with transaction.atomic():
        statuses.locked(customer)
        page.start()
        eventually(somebody_waits_for_us)
        plan.want(customer, *listing.hearing.LISTS, now=now())
    page.join(30)
    assert FiatAccount.objects.get().application.application_ref == "fa-1"
