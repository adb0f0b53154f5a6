"""The pages of collections, and of what is switched off: who sees what, and that each button does what it says."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.staff.roles import Role
from payments.accounts import plan, refundable, switches
from payments.accounts.collections import hearing, showing
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.models import Reading
from tests.accounts.test_collections_over_the_api import item, keep, opened
from tests.customers.conftest import known_customer
from tests.payments.people import now
from tests.people import person, sign_in
from tests.reveals.conftest import press_show

pytestmark = pytest.mark.django_db
OFF = "/switched-off/"
WALLET = {"collection_wallet_ref": "cw-1", "asset": "usdc", "network": "polygon", "label": "Shop"}
SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"


@pytest.fixture
def customer():
    return known_customer()


def as_a(client: Client, *roles: Role):
    user = person(*roles)
    sign_in(client, user)
    return user


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def switch_off(operation: str = "createCollectionWallet") -> None:
    switches.remember(operation, code="PARTNER_PRODUCT_DISABLED", detail="Ask sales.", now=now())


def test_ask_for_a_wallet_only_after_it_was_confirmed(client: Client, customer) -> None:
    as_a(client, Role.PAYMENTS_MAKER)
    url = f"{reverse('collections:ask')}?customer=cust-1"
    assert "Ask for this wallet?" in client.post(url, WALLET).content.decode()
    assert not CollectionWallet.objects.exists()
    assert client.post(url, WALLET | {"confirmed": "1"}).status_code == 302
    wallet = CollectionWallet.objects.get()
    assert (wallet.asset, wallet.network, wallet.label) == ("USDC", "POLYGON", "Shop")


def test_ask_for_a_wallet_only_by_who_may(client: Client, customer) -> None:
    as_a(client, Role.PAYMENTS_APPROVER)
    assert client.get(f"{reverse('collections:ask')}?customer=cust-1").status_code == 404


def test_show_where_to_pay_in_but_not_to_support(client: Client, customer) -> None:
    opened(customer)
    wallet = CollectionWallet.objects.get()
    hearing.keep_wallets(customer, [{"walletId": wallet.wallet_id, "status": "ACTIVE"}], now())
    as_a(client, Role.PAYMENTS_MAKER)
    page = shown(client, showing.wallet_url(wallet))
    assert "data:image/svg+xml;base64," in page
    assert 'data-copy="0xabc"' in page
    as_a(client, Role.SUPPORT)
    page = shown(client, showing.wallet_url(wallet))
    assert "0xabc" not in page
    assert "data:image" not in page


def test_hide_who_paid_in_until_it_is_asked_for(client: Client, customer) -> None:
    keep(customer, item())
    collection = Collection.objects.get()
    as_a(client, Role.PAYMENTS_MAKER)
    url = showing.collection_url(collection)
    assert SENDER not in shown(client, url)
    press_show(client, url)
    assert SENDER in shown(client, url)


def test_lead_to_a_refund_only_where_there_is_one(client: Client, customer) -> None:
    keep(customer, item(status="COMPLETED"))
    collection = Collection.objects.get()
    as_a(client, Role.PAYMENTS_MAKER)
    link = "/payouts/request/?kind=REFUND&amp;sourceType=COLLECTION&amp;sourceId="
    assert link in shown(client, showing.collection_url(collection))
    url = refundable.request_url(refundable.COLLECTION, collection.collection_id, customer_ref="cust-1")
    assert collection.collection_id in shown(client, url)
    as_a(client, Role.PAYMENTS_APPROVER)
    assert link not in shown(client, showing.collection_url(collection))


def test_list_what_was_only_read(client: Client, customer) -> None:
    keep(customer, item(), item(2, amount="1e3", asset="DOGE"))
    as_a(client, Role.AUDITOR)
    page = shown(client, reverse("admin:collections_in_collection_changelist"))
    assert "Only a reading found it" in page
    assert "1e3 DOGE" in page


@pytest.mark.django_db(transaction=True)
def test_say_what_is_switched_off_and_let_a_lead_check_again(client: Client, customer) -> None:
    switch_off()
    as_a(client, Role.OPERATIONS_LEAD)
    page = shown(client, OFF)
    for words in ("Make a collection wallet", "Oceafin has not enabled this product for us", "Ask sales."):
        assert words in page
    client.post(f"{OFF}check-again/", {"operation": "createCollectionWallet"})
    assert not switches.is_off("createCollectionWallet")
    switch_off()
    assert "Nobody yet" not in shown(client, OFF)


def test_let_nobody_else_check_again(client: Client, customer) -> None:
    switch_off()
    as_a(client, Role.PAYMENTS_MAKER)
    assert "Check again" not in shown(client, OFF).replace("“Check again”", "")
    assert client.post(f"{OFF}check-again/", {"operation": "createCollectionWallet"}).status_code == 404
    assert switches.is_off("createCollectionWallet")


def test_warn_on_the_pages_of_that_product_alone(client: Client, customer) -> None:
    switch_off()
    as_a(client, Role.PAYMENTS_MAKER)
    words = "Switched off at Oceafin:"
    wallets = reverse("admin:collections_in_collectionwallet_changelist")
    assert words in shown(client, wallets)
    assert words in shown(client, f"{reverse('collections:ask')}?customer=cust-1")
    assert words not in shown(client, reverse("payments:queue"))
    switch_off("createFiatWithdrawalQuote")
    assert words in shown(client, reverse("payments:queue"))


def test_count_what_is_off_for_who_can_act(client: Client, customer) -> None:
    switch_off()
    as_a(client, Role.OPERATIONS_LEAD)
    assert '<span class="side__count">1</span>' in shown(client, "/")


def test_show_how_reading_stands(client: Client, customer) -> None:
    plan.want(customer, now=now())
    plan.spend()
    sentence = "The list goes in a circle: its cursor came back."
    Reading.objects.filter(name="collections").update(failure=sentence, failures=3)
    as_a(client, Role.OPERATIONS_LEAD)
    page = shown(client, OFF)
    assert sentence in page
    assert "1 of 240 readings" in page


def test_stand_on_the_page_of_their_customer(client: Client, customer) -> None:
    opened(customer)
    keep(customer, item())
    as_a(client, Role.PAYMENTS_MAKER)
    url = reverse("admin:customers_customer_tab", args=[customer.pk, "collections"])
    page = shown(client, url)
    assert "cw-1" in page
    assert item()["collectionId"] in page
