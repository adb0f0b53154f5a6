"""A record page shows and asks; only services write."""

from dataclasses import replace

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from backoffice.staff import admin_base, services
from backoffice.staff.admin import UserAdmin
from backoffice.staff.models import User
from backoffice.staff.roles import Right, Role
from backoffice.staff.site import site
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return person(Role.ADMINISTRATOR, name="Ada Admin")


@pytest.fixture
def mia():
    return person(name="Mia Maker", email="mia@example.com")


@pytest.fixture
def desk(client, ada):
    sign_in(client, ada)
    return client


def said(answer):
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_is_closed_without_its_right(mia):
    for role in set(Role) - {Role.ADMINISTRATOR}:
        visitor = Client()
        sign_in(visitor, person(role))
        assert visitor.get("/staff/user/").status_code == 403
        assert visitor.get(f"/staff/user/{mia.pk}/change/").status_code == 403
        assert visitor.get(f"/staff/user/{mia.pk}/do/deactivate/").status_code == 404
        assert visitor.post(f"/staff/user/{mia.pk}/do/deactivate/", {"confirmed": 1}).status_code == 404
        assert visitor.get("/staff/waiting/").status_code == 404


def test_has_no_form_that_writes(desk, mia):
    for path in ("/staff/user/", f"/staff/user/{mia.pk}/change/"):
        assert desk.post(path, {"email": "x@example.com"}).status_code == 405
    for path in ("/staff/user/add/", f"/staff/user/{mia.pk}/delete/", f"/staff/user/{mia.pk}/history/"):
        assert desk.get(path).status_code != 200


def test_changes_nothing_on_get(desk, ada):
    grant = services.ask_role(
        user=person(), role=Role.AUDITOR, actor=actor(person(Role.ADMINISTRATOR)), now=timezone.now()
    )
    desk.get(f"/staff/rolegrant/{grant.pk}/do/confirm/")
    grant.refresh_from_db()
    assert grant.stands == "WAITING"
    desk.post(f"/staff/rolegrant/{grant.pk}/do/confirm/")
    grant.refresh_from_db()
    assert (grant.stands, grant.confirmed_by) == ("IN_FORCE", ada)


def test_keeps_what_was_typed_when_the_service_refuses(desk, mia, monkeypatch):
    def refuse(user, *, actor, now, reason):
        raise services.UnableToGrant("Not today. Try tomorrow.")

    deactivate = next(a for a in UserAdmin.record_actions if a.name == "deactivate")
    monkeypatch.setattr(site._registry[User], "record_actions", [replace(deactivate, call=refuse)])
    answer = desk.post(
        f"/staff/user/{mia.pk}/do/deactivate/", {"confirmed": 1, "reason": "She left for the sea."}
    )
    assert "Not today. Try tomorrow." in answer.content.decode()
    assert "She left for the sea." in answer.content.decode()


def test_asks_again_when_the_form_is_empty(desk, mia):
    answer = desk.post(f"/staff/user/{mia.pk}/do/deactivate/", {"confirmed": 1, "reason": " "})
    assert "required" in answer.content.decode()
    mia.refresh_from_db()
    assert mia.is_active


def test_says_so_when_the_record_moved_meanwhile(desk, mia):
    mia.is_active = False
    mia.save()
    answer = desk.post(f"/staff/user/{mia.pk}/do/deactivate/", {"confirmed": 1, "reason": "left"})
    assert "moved meanwhile" in said(answer)


def test_goes_back_to_the_queue_but_never_elsewhere(desk, ada):
    for back, lands in (
        ("/staff/waiting/", "/staff/waiting/"),
        ("https://evil.example/", "/staff/rolegrant/"),
    ):
        grant = services.ask_role(
            user=person(), role=Role.AUDITOR, actor=actor(person(Role.ADMINISTRATOR)), now=timezone.now()
        )
        answer = desk.post(f"/staff/rolegrant/{grant.pk}/do/confirm/", {"back": back})
        assert answer["Location"].startswith(lands)


def test_list_finds_by_the_beginning(desk, mia):
    assert "Mia Maker" in desk.get("/staff/user/?q=MIA@").content.decode()
    assert "Mia Maker" not in desk.get("/staff/user/?q=aker").content.decode()


def test_list_counts_no_more_than_it_must(desk, monkeypatch, django_assert_max_num_queries):
    for _ in range(30):
        person()
    monkeypatch.setattr(admin_base, "COUNTED_AT_MOST", 28)
    monkeypatch.setattr(admin_base, "PAGES_AT_MOST", 1)
    page = desk.get("/staff/user/").content.decode()
    assert "More than 28" in page
    assert 'rel="next"' not in page
    assert desk.get("/staff/user/?p=2").status_code == 302


def test_shows_who_may_open_it_no_dead_links(desk, mia, ada):
    from django.template import Context

    from backoffice.staff.templatetags.desk import field_value

    class Field:
        field = {"name": "user"}

        def contents(self):
            return "<a>"

    grant = services.ask_role(user=mia, role=Role.AUDITOR, actor=actor(ada), now=timezone.now())
    request = type("Request", (), {"user": person(Role.AUDITOR)})()
    assert field_value(Context({"request": request}), Field(), grant) == "Mia Maker"
    assert Right.MANAGE_STAFF.label
