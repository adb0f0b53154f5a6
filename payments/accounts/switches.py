"""What this partner is not enabled for: remembered when Oceafin says so, asked again when a person says so."""

from datetime import datetime

from django.db import transaction

from backoffice import audit
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.roles import Right
from payments.accounts.models import SwitchedOff

# Contract section 2: stop this action, tell staff.
CODES = frozenset({"PARTNER_SCOPE_DENIED", "PARTNER_PRODUCT_DISABLED"})


def is_off(operation: str) -> bool:
    return SwitchedOff.objects.filter(pk=operation).exists()


def all_off() -> frozenset[str]:
    return frozenset(SwitchedOff.objects.values_list("operation", flat=True))


@transaction.atomic
def remember(operation: str, *, code: str, detail: str, now: datetime) -> bool:
    """Take down that Oceafin denied this operation; True if that is news. Any other code is none of its business."""
    if code not in CODES:
        return False
    row, is_new = SwitchedOff.objects.get_or_create(
        operation=operation, defaults={"code": code, "detail": detail[:300], "since": now}
    )
    if is_new:
        facts = {"operation": operation, "code": code}
        audit.record(
            actor=Actor.oceafin("reply"), verb="operation.switched_off", subject=row, now=now, facts=facts
        )
    return is_new


@transaction.atomic
def check_again(operation: str, *, actor: Actor, now: datetime) -> None:
    """Forget that it was denied: it is tried again from now on, by itself. Raises NotAllowed."""
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    row = SwitchedOff.objects.select_for_update().filter(pk=operation).first()
    if row is not None:
        audit.record(
            actor=actor,
            verb="operation.checked_again",
            subject=row,
            now=now,
            facts={"operation": operation, "code": row.code},
        )
        row.delete()
