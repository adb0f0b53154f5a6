"""A beneficiary that took the place of another one: nothing of the old one changes, and approvers are told."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.staff import tokens
from backoffice.staff.models import ApiClient
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import errors
from payments.models import BankAccount, PaymentRequest, WalletAddress
from payments.policies.deciding import CHANGED, NEW, Rule
from payments.warnings import warnings_of
from tests.customers.conftest import known_customer
from tests.payments.people import (
    IBAN,
    accepted_wallet,
    account_of,
    crypto_requested,
    fresh,
    now,
    rate_of,
    requested,
)
from tests.payments.policies import APPROVER, in_force, one_approver, policy_of, stages
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
BANK = {
    "bankAccountRef": "new",
    "accountHolderName": "Ada Example",
    "iban": IBAN,
    "country": "DE",
    "currency": "EUR",
    "holderType": "SAME_NAME",
}
WALLET = {
    "walletAddressRef": "new",
    "asset": "USDC",
    "network": "ETHEREUM",
    "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
}


@pytest.fixture(params=[BankAccount, WalletAddress])
def is_wallet(request: pytest.FixtureRequest) -> bool:
    return request.param is WalletAddress


def payee(customer: Customer, ref: str, *, is_wallet: bool, **changes: Any) -> BankAccount | WalletAddress:
    """The old and the known one were added days ago and paid to; others now."""
    is_old = ref in ("old", "known")
    if not is_wallet:
        return account_of(customer, ref, old=is_old, **changes)
    wallet = accepted_wallet(customer, ref, **({} if is_old else {"now": now()}), **changes)
    if not is_old:
        WalletAddress.objects.filter(pk=wallet.pk).update(first_used_at=None)
    return WalletAddress.objects.select_related("customer").get(pk=wallet.pk)


def asked(beneficiary: BankAccount | WalletAddress, ref: str) -> PaymentRequest:
    if isinstance(beneficiary, WalletAddress):
        rate_of("USDC")
        return fresh(crypto_requested(beneficiary, ref))
    return fresh(requested(beneficiary, ref))


def codes(payment: PaymentRequest) -> set[str]:
    return {warning.code for warning in warnings_of(payment, now=now())}


def test_is_changed_to_the_policy_until_it_is_known(is_wallet: bool) -> None:
    changed = Rule(stages=stages((3, APPROVER)), beneficiaries=(CHANGED,))
    new = Rule(stages=stages((2, APPROVER)), beneficiaries=(NEW,))
    in_force(policy_of(changed, new, one_approver()))
    customer = known_customer()
    old = payee(customer, "old", is_wallet=is_wallet)
    added = payee(customer, "added", is_wallet=is_wallet)
    instead = payee(customer, "instead", is_wallet=is_wallet, replaces="old")
    known = payee(customer, "known", is_wallet=is_wallet, replaces="old")
    found = [asked(one, f"p-{one.ref}").approvals_needed for one in (old, added, instead, known)]
    assert found == [1, 2, 3, 1]


def test_is_warned_of_and_so_is_the_one_whose_place_it_took(is_wallet: bool) -> None:
    customer = known_customer()
    old = payee(customer, "old", is_wallet=is_wallet)
    before = asked(old, "p-1")
    assert not codes(before) & {"CHANGED_BENEFICIARY", "REPLACED_BENEFICIARY"}
    instead = payee(customer, "instead", is_wallet=is_wallet, replaces="old")
    assert "REPLACED_BENEFICIARY" in codes(before)
    payment = asked(instead, "p-2")
    assert "CHANGED_BENEFICIARY" in codes(payment)
    said = next(each for each in warnings_of(payment, now=now()) if each.code == "CHANGED_BENEFICIARY")
    assert "took the place of old" in said.sentence


def test_takes_the_place_of_one_of_its_own_customer_only(is_wallet: bool) -> None:
    others = payee(known_customer("cust-2"), "old", is_wallet=is_wallet)
    with pytest.raises(errors.Unfit) as refused:
        payee(known_customer(), "instead", is_wallet=is_wallet, replaces="old")
    assert refused.value.field == "replaces"
    mine = payee(known_customer("cust-3"), "mine", is_wallet=is_wallet)
    setattr(mine, "wallet_address_ref" if is_wallet else "bank_account_ref", "by-hand")
    setattr(mine, "oceafin_wallet_address_id" if is_wallet else "oceafin_bank_account_id", None)
    mine.pk, mine.replaces = None, others
    with pytest.raises(DatabaseError, match="of its own customer"), transaction.atomic():
        mine.save(force_insert=True)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        type(others).objects.filter(pk=others.pk).update(replaces=others)


def test_is_added_over_the_api(is_wallet: bool) -> None:
    customer, token = known_customer(), tokens.new_token()
    payee(customer, "old", is_wallet=is_wallet)
    ApiClient.objects.create(
        name="erp",
        scopes=["payments"],
        asked_at=now(),
        confirmed_at=now(),
        from_shell=True,
        token_sha256=tokens.digest(token),
    )
    part, body = ("crypto-wallet-addresses", WALLET) if is_wallet else ("bank-accounts", BANK)

    def post(**changes: str) -> Any:
        return Client().post(
            f"/api/v1/customers/cust-1/{part}",
            data={**body, **changes},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    answer = post(replaces="old")
    assert (answer.status_code, answer.json()["replaces"]) == (201, "old")
    assert post(replaces="old").status_code == 200
    assert post().status_code == 409
    another = {"walletAddressRef" if is_wallet else "bankAccountRef": "another"}
    assert post(**another, replaces="nobody").status_code == 400


def test_is_added_in_the_form(client: Client, is_wallet: bool) -> None:
    customer = known_customer()
    payee(customer, "old", is_wallet=is_wallet)
    sign_in(client, person(Role.PAYMENTS_MAKER))
    page = f"{reverse('payments:wallet' if is_wallet else 'payments:account')}?customer=cust-1"
    assert 'value="old"' in client.get(page).content.decode()
    wallet = {
        **WALLET,
        "wallet_address_ref": "new",
        "token": "USDC:ETHEREUM",
        "holder_type": "SAME_NAME",
        "holderName": "Ada Example",
        "custody": "PROVIDER",
        "vaspName": "Example VASP",
    }
    account = {**BANK, "bank_account_ref": "new", "holder_type": "SAME_NAME"}
    answer = client.post(page, {**(wallet if is_wallet else account), "replaces": "old"})
    assert answer.status_code == 302, answer.content.decode()
    found = customer.wallet_addresses if is_wallet else customer.bank_accounts
    assert found.get(replaces__isnull=False).replaces.ref == "old"


def test_of_a_crypto_payout_that_is_tried_again_keeps_naming_the_old_payment(client: Client) -> None:
    customer = known_customer()
    old = asked(payee(customer, "old", is_wallet=True), "cw-old")
    sign_in(client, person(Role.PAYMENTS_MAKER))
    page = f"{reverse('payments:request')}?kind=CRYPTO_WITHDRAWAL&customer=cust-1&replaces={old.payment_ref}"
    answer = client.get(page).content.decode()
    assert "wallet=old&amp;replaces=cw-old" in answer
