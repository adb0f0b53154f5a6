"""A day of money in, made by what Oceafin tells and by the services: something to see on each of its pages."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from backoffice.oceafin.models import Submission
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts import plan, switches
from payments.accounts.collections import hearing as collections
from payments.accounts.collections import services as wallets
from payments.accounts.collections.models import Collection, CollectionWallet
from payments.accounts.deposits import addresses, hearing
from payments.accounts.deposits import services as deposits
from payments.accounts.deposits.models import Deposit, DepositAddress
from payments.accounts.fiat import hearing as applications
from payments.accounts.fiat import letters, listing
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from payments.accounts.models import FoundBy, Reading
from payments.accounts.travel_rule.models import TravelRuleTask
from payments.models import PaymentRequest
from tests.accounts.applying import MISSING, apply
from tests.accounts.deposited import item
from tests.customers.conftest import say
from tests.desk.customers import full_customer
from tests.payments.people import IBAN, came_in, maker, refund_of
from tests.people import person

ACCOUNT = "7a0c2f1e-0000-4000-8000-000000000001"
WALLET = "6f0f9b1e-0000-4000-8000-00000000aaaa"
WHERE = "0x52908400098527886E0F7030069857D2E4169EE7"


@dataclass
class Scene:
    """Who is there, and what they find."""

    mia: User
    anton: User
    olga: User
    mona: User
    customer: Customer
    asked: FiatAccountApplication
    account: FiatAccount
    coins: Deposit
    unmatched: Deposit
    money: Deposit
    address: DepositAddress
    wallet: CollectionWallet
    collection: Collection
    refund: PaymentRequest
    task: TravelRuleTask


def make_scene() -> Scene:
    customer, now = full_customer(), timezone.now()
    say(customer, "APPROVED", now)
    customer.refresh_from_db()
    coins = _coins(customer)
    money = came_in(customer, "1250.00", currency="EUR")
    wallet, collection = _a_collection(customer)
    asked = _an_application_asked_about(customer)
    refund = refund_of(money, amount="80.00", reason="Paid twice")
    plan.want(customer, now=now)
    Reading.objects.filter(name="collections").update(failures=3, failure="The answer is no list.")
    switches.remember(
        "createCollectionWallet", code="PARTNER_PRODUCT_DISABLED", detail="Not enabled.", now=now
    )
    return Scene(
        mia=person(Role.PAYMENTS_MAKER, name="Mia Maker"),
        anton=person(Role.PAYMENTS_APPROVER, name="Anton Approver"),
        olga=person(Role.OPERATIONS_LEAD, name="Olga Lead"),
        mona=person(Role.MLRO, name="Mona Officer"),
        customer=customer,
        asked=asked,
        account=_an_account(customer),
        coins=coins,
        unmatched=Deposit.objects.get(state="UNMATCHED"),
        money=money,
        address=_an_address(customer),
        wallet=wallet,
        collection=collection,
        refund=refund,
        task=TravelRuleTask.objects.get(deposit=coins),
    )


def _coins(customer: Customer) -> Deposit:
    """Some that wait for who sent them, and some of somebody whom we do not know."""
    asked = timezone.now() - timedelta(hours=50)
    waits = item(status="PENDING_TRAVEL_RULE", updatedAt=asked.isoformat().replace("+00:00", "Z"))
    hearing.keep_crypto(customer, [waits], timezone.now())
    nobodys = item(2, customerId=str(uuid4()), asset="USDC", network="POLYGON", amount="99.5")
    hearing.keep_crypto(customer, [nobodys], timezone.now())
    return Deposit.objects.get(deposit_id=waits["depositId"])


def _an_address(customer: Customer) -> DepositAddress:
    now = timezone.now()
    address, _new = deposits.ask_for_address(
        customer=customer, address_ref="addr-1", asset="ETH", network="ETHEREUM", actor=maker(), now=now
    )
    told = {"addressId": str(uuid4()), "addressRef": "addr-1", "status": "ACTIVE", "address": WHERE}
    addresses.keep(customer, [{**told, "asset": "ETH", "network": "ETHEREUM"}], now)
    return DepositAddress.objects.get(pk=address.pk)


def _a_collection(customer: Customer) -> tuple[CollectionWallet, Collection]:
    now = timezone.now()
    wallet, _new = wallets.create_wallet(
        customer=customer,
        collection_wallet_ref="cw-shop",
        asset="USDC",
        network="POLYGON",
        label="Shop in Bremen",
        actor=maker(),
        now=now,
    )
    told = {"walletId": WALLET, "collectionWalletRef": "cw-shop", "status": "ACTIVE", "address": WHERE}
    collections.keep_wallets(customer, [told], now)
    came = {"collectionId": str(uuid4()), "walletId": WALLET, "status": "COMPLETED", "amount": "1250.000001"}
    came |= {
        "asset": "USDC",
        "network": "POLYGON",
        "senderAddress": WHERE,
        "transactionHash": "0x" + "ab" * 32,
    }
    collections.keep_collections(customer, [came], now)
    return CollectionWallet.objects.get(pk=wallet.pk), Collection.objects.get()


def _an_application_asked_about(customer: Customer) -> FiatAccountApplication:
    """Oceafin has it and wants to know more, without being asked."""
    application, now = apply(customer), timezone.now()
    Submission.objects.filter(key=letters.apply_key(application)).update(state="ACCEPTED")
    FiatAccountApplication.objects.filter(pk=application.pk).update(state="SENDING")
    for said in ({"status": "SUBMITTED"}, {"status": "MISSING_INFO_REQUIRED", "missing": MISSING}):
        with transaction.atomic():
            row = applications.locked(application.pk)
            if not row.application_id:
                applications.known(row, str(uuid4()))
            applications.heard(row, said, at=now, found_by=FoundBy.EVENT, source="test", now=now)
    return FiatAccountApplication.objects.get(pk=application.pk)


def _an_account(customer: Customer) -> FiatAccount:
    now = timezone.now()
    capability = {"capabilityId": "fc-1", "status": "AVAILABLE", "currency": "EUR", "country": "DE"}
    listing.keep_capabilities(customer, [capability], now)
    named = {"fiatAccountId": ACCOUNT, "currency": "EUR", "iban": IBAN}
    listing.keep_accounts(customer, [{**named, "status": "ACTIVE"}], now)
    listing.keep_instructions(customer, [{**named, "paymentReference": "OCF-1"}], now)
    return FiatAccount.objects.get()
