"""The queue's own statements, written out once: each is one round trip, and none is compiled anew per row.

A delivery is a handful of statements around one request; composed by the ORM each time, they cost several
times what the request does (see `make bench`). Everything off this path uses the ORM.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from backoffice import prepared
from backoffice.oceafin.models import Attempt, Submission

_FIELDS = [field.attname for field in Submission._meta.concrete_fields]
_COLUMNS = ", ".join(f's."{field.column}"' for field in Submission._meta.concrete_fields)

_WRITTEN = [field for field in Submission._meta.concrete_fields if not field.primary_key]

INSERT = "INSERT INTO oceafin_submission ({}) VALUES ({}) ON CONFLICT (key) DO NOTHING RETURNING id".format(  # noqa: S608
    ", ".join(f'"{field.column}"' for field in _WRITTEN), ", ".join("%s" for _ in _WRITTEN)
)
NEXT_DUE = f"""
SELECT {_COLUMNS}, clock_timestamp() FROM oceafin_submission s
WHERE s.lane = %s AND s.state IN ('QUEUED', 'UNCONFIRMED') AND s.due_at <= clock_timestamp()
  AND s.leased_until IS NULL
  AND NOT EXISTS (SELECT FROM oceafin_breaker b WHERE b.id = 1 AND b.is_open)
ORDER BY s.due_at, s.id LIMIT 1 FOR UPDATE OF s SKIP LOCKED
"""  # noqa: S608 (column names of our own model)
LOCKED = f"SELECT {_COLUMNS}, clock_timestamp() FROM oceafin_submission s WHERE s.id = %s FOR UPDATE"  # noqa: S608
OF_KEY = LOCKED.replace("s.id = %s FOR UPDATE", "s.key = %s")
LEASE = """
WITH leased AS (
  UPDATE oceafin_submission SET lease_number = lease_number + 1, leased_until = %(until)s, leased_by = %(worker)s
  WHERE id = %(submission)s RETURNING id, lease_number
)
INSERT INTO oceafin_attempt (submission_id, number, purpose, outcome, opened_at, worker, request_id, nonce, code,
                             oceafin_request_id, detail, reply_sealed, unsettled)
SELECT id, lease_number, %(purpose)s, 'OPEN', %(now)s, %(worker)s, %(request_id)s, '', '', '', '', '', false
FROM leased RETURNING id, number
"""
CLOSE = """
UPDATE oceafin_attempt SET outcome = %(outcome)s, closed_at = %(closed_at)s, unsettled = %(unsettled)s,
  detail = %(detail)s, status_code = %(status_code)s, code = %(code)s, nonce = %(nonce)s,
  oceafin_request_id = %(oceafin_request_id)s, reply_sealed = %(reply_sealed)s
WHERE id = %(id)s
"""


def insert(submission: Submission) -> bool:
    """Write a new row; False where its key stands for one already, and nothing was written."""
    values = [field.get_db_prep_save(getattr(submission, field.attname), connection) for field in _WRITTEN]
    with prepared.cursor() as cursor:
        cursor.execute(INSERT, values)
        row = cursor.fetchone()
    if row is not None:
        submission.pk = row[0]
        submission._state.adding, submission._state.db = False, connection.alias
    return row is not None


def next_due(lane: str) -> tuple[Submission, datetime] | None:
    """Lock the next row that is due and that nobody holds; with the database's time. None while the breaker is
    open."""
    return _one(NEXT_DUE, [lane])


def locked(pk: int) -> tuple[Submission, datetime]:
    """Lock one row; with the database's time. Raises Submission.DoesNotExist."""
    found = _one(LOCKED, [pk])
    if found is None:
        raise Submission.DoesNotExist
    return found


def of_key(key: str) -> Submission | None:
    """The row of this idempotency key as it stands, without a lock."""
    found = _one(OF_KEY, [key])
    return found[0] if found else None


def lease(
    submission: Submission, *, purpose: str, worker: str, request_id: str, length: timedelta, now: datetime
) -> Attempt:
    """Lease a locked row and open its Attempt, in one statement."""
    until = now + length
    values = {"submission": submission.pk, "until": until, "now": now, "purpose": purpose}
    values |= {"worker": worker[:80], "request_id": request_id}
    with prepared.cursor() as cursor:
        cursor.execute(LEASE, values)
        pk, number = cursor.fetchone()
    submission.lease_number, submission.leased_until, submission.leased_by = number, until, worker[:80]
    return Attempt(
        pk=pk,
        submission=submission,
        number=number,
        purpose=purpose,
        opened_at=now,
        worker=worker[:80],
        request_id=request_id,
    )


def close(attempt: Attempt) -> None:
    """Write what became of an Attempt."""
    names = ("outcome", "closed_at", "unsettled", "detail", "status_code", "code", "nonce")
    values: dict[str, Any] = {name: getattr(attempt, name) for name in names}
    values |= {"id": attempt.pk, "oceafin_request_id": attempt.oceafin_request_id}
    values["reply_sealed"] = bytes(attempt.reply_sealed)
    with prepared.cursor() as cursor:
        cursor.execute(CLOSE, values)


def _one(statement: str, values: list[Any]) -> tuple[Submission, datetime] | None:
    with prepared.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    return Submission.from_db(connection.alias, _FIELDS, row[:-1]), row[-1]
