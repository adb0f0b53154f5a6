"""A revision of a case: each form of the data is kept, and nobody saves over what somebody else has changed."""

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from onboarding import errors, intake, services
from tests.onboarding.conftest import (
    PARTNER,
    act,
    again,
    make_case,
    person_details,
    to_ready,
    upload,
    verbs,
)
from tests.people import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(rita):
    case = make_case()
    act("claim_case", rita, case=case)
    return again(case)


def edit(case, who, seen_revision=None, **changes):
    seen = case.revision if seen_revision is None else seen_revision
    return act("edit_case", who, case=case, details=person_details(**changes), seen_revision=seen)


def amend(case, **changes):
    ids = [row.document.document_id for row in case.case_documents.select_related("document")]
    act("amend_case", PARTNER, case=case, details=person_details(**changes), document_ids=ids)


def test_is_kept_for_every_form_of_the_data(case, rita):
    edit(case, rita, phone="+33 1")
    kept = [each.details["personalDetails"]["phone"] for each in case.revisions.order_by("number")]
    assert kept == ["+49 30 1234567", "+33 1"]
    assert again(case).revision == 2
    assert again(case).details["personalDetails"]["phone"] == "+33 1"


def test_is_not_made_by_saving_what_stands(case, rita):
    edit(case, rita)
    assert again(case).revision == 1
    assert "case.edited" not in verbs(case)


def test_names_the_fields_in_the_trail_and_never_their_values(case, rita):
    edit(case, rita, lastName="Miller")
    entry = next(each for each in reversed(list_of(case)) if each.verb == "case.edited")
    assert entry.facts["fields"] == ["personalDetails.lastName"]
    assert "Miller" not in str(entry.facts)


def list_of(case):
    from backoffice.audit import timeline_of

    return timeline_of(case)


def test_refuses_to_be_overwritten_and_says_who_changed_what(case, rita):
    amend(case, phone="+44 20")
    with pytest.raises(errors.ChangedMeanwhile) as refused:
        edit(case, rita, seen_revision=1, email="zoe@example.org")
    (difference,) = refused.value.differences
    assert (difference.label, difference.old, difference.new) == ("Phone", "+49 30 1234567", "+44 20")
    assert difference.by == PARTNER.label
    assert again(case).details["personalDetails"]["email"] == "zoe@example.com"


def test_lets_data_be_saved_when_only_a_document_came_meanwhile(case, rita):
    act("add_document", PARTNER, case=case, document=upload(case.customer, "SELFIE"))
    edit(case, rita, seen_revision=1, phone="+33 1")
    assert again(case).revision == 3


def test_voids_an_acceptance(case, rita, lena):
    to_ready(case, rita)
    act("claim_case", lena, case=again(case))
    edit(again(case), lena, phone="+33 1")
    assert again(case).state == "IN_REVIEW"


def test_is_made_only_by_who_has_taken_the_case(case, robin, sam):
    for stranger in (robin, sam):
        with pytest.raises((errors.ClaimedByAnother, services.errors.Refusal)):
            edit(case, stranger, phone="+33 1")
    assert again(case).revision == 1


def test_refuses_what_cannot_be(case, rita):
    with pytest.raises(errors.BadDetails):
        edit(case, rita, dateOfBirth="2999-01-01")


def test_stays_as_it_was_written(case):
    with pytest.raises(ProgrammingError), transaction.atomic():
        case.revisions.update(by="somebody else")


def test_is_told_to_who_follows(case, rita, monkeypatch):
    told = []
    monkeypatch.setattr(intake, "_followers", [])
    intake.on_change(lambda changed, by, now: told.append((changed.pk, changed.revision)))
    services.edit_case(
        case=case,
        details=person_details(phone="+33 1"),
        seen_revision=1,
        actor=actor(rita),
        now=timezone.now(),
    )
    assert told == [(case.pk, 2)]
