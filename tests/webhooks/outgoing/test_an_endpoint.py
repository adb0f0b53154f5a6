"""An endpoint: two administrators decide where webhooks go, and it never leads into a private network."""

import socket
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from backoffice.staff.services import NotWaiting, SameAdministrator
from tests.people import actor, person, sign_in
from tests.webhooks.outgoing.conftest import again, announce, ask
from webhooks.outgoing import addresses, delivering, kinds, sending, services
from webhooks.outgoing.models import Delivery, Endpoint, Secret

pytestmark = pytest.mark.django_db

PRIVATE = (
    "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
    "fec0::1", "64:ff9b:1:7f00:0:100:808:808",
    "2002:7f00:1::", "ff02::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:0:4136:e378:8000:63bf:a247:2871",
)  # fmt: skip


def leads_to(monkeypatch, *found: str) -> None:
    """What the resolver says of any name."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)


def check(url: str) -> None:
    addresses.resolve(addresses.target_of(url))


@pytest.mark.parametrize("address", PRIVATE)
def test_leads_to_no_private_address(settings, monkeypatch, address: str) -> None:
    settings.LOCAL = False
    leads_to(monkeypatch, address)
    with pytest.raises(addresses.AddressRefused):
        check("https://hooks.example.com/")


def test_leads_to_no_name_of_which_one_address_is_private(settings, monkeypatch) -> None:
    settings.LOCAL = False
    leads_to(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(addresses.AddressRefused):
        check("https://hooks.example.com/")
    leads_to(monkeypatch, "93.184.215.14")
    check("https://hooks.example.com/")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "[::1]", "localhost"])
def test_leads_not_back_to_us_however_it_is_written(settings, host: str) -> None:
    settings.LOCAL = False
    with pytest.raises(addresses.AddressRefused):
        check(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "hooks.example.com",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/\r\nX: y",
        "https://hooks.example.com/ y",
        "https://[fe80::1%25eth0]/",
        "https://hooks.example.com/" + "x" * 600,
    ],
)
def test_has_a_plain_address(settings, monkeypatch, url: str) -> None:
    settings.LOCAL = False
    leads_to(monkeypatch, "93.184.215.14")
    with pytest.raises(addresses.AddressRefused):
        check(url)


def test_in_local_mode_leads_to_this_machine_and_to_no_other_private_one(monkeypatch) -> None:
    check("http://127.0.0.1:8000/")
    leads_to(monkeypatch, "192.168.1.1")
    with pytest.raises(addresses.AddressRefused):
        check("https://printer.example.com/")
    leads_to(monkeypatch, "93.184.215.14")
    with pytest.raises(addresses.AddressRefused):
        check("http://hooks.example.com/")


@pytest.mark.django_db(transaction=True)
def test_is_asked_where_it_leads_at_each_connect(endpoint: Endpoint, receiver, settings) -> None:
    announce()
    settings.LOCAL = False
    delivering.deliver_due()
    assert receiver.taken == []
    assert "private network" in Delivery.objects.get().reason or "https" in Delivery.objects.get().reason


@pytest.mark.django_db(transaction=True)
def test_is_reached_at_the_address_that_was_checked(receiver, monkeypatch) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    asked = []

    def answer(host: str, *args: object, **kwargs: object) -> list:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: (
            answer(host) if host == "hooks.example.com" else real(host, *rest, **more)
        ),
    )
    reply = sending.post(f"http://hooks.example.com:{port}/", headers={}, body=b"{}")
    assert (reply.status, reply.address, asked) == (204, "127.0.0.1", ["hooks.example.com"])
    assert receiver.taken[0][0]["host"] == f"hooks.example.com:{port}"


def test_is_confirmed_by_another_administrator(ada, ben) -> None:
    endpoint = ask(ada)
    now = timezone.now()
    with pytest.raises(SameAdministrator):
        services.confirm_endpoint(endpoint, actor=actor(ada), now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(confirmed_by=ada, confirmed_at=now)
    services.confirm_endpoint(endpoint, actor=actor(ben), now=now)
    assert again(endpoint).stands == "CONFIRMED"


def test_is_asked_for_by_administrators_alone(ada) -> None:
    lena = person(Role.COMPLIANCE_LEAD)
    with pytest.raises(NotAllowed):
        ask(lena)


def test_shows_its_secret_once_and_keeps_it_sealed(ada, ben) -> None:
    endpoint = ask(ada)
    now = timezone.now()
    with pytest.raises(services.NotInForce):
        services.issue_secret(endpoint, actor=actor(ada), now=now)
    services.confirm_endpoint(endpoint, actor=actor(ben), now=now)
    with pytest.raises(SameAdministrator):
        services.issue_secret(endpoint, actor=actor(ben), now=now)
    secret = services.issue_secret(endpoint, actor=actor(ada), now=now)
    with pytest.raises(services.SecretShown):
        services.issue_secret(endpoint, actor=actor(ada), now=now)
    assert secret.encode() not in bytes(Secret.objects.get().sealed)
    assert secret not in str([entry.facts for entry in timeline_of(endpoint)])


def in_force(ada, ben, **changes) -> Endpoint:
    endpoint = ask(ada, **changes)
    services.confirm_endpoint(endpoint, actor=actor(ben), now=timezone.now())
    services.issue_secret(endpoint, actor=actor(ada), now=timezone.now())
    return endpoint


def test_has_a_name_of_its_own_and_kinds_that_there_are(ada) -> None:
    ask(ada)
    with pytest.raises(services.NameTaken):
        ask(ada)
    with pytest.raises(services.UnknownKind):
        ask(ada, name="Other", event_types=["thing.moved", "thing.invented"])
    assert Endpoint.objects.count() == 1


def test_is_decided_once_and_does_nothing_before_and_after_it_is_in_force(ada, ben) -> None:
    endpoint, by = ask(ada), {"actor": actor(ben), "now": timezone.now()}
    acts = (services.rotate_secret, services.switch_on, services.send_test, services.issue_secret)
    for act in acts:
        with pytest.raises(services.NotInForce):
            act(endpoint, **by)
    services.confirm_endpoint(endpoint, **by)
    with pytest.raises(NotWaiting):
        services.confirm_endpoint(endpoint, **by)
    with pytest.raises(services.NotInForce, match="no secret yet"):
        services.rotate_secret(endpoint, **by)
    with pytest.raises(services.NotInForce, match="is switched on"):
        services.switch_on(endpoint, **by)
    services.revoke_endpoint(endpoint, **by)
    with pytest.raises(NotWaiting):
        services.revoke_endpoint(endpoint, **by)
    for act in acts:
        with pytest.raises(services.NotInForce):
            act(endpoint, **by)
    refused = ask(ada, name="Other")
    services.revoke_endpoint(refused, **by)
    with pytest.raises(NotWaiting):
        services.confirm_endpoint(refused, **by)


def test_is_an_administrators_in_every_act(ada, ben) -> None:
    endpoint = in_force(ada, ben)
    announce()
    by = {"actor": actor(person(Role.OPERATIONS_LEAD)), "now": timezone.now()}
    for act in (
        services.confirm_endpoint,
        services.issue_secret,
        services.rotate_secret,
        services.revoke_endpoint,
        services.switch_on,
        services.send_test,
    ):
        with pytest.raises(NotAllowed):
            act(endpoint, **by)
    with pytest.raises(NotAllowed):
        services.send_again(Delivery.objects.get(), **by)


def test_signs_with_its_newest_secret_and_for_a_day_with_the_one_before(ada, ben) -> None:
    endpoint, now = in_force(ada, ben), timezone.now()
    first = endpoint.secrets(now)
    second = services.rotate_secret(endpoint, actor=actor(ben), now=now)
    assert set(endpoint.secrets(now)) == {*first, second}
    third = services.rotate_secret(endpoint, actor=actor(ben), now=now)
    assert set(endpoint.secrets(now)) == {second, third}
    assert endpoint.secrets(now + timedelta(hours=24, seconds=1)) == [third]


def test_is_tested_alone_and_asked_again_for_what_is_not_called_off(ada, ben) -> None:
    endpoint, other = in_force(ada, ben), in_force(ada, ben, name="Other")
    by = {"actor": actor(ada), "now": timezone.now()}
    assert services.send_test(endpoint, **by).message.event_type == kinds.TEST
    [delivery] = Delivery.objects.all()
    assert delivery.endpoint != other
    Delivery.objects.update(due_at=timezone.now() + timedelta(hours=20))
    services.send_again(delivery, **by)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at) == ("PENDING", by["now"])
    Delivery.objects.update(state="CANCELLED")
    with pytest.raises(services.NotInForce, match="not sent any more"):
        services.send_again(delivery, **by)


def test_keeps_its_address_for_ever(ada) -> None:
    endpoint = ask(ada)
    with pytest.raises(DatabaseError), transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(url="https://evil.example.com/")


@pytest.mark.django_db(transaction=True)
def test_that_fails_for_days_is_switched_off_and_people_are_told(
    endpoint: Endpoint, receiver, client, ada
) -> None:
    announce()
    announce()
    receiver.status = 503
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=4))
    delivering.deliver_due()
    assert again(endpoint).stands == "DISABLED"
    assert delivering.deliver_due() == 0
    sign_in(client, ada)
    assert "Webhooks to Core banking are switched off." in client.get("/").content.decode()
    receiver.status = 204
    services.switch_on(endpoint, actor=actor(ada), now=timezone.now())
    assert delivering.deliver_due() == 2
    assert len(receiver.taken) == 3


@pytest.mark.django_db(transaction=True)
def test_that_is_gone_is_switched_off_at_once(endpoint: Endpoint, receiver) -> None:
    announce()
    receiver.status = 410
    delivering.deliver_due()
    assert again(endpoint).disabled_reason == "It answered 410: it wants no more."


@pytest.mark.django_db(transaction=True)
def test_that_is_revoked_gets_nothing_more(endpoint: Endpoint, receiver, ada) -> None:
    announce()
    services.revoke_endpoint(endpoint, actor=actor(ada), now=timezone.now())
    assert delivering.deliver_due() == 0
    assert announce() is None
    assert Delivery.objects.get().state == "CANCELLED"


@pytest.mark.django_db(transaction=True)
def test_has_pages_that_tell_who_may_read_and_hide_what_customers_read(
    endpoint: Endpoint, receiver, client, ada, ben
) -> None:
    announce(message="Please send your passport, Zoë.")
    delivering.deliver_due()
    for who in (ada, person(Role.AUDITOR)):
        sign_in(client, who)
        page = client.get(f"/outgoing/endpoint/{endpoint.pk}/change/").content.decode()
        assert "thing.moved" in page
        log = client.get(f"/outgoing/delivery/{Delivery.objects.get().pk}/change/").content.decode()
        assert "Answered 204." in log
        assert "MOVED" in log
        assert "passport" not in log
    sign_in(client, person(Role.COMPLIANCE_REVIEWER))
    assert client.get(f"/outgoing/endpoint/{endpoint.pk}/change/").status_code in {302, 403, 404}


def test_is_asked_for_and_confirmed_on_pages(client, ada, ben) -> None:
    sign_in(client, ada)
    asked = {"name": "Core", "url": "http://127.0.0.1:9/hooks", "event_types": ["thing.moved"]}
    assert client.post("/outgoing/endpoint/ask/", asked).status_code == 302
    endpoint = Endpoint.objects.get()
    sign_in(client, ben)
    assert "Core (http://127.0.0.1:9/hooks)" in client.get("/").content.decode()
    client.post(f"/outgoing/endpoint/{endpoint.pk}/do/confirm/", {"confirmed": "1"})
    sign_in(client, ada)
    shown = client.post(f"/outgoing/endpoint/{endpoint.pk}/do/secret/", {"confirmed": "1"}).content.decode()
    assert "whsec_" in shown
    assert again(endpoint).stands == "IN_FORCE"
