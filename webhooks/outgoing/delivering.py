"""Delivering: claim a due row, send it, settle it.

1. `announce` wrote the row with the act; a bell rings, and the sweep finds it without one.
2. CLAIM: one transaction leases the row by the database's clock and opens its Attempt. One row per endpoint is
   under way at a time, so a slow system holds up its own messages alone.
3. SEND: with no transaction open, signed anew, to an address that was checked just now.
4. SETTLE: one transaction closes the Attempt, moves the row, and writes down how the endpoint does.
5. A worker that died leaves a lease that runs out; the row is then sent again under the same `webhook-id`, by
   which the receiver knows it. It arrives at least once.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin import backoff
from backoffice.oceafin.clock import database_now
from webhooks.outgoing import sending, signing
from webhooks.outgoing.models import Attempt, Delivery, Endpoint, Outcome, Secret
from webhooks.outgoing.states import DELIVERY, DeliveryState

LEASE = timedelta(seconds=60)
SENDER = Actor.system("webhooks")
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# The waits between the tries of one message: three days in all.
WAITS = (
    timedelta(seconds=5),
    _MINUTE,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
# Between tries to one endpoint that fails, whatever the message.
LONGEST_REST = 5 * _MINUTE
GONE = 410

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Claimed:
    """One leased row with everything that its sending needs."""

    delivery: Delivery
    attempt: Attempt
    secrets: list[str]
    body: bytes


def deliver_due(*, limit: int = 200) -> int:
    """Send due messages until none is due or the limit is reached; return how many were taken up."""
    count = 0
    while count < limit:
        claimed = claim()
        if claimed is None:
            break
        deliver(claimed)
        count += 1
    return count


def deliver(claimed: Claimed) -> None:
    """Send one claimed row and settle it. No transaction may be open."""
    message = claimed.delivery.message
    headers = signing.headers(
        claimed.secrets, message_id=message.message_id, now=claimed.attempt.opened_at, body=claimed.body
    )
    reply = sending.post(claimed.delivery.endpoint.url, headers=headers, body=claimed.body)
    log.info(
        "webhook.sent", message_id=message.message_id, event_type=message.event_type, status=reply.status
    )
    settle(claimed, reply)


@transaction.atomic
def claim() -> Claimed | None:
    """Lease the row that is due the longest, or None.

    On the way a row whose customer was erased is cancelled, one whose bytes are damaged has failed, and an endpoint
    whose secret cannot be read is switched off: none of them stops what waits behind it.
    """
    while True:
        now = database_now()
        delivery = _next_due(now)
        if delivery is None:
            return None
        try:
            secrets = delivery.endpoint.secrets(now)
        except (vault.KeyDestroyed, vault.SealBroken):
            _switch_off(delivery.endpoint, "Its secret cannot be read. Give it a new one.", now)
            continue
        try:
            body = delivery.message.body
        except vault.KeyDestroyed as erased:
            _move(delivery, DeliveryState.CANCELLED, now=now, reason=str(erased))
            continue
        except vault.SealBroken:
            _move(
                delivery, DeliveryState.FAILED, now=now, reason="What was to be sent cannot be read any more."
            )
            continue
        delivery.attempts.filter(outcome=Outcome.OPEN).update(
            outcome=Outcome.UNANSWERED, detail="Cut off: our process ended meanwhile.", closed_at=now
        )
        delivery.lease_number += 1
        delivery.tries += 1
        delivery.leased_until = now + LEASE
        delivery.save(update_fields=["lease_number", "tries", "leased_until"])
        attempt = Attempt.objects.create(delivery=delivery, number=delivery.lease_number, opened_at=now)
        return Claimed(delivery, attempt, secrets, body)


def _next_due(now: datetime) -> Delivery | None:
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    rested = Q(endpoint__resting_until__isnull=True) | Q(endpoint__resting_until__lte=now)
    under_way = Delivery.objects.filter(endpoint=OuterRef("endpoint"), leased_until__gt=now)
    return (
        Delivery.objects.select_for_update(skip_locked=True, of=("self", "endpoint"))
        .select_related("message", "endpoint")
        .filter(
            free,
            rested,
            ~Exists(under_way),
            Exists(Secret.objects.filter(endpoint=OuterRef("endpoint"))),
            state=DeliveryState.PENDING,
            due_at__lte=now,
            endpoint__confirmed_at__isnull=False,
            endpoint__revoked_at__isnull=True,
            endpoint__disabled_at__isnull=True,
        )
        .order_by("due_at", "id")
        .first()
    )


@transaction.atomic
def settle(claimed: Claimed, reply: sending.Reply) -> None:
    """Write down what came of one attempt. A worker that woke late closes its own Attempt and moves nothing."""
    now = database_now()
    delivery = _locked(claimed.delivery)
    if reply.taken:
        outcome = Outcome.TAKEN
    else:
        outcome = Outcome.UNANSWERED if reply.status is None else Outcome.REFUSED
    Attempt.objects.filter(pk=claimed.attempt.pk).update(
        outcome=outcome,
        status_code=reply.status,
        detail=reply.detail[:300],
        sent_to=reply.address,
        closed_at=now,
    )
    is_ours = delivery.lease_number == claimed.delivery.lease_number
    if delivery.state != DeliveryState.PENDING or not (is_ours or reply.taken):
        return
    if reply.taken:
        _move(delivery, DeliveryState.DELIVERED, now=now, reason="")
        _recovered(delivery.endpoint, now)
        return
    _failed(delivery, reply, now)


def _locked(known: Delivery) -> Delivery:
    """Its endpoint first: an administrator who revokes that, or switches it on, goes on to what waits for it."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=known.endpoint_id)
    delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=known.pk)
    delivery.endpoint = endpoint
    return delivery


