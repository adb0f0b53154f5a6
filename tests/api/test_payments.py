"""Beneficiaries and payments over the API: handed in, read back safely, never decided."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from customers import services as customer_services
from payments.models import BankAccount, PaymentRequest
from tests.api.conftest import problem, wrong_fields
from tests.customers.conftest import known_customer
from tests.customers.conftest import person as staff
from tests.payments.people import ADDRESS, IBAN, account_of, approve, came_in, now, quoted

pytestmark = pytest.mark.django_db
ACCOUNTS = "/api/v1/customers/cust-1/bank-accounts"
PAYMENTS = "/api/v1/payment-requests"


@pytest.fixture
def api(client_with):
    return client_with("payments")


@pytest.fixture
def customer():
    return known_customer()


@pytest.fixture
def account(customer):
    return account_of(customer)


def account_body(**changes):
    return {
        "bankAccountRef": "ba-9",
        "accountHolderName": "Ada Example",
        "iban": "DE02 1203 0000 0000 2020 51",
        "bankName": "Specimen Bank",
        "swiftCode": "BYLADEM1001",
        "country": "DE",
        "currency": "EUR",
        "holderType": "SAME_NAME",
        **changes,
    }


def body(**changes):
    return {
        "paymentRef": "wd-1",
        "kind": "FIAT_WITHDRAWAL",
        "partnerCustomerRef": "cust-1",
        "amount": "100.00",
        "currency": "EUR",
        "bankAccountRef": "ba-1",
        "purpose": "invoice 17",
        "paymentReference": "RF-17",
        **changes,
    }


def post(api, data, url=PAYMENTS):
    return api.post(url, data, format="json")


def test_are_asked_for_then_the_same_then_in_conflict(api, account) -> None:
    first = post(api, body())
    assert first.status_code == 201, first.content
    shown = first.json()
    assert (shown["state"], shown["amount"], shown["waitingFor"]) == (
        "PENDING_APPROVAL",
        "100.00",
        "It waits for approval.",
    )
    assert [line["state"] for line in shown["timeline"]] == ["PENDING_APPROVAL"]
    assert post(api, body()).status_code == 200
    other = post(api, body(amount="100.01"))
    assert (other.status_code, problem(other)["code"]) == (409, "REFERENCE_TAKEN")
    assert PaymentRequest.objects.count() == 1


@pytest.mark.parametrize(
    "amount", ["0", "0.00", "-1", "1e3", "1e-30", "NaN", "Infinity", "1,000.00", " 1", "1.001", "1" * 19, ""]
)
def test_of_no_amount_are_refused(api, account, amount: str) -> None:
    assert wrong_fields(post(api, body(amount=amount))) == {"amount"}


@pytest.mark.parametrize("amount", [100, 100.5, True, None, ["1.00"]])
def test_of_an_amount_that_is_not_text_are_refused(api, account, amount) -> None:
    assert wrong_fields(post(api, body(amount=amount))) == {"amount"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("partnerCustomerRef", "nobody"),
        ("bankAccountRef", "nothing"),
        ("currency", "USD"),
        ("currency", "XXX"),
        ("paymentRef", "a b"),
        ("kind", "GIFT"),
        ("purpose", "x" * 201),
        ("surprise", "x"),
        ("replaces", "wd-0"),
    ],
)
def test_with_a_wrong_field_name_it(api, account, field: str, value: str) -> None:
    assert wrong_fields(post(api, body(**{field: value}))) == {field}
    assert not PaymentRequest.objects.exists()


def test_are_refused_for_a_restricted_customer(api, account) -> None:
    customer_services.change_standing(
        account.customer, standing="RESTRICTED", reason="hit", actor=staff("MLRO"), now=now()
    )
    answer = post(api, body())
    assert (answer.status_code, problem(answer)["code"]) == (409, "CUSTOMER_RESTRICTED")


def test_show_no_names_and_no_reasons(api, account) -> None:
    post(api, body(requestedBy="ann@partner.example"))
    approve(quoted(PaymentRequest.objects.get()))
    customer_services.change_standing(
        account.customer, standing="RESTRICTED", reason="sanctions hit", actor=staff("MLRO"), now=now()
    )
    text = api.get(f"{PAYMENTS}/wd-1").content.decode()
    shown = api.get(f"{PAYMENTS}/wd-1").json()
    assert shown["waitingFor"] == "in review"
    assert [line["state"] for line in shown["timeline"]] == ["PENDING_APPROVAL", "APPROVED"]
    for secret in ("sanctions", "Approver", "approver", "RESTRICTED", IBAN):
        assert secret not in text


def test_are_listed_by_state_and_customer(api, account) -> None:
    for number in range(3):
        post(api, body(paymentRef=f"wd-{number}"))
    page = api.get(f"{PAYMENTS}?limit=2&state=PENDING_APPROVAL&partnerCustomerRef=cust-1").json()
    assert [item["paymentRef"] for item in page["items"]] == ["wd-2", "wd-1"]
    rest = api.get(f"{PAYMENTS}?limit=2&cursor={page['nextCursor']}").json()
    assert [item["paymentRef"] for item in rest["items"]] == ["wd-0"]
    assert api.get(f"{PAYMENTS}?state=SETTLED").json()["items"] == []
    assert api.get(f"{PAYMENTS}?status=SETTLED").status_code == 400


def test_need_the_scope(client_with, account) -> None:
    assert post(client_with("customers"), body()).status_code == 403
    reader = client_with("read")
    assert post(reader, body()).status_code == 403
    assert reader.get(PAYMENTS).status_code == 200
    assert reader.get(f"{PAYMENTS}/nothing").status_code == 404


def test_go_to_a_beneficiary_that_is_added_once(api, customer) -> None:
    first = post(api, account_body(), ACCOUNTS)
    assert first.status_code == 201, first.content
    assert first.json()["maskedNumber"] == "•••• 2051"
    assert "DE02" not in first.content.decode()
    assert post(api, account_body(), ACCOUNTS).status_code == 200
    assert post(api, account_body(country="FR"), ACCOUNTS).status_code == 409
    assert [item["bankAccountRef"] for item in api.get(ACCOUNTS).json()["items"]] == ["ba-9"]
    assert api.get(f"{ACCOUNTS}/ba-9").json()["status"] is None
    assert BankAccount.objects.get().details["iban"] == "DE02120300000000202051"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("iban", {"iban": "DE03120300000000202051"}),
        ("iban", {"accountNumber": "12345"}),
        ("iban", {"iban": None}),
        ("accountHolderName", {"accountHolderName": "   "}),
        ("swiftCode", {"swiftCode": "NO"}),
        ("country", {"country": "d1"}),
        ("currency", {"currency": "EUX"}),
        ("holderType", {"holderType": "ME"}),
        ("accountNumber", {"iban": "", "accountNumber": "DROP;TABLE"}),
        ("bankName", {"bankName": "x\ny"}),
    ],
)
def test_go_to_no_beneficiary_with_a_wrong_field(api, customer, field: str, changes) -> None:
    assert wrong_fields(post(api, account_body(**changes), ACCOUNTS)) == {field}
    assert not BankAccount.objects.exists()


# --- Refunds ----------------------------------------------------------------------------------------------------------


CONVERSION = {
    "paymentRef": "cv-1",
    "kind": "CONVERSION",
    "partnerCustomerRef": "cust-1",
    "sellCurrency": "EUR",
    "buyCurrency": "USDC",
    "sellAmount": "1000.00",
}


def test_of_a_conversion_say_the_side_that_was_asked_for(api, customer) -> None:
    answer = post(api, CONVERSION)
    assert answer.status_code == 201
    assert CONVERSION.items() <= answer.json().items()
    unknown = ("buyAmount", "conversionId", "quoted", "converted", "bankAccountRef", "network")
    assert [answer.json()[name] for name in unknown] == [None] * 6
    assert post(api, CONVERSION).status_code == 200
    bought = {**CONVERSION, "paymentRef": "cv-2", "buyAmount": "5.000001"}
    del bought["sellAmount"]
    assert post(api, bought).json()["buyAmount"] == "5.000001"
    PaymentRequest.objects.update(sold="1000", bought="1084.782607", done_rate="1.086", charged_fee=2)
    PaymentRequest.objects.update(charged_fee_currency="EUR")
    assert api.get(f"{PAYMENTS}/cv-1").json()["converted"] == {
        "sellAmount": "1000.00",
        "buyAmount": "1084.782607",
        "rate": "1.086",
        "feeAmount": "2.00",
        "feeCurrency": "EUR",
    }


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"sellAmount": "1000.00"}, {"receives": "1084.782607", "receive_currency": "USDC"}),
        ({"sellAmount": None, "buyAmount": "1084.782607"}, {"pays": "1000"}),
    ],
)
def test_of_a_conversion_say_what_it_would_come_to(api, customer, asked, said) -> None:
    post(api, {**CONVERSION, **asked})
    soon = timezone.now() + timedelta(minutes=2)
    facts = {"fee": "2", "fee_currency": "EUR", "rate": "1.086", "expires_at": soon, **said}
    PaymentRequest.objects.get().quotes.create(
        number=1, purpose="SHOWN", oceafin_quote_id="q-1", received_at=timezone.now(), **facts
    )
    quoted = api.get(f"{PAYMENTS}/cv-1").json()["quoted"]
    assert parse_datetime(quoted.pop("expiresAt")) == soon
    assert quoted == {
        "sellAmount": "1000.00",
        "buyAmount": "1084.782607",
        "rate": "1.086",
        "feeAmount": "2.00",
        "feeCurrency": "EUR",
    }


def test_of_a_conversion_with_a_wrong_field_name_it(api, customer) -> None:
    for field, changes in (
        ("sellAmount", {"buyAmount": "1.00"}),
        ("sellAmount", {"sellAmount": None}),
        ("sellAmount", {"sellAmount": 100}),
        ("buyCurrency", {"buyCurrency": "EUR"}),
        ("amount", {"amount": "1.00"}),
    ):
        assert wrong_fields(post(api, {**CONVERSION, **changes})) == {field}, changes


def refund_body(source, **changes):
    return {
        "paymentRef": "rf-1",
        "kind": "REFUND",
        "partnerCustomerRef": "cust-1",
        "sourceType": "CRYPTO_DEPOSIT",
        "sourceId": source.deposit_id,
        "amount": "0.000000000000000001",
        "currency": "ETH",
        "reason": "Order cancelled",
        **changes,
    }


@pytest.fixture
def coins(customer):
    return came_in(customer, "1.5", "ETH", network="ETHEREUM")


def test_of_what_came_in_are_asked_for_and_read_back_exactly(api, coins) -> None:
    first = post(api, refund_body(coins))
    assert first.status_code == 201, first.content
    shown = api.get(f"{PAYMENTS}/rf-1").json()
    names = ("kind", "amount", "currency", "network", "sourceType", "sourceId", "reason", "state")
    assert [shown[name] for name in names] == [
        *["REFUND", "0.000000000000000001", "ETH", "ETHEREUM", "CRYPTO_DEPOSIT"],
        *[coins.deposit_id, "Order cancelled", "PENDING_APPROVAL"],
    ]
    assert (shown["bankAccountRef"], shown["withdrawalId"], shown["refundId"]) == (None, None, None)
    assert post(api, refund_body(coins)).status_code == 200
    assert post(api, refund_body(coins, reason="another")).status_code == 409
    [listed] = api.get(f"{PAYMENTS}?kind=REFUND").json()["items"]
    assert listed["paymentRef"] == "rf-1"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sourceType", "GIFT"),
        ("sourceId", "nothing"),
        ("amount", "1.500000000000000001"),
        ("amount", "0.0000000000000000001"),
        ("amount", 1),
        ("currency", "EUR"),
        ("network", "ARBITRUM"),
        ("reason", ""),
        ("bankAccountRef", "ba-1"),
    ],
)
def test_of_what_came_in_with_a_wrong_field_name_it(api, coins, field: str, value) -> None:
    assert wrong_fields(post(api, refund_body(coins, **{field: value}))) == {field}
    assert not PaymentRequest.objects.exists()


def test_of_what_was_not_credited_are_refused(api, customer) -> None:
    waiting = came_in(customer, "1.5", "ETH", network="ETHEREUM", status="PENDING_TRAVEL_RULE")
    answer = post(api, refund_body(waiting))
    assert (answer.status_code, problem(answer)["code"]) == (409, "SOURCE_NOT_READY")


# --- Wallets --------------------------------------------------------------------------------------------------------


def test_go_to_a_wallet_that_is_added_once(api, customer) -> None:
    wallets = "/api/v1/customers/cust-1/crypto-wallet-addresses"
    asked = {"walletAddressRef": "wallet-1", "asset": "USDC", "network": "ETHEREUM", "address": ADDRESS}
    first = post(api, asked, wallets)
    assert first.status_code == 201, first.content
    assert (first.json()["maskedAddress"], first.json()["selfHosted"]) == ("0x5aAe…eAed", None)
    assert first.json()["missing"] == ["holderType", "holderName", "custody"]
    assert post(api, {**asked, "address": ADDRESS.lower()}, wallets).status_code == 200
    assert post(api, {**asked, "network": "POLYGON"}, wallets).status_code == 409
    vasp = {"holderType": "THIRD_PARTY", "holderName": "Alex", "beneficiaryVasp": {"name": "Example VASP"}}
    second = post(api, {**asked, **vasp, "walletAddressRef": "wallet-2"}, wallets)
    assert second.json()["missing"] == []
    refs = [item["walletAddressRef"] for item in api.get(wallets).json()["items"]]
    assert refs == ["wallet-2", "wallet-1"]
    assert wrong_fields(post(api, {**asked, "walletAddressRef": "w-3", "address": "0x1"}, wallets)) == {
        "address"
    }
    wanted = {"paymentRef": "cw-1", "kind": "CRYPTO_WITHDRAWAL", "partnerCustomerRef": "cust-1"}
    wanted |= {"asset": "USDC", "network": "ETHEREUM", "amount": "25", "walletAddressRef": "wallet-2"}
    asked_for = post(api, wanted)
    assert asked_for.status_code == 201, asked_for.content
    assert {**wanted, "amount": "25.000000"}.items() <= asked_for.json().items()
    assert post(api, wanted).status_code == 200
    assert wrong_fields(post(api, {**wanted, "paymentRef": "cw-2", "network": "TRON"})) == {"network"}
