"""Looking at personal data: for a purpose, for minutes, and never without a trace."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from backoffice import reveals, vault
from backoffice.audit import note_of, timeline_of
from backoffice.reveals import services
from backoffice.reveals.models import Reveal
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import RoleGrant
from tests.customers.conftest import make_customer
from tests.onboarding.conftest import act, again, make_case
from tests.reveals.conftest import NOW, by, is_open, look

pytestmark = pytest.mark.django_db


def test_is_closed_until_a_purpose_was_stated(rita):
    customer = make_customer()
    assert not is_open(rita, customer)
    look(rita, customer)
    assert is_open(rita, customer)
    assert not is_open(rita, make_customer("cust-2"))


def test_lasts_minutes(rita, settings):
    settings.REVEAL_MINUTES = 7
    customer, now = make_customer(), NOW()
    look(rita, customer, now=now)
    assert is_open(rita, customer, now + timedelta(minutes=6, seconds=59))
    assert not is_open(rita, customer, now + timedelta(minutes=7))


def test_opens_nothing_to_anybody_else(rita, lena):
    customer = make_customer()
    look(rita, customer)
    assert not is_open(lena, customer)


def test_is_ended_by_hand(rita):
    customer = make_customer()
    look(rita, customer)
    look(rita, customer)
    assert reveals.close(customer=customer, subject=customer, actor=by(rita), now=NOW()) == 2
    assert not is_open(rita, customer)
    assert [timeline_of(row)[-1].verb for row in Reveal.objects.all()] == ["personal_data.closed"] * 2


@pytest.mark.parametrize(
    ("purpose", "words"), [("", "x"), ("DECISION", "x"), ("CURIOUS", "x"), ("OTHER", " ")]
)
def test_is_refused_without_a_purpose(rita, purpose, words):
    customer = make_customer()
    with pytest.raises(services.PurposeNeeded):
        look(rita, customer, purpose=purpose, words=words)
    assert not Reveal.objects.exists()


def test_is_refused_to_who_may_not_see_personal_data(sam):
    with pytest.raises(NotAllowed):
        look(sam, make_customer())


def test_ends_with_the_right_to_it(rita):
    customer = make_customer()
    look(rita, customer)
    RoleGrant.objects.filter(user=rita).update(revoked_at=NOW(), revoked_by=rita)
    assert not is_open(rita, customer)
    with pytest.raises(NotAllowed):
        reveals.require(rita, customer, NOW())


def test_is_required_before_anything_is_handed_out(rita):
    customer = make_customer()
    with pytest.raises(reveals.NotRevealed):
        reveals.require(rita, customer, NOW())
    look(rita, customer)
    assert reveals.require(by(rita), customer, NOW()) == rita


def test_stands_in_the_trail_with_what_for(rita):
    customer = make_customer()
    reveal = look(rita, customer, purpose="OTHER", words="Their lawyer called.")
    (entry,) = timeline_of(reveal)
    assert (entry.verb, entry.customer_id) == ("personal_data.opened", customer.pk)
    assert note_of(entry) == "OTHER: Their lawyer called."
    assert "OTHER" not in str(entry.facts)


def test_does_not_stand_on_the_customers_own_timeline_where_it_would_warn_others(rita):
    customer = make_customer()
    before = len(timeline_of(customer))
    look(rita, customer, purpose="SUSPICION")
    assert len(timeline_of(customer)) == before


def test_keeps_its_words_sealed_and_loses_them_with_the_customer(rita):
    customer = make_customer()
    reveal = look(rita, customer, words="Their lawyer called.")
    assert b"lawyer" not in bytes(reveal.words_sealed)
    assert reveal.words == "Their lawyer called."
    vault.destroy_key(customer.vault_key, now=NOW())
    assert "erased" in Reveal.objects.get().words
    with pytest.raises(services.Erased):
        look(rita, customer, words="Again.")


def test_is_never_changed_nor_deleted(rita):
    reveal = look(rita, make_customer())
    for change in (
        lambda: Reveal.objects.filter(pk=reveal.pk).delete(),
        lambda: Reveal.objects.filter(pk=reveal.pk).update(purpose="AUDIT"),
        lambda: Reveal.objects.filter(pk=reveal.pk).update(until=NOW() + timedelta(days=9)),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_comes_with_taking_a_case_for_as_long_as_one_has_it(rita):
    case = make_case()
    assert not is_open(rita, case.customer)
    act("claim_case", rita, case=case)
    row = Reveal.objects.get()
    assert (row.user, row.purpose, row.subject_name, row.until) == (rita, "DECISION", "case-1", None)
    assert is_open(rita, case.customer)
    assert not is_open(rita, case.customer, again(case).claim_expires_at)
    act("release_case", rita, case=case)
    assert not is_open(rita, case.customer)


def test_of_an_export_is_put_down_for_each_customer(rita):
    people = [make_customer(f"cust-{number}") for number in range(3)]
    asked = {"what": "Queue", "customers": [*people, people[0]], "actor": by(rita), "now": NOW()}
    with pytest.raises(services.PurposeNeeded):
        reveals.record_export(**asked, purpose="OTHER", words="")
    export = reveals.record_export(**asked, purpose="AUDIT", words="For the yearly report.")
    assert export.customers == 3
    assert {row.customer_ref for row in export.reveals.all()} == {"cust-0", "cust-1", "cust-2"}
    assert not is_open(rita, people[0])
    assert [entry.verb for entry in timeline_of(export)] == ["personal_data.exported"]
