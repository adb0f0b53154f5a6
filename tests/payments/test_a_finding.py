"""What was found about a contradiction counts once two people say so, neither of whom asked for the payment."""

from typing import Any

import pytest

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin.by_hand import NotInDoubt
from backoffice.staff.errors import NotAllowed, ReasonNeeded
from backoffice.staff.roles import Role
from payments import errors as payment_errors
from payments.desks import errors, services
from payments.desks.models import Finding
from payments.models import PaymentRequest
from tests.customers.conftest import known_customer, upload
from tests.payments.people import approver, fresh, maker, now, waiting_payment
from tests.people import person

pytestmark = pytest.mark.django_db


def lead() -> Actor:
    return Actor.staff(person(Role.OPERATIONS_LEAD))


def contradicted(**changes: Any) -> PaymentRequest:
    payment = waiting_payment(**changes)
    PaymentRequest.objects.filter(pk=payment.pk).update(contradicted=True, contradiction="It says COMPLETED.")
    return fresh(payment)


def propose(payment: PaymentRequest, by: Actor | None = None, **changes: Any) -> Finding:
    said = {"evidence": "Rosa: they were wrong.", "support_reference": "CASE-17", **changes}
    return services.propose_clearing(payment, **said, actor=by or lead(), now=now())


def confirm(finding: Finding, by: Actor) -> PaymentRequest:
    return services.confirm(finding, actor=by, now=now())


def test_is_never_the_makers() -> None:
    olga = person(Role.OPERATIONS_LEAD)
    payment = contradicted(requested_by=olga.email)
    with pytest.raises(errors.SamePerson, match="You asked for this payment"):
        propose(payment, Actor.staff(olga))
    finding = propose(payment)
    with pytest.raises(errors.SamePerson, match="You asked for this payment"):
        confirm(finding, Actor.staff(olga))
    assert fresh(payment).contradicted


def test_is_of_a_lead_and_of_a_lead_or_an_approver() -> None:
    payment = contradicted()
    for who in (approver(), maker(), Actor.staff(person(Role.AUDITOR))):
        with pytest.raises(NotAllowed):
            propose(payment, who)
    finding = propose(payment)
    for who in (maker(), Actor.staff(person(Role.AUDITOR))):
        with pytest.raises(NotAllowed):
            confirm(finding, who)
        with pytest.raises(NotAllowed):
            services.take_back(finding, reason="no", actor=who, now=now())
    assert not confirm(finding, approver()).contradicted


def test_is_made_once_and_decided_once() -> None:
    payment = contradicted()
    finding = propose(payment)
    with pytest.raises(errors.ProposedAlready):
        propose(payment)
    with pytest.raises(ReasonNeeded):
        services.take_back(finding, reason=" ", actor=lead(), now=now())
    services.take_back(finding, reason="too early", actor=lead(), now=now())
    with pytest.raises(errors.NothingProposed):
        confirm(finding, lead())
    again = propose(payment)
    confirm(again, lead())
    with pytest.raises(errors.NothingProposed):
        services.take_back(again, reason="no", actor=lead(), now=now())
    assert not fresh(payment).contradicted


def test_about_another_payment_waits_on() -> None:
    first, second = contradicted(ref="wd-1"), contradicted(ref="wd-2")
    findings = [propose(each) for each in (first, second)]
    confirm(findings[1], lead())
    assert (fresh(first).contradicted, fresh(second).contradicted) == (True, False)
    services.take_back(findings[0], reason="too early", actor=lead(), now=now())
    told = Entry.objects.filter(subject_id=str(first.pk), verb__startswith="payment.finding")
    assert list(told.order_by("id").values_list("verb", flat=True)) == [
        "payment.finding_proposed",
        "payment.finding_taken_back",
    ]


def test_clears_only_the_contradiction_that_was_looked_at() -> None:
    payment = contradicted()
    finding = propose(payment)
    PaymentRequest.objects.filter(pk=payment.pk).update(contradiction="Now it says RETURNED.")
    with pytest.raises(errors.NothingProposed, match="in another way"):
        confirm(finding, lead())
    assert fresh(payment).contradicted


def test_is_about_something_that_is_wrong() -> None:
    payment = waiting_payment()
    with pytest.raises(errors.NothingWrong):
        propose(payment)
    with pytest.raises(NotInDoubt):
        services.propose_closing(
            payment, evidence="It never left.", support_reference="", actor=lead(), now=now()
        )
    with pytest.raises(NotInDoubt):
        services.it_happened(payment, oceafin_id="x", actor=lead(), now=now())


@pytest.mark.parametrize("reference", ["x" * 121, "two\nlines"])
def test_names_its_reference_in_one_line(reference: str) -> None:
    with pytest.raises(payment_errors.Unfit):
        propose(contradicted(), support_reference=reference)
    with pytest.raises(ReasonNeeded):
        propose(fresh(PaymentRequest.objects.get()), evidence=" ")


def test_has_a_document_of_its_own_customer() -> None:
    other = upload(known_customer("cust-2"))
    with pytest.raises(payment_errors.Unfit, match="no such document"):
        propose(contradicted(), document=other)
