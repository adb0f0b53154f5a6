"""Signing in, in a real browser, for the first time and ever after."""

import re

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import expect

from backoffice.staff import second_factor, services
from backoffice.staff.roles import Role
from tests.people import PASSWORD, actor, enrol, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_starts_with_a_link_a_password_and_a_phone(page, live_server, shoot, accessible):
    token = services.create_from_shell(
        email="ada@example.com", display_name="Ada Admin", role=Role.ADMINISTRATOR, now=timezone.now()
    )
    page.goto(f"/enrol/{token}/")
    shoot(page, "enrol-password")
    accessible(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()

    secret = page.locator("[data-secret]").inner_text().replace(" ", "")
    shoot(page, "enrol-code")
    accessible(page)
    page.get_by_label("Code from the app").fill(second_factor.code_at(secret, now=timezone.now()))
    page.get_by_role("button", name="Go on").click()

    expect(page.locator(".codes li")).to_have_count(10)
    shoot(page, "recovery-codes")
    accessible(page)
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Hello, Ada")).to_be_visible()
    page.goto("/account/recovery-codes/")
    expect(page.locator(".codes")).to_have_count(0)


def test_asks_for_a_password_and_then_a_code(page, shoot, accessible):
    rita = person(Role.COMPLIANCE_REVIEWER, name="Rita Reviewer", email="rita@example.com")
    phone = enrol(rita)
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/sign-in/\?next=/"))
    shoot(page, "sign-in")
    accessible(page)
    page.get_by_label("Email").fill("rita@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    shoot(page, "sign-in-code")
    accessible(page)
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.goto("/sign-in/code/")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello, Rita")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@override_settings(ROOT_URLCONF="tests.staff.urls_with_demo", DEMO_ALLOWED=True, DEMO_PASSWORD=PASSWORD)
def test_takes_one_click_on_a_demo_person(page, demo_people, shoot, accessible):
    page.goto("/sign-in/demo/")
    shoot(page, "demo-people")
    accessible(page)
    page.locator('[data-demo="reviewer@demo.example"]').click()
    expect(page.get_by_role("heading", name="Hello, Rita")).to_be_visible()
    shoot(page, "home")


def test_two_administrators_give_a_colleague_a_role(page, enter, shoot, accessible):
    ada, bela = person(Role.ADMINISTRATOR, name="Ada Admin"), person(Role.ADMINISTRATOR, name="Bela Admin")
    enter(ada)
    page.goto("/staff/user/")
    shoot(page, "people")
    accessible(page)
    page.get_by_role("link", name="Invite a colleague").click()
    page.get_by_label("Name", exact=True).fill("Mia Maker")
    page.get_by_label("Email").fill("mia@example.com")
    page.get_by_label("Role").select_option("Payments maker")
    shoot(page, "invite")
    accessible(page)
    page.get_by_role("button", name="Make the enrolment link").click()
    expect(page.get_by_text("/enrol/")).to_be_visible()
    shoot(page, "link")
    page.goto("/staff/waiting/")
    expect(page.get_by_text("Somebody else has to confirm")).to_be_visible()

    enter(bela)
    page.goto("/")
    shoot(page, "home-administrator")
    accessible(page)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("The role counts from now on")).to_be_visible()
    page.goto("/staff/user/?q=mia")
    page.get_by_role("link", name="Mia Maker").click()
    expect(page.get_by_text("In force")).to_be_visible()
    shoot(page, "person")
    accessible(page)


def test_an_act_after_fifteen_minutes_asks_for_a_code_and_keeps_what_was_typed(
    page, enter, shoot, accessible
):
    ada, mia = person(Role.ADMINISTRATOR), person(name="Mia Maker")
    phone = enrol(ada)
    enter(ada)
    _make_stale()
    page.goto(f"/staff/user/{mia.pk}/change/")
    page.get_by_role("link", name="Ask for a role").click()
    page.get_by_label("Role").select_option("Payments maker")
    page.get_by_role("button", name="Ask for a role").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    shoot(page, "step-up")
    accessible(page)
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("when a second administrator has confirmed it")).to_be_visible()
    assert mia.grants.get().role == Role.PAYMENTS_MAKER


def test_every_staff_page_is_clean_and_readable(page, enter, shoot, accessible):
    ada, bela = person(Role.ADMINISTRATOR, name="Ada Admin"), person(Role.ADMINISTRATOR, name="Bela Admin")
    mia = person(Role.PAYMENTS_MAKER, name="Mia Maker")
    now = timezone.now()
    from backoffice.staff import clients

    grant = services.ask_role(user=mia, role=Role.AUDITOR, actor=actor(bela), now=now)
    reset = services.ask_reset(mia, actor=actor(bela), now=now)
    client = clients.ask_client(name="erp", scopes=["customers", "payments"], actor=actor(bela), now=now)
    enter(ada)
    for name, url in {
        "account": "/account/",
        "password": "/account/password/",
        "waiting": "/staff/waiting/",
        "grants": "/staff/rolegrant/",
        "grant": f"/staff/rolegrant/{grant.pk}/change/",
        "reset": f"/staff/secondfactorreset/{reset.pk}/change/",
        "clients": "/staff/apiclient/",
        "client": f"/staff/apiclient/{client.pk}/change/",
        "client-ask": "/staff/apiclient/ask/",
        "deactivate": f"/staff/user/{mia.pk}/do/deactivate/",
        "not-found": "/nothing/",
    }.items():
        page.goto(url)
        shoot(page, name)
        accessible(page)
        page.set_viewport_size({"width": 390, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, url
        page.set_viewport_size({"width": 1440, "height": 900})


def test_keys_are_shown_and_the_theme_is_kept(page, enter, shoot):
    enter(person(Role.ADMINISTRATOR))
    page.goto("/staff/user/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    shoot(page, "keys")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(".row--here")).to_have_count(1)
    page.keyboard.press("t")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.fixture
def demo_people(transactional_db):
    from django.db import connection

    from backoffice.local import ownership
    from backoffice.local.people import create_demo_person

    ownership.mark(connection, ownership.Kind.DEMO)
    with override_settings(DEMO_ALLOWED=True):
        for username, name, role in (
            ("admin", "Ada Admin", Role.ADMINISTRATOR),
            ("admin2", "Bela Admin", Role.ADMINISTRATOR),
            ("reviewer", "Rita Reviewer", Role.COMPLIANCE_REVIEWER),
            ("lead", "Lea Lead", Role.COMPLIANCE_LEAD),
            ("maker", "Mia Maker", Role.PAYMENTS_MAKER),
            ("approver", "Axel Approver", Role.PAYMENTS_APPROVER),
        ):
            create_demo_person(
                username=username, display_name=name, role=role, password=PASSWORD, now=timezone.now()
            )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE installation_kind")


def _make_stale() -> None:
    """Move every sign-in twenty minutes back."""
    from django.contrib.sessions.models import Session

    for row in Session.objects.all():
        data = row.get_decoded()
        for record in data["account_authentication_methods"]:
            record["at"] -= 20 * 60
        row.session_data = Session.get_session_store_class()().encode(data)
        row.save()


def test_the_menu_opens_and_closes_on_a_phone(page, enter):
    enter(person(Role.ADMINISTRATOR))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/staff/user/")
    expect(page.get_by_role("link", name="API clients")).to_be_hidden()
    page.get_by_role("button", name="Open the menu").click()
    expect(page.get_by_role("link", name="API clients")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="API clients")).to_be_hidden()
