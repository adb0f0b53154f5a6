"""How a batch moves, and what the partner's systems are told of it."""

from datetime import datetime
from typing import Any

from backoffice import audit
from backoffice.audit import Actor
from payments.batches.models import Batch
from payments.batches.states import BATCH, BatchState
from webhooks import outgoing

STATE_CHANGED = "payment_batch.state_changed"


def move(
    batch: Batch,
    to: BatchState,
    *,
    actor: Actor,
    now: datetime,
    verb: str,
    facts: dict[str, Any] | None = None,
    note: str = "",
    **changes: Any,
) -> None:
    """Move a batch along its table, in the transaction of the act. The partner's systems are told."""
    previous = batch.state
    changes.setdefault("waits_for", "")
    audit.move(batch, to, machine=BATCH, actor=actor, now=now, verb=verb, facts=facts, note=note, **changes)
    body = {
        "batchRef": batch.batch_ref,
        "state": batch.state,
        "previousState": previous,
        "rows": batch.rows_read,
        "good": batch.good,
        "bad": batch.bad,
        "alreadyThere": batch.same,
    }
    outgoing.announce(STATE_CHANGED, None, body, now)
