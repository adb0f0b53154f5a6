"""Every page of the onboarding desk and of what belongs to it, seen by axe and on a phone. A new page fails it."""

from collections.abc import Callable
from importlib import import_module

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.scene_of_onboarding import Scene, make_scene
from tests.browser.visits import PRESSED, Visits, registered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BELONGS_HERE = (
    "onboarding:",
    "likeness:",
    "reveals:",
    "screening:",
    "admin:onboarding_",
    "admin:customers_",
    "admin:reveals_",
    "admin:requested_",
    "admin:outgoing_",
    "admin:webhooks_",
    "admin:oceafin_submission_",
)
NO_PAGES = {
    "onboarding:next": PRESSED,
    "onboarding:looking": PRESSED,
    "onboarding:draft": PRESSED,
    "onboarding:attest": PRESSED,
    "onboarding:act": PRESSED,
    "onboarding:decide": PRESSED,
    "onboarding:facts": PRESSED,
    "onboarding:record_screening": PRESSED,
    "onboarding:override_rating": PRESSED,
    "onboarding:rate_again": PRESSED,
    "onboarding:decide_hit": PRESSED,
    "onboarding:decide_person": PRESSED,
    "onboarding:link_person": PRESSED,
    "onboarding:unlink_person": PRESSED,
    "onboarding:drafts": "answers the page's script",
    "onboarding:tab": "a part of the page of a case, seen there with each tab",
    "onboarding:page": "a picture",
    "onboarding:original": "a file to keep",
    "onboarding:evidence": "a file to keep",
    "admin:customers_customer_tab": "a part of the page of a customer, seen there",
    "admin:customers_document_page": "a picture",
    "admin:customers_document_original": "a file to keep",
    "admin:onboarding_case_change": "leads on to the page of the case",
    "admin:onboarding_case_do": "a case has no buttons but those of its own page",
    "admin:requested_customertext_do": "a text has no buttons",
    "admin:webhooks_refusal_do": "a row of counts has no buttons",
    "admin:webhooks_refusal_change": "a row of counts has no page worth opening",
}
TABS = ("data", "people", "risk", "messages", "history")
# The tests of their rooms show these to axe with as much to see on them, or the same tab of the other case.
TABS_SHOWN = {
    ("kyc", "risk"),
    ("kyc", "messages"),
    ("kyb", "people"),
    ("kyb", "messages"),
    ("kyb", "history"),
}
QUEUES = ("review", "mine", "second", "sign", "colleagues", "customer", "missing", "submitted", "stuck")


def forget_the_second_factor(context: BrowserContext) -> None:
    """As it stands a quarter of an hour after signing in."""
    name = django_settings.SESSION_COOKIE_NAME
    key = next(each["value"] for each in context.cookies() if each["name"] == name)
    store: type[SessionBase] = import_module(django_settings.SESSION_ENGINE).SessionStore
    session = store(key)
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()


@pytest.fixture
def scene(settings) -> Scene:
    settings.REVEAL_BURST_CUSTOMERS = 1
    settings.SECOND_LOOK_PERCENT = 0
    return make_scene()


def test_is_readable_by_everybody_and_on_a_phone(
    page: Page, context: BrowserContext, enter: Callable, judge: Callable, fits: Callable, scene: Scene
) -> None:
    visits = Visits(page, judge, fits)
    enter(scene.rita)
    as_reviewer(visits, scene)
    enter(scene.lena)
    as_lead(visits, scene)
    forget_the_second_factor(context)
    step_up(visits)
    for somebody, name in ((scene.mona, "mlro"), (scene.audrey, "auditor")):
        enter(somebody)
        visits.go("/", f"home-{name}")
    visits.go(f"/cases/{scene.kyc.case_ref}/", "case-auditor")
    enter(scene.ada)
    as_administrator(visits, scene)
    here = {name for name in registered() if name.startswith(BELONGS_HERE)}
    assert here - visits.seen - NO_PAGES.keys() == set(), "these pages are not looked at here"
    assert NO_PAGES.keys() - here == set(), "these are no longer there"


def as_reviewer(visits: Visits, scene: Scene) -> None:
    """She has both cases in hand."""
    visits.go("/", "home-reviewer")
    for queue in QUEUES:
        visits.go(f"/cases/?queue={queue}", f"queue-{queue}", like_another=queue not in {"review", "stuck"})
    for case in (scene.kyc, scene.kyb):
        for tab in TABS:
            kind = case.case_ref[:3]
            shown = (kind, tab) in TABS_SHOWN
            visits.go(f"/cases/{case.case_ref}/?tab={tab}", f"{kind}-{tab}", like_another=shown)
    at = f"/cases/{scene.kyc.case_ref}"
    alike(visits, f"{at}/data/", "data-kyc")
    visits.go(f"/cases/{scene.kyb.case_ref}/data/", "data-kyb")
    visits.go(f"{at}/documents/add/", "add-document")
    visits.go(f"{at}/hand-over/", "hand-over")
    alike(visits, f"{at}/consent/", "consent")


