"""Reading at Oceafin: what is switched off is not asked for, and what is denied is remembered."""

from django.utils.translation import gettext as _

from backoffice.oceafin import contract, permits
from backoffice.oceafin.client import client
from backoffice.oceafin.clock import database_now
from backoffice.oceafin.wire import NoAnswer, Problem, Reply


def read(path_url: str) -> Reply:
    """One signed GET. Call with no transaction open.

    Of an operation that is switched off nothing leaves: the reply is a NoAnswer with the sentence, so that
    whoever reads goes on as with any reading that failed.
    """
    operation = contract.operation_at("GET", path_url)
    sentence = permits.why_not(operation) if operation else ""
    if sentence:
        return NoAnswer(reason=sentence, left=False)
    reply = client().get(path_url, now=database_now())
    if operation and isinstance(reply, Problem):
        detail = reply.detail or reply.title or _("Oceafin gave no reason.")
        permits.heed(operation, code=reply.code, detail=detail, now=database_now())
    return reply
