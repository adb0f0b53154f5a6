"""What a bell does: look at the rows. No arguments, no results, no retry: the rows know all that."""

from typing import Any

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_process_init

from backoffice.oceafin import bell, outbox, sweep
from backoffice.oceafin.models import Lane

PER_BELL = 200

_lanes: list[str] = list(Lane.values)


@shared_task(name=bell.TASKS["money"], queue="money")
def deliver_money(**_kwargs: Any) -> None:
    _deliver(Lane.MONEY)


@shared_task(name=bell.TASKS["papers"], queue="papers")
def deliver_papers(**_kwargs: Any) -> None:
    _deliver(Lane.PAPERS)


def _deliver(lane: str) -> None:
    """One row; if there was one, wake the next worker before going on: one bell wakes all, one by one."""
    if not outbox.deliver_due(lane=lane, worker=sweep.worker_name(), limit=1):
        return
    bell.ring(lane)
    if outbox.deliver_due(lane=lane, worker=sweep.worker_name(), limit=PER_BELL) == PER_BELL:
        bell.ring(lane)


@celeryd_after_setup.connect
def _learn_lanes(instance: Any = None, **_kwargs: Any) -> None:
    """A worker sweeps the lanes that it consumes; known in the parent, inherited by each child."""
    consumed = set(instance.app.amqp.queues.consume_from)
    _lanes[:] = [lane for lane in Lane.values if lane in consumed] or list(Lane.values)


@worker_process_init.connect
def _start_sweep(**_kwargs: Any) -> None:
    sweep.start_thread(_lanes)
