"""A case is not READY, and not signed, while anything about it is undecided: whoever writes past the service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from customers.likeness.models import Pair
from customers.screening.models import Hit
from customers.screening.services import Found
from onboarding import errors, review
from onboarding.models import Case, CaseDocument
from onboarding.people.models import Person
from onboarding.second_look.models import SecondLook
from tests.onboarding.conftest import (
    accept,
    accept_documents,
    act,
    again,
    another_reviewer,
    decline,
    make_case,
    make_customer,
    screened,
    to_ready,
    upload,
)
from tests.onboarding.test_people_of_a_company import company_details

pytestmark = pytest.mark.django_db
HIT = Found(kind="SANCTIONS", name="Zoe Example", list="EU", note="", hit_ref="s-1", score="90")


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=sentence), transaction.atomic():
        yield


def write(case: Case, state: str) -> None:
    Case.objects.filter(pk=case.pk).update(state=state)


def all_but(case: Case, who: Any) -> Case:
    """Nothing is left to do for a person's case but what a test leaves open."""
    act("claim_case", who, case=case)
    accept_documents(case, who)
    return again(case)


def an_open_hit(rita: Any) -> Case:
    return screened(all_but(make_case(), rita), HIT)


def an_open_pair(rita: Any) -> Case:
    case, other = all_but(make_case(), rita), make_customer("cust-2")
    now = timezone.now()
    Pair.objects.create(low=case.customer, high=other, reasons=["NAME"], state_since=now, found_at=now)
    return case


def an_open_look(rita: Any) -> Case:
    case = make_case()
    decline(case, rita)
    CaseDocument.objects.filter(case=case).update(
        decision="ACCEPTED", decided_by=rita, decided_at=timezone.now()
    )
    return case


def an_undecided_person(rita: Any) -> Case:
    customer = make_customer("corp-1", customer_type="CORPORATE")
    paper = upload(customer, "REGISTER_EXTRACT")
    case = make_case(customer, ref="kyb-1", details=company_details(), document_ids=[paper.document_id])
    return all_but(case, rita)


def an_undecided_document(rita: Any) -> Case:
    case = make_case()
    act("claim_case", rita, case=case)
    return case


@pytest.mark.parametrize(
    ("left_open", "sentence"),
    [
        (an_open_hit, "a screening hit is undecided"),
        (an_open_pair, "a likely duplicate is undecided"),
        (an_open_look, "a second look is open"),
        (an_undecided_person, "a person of the company is not accepted"),
        (an_undecided_document, "a document is undecided"),
    ],
)
def test_is_to_call_it_ready(rita, left_open: Callable, sentence: str) -> None:
    case = left_open(rita)
    with refused(sentence):
        write(case, "READY")
    assert again(case).state == "IN_REVIEW"


def test_is_to_sign_over_a_hit_that_came_after(rita) -> None:
    case = to_ready(make_case(), rita)
    screened(case, HIT)
    with refused("a screening hit is undecided"):
        write(case, "SUBMITTING")
    Hit.objects.update(decision="DISMISSED", decided_by=rita, decided_at=timezone.now(), reason_sealed=b"x")
    columns = {"attested_by": rita, "attested_at": timezone.now(), "attested_digest": "x"}
    Case.objects.filter(pk=case.pk).update(state="SUBMITTING", **columns)


def test_is_a_person_that_was_rejected(rita) -> None:
    case = an_undecided_person(rita)
    decided = {"decided_by": rita, "decided_at": timezone.now()}
    Person.objects.filter(case=case).update(decision="ACCEPTED", **decided)
    Person.objects.filter(case=case, role="OWNER", number=1).update(decision="REJECTED")
    with refused("is not accepted"):
        write(case, "READY")
    Person.objects.filter(case=case).update(decision="ACCEPTED")
    write(case, "READY")


def disagreed(first: Any, second: Any) -> Case:
    case = make_case()
    decline(case, first)
    accept(case, second)
    return again(case)


def test_is_to_begin_a_disagreement_anew(rita, robin) -> None:
    disagreed(rita, robin)
    with refused("a lead ends a disagreement"):
        SecondLook.objects.update(state="VOID")


def test_is_not_to_end_a_disagreement_with_the_case(rita, robin, lena) -> None:
    case = disagreed(rita, robin)
    act("withdraw_case", lena, case=case, reason="Gone.")
    assert SecondLook.objects.get().state == "VOID"


def test_is_what_a_new_document_does_to_a_disagreement(rita, robin, lena) -> None:
    case = disagreed(rita, robin)
    act("add_document", rita, case=case, document=upload(case.customer, "SELFIE"))
    assert SecondLook.objects.get().state == "DISAGREED"
    for who in (rita, robin, another_reviewer()):
        with pytest.raises(errors.CannotBeDone):
            act("claim_case", who, case=again(case))
    accept(again(case), lena)
    assert (SecondLook.objects.get().state, again(case).state) == ("SETTLED", "READY")
    assert SecondLook.objects.get().settled_digest == review.content_digest(again(case))
