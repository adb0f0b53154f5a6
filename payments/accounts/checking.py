"""Having checked again what is switched off: a reading that changes nothing goes first, and what it brought is said."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor
from backoffice.oceafin import checkup, contract
from backoffice.oceafin.client import client
from backoffice.oceafin.wire import Answer, Problem, Reply
from backoffice.staff import rights
from backoffice.staff.roles import Right
from payments.accounts import plan, switches

DISABLED = "PARTNER_PRODUCT_DISABLED"


@dataclass(frozen=True)
class Checked:
    """Whether it is tried again from now on, and in a sentence what Oceafin answered."""

    is_on: bool
    sentence: str


def check_again(operation: str, *, actor: Actor, now: datetime) -> Checked:
    """Ask Oceafin by a harmless reading; unless that is denied as well, the operation is tried again.

    What sends something is never tried out: a reading of the same product tells whether that is enabled, and no more.
    Call with no transaction open. Raises NotAllowed.
    """
    with transaction.atomic():
        rights.require(actor, Right.LEAD_PAYMENTS, now)
    asked = _harmless(operation) if switches.is_off(operation) else None
    reply = _ask(asked) if asked else None
    if asked and isinstance(reply, Problem) and _denies(reply, asked, operation):
        switches.still_denied(operation, code=reply.code, detail=reply.detail, actor=actor, now=now)
        sentence = _(
            "Oceafin still denies it: %(reason)s. It stays switched off; ask Oceafin to enable it first."
        )
        return Checked(False, sentence % {"reason": switches.reason_of(reply.code)})
    switches.check_again(operation, actor=actor, now=now)
    tried = _("It is tried again now. If Oceafin still denies it, it appears here once more.")
    return Checked(True, f"{_said(reply, asked, operation)} {tried}".strip())


def _harmless(operation: str) -> contract.Operation | None:
    """The operation itself if it reads, else one that reads in the same product; None if there is none."""
    known = contract.operations()
    one = known.get(operation)
    if one is None or one.method == "GET":
        return one
    product = switches.product_of(operation)
    same = (
        each for each in known.values() if each.method == "GET" and each.spec.get("tags", [""])[0] == product
    )
    return next(same, None)


def _ask(asked: contract.Operation) -> Reply | None:
    with suppress(plan.BudgetSpent):
        return client().get(checkup.harmless_path(asked), now=plan.spend())
    return None


def _denies(reply: Problem, asked: contract.Operation, operation: str) -> bool:
    """A missing scope of the one that reads says nothing of another that sends."""
    return reply.code in switches.CODES and (asked.operation_id == operation or reply.code == DISABLED)


def _said(reply: Reply | None, asked: contract.Operation | None, operation: str) -> str:
    if asked is None or reply is None:
        return ""
    if isinstance(reply, Answer) or (isinstance(reply, Problem) and reply.status == 404 and reply.code):
        if asked.operation_id == operation:
            return _("Oceafin allows it.")
        return _(
            "Oceafin allows us to read of this product; whether it lets us send shows with the first that goes."
        )
    if isinstance(reply, Problem):
        said = {"answer": reply.code or reply.status}
        return _("Asked by a harmless reading, Oceafin answered %(answer)s, which does not settle it.") % said
    return _("Oceafin did not answer a harmless reading.")
