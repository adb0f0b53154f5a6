"""What the demo's reviewers find: a customer who came twice, and what stands on a passport."""

import pytest
from django.utils import timezone

from backoffice.local.demo import cast, papers, readings
from backoffice.staff.roles import Role
from customers.facts.models import DocumentFacts
from customers.likeness import services as likeness
from customers.likeness.models import Pair
from onboarding import review, services
from tests.onboarding.conftest import PARTNER, make_case, make_customer
from tests.people import actor, person

pytestmark = pytest.mark.django_db


def handed_in(ref: str):
    """The customer of the cast, with a case."""
    row = next(each for each in cast.everybody() if each.ref == ref)
    customer = make_customer(ref, display_name=row.name)
    documents = papers.hand_in(row, customer, actor=PARTNER, now=timezone.now())
    details = papers.details_of(row, consented_at=timezone.now())
    ids = [each.document_id for each in documents]
    return row, make_case(customer, ref=f"case-{row.number}", details=details, document_ids=ids)


def test_show_one_pair_that_looks_alike() -> None:
    handed_in("cust-1011"), handed_in("cust-1029")
    likeness.compare_due(timezone.now())
    (pair,) = Pair.objects.all()
    assert pair.reasons == ["NAME", "CONTACT", "ADDRESS"]


def test_hold_what_stands_on_the_specimen() -> None:
    row, case = handed_in("cust-1016")
    reviewer = actor(person(Role.COMPLIANCE_REVIEWER))
    services.claim_case(case=case, actor=reviewer, now=timezone.now())
    readings.read(row, review.documents_of(case)[0], actor=reviewer, now=timezone.now())
    kept = DocumentFacts.objects.get()
    assert (kept.number, kept.issuing_country) == ("XX1016000", "IE")
    assert not kept.has_expired(timezone.now().date())
