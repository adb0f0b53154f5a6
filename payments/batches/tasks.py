"""What the bell for batches does: wake the worker. No arguments, no results, no retry."""

from typing import Any

from celery import shared_task

from backoffice.oceafin import bell
from payments.batches import working


@shared_task(name=bell.BATCHES_TASK, queue="papers")
def work_on_batches(**_kwargs: Any) -> None:
    working.worker.wake()
