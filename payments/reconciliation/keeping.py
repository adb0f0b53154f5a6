"""Writing down what the comparison of one customer came to. Call in a transaction."""

from datetime import datetime

from backoffice import audit
from backoffice.audit import Actor
from customers.models import Customer
from payments.reconciliation.finding import Found, Outcome
from payments.reconciliation.models import Break, NotChecked, Run
from payments.reconciliation.states import BREAK, STANDING, BreakState

ACTOR = Actor.system("reconciliation")


def keep(run: Run, customer: Customer, outcome: Outcome, *, now: datetime) -> None:
    """What was found stands or stands again; what is no longer found, of what was compared whole, is resolved."""
    breaks = Break.objects.select_for_update(no_key=True).filter(customer=customer).order_by("id")
    known = {(row.kind, row.subject): row for row in breaks}
    for key, found in outcome.found.items():
        row = known.get(key)
        if row is None:
            _first_seen(run, customer, found, now=now)
        else:
            _seen_again(row, run, found, now=now)
    for key, row in known.items():
        if row.state in STANDING and key not in outcome.found and row.scope in outcome.checked:
            _move(row, BreakState.RESOLVED, "break.resolved", now=now, owner=None, owned_at=None)
    NotChecked.objects.filter(run=run, customer=customer).delete()
    NotChecked.objects.bulk_create(
        NotChecked(run=run, customer=customer, what=what, why=why) for what, why in outcome.not_checked
    )


def _first_seen(run: Run, customer: Customer, found: Found, *, now: datetime) -> None:
    row = Break.objects.create(
        customer=customer,
        kind=found.kind,
        subject=found.subject,
        run=run,
        state_since=now,
        first_seen_at=now,
        last_seen_at=now,
        **found.columns,
    )
    facts = {"kind": row.kind, "found": row.gist}
    audit.record(actor=ACTOR, verb="break.found", subject=row, now=now, facts=facts)


def _seen_again(row: Break, run: Run, found: Found, *, now: datetime) -> None:
    """A break that is told otherwise than when it was explained is looked at again."""
    is_news = row.gist != found.columns["gist"]
    Break.objects.filter(pk=row.pk).update(run=run, last_seen_at=now, **found.columns)
    if row.state == BreakState.RESOLVED:
        _move(row, BreakState.OPEN, "break.found_again", now=now, found=found.gist)
    elif row.state == BreakState.EXPLAINED and is_news:
        _move(row, BreakState.OPEN, "break.changed", now=now, found=found.gist, owner=None, owned_at=None)


def _move(
    row: Break, to: BreakState, verb: str, *, now: datetime, found: str = "", **changes: object
) -> None:
    facts = {"found": found[:300]} if found else {}
    audit.move(row, to, machine=BREAK, actor=ACTOR, now=now, verb=verb, facts=facts, **changes)
