"""From the shell come the first administrators, and nobody twice."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from backoffice.audit import timeline_of
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from tests.people import enrol, person

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue().rstrip("\n").split("\n")[-1]


def test_gives_a_link_alone_on_the_last_line(settings):
    link = run("staff_create", "Ada@Example.com", "--role", "ADMINISTRATOR", "--name", "Ada")
    assert link.startswith("http://127.0.0.1:8000/enrol/")
    assert Client().get(link.removeprefix("http://127.0.0.1:8000")).status_code == 302
    ada = User.objects.get()
    assert (ada.email, ada.display_name, ada.roles) == ("ada@example.com", "Ada", {Role.ADMINISTRATOR})
    assert {entry.actor_label for entry in timeline_of(ada)} == {"shell"}


def test_follows_the_port_and_the_host(settings, monkeypatch):
    monkeypatch.setenv("PORT", "8123")
    assert run("staff_create", "a@example.com", "--role", "auditor").startswith("http://127.0.0.1:8123/")
    settings.LOCAL, settings.ALLOWED_HOSTS = False, ["desk.partner.example"]
    assert run("staff_create", "b@example.com", "--role", "AUDITOR").startswith(
        "https://desk.partner.example/"
    )


def test_gives_a_new_link_until_the_person_has_enrolled():
    first = run("staff_create", "a@example.com", "--role", "AUDITOR")
    assert run("staff_create", "a@example.com", "--role", "AUDITOR") != first
    enrol(User.objects.get())
    with pytest.raises(CommandError, match="staff_reset"):
        run("staff_create", "a@example.com", "--role", "AUDITOR")


@pytest.mark.parametrize("arguments", [("nonsense", "--role", "AUDITOR"), ("a@b.example", "--role", "KING")])
def test_says_what_is_wrong(arguments):
    with pytest.raises(CommandError):
        run("staff_create", *arguments)
    assert User.objects.count() == 0


def test_refuses_roles_that_exclude_each_other():
    person(Role.PAYMENTS_MAKER, email="mia@example.com")
    with pytest.raises(CommandError, match="exclude each other"):
        run("staff_create", "mia@example.com", "--role", "PAYMENTS_APPROVER")


def test_resets_somebody_when_no_second_administrator_is_left():
    ada = person(Role.ADMINISTRATOR, email="ada@example.com")
    enrol(ada)
    assert "/enrol/" in run("staff_reset", "ada@example.com")
    assert "second factor reset" in [entry.verb for entry in timeline_of(ada)]
