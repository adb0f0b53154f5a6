"""The one-click door of local mode goes through the ordinary one, and exists nowhere else."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.local import ownership
from backoffice.local.people import create_demo_person
from backoffice.staff.models import RoleGrant, User
from backoffice.staff.roles import Role
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.DEMO_ALLOWED, settings.DEMO_PASSWORD = True, PASSWORD
    settings.ROOT_URLCONF = "tests.staff.urls_with_demo"
    ownership.mark(connection, ownership.Kind.DEMO)
    for username, role in (
        ("admin", Role.ADMINISTRATOR),
        ("admin2", Role.ADMINISTRATOR),
        ("maker", Role.PAYMENTS_MAKER),
    ):
        create_demo_person(
            username=username, display_name=username, role=role, password=PASSWORD, now=timezone.now()
        )


def press(client, username):
    user = User.objects.get(email=f"{username}@demo.example")
    client.post(f"/sign-in/demo/{user.pk}/")
    return client.get("/").status_code == 200


def test_opens_with_one_click(demo, client):
    assert press(client, "maker")
    assert timeline_of(User.objects.get(email="maker@demo.example"))[-1].verb == "signed in"


def test_gives_roles_by_two_administrators(demo):
    grant = RoleGrant.objects.get(role=Role.PAYMENTS_MAKER)
    assert grant.asked_by.email == "admin@demo.example"
    assert grant.confirmed_by.email == "admin2@demo.example"


def test_stays_closed_for_somebody_locked_out(demo, client):
    for _ in range(5):
        client.post("/sign-in/", {"login": "maker@demo.example", "password": "wrong"})
    assert not press(client, "maker")


def test_stays_closed_when_the_password_is_another(demo, client, settings):
    settings.DEMO_PASSWORD = "something else entirely"
    assert not press(client, "maker")


def test_uses_codes_up_like_everybody(demo, client):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        # Two codes are good at a time: the present one, and the next for a phone that is ahead.
        for opens in (True, True, False):
            assert press(client, "maker") is opens
            client.post("/sign-out/")
        clock.shift(timedelta(seconds=30))
        assert press(client, "maker")


def test_code_command_prints_one_code(demo):
    out = StringIO()
    call_command("demo_code", "maker", stdout=out)
    assert len(out.getvalue().strip()) == 6
    with pytest.raises(CommandError, match="no demo person"):
        call_command("demo_code", "nobody")


@pytest.mark.parametrize("missing", ["flag", "mark"])
def test_is_absent_where_no_demo_is(client, settings, missing):
    settings.ROOT_URLCONF = "tests.staff.urls_with_demo"
    settings.DEMO_ALLOWED = missing == "mark"
    if missing == "flag":
        ownership.mark(connection, ownership.Kind.DEMO)
    for path in ("/sign-in/demo/", "/sign-in/demo/people/"):
        assert client.get(path).status_code == 404
    assert client.post("/sign-in/demo/1/").status_code == 404
    with pytest.raises(CommandError):
        call_command("demo_code", "maker")
