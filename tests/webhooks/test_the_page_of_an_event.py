"""What staff see of the incoming border, and the one thing that they can do there."""

import pytest
from django.test import Client
from django.utils import timezone

from backoffice import vault
from backoffice.audit import timeline_of
from backoffice.staff.roles import Role
from tests.people import person, sign_in
from tests.reveals.conftest import press_show
from tests.webhooks.sender import Sender, event
from tests.webhooks.things import Things
from webhooks import inbox
from webhooks.models import Event, Refusal
from webhooks.states import EventState

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/webhooks/event/"


def signed_in(*roles: Role) -> Client:
    client = Client()
    sign_in(client, person(*roles))
    return client


def page_of(told: Event) -> str:
    return f"{LIST}{told.pk}/change/"


@pytest.fixture
def parked(sender: Sender, things: Things) -> Event:
    sender.send(
        event(
            resource={"resourceType": "thing", "resourceId": "t-1"},
            data={
                "status": "COMPLETED",
                "holder": {"name": "Ada Lovelace"},
                "ibans": ["DE02120300000000202051"],
            },
        )
    )
    inbox.apply_due(worker="test")
    return Event.objects.get()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PAYMENTS_MAKER, Role.COMPLIANCE_REVIEWER])
def test_is_closed_to_who_may_not_see_the_borders(parked: Event, role: Role) -> None:
    client = signed_in(role)
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(parked)).status_code == 403


def test_is_listed_with_its_state(parked: Event) -> None:
    response = signed_in(Role.AUDITOR).get(LIST)
    assert response.status_code == 200
    assert b"thing.updated" in response.content
    assert b"Parked" in response.content


@pytest.mark.parametrize(("term", "found"), [("t-1", True), ("t-2", False), ("%", False)])
def test_is_found_by_what_it_is_about(parked: Event, term: str, found: bool) -> None:
    response = signed_in(Role.AUDITOR).get(LIST, {"q": term})
    assert (b"thing.updated" in response.content) is found


def test_is_found_by_the_beginning_of_its_id(parked: Event) -> None:
    response = signed_in(Role.AUDITOR).get(LIST, {"q": parked.event_id[:8]})
    assert b"thing.updated" in response.content


def test_says_what_the_event_waits_for(parked: Event) -> None:
    page = signed_in(Role.AUDITOR).get(page_of(parked)).content.decode()
    assert "This thing is not known yet." in page
    assert "tried again by itself" in page
    assert parked.event_id in page


def test_masks_personal_data_for_who_may_not_see_it(parked: Event) -> None:
    page = signed_in(Role.ADMINISTRATOR).get(page_of(parked)).content.decode()
    assert "data.holder.name" in page
    assert "Lovelace" not in page
    assert "DE02120300000000202051" not in page
    assert "COMPLETED" in page


def test_shows_personal_data_to_who_may_see_it_and_says_what_for(parked: Event) -> None:
    auditor = signed_in(Role.AUDITOR)
    assert "Lovelace" not in auditor.get(page_of(parked)).content.decode()
    press_show(auditor, page_of(parked), purpose="AUDIT")
    assert "Ada Lovelace" in auditor.get(page_of(parked)).content.decode()


@pytest.mark.parametrize("body", [b"", b"hello <script>", b"\xff\xfe", b"[" * 200_000])
def test_shows_even_what_cannot_be_read(sender: Sender, body: bytes) -> None:
    sender.send(body)
    dead = Event.objects.get()
    page = signed_in(Role.AUDITOR).get(page_of(dead))
    assert page.status_code == 200
    assert dead.reason in page.content.decode()
    assert b"hello <script>" not in page.content
    assert b"/do/again/" not in page.content


def test_says_that_the_body_was_erased(parked: Event) -> None:
    key = vault.create_key(purpose="customer")
    Event.objects.update(vault_key=key.pk, body_sealed=vault.seal(key, parked.body, context="event.body"))
    vault.destroy_key(key, now=timezone.now())
    page = signed_in(Role.AUDITOR).get(page_of(parked))
    assert b"Erased with the customer" in page.content


def test_lets_the_operations_lead_apply_it_again(parked: Event, things: Things) -> None:
    things.known.add("t-1")
    client = signed_in(Role.OPERATIONS_LEAD)
    button = f"{LIST}{parked.pk}/do/again/"
    assert button in client.get(page_of(parked)).content.decode()
    assert client.get(button).status_code == 200
    assert inbox.apply_due(worker="test") == 0
    assert client.post(button, {"confirmed": "1"}).status_code == 302
    assert inbox.apply_due(worker="test") == 1
    parked.refresh_from_db()
    assert parked.state == EventState.APPLIED
    assert "event.asked_again" in [entry.verb for entry in timeline_of(parked)]
    assert button not in client.get(page_of(parked)).content.decode()


def test_lets_nobody_else_apply_it_again(parked: Event) -> None:
    client = signed_in(Role.AUDITOR)
    button = f"{LIST}{parked.pk}/do/again/"
    assert button not in client.get(page_of(parked)).content.decode()
    assert client.post(button, {"confirmed": "1"}).status_code == 404


def test_lists_how_many_deliveries_were_refused(sender: Sender, counter) -> None:
    sender.send(event(), secret="forged")
    counter.flush()
    response = signed_in(Role.AUDITOR).get("/webhooks/refusal/")
    assert b"Signature wrong" in response.content
    assert Refusal.objects.get().count == 1
