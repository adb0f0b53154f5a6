"""Whether we send at all. One row; opens on our own faults at once and on silence, closes by a probe.

It opens on `PARTNER_AUTH_FAILED` and `PARTNER_SIGNATURE_INVALID` at once, and on five unanswered or 5xx
attempts in a row over at least three submissions. It probes with `GET /transactions/{random uuid}`: a 404
proves signature and service (design section 3).
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from backoffice.audit import Actor, record
from backoffice.oceafin import backoff, permits
from backoffice.oceafin.client import client
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.judging import OPENS_THE_BREAKER
from backoffice.oceafin.models import Attempt, Breaker
from backoffice.oceafin.wire import Answer, NoAnswer, Problem, Reply

IN_A_ROW = 5
OVER_SUBMISSIONS = 3
LONGEST_PROBE_DELAY = timedelta(seconds=60)


def is_open() -> bool:
    return Breaker.objects.filter(pk=1, is_open=True).exists()


def state() -> Breaker:
    return Breaker.objects.get_or_create(pk=1)[0]


def observe(attempt: Attempt, *, now: datetime) -> None:
    """Weigh one closed attempt, in the transaction that closed it."""
    if attempt.code in OPENS_THE_BREAKER:
        open_breaker(reason=f"Oceafin does not accept our sign-in ({attempt.code}).", now=now)
    elif _silent(attempt) and _too_many_in_a_row():
        open_breaker(reason=f"The last {IN_A_ROW} tries had no answer or an error of Oceafin's.", now=now)


def open_breaker(*, reason: str, now: datetime) -> None:
    """Pause all sending. Opening what is open changes nothing."""
    state()
    opened = Breaker.objects.filter(pk=1, is_open=False).update(
        is_open=True, reason=reason[:300], opened_at=now, probe_due_at=now + backoff.delay(1), probes=0
    )
    if opened:
        record(
            actor=Actor.system("breaker"),
            verb="sending.paused",
            subject=Breaker(pk=1),
            now=now,
            facts={"reason": reason},
        )


def probe_if_due() -> bool:
    """Ask Oceafin whether it hears us, if it is time; close the breaker if it does. No transaction is open."""
    now = database_now()
    row = Breaker.objects.filter(pk=1, is_open=True, probe_due_at__lte=now).first()
    if row is None:
        return False
    next_due = now + min(backoff.delay(row.probes + 2), LONGEST_PROBE_DELAY)
    # Of many sweeps one probes: who sets the next time from the one we read.
    if not Breaker.objects.filter(pk=1, is_open=True, probe_due_at=row.probe_due_at).update(
        probe_due_at=next_due, probes=F("probes") + 1
    ):
        return False
    reply = client().get(f"/partner/v1/transactions/{uuid.uuid4()}", now=now)
    _settle_probe(reply)
    return True


def _settle_probe(reply: Reply) -> None:
    now = database_now()
    # Who is told that they may not read transactions was recognised: that partner is heard as well as any.
    heard = isinstance(reply, Answer) or (
        isinstance(reply, Problem) and reply.readable and (reply.status == 404 or reply.code in permits.CODES)
    )
    said = "Oceafin answers again." if heard else f"The last probe failed: {_words(reply)}"
    with transaction.atomic():
        Breaker.objects.filter(pk=1).update(last_probe=said[:300])
        if heard and Breaker.objects.filter(pk=1, is_open=True).update(is_open=False, closed_at=now):
            record(actor=Actor.system("breaker"), verb="sending.resumed", subject=Breaker(pk=1), now=now)


def _words(reply: Reply) -> str:
    if isinstance(reply, NoAnswer):
        return reply.reason
    if isinstance(reply, Problem):
        return f"{reply.status} {reply.code} {reply.title}".strip()
    return "an answer"


def _silent(attempt: Attempt) -> bool:
    return attempt.status_code is None or attempt.status_code >= 500


def _too_many_in_a_row() -> bool:
    closed_at = Breaker.objects.filter(pk=1).values_list("closed_at", flat=True).first()
    # Without a nonce nothing was said to Oceafin: our storage was away, or a worker of ours died.
    said = Attempt.objects.filter(closed_at__isnull=False, purpose="SEND").exclude(nonce="")
    recent = said.order_by("-closed_at")
    if closed_at:
        recent = recent.filter(closed_at__gt=closed_at)
    last = list(recent[:IN_A_ROW])
    return (
        len(last) == IN_A_ROW
        and all(_silent(attempt) for attempt in last)
        and len({attempt.submission_id for attempt in last}) >= OVER_SUBMISSIONS
    )
