"""What the tests of fiat accounts begin with."""

from datetime import timedelta
from typing import Any

from customers.models import Customer
from payments.accounts import plan
from payments.accounts.fiat import services
from payments.accounts.fiat.models import FiatAccountApplication
from payments.accounts.models import Reading
from tests.payments.people import deliver, maker, now
from tests.payments.test_a_payout import tell
from tests.simulator.driver import SimulatorProcess

MISSING = [
    {"code": "SOURCE_OF_FUNDS", "message": "Where is the money from?", "documentType": "SOURCE_OF_FUNDS"}
]


def apply(customer: Customer, ref: str = "fa-1", **changes: Any) -> FiatAccountApplication:
    asked: dict[str, Any] = {"currency": "EUR", "actor": maker(), "now": now(), **changes}
    application, _is_new = services.apply(customer=customer, application_ref=ref, **asked)
    return application


def answer(application: FiatAccountApplication, text: str = "", **changes: Any) -> Any:
    last = application.round
    assert last is not None
    asked: dict[str, Any] = {
        "number": last.number,
        "answers": {0: text} if text else {},
        "actor": maker(),
        "now": now(),
        **changes,
    }
    return services.answer(application, **asked)


def fresh(application: FiatAccountApplication) -> FiatAccountApplication:
    return FiatAccountApplication.objects.select_related("customer", "account").get(pk=application.pk)


def go_on(oceafin: SimulatorProcess, steps: int = 1) -> None:
    """What leaves leaves, Oceafin works, its events come, and what is due is read."""
    deliver()
    for _step in range(steps):
        oceafin.step()
        tell(oceafin)
    read_lists()


def read_lists() -> None:
    Reading.objects.update(due_at=now() - timedelta(seconds=1))
    plan.read_due(now())
