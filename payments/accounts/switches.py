"""What this partner is not enabled for: remembered when Oceafin says so, asked again when a person says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import audit, prepared
from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin import contract, kinds, outbox, permits
from backoffice.oceafin.models import Submission
from backoffice.staff import rights
from backoffice.staff.roles import Right
from payments.accounts.models import SwitchedOff

CODES = permits.CODES
REASONS: dict[str, Promise] = {
    "PARTNER_SCOPE_DENIED": gettext_lazy("our access at Oceafin does not include it"),
    "PARTNER_PRODUCT_DISABLED": gettext_lazy("Oceafin has not enabled this product for us"),
}
CHECKED = "operation.checked_again"
_CODE_OF = (
    f"SELECT code FROM {SwitchedOff._meta.db_table} WHERE operation = ANY(%(operations)s) "  # noqa: S608  (our own table)
    "ORDER BY array_position(%(operations)s, operation) LIMIT 1"
)


@dataclass(frozen=True)
class Shown:
    """An operation that is switched off, in words. `checked` is when somebody last had it checked again."""

    operation: str
    summary: str
    product: str
    writes: bool
    code: str
    reason: str
    detail: str
    since: datetime
    waiting: int
    checked: Entry | None


def is_off(operation: str) -> bool:
    return SwitchedOff.objects.filter(pk=operation).exists()


def all_off() -> frozenset[str]:
    return frozenset(SwitchedOff.objects.values_list("operation", flat=True))


def off(*operations: str) -> permits.Off | None:
    """The code and the sentence why the first of these that is off is not tried now; None if all may be."""
    # Asked before every page of every list: by hand it costs a third.
    with prepared.cursor() as cursor:
        cursor.execute(_CODE_OF, {"operations": list(operations)})
        found = cursor.fetchone()
    if found is None:
        return None
    code: str = found[0]
    sentence = _(
        "Switched off at Oceafin: %(reason)s. It goes by itself once an operations lead has it checked again."
    )
    return permits.Off(code, sentence % {"reason": reason_of(code)})


def reason_of(code: str) -> str:
    return str(REASONS.get(code, code))


def product_of(operation: str) -> str:
    """The product that the contract counts an operation to."""
    one = contract.operations().get(operation)
    tags: Any = one.spec.get("tags", []) if one else []
    return str(tags[0]) if tags else _("Other")


def off_of(products: Iterable[str]) -> list[dict[str, str]]:
    """What is switched off of these products of the contract: `summary` and `reason`, for a banner."""
    known, wanted = contract.operations(), set(products)
    of_them = [name for name, one in known.items() if wanted & set(one.spec.get("tags", ()))]
    rows = SwitchedOff.objects.filter(pk__in=of_them).order_by("since", "operation")
    return [{"summary": known[row.operation].summary, "reason": reason_of(row.code)} for row in rows]


@transaction.atomic
def remember(operation: str, *, code: str, detail: str, now: datetime) -> bool:
    """Take down that Oceafin denied this operation; True if that is news. Any other code is none of its business."""
    if code not in permits.CODES:
        return False
    row, is_new = SwitchedOff.objects.get_or_create(
        operation=operation, defaults={"code": code[:64], "detail": detail[:300], "since": now}
    )
    if is_new:
        facts = {"operation": operation, "code": code}
        audit.record(
            actor=Actor.oceafin("reply"), verb="operation.switched_off", subject=row, now=now, facts=facts
        )
    return is_new


@transaction.atomic
def check_again(operation: str, *, actor: Actor, now: datetime) -> None:
    """Forget that it was denied: it is tried again from now on, and what waited for it goes by itself.

    Raises NotAllowed.
    """
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    row = SwitchedOff.objects.select_for_update().filter(pk=operation).first()
    if row is not None:
        facts = {"operation": operation, "code": row.code}
        audit.record(actor=actor, verb=CHECKED, subject=row, now=now, facts=facts)
        row.delete()
        outbox.permitted(operation)


@transaction.atomic
def still_denied(operation: str, *, code: str, detail: str, actor: Actor, now: datetime) -> None:
    """Take down that a person had it checked and Oceafin denies it as before. Raises NotAllowed."""
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    row = SwitchedOff.objects.select_for_update().filter(pk=operation).first()
    if row is not None:
        facts = {"operation": operation, "code": code, "still denied": True}
        audit.record(actor=actor, verb=CHECKED, subject=row, now=now, facts=facts)
        row.code, row.detail = code[:64], detail[:300]
        row.save(update_fields=["code", "detail"])


def shown() -> list[Shown]:
    """Everything that is switched off, the oldest first, with what waits for it and who asked last."""
    rows = list(SwitchedOff.objects.order_by("since", "operation"))
    checked = _last_checks(rows)
    return [_shown(row, checked.get(row.operation)) for row in rows]


def _last_checks(rows: list[SwitchedOff]) -> dict[str, Entry]:
    entries = audit.entries_of(rows).filter(verb=CHECKED).order_by("id")
    return {entry.subject_id: entry for entry in entries}


def _shown(row: SwitchedOff, checked: Entry | None) -> Shown:
    one = contract.operations().get(row.operation)
    names = [kind.name for kind in kinds.all_kinds() if kind.operation == row.operation]
    return Shown(
        operation=row.operation,
        summary=one.summary if one else row.operation,
        product=product_of(row.operation),
        writes=one is not None and one.method != "GET",
        code=row.code,
        reason=reason_of(row.code),
        detail=row.detail,
        since=row.since,
        waiting=Submission.objects.filter(kind__in=names, state__in=outbox.QUEUES).count() if names else 0,
        checked=checked,
    )
