"""Whether this process lives, whether it can do its work, and how the two borders stand."""

import threading
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.oceafin.clock import database_now
from backoffice.oceafin.models import Breaker, Submission
from backoffice.oceafin.states import SubmissionState
from webhooks.models import WAITING, Event, Refusal
from webhooks.states import EventState

BROKER_GIVES_UP_AFTER = 0.5
# States whose rows are few and indexed. What is settled grows for ever, and counting it would too.
LIVE_SUBMISSIONS = (SubmissionState.QUEUED, SubmissionState.UNCONFIRMED, SubmissionState.HELD)
LIVE_EVENTS = (EventState.RECEIVED, EventState.PARKED, EventState.IGNORED, EventState.DEAD)

# Set once every migration was seen applied. Reading them all takes long, and they only become more with a
# new version, which is a new process.
_migrated = threading.Event()


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers; touches nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has every migration, else 503. The rest is told, and changes nothing:
    without the broker work goes on, a few seconds later; ages are whole seconds, null where nothing waits."""
    try:
        waiting = _migrations_waiting()
        if waiting:
            return JsonResponse({"database": "ok", "migrations_waiting": waiting}, status=503)
        now = database_now()
        borders = {
            "breaker": "open" if _breaker_is_open() else "closed",
            "oldest_due_submission_age": _age(_oldest_due_submission(now), now),
            "oldest_due_event_age": _age(_oldest_due_event(now), now),
            "last_event_age": _age(_last_event(), now),
        }
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse(
        {
            "database": "ok",
            "migrations_waiting": 0,
            "broker": "ok" if _broker_answers() else "away",
            **borders,
        }
    )


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The borders in Prometheus' text format: numbers only, each from an index of few rows.

    For who brings METRICS_TOKEN as a bearer token; without that setting for this machine alone, and not
    through a proxy on it.
    """
    if not _may_measure(request):
        return HttpResponseForbidden(
            "Set METRICS_TOKEN and send it as a bearer token.", content_type="text/plain"
        )
    try:
        lines = [line for family in _families() for line in family]
    except DatabaseError:
        return HttpResponse("The database is away.\n", status=503, content_type="text/plain")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}")
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback and not forwarded
    except ValueError:
        return False


def _families() -> Iterable[list[str]]:
    now = database_now()
    yield _family("submissions", "Submissions that are not settled", "gauge", _submissions_by_state())
    yield _family("events", "Events that are not applied", "gauge", _events_by_state())
    yield _family(
        "oldest_due_seconds",
        "How long the oldest due row has been due",
        "gauge",
        [
            ({"queue": "submissions"}, _age(_oldest_due_submission(now), now) or 0),
            ({"queue": "events"}, _age(_oldest_due_event(now), now) or 0),
        ],
    )
    last = _age(_last_event(), now)
    if last is not None:
        yield _family("last_event_seconds", "How long ago the last event came", "gauge", [({}, last)])
    yield _family("breaker_open", "1 while sending is paused", "gauge", [({}, int(_breaker_is_open()))])
    refused = [({"reason": row.reason}, row.count) for row in Refusal.objects.order_by("reason")]
    yield _family("webhook_refused_total", "Deliveries turned away at the door", "counter", refused)


def _family(name: str, help_text: str, kind: str, samples: Iterable[tuple[dict[str, str], int]]) -> list[str]:
    lines = [f"# HELP backoffice_{name} {help_text}.", f"# TYPE backoffice_{name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
        lines.append(f"backoffice_{name}{'{' + inside + '}' if inside else ''} {value}")
    return lines


def _submissions_by_state() -> list[tuple[dict[str, str], int]]:
    rows = Submission.objects.filter(state__in=LIVE_SUBMISSIONS).values_list("lane", "state")
    found = {(lane, state): number for lane, state, number in rows.annotate(number=Count("pk")).order_by()}
    return [
        ({"lane": lane, "state": state.value}, found.get((lane, state.value), 0))
        for lane in ("money", "papers")
        for state in LIVE_SUBMISSIONS
    ]


def _events_by_state() -> list[tuple[dict[str, str], int]]:
    return [({"state": state.value}, Event.objects.filter(state=state).count()) for state in LIVE_EVENTS]


def _oldest_due_submission(now: datetime) -> datetime | None:
    queued = Submission.objects.filter(
        state__in=[SubmissionState.QUEUED, SubmissionState.UNCONFIRMED], due_at__lte=now
    )
    return _only(queued.aggregate(at=Min("due_at")))


def _oldest_due_event(now: datetime) -> datetime | None:
    return _only(Event.objects.filter(state__in=WAITING, due_at__lte=now).aggregate(at=Min("due_at")))


def _last_event() -> datetime | None:
    return Event.objects.order_by("-received_at", "-id").values_list("received_at", flat=True).first()


def _only(aggregate: dict[str, Any]) -> datetime | None:
    at: datetime | None = aggregate["at"]
    return at


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else max(0, int((now - at).total_seconds()))


def _breaker_is_open() -> bool:
    return Breaker.objects.filter(is_open=True).exists()


def _migrations_waiting() -> int:
    if _migrated.is_set():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return 0
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not waiting:
        _migrated.set()
    return waiting


def _broker_answers() -> bool:
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_timeout=BROKER_GIVES_UP_AFTER,
            socket_connect_timeout=BROKER_GIVES_UP_AFTER,
            retry=None,
        ) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
