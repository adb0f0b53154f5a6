"""What the events' bell does: look at the rows. No arguments, no results, no retry."""

from typing import Any

from celery import shared_task

from backoffice.oceafin import bell, sweep
from webhooks import inbox

PER_BELL = 200


@shared_task(name=bell.EVENTS_TASK, queue="papers")
def apply_events(**_kwargs: Any) -> None:
    if inbox.apply_due(worker=sweep.worker_name(), limit=PER_BELL) == PER_BELL:
        bell.ring("events")
