"""What workers do, done here too: beside running workers it finds little, and harms nothing."""

from backoffice.oceafin import outbox
from payments.batches import working
from webhooks import inbox

WORKER = "demo"


def carry() -> None:
    """Deliver and apply what is due, and work on files of payments."""
    for lane in ("papers", "money"):
        outbox.deliver_due(lane=lane, worker=WORKER, limit=20)
    inbox.apply_due(worker=WORKER, limit=20)
    working.work()
