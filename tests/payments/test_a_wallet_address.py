"""A wallet: its address by the published examples of its network, what is kept of it, and what is not paid to it."""

import hashlib
import json

import pytest
from django.db import DatabaseError, IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from backoffice.audit.models import Entry
from backoffice.oceafin.models import Submission
from backoffice.references import ReferenceTaken
from payments import crypto_withdrawal, errors, money, services, wallet_addresses
from payments.keccak import keccak_256
from payments.models import WalletAddress
from payments.payee_kinds import wallet_body
from payments.wallet_addresses import BadAddress, checked
from tests.customers.conftest import known_customer
from tests.payments.people import (
    ADDRESS,
    accepted_wallet,
    approve,
    approver,
    crypto_requested,
    fresh,
    maker,
    now,
    rate_of,
    sql,
    user_of,
    wallet_of,
)

RIGHT = [
    # EIP-55
    ("ETHEREUM", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
    ("ARBITRUM", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"),
    ("POLYGON", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"),
    ("ETHEREUM", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"),
    ("ETHEREUM", "0x52908400098527886E0F7030069857D2E4169EE7"),
    ("ETHEREUM", "0xde709f2102306220921060314715629080e2fb77"),
    # BIP-173 and BIP-350
    ("BITCOIN", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ("BITCOIN", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
    # The first block's, and one of a script
    ("BITCOIN", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ("BITCOIN", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
    # The contracts of USDT on Tron and USDC on Solana
    ("TRON", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
    ("SOLANA", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
]
WRONG = [
    ("ETHEREUM", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "checksum does not fit"),
    ("ETHEREUM", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "40 digits"),
    ("ETHEREUM", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "an address of TRON"),
    ("ETHEREUM", "0x0000000000000000000000000000000000000000", "Nobody holds the key"),
    # BIP-350: bech32 where bech32m must be, the other way round, mixed letters, another length, padding, an empty one
    ("BITCOIN", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "checksum does not fit"),
    ("BITCOIN", "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqwz7vq", "checksum does not fit"),
    ("BITCOIN", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7Kv8f3t4", "all in small or all in capital"),
    ("BITCOIN", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "checksum does not fit"),
    ("BITCOIN", "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du", "checksum does not fit"),
    ("BITCOIN", "bc1gmk9yu", "checksum does not fit"),
    ("BITCOIN", "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", "checksum does not fit"),
    ("BITCOIN", "bc130xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq7zws8r", "checksum does not fit"),
    ("BITCOIN", "bc1", "checksum does not fit"),
    # With the right checksum, and five bits more than the key has; with bits set where none belong
    ("BITCOIN", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kqkhhp9x", "checksum does not fit"),
    ("BITCOIN", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vplqq80a", "checksum does not fit"),
    # With the right checksum and version, and longer or shorter than an address
    ("BITCOIN", "1SkB92YpWm4Q2ijQHH34cqbKkCZWszsiQgHVjtNeFF2Ds6STz", "checksum does not fit"),
    ("TRON", "3BMqDFK6wUUUpioZf5dE2ubB7jmspHev2G1g9ET9zEgT6irJCck", "checksum does not fit"),
    ("TRON", "6vi8VnGRpPtZNSKPQ1ZgkiCSbvndcvgHH", "checksum does not fit"),
    ("BITCOIN", "", "checksum does not fit"),
    ("SOLANA", "1" * 121, "checksum does not fit"),
    # Later versions: valid by BIP-350, and anybody's to take
    ("BITCOIN", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "anybody could take"),
    # Test networks
    ("BITCOIN", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "main network"),
    ("BITCOIN", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "main network"),
    ("BITCOIN", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "checksum does not fit"),
    ("BITCOIN", "1111111111111111111114oLvT2", "Nobody holds the key"),
    ("TRON", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "an address of BITCOIN"),
    ("TRON", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "checksum does not fit"),
    ("SOLANA", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyT", "another length"),
    ("SOLANA", "11111111111111111111111111111111", "Nobody holds the key"),
    ("SOLANA", "0OIl", "checksum does not fit"),
    ("DOGECOIN", "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "cannot be checked"),
]


@pytest.mark.parametrize(("network", "address"), RIGHT)
def test_is_taken_as_it_is_published(network: str, address: str) -> None:
    assert checked(f" {address}\n", network) == address


@pytest.mark.parametrize(("network", "address", "words"), WRONG)
def test_that_is_not_surely_right_is_refused(network: str, address: str, words: str) -> None:
    with pytest.raises(BadAddress, match=words):
        checked(address, network)


@pytest.mark.parametrize("write", [str.lower, lambda text: "0x" + text[2:].upper()])
def test_without_its_checksum_is_given_one(write) -> None:
    assert checked(write(ADDRESS), "ETHEREUM") == ADDRESS


def test_can_be_checked_on_each_network_that_is_paid_to() -> None:
    networks = {network for networks in money.TOKENS.values() for network in networks}
    assert networks == set(wallet_addresses.NETWORKS)


@given(st.sampled_from(RIGHT), st.data())
def test_with_one_letter_changed_is_refused(right: tuple[str, str], data: st.DataObject) -> None:
    network, address = right
    place = data.draw(st.integers(2, len(address) - 1))
    letter = data.draw(st.sampled_from("123456789acdefghjkmnpqrstuvwxyzACDEFGH"))
    changed = address[:place] + letter + address[place + 1 :]
    # Solana has no checksum; without capitals neither has Ethereum.
    if changed.lower() == address.lower() or network == "SOLANA" or changed[2:] in _without_case(changed):
        return
    with pytest.raises(BadAddress):
        checked(changed, network)


def _without_case(address: str) -> tuple[str, str]:
    return (address[2:].lower(), address[2:].upper()) if address.startswith("0x") else ("", "")


@given(st.binary(max_size=300))
def test_is_hashed_by_the_permutation_of_sha3(data: bytes) -> None:
    assert keccak_256(data, padding=0x06) == hashlib.sha3_256(data).digest()


def test_is_hashed_with_ethereums_own_padding() -> None:
    assert keccak_256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


# --- What is kept ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestKept:
    def test_is_sealed_and_shown_by_head_and_tail(self) -> None:
        wallet = wallet_of(known_customer())
        assert wallet.masked_address == "0x5aAe…eAed"
        assert wallet.details["address"] == ADDRESS
        assert ADDRESS.encode() not in bytes(wallet.details_sealed)

    def test_is_told_to_oceafin_without_provider_and_proof(self) -> None:
        customer = known_customer()
        wallet = wallet_of(customer)
        body = json.loads(Submission.objects.get(kind="wallet_address.create").body)
        assert (
            body
            == wallet_body(wallet)
            == {
                "walletAddressRef": "wallet-1",
                "asset": "USDC",
                "network": "ETHEREUM",
                "address": ADDRESS,
                "holderName": "Ada Example",
                "holderType": "SAME_NAME",
                "selfHosted": False,
            }
        )
        hosted = {"holderName": "Ada Example", "walletOwnershipProof": "signed on\nthe phone"}
        other = wallet_of(customer, "wallet-2", details=hosted, self_hosted=True)
        assert wallet_body(other)["selfHosted"] is True
        assert "walletOwnershipProof" not in wallet_body(other)

    def test_is_the_same_however_its_address_is_written(self) -> None:
        customer = known_customer()
        first = wallet_of(customer)
        again = wallet_of(customer, address=ADDRESS.lower())
        assert (again.pk, WalletAddress.objects.count()) == (first.pk, 1)
        with pytest.raises(ReferenceTaken):
            wallet_of(customer, network="POLYGON")

    def test_of_one_address_is_found_again(self) -> None:
        customer = known_customer()
        first = wallet_of(customer)
        second = wallet_of(customer, "wallet-2", network="POLYGON", address=ADDRESS.lower())
        assert first.address_fingerprint == second.address_fingerprint

    @pytest.mark.parametrize(
        "column", ["details_hash", "masked_address", "network", "custody", "holder_type"]
    )
    def test_never_changes(self, column: str) -> None:
        wallet = wallet_of(known_customer())
        with pytest.raises(DatabaseError):
            sql(f"UPDATE payments_walletaddress SET {column} = '' WHERE id = %s", wallet.pk)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"asset": "DOGE"}, "asset"),
            ({"network": "TRON"}, "network"),
            ({"address": "0x1"}, "address"),
            ({"holder_type": "SOMEBODY"}, "holderType"),
            ({"self_hosted": True}, "selfHosted"),
            ({"details": {"vaspCountry": "DE"}}, "beneficiaryVasp"),
            ({"details": {"vaspName": "A", "vaspCountry": "de"}}, "beneficiaryVasp"),
            ({"details": {"vaspName": "A", "vaspCountry": "DEU"}}, "beneficiaryVasp"),
            ({"details": {"vaspName": "A", "vaspCountry": "D1"}}, "beneficiaryVasp"),
            ({"details": {"vaspName": "A", "vaspCountry": "ÄÖ"}}, "beneficiaryVasp"),
            ({"details": {"vaspLei": "529900T8BM49AURSDO55"}}, "beneficiaryVasp"),
            ({"details": {"holderName": "A\nB"}}, "holderName"),
            ({"details": {"holderName": "A\ud800"}}, "holderName"),
            ({"details": {"label": "x" * 81}}, "label"),
        ],
    )
    def test_with_a_field_that_is_not_fit_is_refused(self, changes: dict, field: str) -> None:
        with pytest.raises(errors.Unfit) as refusal:
            wallet_of(known_customer(), **changes)
        assert refusal.value.field == field
        assert not WalletAddress.objects.exists()

    def test_is_shown_in_full_on_record(self) -> None:
        wallet = wallet_of(known_customer())
        details = services.reveal_payee(wallet, purpose="DECISION", actor=approver(), now=now())
        assert details["address"] == ADDRESS
        assert Entry.objects.filter(verb="wallet_address.revealed").count() == 1


# --- What is paid to it ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestPaid:
    @pytest.mark.parametrize(
        ("changes", "missing"),
        [
            ({"details": {"vaspName": "Example VASP"}}, ["holderName"]),
            ({"details": {"holderName": "Ada Example"}}, ["custody"]),
            ({"holder_type": ""}, ["holderType"]),
            ({"details": {"holderName": "Ada Example"}, "self_hosted": True}, ["walletOwnershipProof"]),
            ({"details": {}, "holder_type": ""}, ["holderType", "holderName", "custody"]),
        ],
    )
    def test_without_what_the_travel_rule_asks_is_not_paid_to(
        self, changes: dict, missing: list[str]
    ) -> None:
        rate_of("USDC")
        wallet = accepted_wallet(known_customer(), **changes)
        assert crypto_withdrawal.lacks(wallet) == missing
        payment = crypto_requested(wallet)
        with pytest.raises(errors.BeneficiaryNotReady, match="is not known"):
            approve(payment)
        assert fresh(payment).state == "PENDING_APPROVAL"
        assert not Submission.objects.filter(subject_type="payments.PaymentRequest").exists()

    def test_self_hosted_with_a_proof_can_be_paid_to(self) -> None:
        details = {"holderName": "Ada Example", "walletOwnershipProof": "a signed message"}
        wallet = accepted_wallet(known_customer(), details=details, self_hosted=True)
        assert crypto_withdrawal.not_ready(wallet) is None

    @pytest.mark.parametrize(
        "amount", ["0", "0.0000001", "1e-30", "NaN", "-1", "1,5", "1000000000000000001", ""]
    )
    def test_is_not_paid_an_amount_that_is_none(self, amount: str) -> None:
        with pytest.raises(errors.Unfit) as refusal:
            crypto_requested(accepted_wallet(known_customer()), amount=amount)
        assert refusal.value.field == "amount"

    def test_is_paid_the_smallest_amount_of_its_token(self) -> None:
        wallet = accepted_wallet(known_customer(), asset="ETH")
        assert (
            fresh(crypto_requested(wallet, amount="0.000000000000000001")).amount.as_tuple().exponent == -18
        )

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"currency": "USDT"}, "asset"),
            ({"currency": "EUR"}, "asset"),
            ({"currency": "DOGE"}, "asset"),
            ({"details": {"network": "POLYGON"}}, "network"),
            ({"details": {"network": "MOON"}}, "network"),
            ({"details": {"network": ""}}, "network"),
            ({"details": {"walletAddressRef": "wallet-9"}}, "walletAddressRef"),
        ],
    )
    def test_takes_its_own_token_on_its_own_network_alone(self, changes: dict, field: str) -> None:
        with pytest.raises(errors.Unfit) as refusal:
            crypto_requested(accepted_wallet(known_customer()), **changes)
        assert refusal.value.field == field

    def test_of_another_customer_is_not_paid_to(self) -> None:
        wallet = accepted_wallet(known_customer("cust-2"))
        wallet.customer = known_customer()
        with pytest.raises(errors.Unfit, match="no wallet of this reference"):
            crypto_requested(wallet)
        row = crypto_requested(accepted_wallet(wallet.customer, "wallet-3"))
        row.pk, row.payment_ref, row.state, row.wallet_id = None, "cw-2", "DRAFT", wallet.pk
        with pytest.raises((DatabaseError, IntegrityError), match="payee of its customer"):
            row.save(force_insert=True)

    def test_that_oceafin_rejected_is_not_asked_to_be_paid_to(self) -> None:
        wallet = accepted_wallet(known_customer())
        WalletAddress.objects.filter(pk=wallet.pk).update(oceafin_status="REJECTED")
        with pytest.raises(errors.BeneficiaryNotReady, match="rejected this wallet"):
            crypto_requested(wallet)

    def test_never_paid_to_before_needs_two_approvers(self) -> None:
        rate_of("USDC")
        wallet = accepted_wallet(known_customer())
        WalletAddress.objects.filter(pk=wallet.pk).update(first_used_at=None)
        payment = crypto_requested(wallet, by=maker())
        assert payment.approval_reasons == ["FRESH_BENEFICIARY"]
        assert user_of(approver()).pk not in payment.maker_user_ids
