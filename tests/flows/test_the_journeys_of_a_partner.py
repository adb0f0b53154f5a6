"""The journeys of a partner, over its API, its workers and its webhooks: from a customer to money in and out.

Web, both workers, the broker and Oceafin are processes of their own. The test is the partner's system, which
speaks HTTP with a token; staff decide through the services. Between them they use every operation of Oceafin's
that the back office has a use for.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import bell
from backoffice.oceafin.models import Lane, Submission
from backoffice.staff.roles import Role
from onboarding.models import Case
from payments import duties, rates, services
from payments.accounts import plan
from payments.accounts.models import Reading
from payments.capabilities import needing
from payments.capabilities.models import WithdrawalCapability
from payments.desks import informing
from payments.models import PaymentRequest
from tests.contract.operations import used
from tests.customers.specimens import pdf, picture
from tests.faults.house import House
from tests.onboarding.conftest import attest, person_details, screened, to_ready
from tests.partner import Partner
from tests.payments.people import ADDRESS
from tests.people import person
from tests.scenes import IBAN, open_money_out, read_payees
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def states(answer: dict[str, Any]) -> list[str]:
    return [line["state"] for line in answer["timeline"]]


class Journey:
    """The partner's system, and the world around it that moves on while it looks."""

    def __init__(self, house: House) -> None:
        self.house, self.oceafin, self.partner = house, house.oceafin, Partner(house)

    def until(self, path: str, **wanted: str) -> Any:
        """What the API answers once it says so; Oceafin works on between two looks."""

        def says_so() -> Any:
            self.oceafin.step()
            # What is due would be read at the next sweep, some seconds later.
            plan.read_due(timezone.now())
            answer = self.partner.get(path)
            rows = answer.get("items", [answer])
            return next((row for row in rows if wanted.items() <= row.items()), None)

        return eventually(says_so, 30, every=0.2)

    def onboard(self) -> None:
        customer = {
            "partnerCustomerRef": "cust-1",
            "customerType": "INDIVIDUAL",
            "displayName": "Zoë Example",
        }
        self.partner.post("customers", {**customer, "metadata": {}})
        papers = [
            self.partner.upload("PASSPORT", pdf(pages=2)),
            self.partner.upload("SELFIE", picture("JPEG")),
        ]
        body = {"caseRef": "kyc-1", **person_details(), "documentIds": papers}
        self.partner.post("customers/cust-1/onboarding-cases", body)
        case = Case.objects.get()
        to_ready(screened(case), person(Role.COMPLIANCE_REVIEWER))
        attest(case, person(Role.COMPLIANCE_LEAD))
        done = self.until("onboarding-cases/kyc-1", state="APPROVED")
        assert states(done)[:5] == ["OPEN", "IN_REVIEW", "READY", "SUBMITTING", "SUBMITTED"]
        assert self.partner.get("customers/cust-1")["status"] == "APPROVED"

    def open_an_account(self) -> None:
        self.until("customers/cust-1/fiat-account-capabilities", currency="EUR")
        asked = {"applicationRef": "fa-1", "currency": "EUR", "purpose": "simulate:missing"}
        self.partner.post("customers/cust-1/fiat-account-applications", asked)
        question = self.until("fiat-account-applications/fa-1", state="NEEDS_INFO")
        [asked_for] = question["rounds"][0]["missing"]
        answer = {"round": 1, "answers": [{"code": asked_for["code"], "value": "Salary"}]}
        answer["documentIds"] = [self.partner.upload("SOURCE_OF_FUNDS", pdf(pages=1))]
        self.partner.post("fiat-account-applications/fa-1/additional-info", answer)
        self.until("fiat-account-applications/fa-1", state="OPENED")
        account = self.until("customers/cust-1/fiat-accounts", status="ACTIVE")
        where = self.until("customers/cust-1/fiat-deposit-instructions", currency="EUR")
        assert where["iban"].endswith(account["maskedNumber"][-4:])

    def pay_in(self) -> None:
        self.oceafin.deposit("fiat_deposit", currency="EUR", amount="20000.00", senderName="Zoë Example")
        self.until("customers/cust-1/fiat-deposits", status="COMPLETED", amount="20000.00", foundBy="EVENT")
        self.until("customers/cust-1/balances", currency="EUR", available="20000.00")
        self.until("customers/cust-1/transactions", direction="CREDIT", amount="20000.00")

    def pay_in_coins(self) -> str:
        address = {"addressRef": "ad-1", "asset": "ETH", "network": "ETHEREUM"}
        self.partner.post("customers/cust-1/crypto-deposit-addresses", address)
        self.until("customers/cust-1/crypto-deposit-addresses", status="ACTIVE")
        coins = {"asset": "ETH", "network": "ETHEREUM", "amount": "0.123456789012345678"}
        self.oceafin.deposit("crypto_deposit", simulate="travel_rule", **coins)
        deposit = self.until("customers/cust-1/crypto-deposits", status="PENDING_TRAVEL_RULE")
        assert deposit["travelRule"]["state"] == "WAITING"
        rule = {"originatorType": "INDIVIDUAL", "originatorName": "Alex Example"}
        rule["originatingVasp"] = {"name": "Example VASP", "country": "DE"}
        self.partner.post(f"crypto-deposits/{deposit['depositId']}/travel-rule", rule)
        done = self.until("customers/cust-1/crypto-deposits", status="COMPLETED")
        assert (done["amount"], done["travelRule"]["state"]) == (coins["amount"], "ACCEPTED")
        return str(done["depositId"])

    def collect(self) -> None:
        coins = {"asset": "USDC", "network": "POLYGON"}
        wallet = {"collectionWalletRef": "cw-1", "label": "Shop", **coins}
        self.partner.post("customers/cust-1/collection-wallets", wallet)
        self.until("customers/cust-1/collection-wallets", status="ACTIVE")
        self.oceafin.deposit("collection", amount="25", **coins)
        self.until("customers/cust-1/collections", status="COMPLETED")

    def pay_out(self) -> None:
        """Oceafin asks before it pays out in euros, and again before it carries this out. The answer to its draft is
        lost: it is found in Oceafin's list, and not sent again."""
        account = {
            "bankAccountRef": "ba-1",
            "accountHolderName": "Zoë Example",
            "iban": IBAN,
            "country": "DE",
        }
        account |= {"currency": "EUR", "holderType": "SAME_NAME"}
        self.partner.post("customers/cust-1/bank-accounts", account)

        def account_is_active() -> bool:
            self.oceafin.step()
            read_payees()
            return bool(self.partner.get("customers/cust-1/bank-accounts/ba-1")["status"] == "ACTIVE")

        eventually(account_is_active, 30, every=0.2)
        self.oceafin.fault("lose_response", operation="^createFiatWithdrawal$")
        asked = {"paymentRef": "wd-1", "kind": "FIAT_WITHDRAWAL", "partnerCustomerRef": "cust-1"}
        asked |= {"amount": "1250.00", "currency": "EUR", "bankAccountRef": "ba-1"}
        asked["purpose"] = "Invoice 17, simulate:missing"
        done = self.approved_and_settled(asked)
        assert states(done)[:4] == ["PENDING_APPROVAL", "APPROVED", "SENDING", "UNCONFIRMED"]
        assert states(done)[4:] == ["SENDING", "SENT", "NEEDS_INFO", "SENT", "SETTLED"]
        [effect] = self.oceafin.withdrawals()
        assert (effect["withdrawalRef"], effect["amount"], effect["currency"]) == ("wd-1", "1250.00", "EUR")

    def convert(self) -> None:
        """The answers to its quote and to the conversion itself are lost: both are found by looking."""
        self.oceafin.fault("lose_response", operation="^createConversionQuote$")
        self.oceafin.fault("lose_response", operation="^createConversion$")
        asked = {"paymentRef": "cv-1", "kind": "CONVERSION", "partnerCustomerRef": "cust-1"}
        asked |= {"sellCurrency": "EUR", "buyCurrency": "USD", "sellAmount": "500.00"}
        done = self.approved_and_settled(asked)
        assert asked.items() <= done.items()
        assert done["converted"]["sellAmount"] == "500.00"
        [effect] = self.oceafin.conversions()
        assert done["converted"]["buyAmount"] == effect["receiveAmount"]

    def pay_out_coins(self) -> None:
        """To a wallet of somebody else's, at a provider. The answer to its draft is lost, too."""
        lead, now = Actor.staff(person(Role.OPERATIONS_LEAD)), timezone.now()
        rates.enter_rate(currency="ETH", rate=Decimal(2500), source="the test", at=now, actor=lead, now=now)
        coins = {"asset": "ETH", "network": "ETHEREUM"}
        wallet = {"walletAddressRef": "wallet-1", "address": ADDRESS.lower(), **coins}
        wallet |= {"holderType": "THIRD_PARTY", "holderName": "Alex Example"}
        self.partner.post(
            "customers/cust-1/crypto-wallet-addresses",
            {**wallet, "beneficiaryVasp": {"name": "Example VASP"}},
        )

        def wallet_is_active() -> bool:
            self.oceafin.step()
            read_payees()
            found = self.partner.get("customers/cust-1/crypto-wallet-addresses/wallet-1")
            return bool(found["status"] == "ACTIVE")

        eventually(wallet_is_active, 30, every=0.2)
        self.oceafin.fault("lose_response", operation="^createCryptoWithdrawal$")
        asked = {"paymentRef": "cw-1", "kind": "CRYPTO_WITHDRAWAL", "partnerCustomerRef": "cust-1"}
        asked |= {"amount": "0.02", "walletAddressRef": "wallet-1", **coins}
        done = self.approved_and_settled(asked)
        assert done["transactionHash"].startswith("0x")
        assert done["confirmations"] == 12
        [effect] = self.oceafin.withdrawals("cw-1")
        assert (Decimal(effect["amount"]), effect["currency"]) == (Decimal("0.02"), "ETH")

    def refund(self, deposit_id: str) -> None:
        self.oceafin.fault("lose_response", operation="createRefund")
        asked = {
            "paymentRef": "rf-1",
            "kind": "REFUND",
            "partnerCustomerRef": "cust-1",
            "reason": "Sent by mistake",
        }
        asked |= {"sourceType": "CRYPTO_DEPOSIT", "sourceId": deposit_id, "amount": "0.1", "currency": "ETH"}
        self.approved_and_settled(asked)
        [effect] = [entry for entry in self.oceafin.book() if entry["kind"] == "REFUND"]
        assert (Decimal(effect["amount"]), effect["currency"]) == (Decimal("0.1"), "ETH")

    def tended(self) -> None:
        """What payouts need is asked for, answered, and read."""
        self.hastened()
        needing.tend(timezone.now())
        self.oceafin.step()
        plan.read(Reading.objects.get(name="fiat_withdrawal_capabilities"))
        for capability in WithdrawalCapability.objects.all():
            self.answered(capability)

    def hastened(self) -> None:
        """The waits between two tries are not waited for, nor are the sweeps that would look for what is due."""
        if Submission.objects.filter(state="UNCONFIRMED").update(due_at=timezone.now()):
            bell.ring(Lane.MONEY)

    def answered(self, about: informing.About) -> None:
        """Whatever Oceafin asks, somebody answers it."""
        about.refresh_from_db()
        if informing.can_answer(about):
            maker = Actor.staff(person(Role.PAYMENTS_MAKER))
            informing.answer(about, answers={0: "As the invoice says."}, actor=maker, now=timezone.now())

    def approved_and_settled(self, asked: dict[str, Any]) -> Any:
        """The whole way of a payment. Its beneficiary is new: two approve."""
        assert self.partner.post("payment-requests", asked)["state"] == "PENDING_APPROVAL"
        payment = PaymentRequest.objects.get(payment_ref=asked["paymentRef"])
        eventually(lambda: self.tended() or payment.refresh_from_db() or payment.terms_digest, 30, every=0.2)
        for _ in range(payment.approvals_needed):
            approver = Actor.staff(person(Role.PAYMENTS_APPROVER))
            seen, now = payment.terms_digest, timezone.now()
            proof = services.Proof(at=now)
            services.approve(payment=payment, seen_terms=seen, proof=proof, actor=approver, now=now)

        def is_settled() -> Any:
            self.hastened()
            self.oceafin.step()
            PaymentRequest.objects.filter(next_poll_at__isnull=False).update(next_poll_at=timezone.now())
            duties.poll_payments(timezone.now())
            self.answered(payment)
            answer = self.partner.get(f"payment-requests/{asked['paymentRef']}")
            return answer if answer["state"] == "SETTLED" else None

        done = eventually(is_settled, 60, every=0.2)
        assert done["waitingFor"] is None
        return done


def test_lead_from_a_customer_to_money_in_and_out_and_use_every_operation(house: House) -> None:
    open_money_out()
    house.oceafin.set(inactiveCapabilities={"EUR": "missing"})
    journey = Journey(house)
    journey.onboard()
    journey.open_an_account()
    journey.pay_in()
    deposit_id = journey.pay_in_coins()
    journey.collect()
    # From here on no event comes: what it would have told is read.
    house.oceafin.set(webhookUrl="")
    journey.pay_out()
    journey.convert()
    journey.pay_out_coins()
    journey.refund(deposit_id)
    reached = {request["operation"] for request in house.oceafin.requests()}
    assert used() - reached == set()