def _failed(delivery: Delivery, reply: sending.Reply, now: datetime) -> None:
    reason = reply.detail[:300]
    if delivery.tries > len(WAITS):
        _move(delivery, DeliveryState.FAILED, now=now, reason=reason)
    else:
        wait = max(WAITS[max(delivery.tries, 1) - 1], min(reply.retry_after or timedelta(0), 24 * _HOUR))
        Delivery.objects.filter(pk=delivery.pk).update(due_at=now + wait, leased_until=None, reason=reason)
    endpoint = delivery.endpoint
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.resting_until = now + min(
        backoff.delay(endpoint.failures, retry_after=reply.retry_after), LONGEST_REST
    )
    endpoint.save(update_fields=["failures", "failing_since", "resting_until"])
    if reply.status == GONE:
        _switch_off(endpoint, "It answered 410: it wants no more.", now)
    elif now - endpoint.failing_since >= settings.WEBHOOK_ENDPOINT_OFF_AFTER:
        since = f"{endpoint.failing_since:%d %b %H:%M} UTC"
        _switch_off(endpoint, f"It has taken nothing since {since}. Last: {reason}"[:300], now)


def _switch_off(endpoint: Endpoint, reason: str, now: datetime) -> None:
    """Nothing more goes there until an administrator has looked; what waits is kept."""
    if endpoint.disabled_at is not None:
        return
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=now, disabled_reason=reason)
    audit.record(
        actor=SENDER, verb="webhook endpoint switched off", subject=endpoint, now=now, facts={"why": reason}
    )
    log.error("webhook.endpoint_switched_off", endpoint=endpoint.pk)


def _recovered(endpoint: Endpoint, now: datetime) -> None:
    changes = {"failures": 0, "failing_since": None, "resting_until": None, "delivered_at": now}
    Endpoint.objects.filter(pk=endpoint.pk).update(**changes)
    if endpoint.failing_since is not None:
        # It is back: what waits for its next try need not wait for hours.
        endpoint.deliveries.filter(state=DeliveryState.PENDING, leased_until__isnull=True).update(due_at=now)


def _move(delivery: Delivery, to: DeliveryState, *, now: datetime, reason: str) -> None:
    audit.move(
        delivery,
        to,
        machine=DELIVERY,
        actor=SENDER,
        now=now,
        verb=f"webhook.{to.value.lower()}",
        facts={"tries": delivery.tries},
        reason=reason[:300],
        leased_until=None,
    )


class Sender:
    """Sends in a thread of its own in this process, one at most; wakes cost the caller nothing."""

    def __init__(self) -> None:
        self._running = threading.Lock()

    def wake(self) -> None:
        """Begin sending what is due, unless this process is at it already."""
        if not self._running.acquire(blocking=False):
            return
        try:
            if not _anything_due():
                self._running.release()
                return
            threading.Thread(target=self._send, name="webhooks", daemon=True).start()
        except BaseException:
            self._running.release()
            raise

    def _send(self) -> None:
        try:
            deliver_due()
        except Exception:  # the database may be away: the next wake finds everything as it stands
            log.exception("webhook.sender_failed")
        finally:
            connection.close()
            self._running.release()


def _anything_due() -> bool:
    return Delivery.objects.filter(
        state=DeliveryState.PENDING,
        due_at__lte=database_now(),
        endpoint__disabled_at__isnull=True,
        endpoint__revoked_at__isnull=True,
    ).exists()


sender = Sender()
