"""What workers do, done here too: beside running workers it finds little, and harms nothing."""

from backoffice.oceafin import outbox
from webhooks import inbox

WORKER = "demo"


def carry() -> None:
    """Deliver and apply what is due."""
    for lane in ("papers", "money"):
        outbox.deliver_due(lane=lane, worker=WORKER, limit=20)
    inbox.apply_due(worker=WORKER, limit=20)
