"""Every page of money in, of a customer and of the search, seen by axe and on a phone. A new page fails it."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from backoffice.desk.customer_page.tabs import TABS
from tests.browser.scene_of_money_in import Scene, make_scene
from tests.browser.scene_of_reconciliation import make_night, visit_the_night
from tests.browser.visits import PRESSED, Visits, registered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BELONGS_HERE = (
    "collections:",
    "deposits:",
    "fiat_accounts:",
    "oversight:",
    "reconciliation:",
    "desk:search",
    "payments:queue",
    "payments:request",
    "payments:approve",
    "admin:collections_in_",
    "admin:customers_customer_change",
    "admin:customers_customer_tab",
    "admin:deposits_",
    "admin:fiat_accounts_",
    "admin:payments_paymentrequest_change",
    "admin:travel_rule_",
)
NO_PAGES = {
    "fiat_accounts:read": PRESSED,
    "oversight:check_again": PRESSED,
    "collections:in_doubt": "leads on to the list of collections",
    "reconciliation:begin": PRESSED,
    "reconciliation:cancel": PRESSED,
    "reconciliation:take": PRESSED,
    "reconciliation:give_back": PRESSED,
    "admin:collections_in_collectionwallet_do": "asks once more after a denial, on the page of every button",
    "admin:deposits_depositaddress_do": "an address has no buttons",
    "admin:travel_rule_travelruletask_do": "a task has no buttons but those of its deposit",
    "admin:travel_rule_travelruletask_change": "leads on to the page of its deposit",
}
# Shown to axe with something in them nowhere else.
TABS_OF_MONEY_IN = {"overview", "fiat", "deposits", "collections", "payments"}


@pytest.fixture
def scene() -> Scene:
    return make_scene()


def test_is_readable_by_everybody_and_on_a_phone(
    page: Page, enter: Callable, judge: Callable, fits: Callable, scene: Scene
) -> None:
    visits = Visits(page, judge, fits)
    enter(scene.mia)
    as_maker(visits, scene)
    enter(scene.olga)
    as_lead(visits, scene)
    visit_the_night(visits, make_night(scene.customer, scene.refund, scene.olga))
    enter(scene.anton)
    as_approver(visits, scene)
    enter(scene.mona)
    for tab in TABS:
        address = reverse("admin:customers_customer_tab", args=[scene.customer.pk, tab.name])
        visits.go(address, f"customer-{tab.name}", like_another=tab.name not in TABS_OF_MONEY_IN)
    visits.go("/desk/search/?q=cust-1&all=1", "search", like_another=True)
    here = {name for name in registered() if name.startswith(BELONGS_HERE)}
    assert here - visits.seen - NO_PAGES.keys() == set(), "these pages are not looked at here"
    assert NO_PAGES.keys() - here == set(), "these are no longer there"


def as_maker(visits: Visits, scene: Scene) -> None:
    """She applies, asks and answers. The forms are shown to axe by the tests of their rooms."""
    visits.go("/", "home-maker")
    visits.go("/fiat-accounts/", "fiat-queue", like_another=True)
    visits.go("/fiat-accounts/apply/", "choose-customer")
    visits.go("/fiat-accounts/apply/?customer=cust-1", "fiat-apply", like_another=True)
    visits.go(
        f"/fiat-accounts/applications/{scene.asked.application_ref}/answer/", "fiat-answer", like_another=True
    )
    visits.go(
        record("fiat_accounts_fiataccountapplication", scene.asked), "fiat-application", like_another=True
    )
    visits.go("/deposits/", "deposits", like_another=True)
    visits.go("/deposits/addresses/ask/?customer=cust-1", "address-ask", like_another=True)
    visits.go(f"/deposits/{scene.coins.pk}/travel-rule/", "travel-rule", like_another=True)
    visits.go(record("deposits_deposit", scene.coins), "deposit-waits", like_another=True)
    visits.go(record("deposits_deposit", scene.money), "deposit-of-money")
    visits.go("/collection-wallets/ask/?customer=cust-1", "wallet-ask", like_another=True)
    visits.go(record("collections_in_collectionwallet", scene.wallet), "wallet", like_another=True)
    visits.go(record("collections_in_collection", scene.collection), "collection", like_another=True)
    visits.go(record("collections_in_collection", scene.collection, "show-personal-data"), "purpose")
    source = f"kind=REFUND&customer=cust-1&sourceType=FIAT_DEPOSIT&sourceId={scene.money.deposit_id}"
    visits.go(f"/payouts/request/?{source}", "refund-request", like_another=True)


def as_lead(visits: Visits, scene: Scene) -> None:
    """She looks after what is stuck, and after whose a deposit is."""
    visits.go("/", "home-operations")
    visits.go("/switched-off/", "switched-off", like_another=True)
    visits.go("/deposits/?queue=unmatched", "deposits-unmatched", like_another=True)
    for action in ("match", "set-aside"):
        address = record("deposits_deposit", scene.unmatched, action)
        visits.go(address, f"deposit-{action}", like_another=action == "set-aside")
    visits.go(record("deposits_depositaddress", scene.address), "address", like_another=True)
    visits.go("/fiat-accounts/?queue=open", "fiat-open")
    visits.go(record("fiat_accounts_fiataccount", scene.account), "fiat-account", like_another=True)
    instructions = record("fiat_accounts_fiataccount", scene.account, "instructions")
    visits.go(instructions, "fiat-instructions", like_another=True)
    again = record("fiat_accounts_fiataccountapplication", scene.asked, "show-personal-data")
    visits.go(again, "fiat-application-purpose", like_another=True)
    for models in (
        "fiat_accounts/fiataccount",
        "fiat_accounts/fiataccountapplication",
        "deposits/deposit",
        "deposits/depositaddress",
        "travel_rule/travelruletask",
        "collections_in/collection",
        "collections_in/collectionwallet",
    ):
        visits.go(f"/{models}/", models.partition("/")[2] + "-list", like_another="collection" in models)


def as_approver(visits: Visits, scene: Scene) -> None:
    visits.go("/payouts/queue/", "payments-queue", like_another=True)
    visits.go(record("payments_paymentrequest", scene.refund), "refund")
    visits.go(f"/payouts/{scene.refund.payment_ref}/approve/", "refund-approve", like_another=True)
    visits.go("/payments/paymentrequest/", "payments-list", like_another=True)
    visits.go(record("customers_customer", scene.customer), "customer", like_another=True)
    visits.go("/customers/customer/", "customers-list", like_another=True)


def record(model: str, one: object, action: str = "") -> str:
    """The address of a record's page, or of one of its buttons."""
    pk = getattr(one, "pk", None)
    return (
        reverse(f"admin:{model}_do", args=[pk, action])
        if action
        else reverse(f"admin:{model}_change", args=[pk])
    )
