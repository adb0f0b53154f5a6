"""What the bell for webhooks does: wake the sender. No arguments, no results, no retry."""

from typing import Any

from celery import shared_task

from backoffice.oceafin import bell
from webhooks.outgoing import delivering


@shared_task(name=bell.WEBHOOKS_TASK, queue="papers")
def send_webhooks(**_kwargs: Any) -> None:
    delivering.sender.wake()
