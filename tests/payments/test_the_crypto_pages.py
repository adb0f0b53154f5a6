"""The pages of wallets and crypto payouts: a wallet is added, coins are asked for, and an approver sees where to."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.staff.roles import Role
from payments.models import PaymentRequest, WalletAddress
from tests.customers.conftest import known_customer
from tests.payments.people import ADDRESS, accepted_wallet, waiting_payment
from tests.payments.test_the_payments_desk import as_a, page_of

pytestmark = pytest.mark.django_db
WALLET = {
    "wallet_address_ref": "wallet-1",
    "token": "USDC:ETHEREUM",
    "address": ADDRESS,
    "holder_type": "THIRD_PARTY",
    "holderName": "Alex Example",
    "custody": "PROVIDER",
    "vaspName": "Example VASP",
    "memo": "104729",
    "label": "Alex, savings",
}


def test_take_a_wallet_in_once_all_is_told(client: Client) -> None:
    known_customer()
    as_a(client, Role.PAYMENTS_MAKER)
    url = f"{reverse('payments:wallet')}?customer=cust-1"
    for missing in ("vaspName", "address"):
        answer = client.post(url, {**WALLET, missing: ""})
        assert answer.context["form"].errors.keys() == {missing}
    wrong = client.post(url, {**WALLET, "token": "USDT:TRON"})
    assert "This is an address of ETHEREUM" in wrong.content.decode()
    there = client.post(url, WALLET)
    assert there.status_code == 302
    assert set(WalletAddress.objects.get().told) >= {"memo", "label", "holderName", "vaspName"}
    assert "wallet-1" in client.get(there["Location"]).content.decode()


def test_ask_for_coins_after_a_last_look(client: Client) -> None:
    accepted_wallet(known_customer())
    as_a(client, Role.PAYMENTS_MAKER)
    url = f"{reverse('payments:request')}?kind=CRYPTO_WITHDRAWAL&customer=cust-1"
    assert "0x5aAe…eAed" in client.get(url).content.decode()
    asked = {"payment_ref": "cw-1", "amount": "25.1234567", "purpose": "invoice"}
    too_fine = client.post(f"{url}&wallet=wallet-1", asked)
    assert "6 digits after the point" in too_fine.content.decode()
    asked["amount"] = "25.5"
    review = client.post(f"{url}&wallet=wallet-1", asked).content.decode()
    assert "25.500000" in review
    assert not PaymentRequest.objects.exists()
    client.post(f"{url}&wallet=wallet-1", {**asked, "reviewed": "1"})
    assert PaymentRequest.objects.get().wallet.wallet_address_ref == "wallet-1"


def test_show_an_approver_where_it_goes(client: Client) -> None:
    payment = waiting_payment(kind="CRYPTO_WITHDRAWAL")
    as_a(client, Role.PAYMENTS_APPROVER)
    page = page_of(client, payment)
    for shown in ("Ethereum", "0x5aAe…eAed", "100.000000", "Show the wallet in full"):
        assert shown in page
    assert ADDRESS not in page
    assert "Ethereum" in client.get(reverse("payments:approve", args=["wd-1"])).content.decode()
    revealed = client.post(reverse("payments:reveal", args=["wd-1"])).content.decode()
    assert ADDRESS in revealed
    assert "not sent to Oceafin" in revealed
    assert "Ethereum" in client.get(reverse("payments:queue")).content.decode()
    record = reverse("admin:payments_walletaddress_change", args=[payment.wallet_id])
    assert "Not sent to Oceafin" in client.get(record).content.decode()
