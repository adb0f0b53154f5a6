"""Coming in and going out through the pages, as people do."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from backoffice.staff.models import User
from tests.people import PASSWORD, Phone, sign_in


def come_in(
    page: Page, user: User, phone: Phone, *, judge: Callable[[Page, str], None] | None = None
) -> None:
    """Email, password, and the code from the phone."""
    page.goto("/")
    if judge:
        judge(page, "sign-in")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    if judge:
        judge(page, "sign-in-code")
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=f"Hello, {user.get_short_name()}")).to_be_visible()


def let_in(window: BrowserContext, user: User, site_url: str) -> None:
    """As they are after signing in."""
    client = Client()
    sign_in(client, user)
    window.clear_cookies()
    window.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "domain": urlsplit(site_url).hostname,
                "path": "/",
            }
        ]
    )


def leave(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def make_stale(minutes: int = 20) -> None:
    """Everybody who is in came in that much earlier."""
    for row in Session.objects.all():
        data = row.get_decoded()
        for record in data.get("account_authentication_methods", []):
            record["at"] -= minutes * 60
        row.session_data = Session.get_session_store_class()().encode(data)
        row.save()
