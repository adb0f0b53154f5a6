"""The two journeys of the house over its API, its workers and its webhooks: to APPROVED, and to SETTLED.

Web, both workers, the broker and Oceafin are processes of their own. The test is the partner's system, which
speaks HTTP with a token; staff decide through the services.
"""

from typing import Any

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.staff.roles import Role
from onboarding.models import Case
from payments import services
from payments.models import PaymentRequest
from tests.customers.specimens import pdf, picture
from tests.faults.house import House
from tests.onboarding.conftest import attest, person_details, screened, to_ready
from tests.partner import Partner
from tests.people import person
from tests.scenes import IBAN, open_money_out, read_bank_accounts
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def states(answer: dict[str, Any]) -> list[str]:
    return [line["state"] for line in answer["timeline"]]


def test_end_at_approved_and_at_settled(house: House) -> None:
    partner = Partner(house)
    customer = {"partnerCustomerRef": "cust-1", "customerType": "INDIVIDUAL", "displayName": "Zoë Example"}
    partner.post("customers", {**customer, "metadata": {}})
    papers = [
        partner.upload("PASSPORT", pdf(pages=2)),
        partner.upload("SELFIE", picture("JPEG")),
    ]
    body = {"caseRef": "kyc-1", **person_details(), "documentIds": papers}
    partner.post("customers/cust-1/onboarding-cases", body)

    case = Case.objects.get()
    to_ready(screened(case), person(Role.COMPLIANCE_REVIEWER))
    attest(case, person(Role.COMPLIANCE_LEAD))

    def is_at(path: str, state: str) -> Any:
        house.oceafin.step()
        answer = partner.get(path)
        return answer if answer["state"] == state else None

    done = eventually(lambda: is_at("onboarding-cases/kyc-1", "APPROVED"), 30, every=0.2)
    assert states(done)[:5] == ["OPEN", "IN_REVIEW", "READY", "SUBMITTING", "SUBMITTED"]
    assert partner.get("customers/cust-1")["status"] == "APPROVED"

    house.oceafin.fund("cust-1")
    open_money_out()
    account = {"bankAccountRef": "ba-1", "accountHolderName": "Zoë Example", "iban": IBAN, "country": "DE"}
    partner.post("customers/cust-1/bank-accounts", {**account, "currency": "EUR", "holderType": "SAME_NAME"})

    def account_is_active() -> bool:
        house.oceafin.step()
        read_bank_accounts()
        return bool(partner.get("customers/cust-1/bank-accounts/ba-1")["status"] == "ACTIVE")

    eventually(account_is_active, 30, every=0.2)
    asked = {"paymentRef": "wd-1", "kind": "FIAT_WITHDRAWAL", "partnerCustomerRef": "cust-1"}
    asked |= {"amount": "1250.00", "currency": "EUR", "bankAccountRef": "ba-1", "purpose": "Invoice 17"}
    assert partner.post("payment-requests", asked)["state"] == "PENDING_APPROVAL"

    payment = PaymentRequest.objects.get()
    eventually(lambda: payment.refresh_from_db() or payment.terms_digest, 20)
    # The beneficiary is new: two approve.
    for _ in range(2):
        approver = Actor.staff(person(Role.PAYMENTS_APPROVER))
        seen = payment.terms_digest
        services.approve(payment=payment, seen_terms=seen, actor=approver, now=timezone.now())

    done = eventually(lambda: is_at("payment-requests/wd-1", "SETTLED"), 30, every=0.2)
    assert states(done) == ["PENDING_APPROVAL", "APPROVED", "SENDING", "SENT", "SETTLED"]
    assert done["waitingFor"] is None
    [effect] = house.oceafin.withdrawals()
    assert (effect["withdrawalRef"], effect["amount"], effect["currency"]) == ("wd-1", "1250.00", "EUR")
