"""A step-up asks for the second factor again before an act that moves money or attests, and carries the act on."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.core import context
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from backoffice.staff import stepup
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from tests.people import Phone, enrol, person, sign_in

pytestmark = pytest.mark.django_db
CODE = stepup.CODE_FIELD


@pytest.fixture
def ann() -> User:
    return person(Role.PAYMENTS_APPROVER)


@pytest.fixture
def phone(ann: User) -> Phone:
    return enrol(ann)


@pytest.fixture
def session(ann: User, phone: Phone, client: Client) -> Any:
    """Signed in with both factors twenty minutes ago."""
    sign_in(client, ann)
    session = client.session
    for each in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        each["at"] = (timezone.now() - timedelta(minutes=20)).timestamp()
    return session


def asked(ann: User, session: Any, method: str = "post", **fields: str) -> HttpRequest:
    request = getattr(RequestFactory(), method)(
        "/act/?x=1", fields, headers={"referer": "http://testserver/page/?y=2"}
    )
    request.user, request.session = ann, session
    return request


def is_fresh(request: HttpRequest, now: datetime | None = None, **more: Any) -> bool:
    with context.request_context(request):
        return stepup.fresh(request, now or timezone.now(), **more)


def test_is_asked_for_once_fifteen_minutes_have_passed(ann: User, session: Any) -> None:
    request = asked(ann, session)
    shown = stepup.proved(request)
    assert shown is not None
    assert is_fresh(request, shown + timedelta(minutes=15, seconds=-1))
    assert not is_fresh(request, shown + timedelta(minutes=15))
    assert not is_fresh(request, shown + timedelta(minutes=1), within=timedelta(minutes=1))


def test_is_not_spared_by_a_password_that_was_just_typed(ann: User, session: Any) -> None:
    [password] = [
        each for each in session[AUTHENTICATION_METHODS_SESSION_KEY] if each["method"] == "password"
    ]
    password["at"] = timezone.now().timestamp()
    assert not is_fresh(asked(ann, session))
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [password]
    assert stepup.proved(asked(ann, session)) is None
    assert not is_fresh(asked(ann, session))


def test_takes_a_code_of_the_person_that_came_with_the_act_once(
    ann: User, phone: Phone, session: Any
) -> None:
    other = enrol(person())
    for request in (
        asked(ann, session),
        asked(ann, session, **{CODE: ""}),
        asked(ann, session, **{CODE: other.code()}),
        asked(ann, session, "get", **{CODE: phone.code()}),
    ):
        assert not is_fresh(request)
    code = phone.code()
    assert is_fresh(asked(ann, session, **{CODE: code}))
    assert is_fresh(asked(ann, session)), "for the next minutes nothing is asked"
    for each in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        each["at"] -= 3600
    again = asked(ann, session, **{CODE: code})
    assert not is_fresh(again)
    assert "used already" in again.step_up_error  # type: ignore[attr-defined]


def test_comes_before_the_act_and_not_before_reading(ann: User, phone: Phone, session: Any) -> None:
    done: list[str | None] = []

    @stepup.required
    def act(request: HttpRequest) -> HttpResponse:
        done.append(request.method)
        return HttpResponse()

    with context.request_context(asked(ann, session)):
        page = act(asked(ann, session, reason="agreed", csrfmiddlewaretoken="x", **{CODE: "wrong"}))
        assert page.context_data["carried"] == [("reason", "agreed")]  # type: ignore[attr-defined]
        assert done == []
        act(asked(ann, session, "get"))
        act(asked(ann, session, **{CODE: phone.code()}))
    assert done == ["GET", "POST"]


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/page/?y=2", "/page/?y=2"),
        ("/page/", "/page/"),
        ("https://evil.example.com/page/", "/"),
        ("//evil.example.com/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver", "/"),
    ],
)
def test_leads_back_to_a_page_of_this_site_alone(ann: User, session: Any, came_from: str, back: str) -> None:
    assert stepup.page_of(asked(ann, session, **{stepup.BACK_FIELD: came_from})) == back
    assert stepup.page_of(asked(ann, session)) == "/page/?y=2"
    assert stepup.page_of(asked(ann, session, "get")) == "/act/?x=1"
