"""A check of what is switched off asks Oceafin by a harmless reading first, and says what came back."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from payments.accounts import checking, switches
from payments.accounts.models import SwitchedOff
from tests.oceafin.conftest import oceafin
from tests.oceafin.scripted import Script, Step, answer, lost, problem
from tests.people import person, sign_in

__all__ = ["oceafin"]
pytestmark = pytest.mark.django_db(transaction=True)

READS, SENDS = "listCollections", "createCollectionWallet"
NOT_THERE = problem(404, "PARTNER_RESOURCE_NOT_FOUND")
NO_SCOPE = problem(403, "PARTNER_SCOPE_DENIED", detail="Not yours.")
DISABLED = problem(403, "PARTNER_PRODUCT_DISABLED", detail="Not yet.")


def check(operation: str, role: Role = Role.OPERATIONS_LEAD) -> checking.Checked:
    now = timezone.now()
    switches.remember(operation, code="PARTNER_SCOPE_DENIED", detail="No.", now=now)
    return checking.check_again(operation, actor=Actor.staff(person(role)), now=now)


@pytest.mark.parametrize(
    ("operation", "reply", "words"),
    [
        (READS, answer(200, items=[]), "Oceafin allows it."),
        (READS, NOT_THERE, "Oceafin allows it."),
        (READS, lost, "did not answer"),
        (READS, problem(503, "PARTNER_PROCESSING_UNAVAILABLE"), "PARTNER_PROCESSING_UNAVAILABLE"),
        (SENDS, NOT_THERE, "whether it lets us send shows"),
        (SENDS, NO_SCOPE, "PARTNER_SCOPE_DENIED"),
    ],
)
def test_switches_on_what_the_reading_does_not_deny(
    oceafin: Script, operation: str, reply: Step, words: str
) -> None:
    oceafin.gets.append(reply)
    checked = check(operation)
    assert (checked.is_on, switches.is_off(operation)) == (True, False)
    assert words in checked.sentence
    assert [one.method for one in oceafin.seen] == ["GET"]


@pytest.mark.parametrize(("operation", "reply"), [(READS, NO_SCOPE), (READS, DISABLED), (SENDS, DISABLED)])
def test_leaves_off_what_oceafin_still_denies(oceafin: Script, operation: str, reply: Step) -> None:
    oceafin.gets.append(reply)
    checked = check(operation)
    assert (checked.is_on, switches.is_off(operation)) == (False, True)
    assert "still denies" in checked.sentence
    assert SwitchedOff.objects.get().detail in {"Not yours.", "Not yet."}
    (shown,) = switches.shown()
    assert shown.checked is not None
    assert [one.method for one in oceafin.seen] == ["GET"]


def test_asks_nothing_for_who_may_not_have_it_checked(oceafin: Script) -> None:
    with pytest.raises(NotAllowed):
        check(READS, Role.PAYMENTS_APPROVER)
    assert (oceafin.seen, switches.is_off(READS)) == ([], True)


def test_asks_nothing_of_what_is_not_switched_off(oceafin: Script) -> None:
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    assert checking.check_again(READS, actor=lead, now=timezone.now()).is_on
    assert oceafin.seen == []


def test_is_told_on_the_page(oceafin: Script, client: Client) -> None:
    oceafin.gets.append(NO_SCOPE)
    switches.remember(READS, code="PARTNER_SCOPE_DENIED", detail="No.", now=timezone.now())
    sign_in(client, person(Role.OPERATIONS_LEAD))
    reply = client.post(reverse("oversight:check_again"), {"operation": READS}, follow=True)
    assert "Oceafin still denies it" in reply.content.decode()
