"""Brings everybody on, in rounds, and says how far it is. Workers that run do the carrying; alone it carries itself."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from backoffice.audit import MovedMeanwhile
from backoffice.local import ownership
from backoffice.local.demo import (
    FIRST_PART,
    batches,
    cast,
    conversions,
    deposits,
    looks,
    money_in,
    oceafin,
    payouts,
    staff,
    webhooks,
)
from backoffice.local.demo.carrying import carry
from backoffice.local.demo.walks import Walk, hurry
from backoffice.staff.errors import Refusal
from backoffice.states import IllegalMove

EVERY = 0.4
# Whoever is still on the way then is left where they are: a visitor may have taken their case.
PATIENCE_SECONDS = 180
LATECOMER_EVERY_SECONDS = 40

log = structlog.get_logger(__name__)


class Comer(Protocol):
    """Somebody or something that is brought on."""

    def go_on(self, now: datetime) -> bool: ...


@dataclass
class Round:
    """Those who are still on their way."""

    comers: list[Comer]
    refused: dict[int, str] = field(default_factory=dict)

    def go_on(self) -> int:
        """One step for each; returns how many are still on their way."""
        staying = []
        for comer in self.comers:
            try:
                arrived = comer.go_on(timezone.now())
            except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
                # A visitor was quicker, or it is not yet time: tried again while patience lasts.
                if self.refused.get(id(comer)) != str(refusal):
                    log.info("demo.refused", comer=str(getattr(comer, "__dict__", "")), sentence=str(refusal))
                self.refused[id(comer)] = str(refusal)
                arrived = False
            if not arrived:
                staying.append(comer)
        self.comers = staying
        return len(staying)


class Play:
    """The whole demo. `first` fills the pages that a visitor opens first, `rest` the others, `life` goes on."""

    def __init__(self, *, say: Callable[[str], None], now: datetime) -> None:
        self._say, self._now = say, now

    def check(self) -> None:
        """Raise WrongInstallation unless database and Oceafin are ours, and this is allowed."""
        ownership.require_demo(connection, allowed=settings.DEMO_ALLOWED)
        ownership.check_partner(connection, base_url=settings.OCEAFIN_PARTNER_API_BASE_URL)
        if not oceafin.is_there():
            raise ownership.WrongInstallation(
                "The stand-in Oceafin does not answer. Start it with `make run`, and run this beside it."
            )

    def is_over(self) -> bool:
        """Whether everybody who is there from the beginning has come."""
        return not (set(_references(cast.everybody())) - _known_references())

    def first(self) -> None:
        self._say("Taking on the demo people.")
        staff.engage(password=settings.DEMO_PASSWORD, now=self._now)
        payouts.open_money_out(now=self._now)
        payouts.enter_rates(now=self._now)
        webhooks.ask_for_endpoint(now=self._now)
        self._say("Bringing the first customers.")
        rows = cast.first()
        self._bring([Walk(row, now=self._now) for row in rows], asking=hurry(rows))
        self._say("Asking for the first payouts.")
        first = [payouts.Errand(payout) for payout in payouts.FIRST]
        self._bring([*deposits.FIRST, *money_in.FIRST, *conversions.FIRST, *first])
        self._say(FIRST_PART)

    def rest(self) -> None:
        self._say("Bringing everybody else; you can look around meanwhile.")
        walks: list[Comer] = [Walk(row, now=self._now) for row in cast.everybody()]
        errands: list[Comer] = [payouts.Errand(payout) for payout in payouts.OTHERS]
        self._bring([*walks, *errands, *money_in.LAST, *batches.LAST])
        looks.look(self._now)
        self._say("The demo is whole.")

    def life(self) -> None:
        """Newcomers for some minutes, one by one."""
        errands = [payouts.Errand(payout) for payout in payouts.LATECOMERS]
        for row, errand in zip(cast.LATECOMERS, errands, strict=True):
            for comer in (Walk(row, now=timezone.now()), errand):
                self._bring([comer], patience=LATECOMER_EVERY_SECONDS / 2)
                time.sleep(LATECOMER_EVERY_SECONDS / 2)

    def _bring(
        self,
        comers: Sequence[Comer],
        *,
        asking: Callable[[], None] | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        going, deadline = Round(list(comers)), time.monotonic() + patience
        ask_at = told_at = time.monotonic()
        while going.go_on() and time.monotonic() < deadline:
            carry()
            if asking and time.monotonic() > ask_at:
                asking()
                ask_at = time.monotonic() + 2
            if time.monotonic() > told_at + 5:
                self._say(f"  {len(going.comers)} of {len(comers)} are on their way.")
                told_at = time.monotonic()
            time.sleep(EVERY)
        if going.comers:
            self._say(f"  {len(going.comers)} of {len(comers)} did not arrive; they go on by themselves.")


def _references(customers: Sequence[cast.Customer]) -> list[str]:
    return [customer.ref for customer in customers]


def _known_references() -> set[str]:
    from customers.models import Customer

    return set(Customer.objects.values_list("partner_customer_ref", flat=True)[:10_000])
