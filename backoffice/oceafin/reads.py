"""Reading at Oceafin: what is switched off is not asked for, and what is denied is remembered."""

from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.oceafin import contract, permits
from backoffice.oceafin.client import client
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.wire import Problem, Reply

FORBIDDEN = 403


def read(path_url: str, *, now: datetime | None = None) -> Reply:
    """One signed GET. Call with no transaction open. `now` is the database's, where the caller just asked for it.

    Of an operation that is switched off nothing leaves: the reply is the Problem that Oceafin answered before, with
    our sentence, so that whoever reads goes on as with any reading that was denied.
    """
    operation, off = _permit(path_url)
    return off or _heeded(operation, client().get(path_url, now=now or database_now()))


def begin(path_url: str, *, now: datetime, thread: Executor) -> Callable[[], Reply]:
    """The next page of a list that was permitted a moment ago; Oceafin is waited for in another thread: call what this
    returns to have the reply. What is denied meanwhile, Oceafin denies, and it is remembered as by `read`.

    Nothing but the request itself runs there; what needs the database is done here, afterwards.
    """
    operation = contract.operation_at("GET", path_url) or ""
    reply = thread.submit(copy_context().run, client().get, path_url, now=now)
    return lambda: _heeded(operation, reply.result())


def _permit(path_url: str) -> tuple[str, Problem | None]:
    operation = contract.operation_at("GET", path_url) or ""
    off = permits.off(operation) if operation else None
    return operation, Problem(status=FORBIDDEN, code=off.code, detail=off.sentence) if off else None


def _heeded(operation: str, reply: Reply) -> Reply:
    if operation and isinstance(reply, Problem):
        detail = reply.detail or reply.title or _("Oceafin gave no reason.")
        permits.heed(operation, code=reply.code, detail=detail, now=database_now())
    return reply


def is_denied(reply: Reply) -> bool:
    """Whether this is not ours to read: what else told of the resource has to do."""
    return isinstance(reply, Problem) and reply.code in permits.CODES
