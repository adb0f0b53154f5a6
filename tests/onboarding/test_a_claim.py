"""A claim: one person has a case, hands it over by name, gives it back, or loses it by doing nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.reveals.models import Reveal
from backoffice.staff.errors import NotAllowed
from onboarding import claiming, errors, guards, queues, services
from onboarding.evidence.packing import make_pack
from onboarding.models import Case
from onboarding.presence import services as presence
from tests.onboarding.conftest import act, again, make_case, to_ready, verbs
from tests.people import actor, sign_in

pytestmark = pytest.mark.django_db

LATER = guards.CLAIM_LASTS + timedelta(minutes=1)


@pytest.fixture
def case(rita) -> Case:
    """Rita has it."""
    return act("claim_case", rita, case=make_case())


def test_ends_by_itself_and_the_case_is_anybodys_again(case, rita, robin):
    later = timezone.now() + LATER
    assert claiming.expire_claims(timezone.now()) == 0
    assert list(queues.to_review(robin, timezone.now())) == []
    assert list(queues.to_review(robin, later)) == [case]
    assert claiming.expire_claims(later) == 1
    assert again(case).claimed_by is None
    assert "case.claim_expired" in verbs(case)
    with pytest.raises(errors.NotClaimed):
        act("decline_case", rita, case=case, reason="No.")


def test_that_ran_out_keeps_nobody_away_before_the_sweep_came(case, robin):
    services.claim_case(case=case, actor=actor(robin), now=timezone.now() + LATER)
    assert again(case).claimed_by == robin


def test_goes_on_while_its_holder_works(case, rita):
    row = case.case_documents.get()
    at = timezone.now() + guards.CLAIM_LASTS * 0.75
    services.decide_document(case_document=row, decision="PENDING", actor=actor(rita), now=at)
    assert again(case).claim_expires_at == at + guards.CLAIM_LASTS


def test_is_handed_to_a_named_colleague_with_a_note(case, rita, robin):
    act("hand_over_case", rita, case=case, to=robin, note="The address is left.")
    assert again(case).claimed_by == robin
    assert list(queues.mine(robin, timezone.now())) == [case]
    assert Reveal.objects.filter(user=robin, subject_id=str(case.pk)).exists()
    with pytest.raises(errors.ClaimedByAnother):
        act("decline_case", rita, case=case, reason="No.")


def test_is_not_handed_on_without_a_note_nor_to_who_may_not_review(case, rita, sam):
    with pytest.raises(errors.ReasonNeeded):
        act("hand_over_case", rita, case=case, to=sam, note=" ")
    with pytest.raises(errors.NotYours):
        act("hand_over_case", rita, case=case, to=sam, note="Yours.")
    assert again(case).claimed_by == rita


def test_is_handed_on_by_its_holder_or_a_lead_alone(case, rita, robin, lena):
    with pytest.raises(NotAllowed):
        act("hand_over_case", robin, case=case, to=robin, note="I take it.")
    act("hand_over_case", lena, case=case, to=robin, note="Rita is away.")
    assert again(case).claimed_by == robin


def test_for_signing_goes_to_who_may_sign(case, rita, robin, lena):
    to_ready(case, rita)
    with pytest.raises(errors.NotYours):
        act("hand_over_case", lena, case=case, to=robin, note="Sign it.")


def test_can_be_given_before_anybody_took_the_case(robin, lena):
    case = make_case()
    act("hand_over_case", lena, case=case, to=robin, note="For you.")
    assert (again(case).state, again(case).claimed_by) == ("IN_REVIEW", robin)


def test_is_handed_over_on_a_page(client, case, rita, robin, sam):
    sign_in(client, rita)
    shown = client.get(f"/cases/{case.case_ref}/hand-over/").content.decode()
    assert "Robin" in shown
    assert "Sam" not in shown
    answer = client.post(
        f"/cases/{case.case_ref}/hand-over/", {"to": robin.pk, "note": "The address is left."}
    )
    assert answer.status_code == 302
    assert again(case).claimed_by == robin
    sign_in(client, sam)
    assert client.get(f"/cases/{case.case_ref}/hand-over/").status_code == 404


def test_of_a_colleague_is_seen_in_a_queue_of_its_own(client, case, robin, django_assert_max_num_queries):
    sign_in(client, robin)
    with django_assert_max_num_queries(9):
        shown = client.get("/cases/?queue=colleagues").content.decode()
    assert case.case_ref in shown
    assert "Rita" in shown


def test_that_ran_out_opens_nothing_and_decides_nothing_before_the_sweep_came(client, case, rita):
    Case.objects.filter(pk=case.pk).update(claim_expires_at=timezone.now() - timedelta(seconds=1))
    sign_in(client, rita)
    page = client.get("/cases/case-1/").content.decode()
    assert "zoe@example.com" not in page
    assert 'action="/cases/case-1/do/claim/"' in page
    row = case.case_documents.get()
    assert client.get(f"/cases/case-1/documents/{row.pk}/pages/1.png").status_code == 404
    with pytest.raises(errors.NotClaimed):
        act("decide_document", rita, case_document=row, decision="ACCEPTED")
    with pytest.raises(NotAllowed):
        make_pack(case=again(case), purpose="AUDIT", actor=actor(rita), now=timezone.now())


def test_that_ran_out_is_not_carried_on_by_a_page_that_was_left_open(case, rita):
    later = timezone.now() + LATER
    presence.look(case=again(case), user=rita, now=later)
    assert again(case).claim_expires_at < later


def test_that_ran_out_is_taken_again_on_record(case, rita):
    later = timezone.now() + LATER
    services.claim_case(case=case, actor=actor(rita), now=later)
    assert again(case).claim_expires_at == later + guards.CLAIM_LASTS
    assert Reveal.objects.filter(user=rita, subject_id=str(case.pk)).count() == 2
