"""Periodic work: files leave when nothing needs their words any more."""

from datetime import datetime, timedelta

from customers import storing
from payments.batches.models import Batch
from payments.batches.states import BATCH

# So long after its end a file can still be downloaded to be corrected.
KEPT = timedelta(days=30)
A_ROUND = 50


def remove_files(now: datetime) -> int:
    """Take away the files of batches that ended long ago: they hold words about people, unsealed."""
    ended = Batch.objects.filter(state__in=[state.value for state in BATCH.final], state_since__lt=now - KEPT)
    count = 0
    for batch in list(ended.exclude(storage_name="").order_by("id")[:A_ROUND]):
        storing.remove(batch.storage_name)
        count += Batch.objects.filter(pk=batch.pk).update(storage_name="")
    return count
