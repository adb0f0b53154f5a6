"""Reading at Oceafin: what is switched off is not asked for, and what is denied is remembered."""

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
    operation = contract.operation_at("GET", path_url)
    off = permits.off(operation) if operation else None
    if off is not None:
        return Problem(status=FORBIDDEN, code=off.code, detail=off.sentence)
    reply = client().get(path_url, now=now or database_now())
    if operation and isinstance(reply, Problem):
        detail = reply.detail or reply.title or _("Oceafin gave no reason.")
        permits.heed(operation, code=reply.code, detail=detail, now=database_now())
    return reply


def is_denied(reply: Reply) -> bool:
    """Whether this is not ours to read: what else told of the resource has to do."""
    return isinstance(reply, Problem) and reply.code in permits.CODES
