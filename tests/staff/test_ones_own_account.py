"""On one's own account a password and recovery codes are changed with a fresh second factor, and the old ones end."""

from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff import second_factor
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from tests.people import PASSWORD, enrol, person, sign_in

pytestmark = pytest.mark.django_db
NEW = "a quite different battery"


@pytest.fixture
def rita(client: Client) -> User:
    """Signed in a moment ago."""
    rita = person(Role.COMPLIANCE_REVIEWER)
    enrol(rita)
    sign_in(client, rita)
    return rita


def let_twenty_minutes_pass(client: Client) -> None:
    session = client.session
    for each in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        each["at"] = (timezone.now() - timedelta(minutes=20)).timestamp()
    session.save()


def change(client: Client, first: str = NEW, second: str = NEW) -> int:
    typed = {"password1": first, "password2": second}
    return client.post(reverse("staff:change_password"), typed).status_code


def has_password(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


def test_has_a_new_password_that_ends_every_other_session(client: Client, rita: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere, rita)
    assert elsewhere.get(reverse("staff:account")).status_code == 200
    assert change(client) == 302
    assert has_password(rita, NEW)
    assert elsewhere.get(reverse("staff:account")).status_code == 302
    assert client.get(reverse("staff:account")).status_code == 200
    assert [entry.verb for entry in timeline_of(rita)] == ["password changed"]


@pytest.mark.parametrize(("first", "second"), [("short", "short"), (NEW, "another battery"), ("", "")])
def test_keeps_its_password_where_the_new_one_is_poor_or_mistyped(
    client: Client, rita: User, first: str, second: str
) -> None:
    assert change(client, first, second) == 200
    assert has_password(rita, PASSWORD)


def test_changes_nothing_without_a_fresh_second_factor(client: Client, rita: User) -> None:
    code = second_factor.renew_recovery_codes(rita)[0]
    let_twenty_minutes_pass(client)
    assert change(client) == 200
    assert client.post(reverse("staff:new_recovery_codes")).status_code == 200
    assert has_password(rita, PASSWORD)
    assert second_factor.check(user=rita, code=code, now=timezone.now())
    assert timeline_of(rita) == []


def test_has_new_recovery_codes_shown_and_the_old_ones_end(client: Client, rita: User) -> None:
    old = second_factor.renew_recovery_codes(rita)[0]
    assert client.get(reverse("staff:new_recovery_codes")).status_code == 405
    page = client.post(reverse("staff:new_recovery_codes"), follow=True).content.decode()
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(user=rita, code=old, now=timezone.now())
    assert old not in page
    assert [entry.verb for entry in timeline_of(rita)] == ["recovery codes renewed"]
