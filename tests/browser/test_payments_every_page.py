"""Every page of the payout desk, seen by axe or by the other tests of its room, and on a phone. A new page fails it."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.scene_of_money_out import Scene, make_scene
from tests.browser.visits import PRESSED, Visits, registered
from tests.simulator.driver import SimulatorProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BELONGS_HERE = (
    "batches:",
    "overview:",
    "payment_notices:",
    "payment_times:",
    "payments:",
    "payout_desks:",
    "policies:",
    "admin:payments_",
)
NO_PAGES = {
    "batches:template": "a file",
    "overview:export": PRESSED,
    "batches:bad_rows": "a file",
    "batches:book": PRESSED,
    "batches:take_back_in": PRESSED,
    "payments:next": "leads on to the page of a payment",
    "payments:stop_money_out": PRESSED,
    "payments:ask_to_open": PRESSED,
    "payments:confirm_open": PRESSED,
    "payments:fresh_quote": PRESSED,
    "payments:withdraw_approval": PRESSED,
    "payments:reveal": PRESSED,
    "policies:approve": PRESSED,
    "policies:withdraw": PRESSED,
    "payout_desks:look": PRESSED,
    "admin:payments_exchangerate_do": "a rate has no buttons",
    "admin:payments_notices_notice_do": "a notice has no buttons",
    "admin:payments_walletaddress_do": "asks as the same page of a bank account does",
}
# Their own tests judge these.
ELSEWHERE = {
    "batches:list",
    "batches:upload",
    "batches:batch",
    "batches:approve",
    "payments:wallet",
    "payout_desks:unknown",
    "payout_desks:close",
    "payout_desks:confirm",
}


@pytest.fixture
def scene(oceafin: SimulatorProcess) -> Scene:
    return make_scene(oceafin)


def test_is_readable_by_everybody_and_on_a_phone(
    page: Page, enter: Callable, judge: Callable, fits: Callable, scene: Scene
) -> None:
    visits = Visits(page, judge, fits)
    # As wide as a phone from the beginning: to make each page narrow would take longer than to open it.
    page.set_viewport_size({"width": 390, "height": 844})
    enter(scene.mara)
    as_maker(visits, scene)
    enter(scene.anton)
    as_approver(visits, scene)
    enter(scene.olga)
    as_lead(visits, scene)
    enter(scene.ada)
    as_administrator(visits, scene)
    here = {name for name in registered() if name.startswith(BELONGS_HERE)}
    assert here - visits.seen - NO_PAGES.keys() - ELSEWHERE == set(), "these pages are not looked at here"
    assert (NO_PAGES.keys() | ELSEWHERE) - here == set(), "these are no longer there"
    assert ELSEWHERE & visits.seen == set(), "these are looked at here"


def as_maker(visits: Visits, scene: Scene) -> None:
    """She asks, uploads, and answers."""
    for kind in ("FIAT_WITHDRAWAL", "CRYPTO_WITHDRAWAL", "CONVERSION", "REFUND"):
        alike(visits, f"/payouts/request/?kind={kind}&customer=cust-1", f"request-{kind.lower()}")
    visits.go("/payouts/account/?customer=cust-1", "request-account")
    alike(visits, f"/payouts/desks/failures/{scene.asked.payment_ref}/answer/", "desk-answer")
    alike(visits, f"/payouts/desks/capabilities/{scene.capability.pk}/answer/", "desk-answer-capability")
    of_batch = f"/payouts/batches/{scene.batch.batch_ref}/"
    alike(visits, f"{of_batch}rows/", "batch-rows")
    visits.go(f"{of_batch}cancel/", "batch-cancel")


def as_approver(visits: Visits, scene: Scene) -> None:
    alike(visits, "/payouts/queue/", "queue")
    for payment in (
        scene.waiting,
        scene.later,
        scene.conversion,
        scene.crypto,
        scene.refund,
        scene.settled,
        scene.failed,
    ):
        alike(visits, record("paymentrequest", payment), f"payment-{payment.payment_ref}")
    alike(visits, f"/payouts/{scene.waiting.payment_ref}/approve/", "approve")
    alike(visits, f"/payouts/review/?ref={scene.crypto.payment_ref}&ref={scene.refund.payment_ref}", "review")
    alike(visits, record("paymentrequest", scene.waiting, "reject"), "reject")
    of_batch = f"/payouts/batches/{scene.batch.batch_ref}/"
    visits.go(f"{of_batch}hold-out/2/", "batch-hold-out")
    alike(visits, "/payouts/to-confirm/", "to-confirm")
    visits.go("/payouts/notices/", "notices-mine")
    alike(visits, record("bankaccount", scene.new), "bank-account")
    alike(visits, record("bankaccount", scene.new, "confirm"), "bank-account-confirm")
    visits.go(record("walletaddress", scene.wallet), "wallet-address")
    visits.go(f"/payouts/desks/findings/{scene.finding.pk}/take-back/", "desk-take-back")


def as_lead(visits: Visits, scene: Scene) -> None:
    alike(visits, "/payouts/queue/?queue=trouble", "queue-trouble")
    for model in ("paymentrequest", "bankaccount", "walletaddress", "exchangerate"):
        like = model in {"paymentrequest", "bankaccount"}
        visits.go(reverse(f"admin:payments_{model}_changelist"), f"list-{model}", like_another=like)
    for payment in (scene.asked, scene.odd, scene.doubted):
        alike(visits, record("paymentrequest", payment), f"payment-{payment.payment_ref}")
    alike(visits, f"{reverse('overview:overview')}?days=30", "payments-overview")
    doubt = f"/payouts/desks/unknown/{scene.doubted.payment_ref}/"
    alike(visits, doubt, "desk-doubt")
    for act in ("happened", "again"):
        alike(visits, f"{doubt}{act}/", f"desk-{act}")
    alike(visits, "/payouts/desks/failures/", "desk-failures")
    trouble = f"/payouts/desks/failures/{scene.odd.payment_ref}/"
    visits.go(f"{trouble}contradiction/", "desk-contradiction")
    alike(visits, f"{trouble}clear/", "desk-clear")
    alike(visits, f"{trouble}note/", "desk-note")
    visits.go("/sending-hours/", "sending-hours")
    visits.go("/sending-hours/USD/", "sending-hours-change")
    alike(visits, "/payouts/money-out/", "money-out")
    alike(visits, reverse("admin:payments_notices_notice_changelist"), "list-notice")
    alike(visits, reverse("admin:payments_notices_notice_change", args=[scene.notice.pk]), "notice")
    visits.go("/payments/exchangerate/new/", "rate-new")
    rate = reverse("admin:payments_exchangerate_changelist")
    visits.page.goto(rate)
    alike(visits, visits.page.locator("main tbody a").first.get_attribute("href") or "", "rate")


def as_administrator(visits: Visits, scene: Scene) -> None:
    alike(visits, "/payouts/policy/", "policy")
    alike(visits, f"/payouts/policy/{scene.version.number}/", "policy-version")
    alike(visits, "/payouts/policy/propose/", "policy-propose")


def alike(visits: Visits, address: str, name: str) -> None:
    """The test of its room shows it to axe."""
    visits.go(address, name, like_another=True)


def record(model: str, one: object, action: str = "") -> str:
    """The address of a record's page, or of one of its buttons."""
    kind, args = ("do", [action]) if action else ("change", [])
    return reverse(f"admin:payments_{model}_{kind}", args=[getattr(one, "pk", None), *args])
