"""The demo of money in: an account, one that is asked about, a wallet, and a refund of what came in."""

import pytest

from backoffice.local.demo import conversions, money_in
from payments import payee_news
from payments.accounts.collections.models import CollectionWallet
from payments.accounts.fiat.models import FiatAccountApplication
from payments.models import PaymentRequest, WalletAddress
from tests.accounts.applying import go_on
from tests.payments.people import came_in, maker, now
from tests.payments.test_a_payout import approved_customer
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)


def test_brings_each_to_where_a_visitor_finds_it(oceafin: SimulatorProcess, monkeypatch) -> None:
    by = maker()
    monkeypatch.setattr("backoffice.local.demo.staff.actor", lambda _name: by)
    customers = {wanted.customer: approved_customer(oceafin, wanted.customer) for wanted in money_in.FIRST}
    assert all(wanted.go_on(now()) for wanted in money_in.FIRST)
    assert not any(wanted.go_on(now()) for wanted in money_in.LAST)
    identity = oceafin.came_in(currency="EUR", amount="80.00", ref="corp-2001")
    came_in(customers["corp-2001"], "80.00", depositId=identity)
    go_on(oceafin, steps=2)
    oceafin.deposit("collection", ref="cust-1003", asset="USDC", network="POLYGON", amount="500.00")
    assert not money_in.LAST[-1].go_on(now()), "the wallet to pay to is told first"
    go_on(oceafin, steps=3)
    WalletAddress.objects.update(next_poll_at=now())
    payee_news.poll(now())
    assert all(wanted.go_on(now()) for wanted in [*money_in.FIRST, *money_in.LAST, *money_in.LAST])
    assert all(wanted.go_on(now()) for wanted in [*conversions.FIRST, *conversions.FIRST])
    states = FiatAccountApplication.objects.values_list("application_ref", "state").order_by(
        "application_ref"
    )
    assert list(states) == [("fa-eur", "OPENED"), ("fa-salary", "NEEDS_INFO")]
    assert CollectionWallet.objects.get().is_usable
    waiting = PaymentRequest.objects.filter(state="PENDING_APPROVAL").order_by("kind")
    assert [payment.kind for payment in waiting] == ["CONVERSION", "CRYPTO_WITHDRAWAL", "REFUND"]
