"""An onboarding, whatever happens to the processes that carry its documents and its submission to Oceafin."""

import pytest
from django.utils import timezone

from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from onboarding.models import Case
from tests.faults import clockwork
from tests.faults.books import books_agree
from tests.faults.house import House
from tests.faults.scene import a_customer, hurry
from tests.onboarding.conftest import again, attest, make_case, to_ready, verbs
from tests.people import person
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("house")

PLANTED = ("zoe@example.com", "Hauptstraße 1", "+49 30 1234567")


def a_reviewed_case() -> Case:
    """Everything is accepted; a lead's signature is all that it waits for."""
    case = make_case(a_customer("cust-kill"), ref="case-kill")
    to_ready(case, person(Role.COMPLIANCE_REVIEWER, name="Rita"))
    return again(case)


def under_way(kind: str) -> Submission:
    """The letter of this kind that a worker holds."""
    return Submission.objects.filter(kind=kind).latest("id")


def arrives(house: House, case: Case) -> None:
    """The case reaches Oceafin once, and our books agree with Oceafin's."""

    def is_there() -> bool:
        hurry(house)
        return again(case).state in {"SUBMITTED", "PROCESSING"}

    eventually(is_there, 60, every=0.1)
    house.oceafin.advance("customer", "APPROVED", ref="cust-kill")
    eventually(lambda: hurry(house) or again(case).state == "APPROVED", 60, every=0.1)
    told = [request for request in house.oceafin.requests() if ":kyc-submit:" in (request["key"] or "")]
    assert {request["key"] for request in told} == {"cust-kill:kyc-submit:case-kill"}
    assert verbs(again(case)).count("case.submitted") == 1
    books_agree(house.oceafin, house=house, planted=PLANTED, seconds=60)
    # The reply to the same key, though events said before it that it had arrived.
    assert again(case).oceafin_submission_id
    assert under_way("onboarding.submit").state == "ACCEPTED"


@pytest.mark.parametrize(
    ("kind", "operation", "booked"),
    [
        ("file.upload", "uploadCustomerFile", True),
        ("onboarding.submit", "createOnboardingSubmission", True),
        ("onboarding.submit", "createOnboardingSubmission", False),
    ],
)
def test_outlives_a_worker_killed_with_it_in_hand(
    house: House, kind: str, operation: str, booked: bool
) -> None:
    case = a_reviewed_case()
    eventually(lambda: hurry(house) or again(case).customer.oceafin_customer_id, 30, every=0.1)
    gate = house.oceafin.gate(f"{operation}-{booked}", book=booked, operation=f"{operation}$")
    attest(case, person(Role.COMPLIANCE_LEAD, name="Lena"))
    with gate.held(30):
        held = under_way(kind)
        house.kill_holder(held)
    clockwork.run_out_leases(key=held.key)
    arrives(house, case)


def test_outlives_every_process_of_the_worker_killed_as_it_is_signed(house: House) -> None:
    case = a_reviewed_case()
    eventually(lambda: hurry(house) or again(case).customer.oceafin_customer_id, 30, every=0.1)
    house.kill_worker("papers")
    attest(case, person(Role.COMPLIANCE_LEAD, name="Lena"))
    assert again(case).attested_at <= timezone.now()
    clockwork.run_out_leases()
    house.start_worker("papers")
    arrives(house, case)
