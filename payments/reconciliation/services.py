"""What a person or the clock does with reconciliation: begin and cancel a run, take, give back and explain a break."""

from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.models import User
from backoffice.staff.reasons import reason_given
from backoffice.staff.roles import Right
from payments.accounts.models import Transaction
from payments.accounts.statements.spans import Span
from payments.models import PaymentRequest
from payments.reconciliation.errors import NothingRuns, NotNow, RunsAlready
from payments.reconciliation.keeping import ACTOR
from payments.reconciliation.models import REASON_CONTEXT, Break, Run
from payments.reconciliation.states import BREAK, RUN, STANDING, UNSOLVED, BreakState, RunState
from payments.reconciliation.working import customers


def begin_nightly(now: datetime) -> bool:
    """Begin the run of this business day, once there is something from before it; whether one was begun.

    A duty of the sweep. While another run goes on, it waits for its end.
    """
    today = _today(now)
    if Run.objects.filter(day=today, is_nightly=True).exists() or not _is_anything_before(today):
        return False
    return _begun(ACTOR, today, now=now) is not None


def begin(*, actor: Actor, now: datetime) -> Run:
    """Compare everything now. Raises NotAllowed, RunsAlready."""
    with transaction.atomic():
        user = rights.require(actor, Right.LEAD_PAYMENTS, now)
        run = _begun(actor, _today(now), now=now, is_nightly=False, asked_by=user)
    if run is None:
        raise RunsAlready(_("A comparison goes on already. Wait for its end, or cancel it."))
    return run


@transaction.atomic
def cancel(*, actor: Actor, now: datetime) -> Run:
    """Stop the run that goes on; what it found stands. Raises NotAllowed, NothingRuns."""
    run = Run.objects.select_for_update(no_key=True).filter(state=RunState.RUNNING).first()
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    if run is None:
        raise NothingRuns(_("No comparison goes on. It has ended meanwhile."))
    facts = {"customers": run.customers_done}
    audit.move(
        run,
        RunState.CANCELLED,
        machine=RUN,
        actor=actor,
        now=now,
        verb="reconciliation.cancelled",
        facts=facts,
    )
    return run


@transaction.atomic
def take(found: Break, *, actor: Actor, now: datetime) -> Break:
    """Look after it from now on. Raises NotAllowed, NotNow."""
    row = _locked(found)
    user = rights.require(actor, Right.LEAD_PAYMENTS, now)
    if row.state == BreakState.TAKEN and row.owner is not None:
        sentence = _("%(name)s looks after it already.")
        raise NotNow(sentence % {"name": row.owner.display_name})
    if row.state != BreakState.OPEN:
        raise NotNow(_("It is explained or gone meanwhile. Read the page again."))
    audit.move(
        row,
        BreakState.TAKEN,
        machine=BREAK,
        actor=actor,
        now=now,
        verb="break.taken",
        owner=user,
        owned_at=now,
    )
    return row


@transaction.atomic
def give_back(found: Break, *, actor: Actor, now: datetime) -> Break:
    """Nobody looks after it any more. Raises NotAllowed, NotNow."""
    row = _locked(found)
    rights.require(actor, Right.LEAD_PAYMENTS, now)
    if row.state != BreakState.TAKEN:
        raise NotNow(_("Nobody looks after it, or it is explained or gone meanwhile. Read the page again."))
    audit.move(
        row,
        BreakState.OPEN,
        machine=BREAK,
        actor=actor,
        now=now,
        verb="break.given_back",
        owner=None,
        owned_at=None,
    )
    return row


@transaction.atomic
def explain(found: Break, *, reason: str, actor: Actor, now: datetime) -> Break:
    """Write why both sides differ. It stands until they differ in another way, or no longer.

    Raises NotAllowed, NotNow, ReasonNeeded.
    """
    words = reason_given(reason)
    row = _locked(found)
    user = rights.require(actor, Right.LEAD_PAYMENTS, now)
    if row.state not in UNSOLVED:
        raise NotNow(_("It is explained or gone meanwhile. Read the page again."))
    key = row.customer.vault_key
    audit.move(
        row,
        BreakState.EXPLAINED,
        machine=BREAK,
        actor=actor,
        now=now,
        verb="break.explained",
        note=words,
        customer_key=key,
        reason_sealed=vault.seal_text(key, words, context=REASON_CONTEXT),
        explained_by=user,
        explained_at=now,
    )
    return row


def standing() -> QuerySet[Break]:
    """All that was found and is not gone, the oldest first."""
    return Break.objects.filter(state__in=STANDING).order_by("first_seen_at", "id")


def unsolved() -> QuerySet[Break]:
    """What nobody explained yet."""
    return Break.objects.filter(state__in=UNSOLVED).order_by("first_seen_at", "id")


def _begun(
    actor: Actor, day: date, *, now: datetime, is_nightly: bool = True, asked_by: User | None = None
) -> Run | None:
    try:
        with transaction.atomic():
            run: Run = Run.objects.create(
                day=day,
                is_nightly=is_nightly,
                asked_by=asked_by,
                state_since=now,
                started_at=now,
                customers=customers().count(),
            )
            facts = {"day": str(day), "customers": run.customers}
            audit.record(actor=actor, verb="reconciliation.begun", subject=run, now=now, facts=facts)
    except IntegrityError:
        return None
    return run


def _is_anything_before(day: date) -> bool:
    """The first of each is the oldest."""
    begins = Span(day, day).start
    asked = PaymentRequest.objects.order_by("id").values_list("created_at", flat=True).first()
    moved = Transaction.objects.order_by("id").values_list("found_at", flat=True).first()
    return any(at is not None and at < begins for at in (asked, moved))


def _locked(found: Break) -> Break:
    rows = Break.objects.select_for_update(no_key=True, of=("self",)).select_related("customer", "owner")
    return rows.get(pk=found.pk)


def _today(now: datetime) -> date:
    return now.astimezone(settings.BUSINESS_TIME_ZONE).date()
