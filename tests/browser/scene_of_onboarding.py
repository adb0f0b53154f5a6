"""A day at the onboarding desk, made by the services: something to see on each of its pages."""

from dataclasses import dataclass
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from backoffice import reveals
from backoffice.oceafin.models import Submission
from backoffice.reveals.models import Burst
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from customers.likeness import services as likeness
from customers.likeness.models import Pair
from customers.models import Document
from customers.screening.models import Hit
from customers.screening.services import Found
from onboarding.models import Case
from onboarding.people import records
from onboarding.requested import services as requested
from onboarding.requested.models import CustomerText
from tests.browser.papers import specimen
from tests.onboarding.conftest import (
    accept_documents,
    act,
    again,
    make_case,
    make_customer,
    person_details,
    say,
    screened,
    to_ready,
    to_submitting,
    upload,
)
from tests.onboarding.test_people_of_a_company import company_details
from tests.people import actor, person
from tests.webhooks.sender import Sender, event
from webhooks.models import Event
from webhooks.outgoing import services as outgoing
from webhooks.outgoing.models import Delivery, Endpoint

HIT = Found(
    kind="PEP",
    name="Zoe Example",
    list="EU public offices",
    note="Member of a town council until 2019.",
    hit_ref="pep-1",
    score="82",
)


@dataclass
class Scene:
    """Who is there, and what they find. Rita has the two cases in hand; Lena may see that she has."""

    rita: User
    lena: User
    mona: User
    audrey: User
    ada: User
    kyc: Case
    kyb: Case
    burst: Burst
    pair: Pair
    hit: Hit
    endpoint: Endpoint
    delivery: Delivery
    text: CustomerText
    document: Document
    submission: Submission
    event: Event


def make_scene() -> Scene:
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer")
    lena = person(Role.COMPLIANCE_LEAD, name="Lena Lead")
    ada, endpoint = _an_endpoint()
    kyc, kyb = _a_person(rita), _a_company(rita)
    _the_queues(rita, lena)
    now = timezone.now()
    likeness.compare_due(now)
    text = requested.write_text(
        code="EXPIRED",
        language="pl",
        text="Ten dokument stracił ważność: {document}. Prosimy o nowy.",
        actor=actor(lena),
        now=now,
    )
    Sender(Client()).send(event(eventType="customer.updated", data={"status": "PROCESSING"}))
    return Scene(
        rita=rita,
        lena=lena,
        mona=person(Role.MLRO, name="Mona Mlro"),
        audrey=person(Role.AUDITOR, name="Audrey Auditor"),
        ada=ada,
        kyc=again(kyc),
        kyb=again(kyb),
        burst=_a_burst(rita),
        pair=Pair.objects.latest("id"),
        hit=Hit.objects.get(),
        endpoint=endpoint,
        delivery=Delivery.objects.latest("id"),
        text=text,
        document=Document.objects.filter(customer=kyc.customer).latest("id"),
        submission=Submission.objects.earliest("id"),
        event=Event.objects.get(),
    )


def _an_endpoint() -> tuple[User, Endpoint]:
    ada, ben = person(Role.ADMINISTRATOR, name="Ada Admin"), person(Role.ADMINISTRATOR, name="Ben Admin")
    now = timezone.now()
    endpoint = outgoing.ask_endpoint(
        name="Core banking", url="http://127.0.0.1:9/hooks", actor=actor(ada), now=now
    )
    outgoing.confirm_endpoint(endpoint, actor=actor(ben), now=now)
    outgoing.issue_secret(endpoint, actor=actor(ada), now=now)
    return ada, endpoint


def _a_person(rita: User) -> Case:
    """Two of three papers looked at, a newer version of one, a hit, and something to ask for."""
    customer = make_customer("cust-100001", display_name="Zoë Example")
    papers = [
        upload(customer, kind, specimen(kind.replace("_", " ").capitalize()))
        for kind in ("PASSPORT", "PROOF_OF_ADDRESS", "SELFIE")
    ]
    details = person_details()
    details["consentEvidence"] = {**details["consentEvidence"], "locale": "pl-PL"}
    case = make_case(
        customer,
        ref="kyc-2026-0001",
        details=details,
        document_ids=[paper.document_id for paper in papers],
    )
    screened(case, HIT, provider="Another Provider")
    act("claim_case", rita, case=case)
    act("add_note", rita, case=case, note="Called the customer: the new flat is since May.")
    passport, bill, _selfie = again(case).case_documents.order_by("id")
    act("decide_document", rita, case_document=passport, decision="ACCEPTED")
    act("decide_document", rita, case_document=bill, decision="REJECTED", reason_code="EXPIRED")
    newer = upload(customer, "PASSPORT", specimen("Newer passport"))
    act("add_document", rita, case=again(case), document=newer)
    return case


def _a_company(rita: User) -> Case:
    customer = make_customer("corp-1", customer_type="CORPORATE", display_name="Specimen GmbH")
    papers = [
        upload(customer, kind, specimen(kind.replace("_", " ").capitalize(), 3))
        for kind in ("REGISTER_EXTRACT", "PASSPORT", "PASSPORT")
    ]
    case = make_case(
        customer,
        ref="kyb-2026-0001",
        details=company_details(),
        document_ids=[paper.document_id for paper in papers],
    )
    act("claim_case", rita, case=case)
    accept_documents(case, rita)
    first = next(row for row in records.of_case(case) if row.decision == "PENDING")
    act("decide_person", rita, person=first, decision="ACCEPTED", reason="Seen on a video call.")
    return case


def _the_queues(rita: User, lena: User) -> None:
    """One case in each of them; one is late, one soon will be."""
    now = timezone.now()
    for number, left in enumerate((-3, 2, 30)):
        new = make_case(make_customer(f"cust-20000{number}"), ref=f"kyc-2026-010{number}", document_ids=[])
        Case.objects.filter(pk=new.pk).update(due_at=now + timedelta(hours=left, minutes=1))
    asked = make_case(make_customer("cust-200010"), ref="kyc-2026-0110", document_ids=[])
    act("claim_case", rita, case=asked)
    act("ask_for_more", rita, case=asked, text_for_customer="Please send your passport.", note="")
    signing = make_case(make_customer("cust-200011"), ref="kyc-2026-0111")
    to_ready(signing, rita)
    with_oceafin = make_case(make_customer("cust-200012"), ref="kyc-2026-0112")
    to_submitting(with_oceafin, lena)
    missing = [{"code": "DOCUMENT_UNREADABLE", "message": "Please send a clearer copy."}]
    say(with_oceafin.customer, "MISSING_INFO_REQUIRED", missing=missing)
    gone = make_case(make_customer("cust-200013"), ref="kyc-2026-0113", document_ids=[])
    act("withdraw_case", lena, case=gone, reason="Changed their mind.")


def _a_burst(rita: User) -> Burst:
    for number in range(3):
        customer = make_customer(f"cust-30000{number}")
        words = "Their lawyer called about the account." if number else ""
        reveals.open(
            customer=customer,
            actor=actor(rita),
            now=timezone.now(),
            purpose="CUSTOMER_ASKED",
            subject=customer,
            words=words,
        )
    return Burst.objects.latest("id")