def as_lead(visits: Visits, scene: Scene) -> None:
    """She has taken nothing: the data of both cases is hidden from her."""
    visits.go("/", "home-lead")
    for case in (scene.kyc, scene.kyb):
        for tab in TABS:
            name = f"{case.case_ref[:3]}-{tab}-not-mine"
            visits.go(
                f"/cases/{case.case_ref}/?tab={tab}", name, like_another=case == scene.kyb and tab != "people"
            )
    alike(visits, "/cases/service-levels/", "service-levels")
    alike(visits, "/cases/risk-matrix/", "risk-matrix")
    alike(visits, "/cases/risk-matrix/1/", "risk-matrix-version")
    visits.go(f"/screening/hits/{scene.hit.pk}/", "hit")
    alike(visits, "/duplicates/", "duplicates")
    visits.go(f"/duplicates/{scene.pair.pk}/", "duplicate")
    alike(visits, "/looks/", "looks")
    for address, name in (
        ("reveals/burst", "bursts"),
        ("onboarding/case", "cases"),
        ("customers/customer", "customers"),
        ("customers/document", "documents"),
        ("oceafin/submission", "submissions"),
        ("webhooks/event", "events"),
        ("webhooks/refusal", "refusals"),
        ("requested/customertext", "texts"),
    ):
        visits.go(f"/{address}/", name, like_another=name == "submissions")
    for address, pk, name in (
        ("reveals/burst", scene.burst.pk, "burst"),
        ("customers/customer", scene.kyc.customer.pk, "customer"),
        ("customers/document", scene.document.pk, "document"),
        ("oceafin/submission", scene.submission.pk, "submission"),
        ("webhooks/event", scene.event.pk, "event"),
        ("requested/customertext", scene.text.pk, "text"),
    ):
        visits.go(f"/{address}/{pk}/change/", name, like_another=name == "burst")
    for address, pk in (
        ("customers/customer", scene.kyc.customer.pk),
        ("customers/document", scene.document.pk),
        ("oceafin/submission", scene.submission.pk),
        ("webhooks/event", scene.event.pk),
    ):
        visits.go(
            f"/{address}/{pk}/do/show-personal-data/",
            f"purpose-{address.rpartition('/')[2]}",
            like_another=address != "customers/customer",
        )
    visits.go(f"/reveals/burst/{scene.burst.pk}/do/seen/", "burst-seen")
    visits.go("/customers/customer/new/", "customer-new")
    visits.go("/requested/customertext/write/", "text-write")
    bulk(visits)


def bulk(visits: Visits) -> None:
    """What is asked of chosen cases, and what came of it."""
    page = visits.page
    page.goto("/cases/")
    page.get_by_label("Choose kyc-2026-0100").check()
    visits.press("Hand over", "bulk-hand-over", like_another=True)
    page.get_by_label("Colleague").select_option("Rita Reviewer")
    page.get_by_label("Note for them").fill("Please look at this one.")
    visits.press("Hand over", "bulk-result", like_another=True)
    page.goto("/cases/")
    page.get_by_label("Choose kyc-2026-0101").check()
    visits.press("Export", "bulk-export")


def step_up(visits: Visits) -> None:
    visits.page.get_by_label("What for").select_option(index=1)
    visits.press("Make the file", "step-up")
    expect(visits.page.get_by_label("Code")).to_be_visible()


def as_administrator(visits: Visits, scene: Scene) -> None:
    """She sees to where our own webhooks go."""
    visits.go("/", "home-administrator")
    visits.go("/outgoing/endpoint/", "endpoints")
    alike(visits, "/outgoing/endpoint/ask/", "endpoint-ask")
    alike(visits, f"/outgoing/endpoint/{scene.endpoint.pk}/change/", "endpoint")
    visits.go(f"/outgoing/endpoint/{scene.endpoint.pk}/do/rotate/", "endpoint-rotate")
    visits.go("/outgoing/delivery/", "deliveries")
    alike(visits, f"/outgoing/delivery/{scene.delivery.pk}/change/", "delivery")
    visits.go(f"/outgoing/delivery/{scene.delivery.pk}/do/again/", "delivery-again")


def alike(visits: Visits, address: str, name: str) -> None:
    """The test of its room shows it to axe."""
    visits.go(address, name, like_another=True)
