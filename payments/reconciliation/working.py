"""What a worker does with a run: one customer after the other, in a thread of its own.

The row is the queue. A killed worker's lease runs out, and another goes on at the next customer.
"""

import threading

import structlog
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from backoffice.audit import move
from backoffice.oceafin.clock import database_now
from customers.models import Customer
from payments.accounts.models import Balance, Transaction
from payments.batches.leases import Lease, Lost, taken
from payments.models import PaymentRequest
from payments.reconciliation import adjusting, keeping
from payments.reconciliation.checking import Check
from payments.reconciliation.finding import Outcome
from payments.reconciliation.models import Run
from payments.reconciliation.reading import Reader
from payments.reconciliation.states import RUN, RunState

# Where this minute's requests are used up.
PAUSE_SECONDS = 2.0

log = structlog.get_logger(__name__)


def customers() -> QuerySet[Customer]:
    """Of whom there can be something to compare: those known at Oceafin who have a payment, a movement or a balance."""
    about = [
        Exists(model._default_manager.filter(customer=OuterRef("pk")))
        for model in (PaymentRequest, Transaction, Balance)
    ]
    payments, moved, balances = about
    return Customer.objects.filter(payments | moved | balances, oceafin_customer_id__isnull=False)


def work() -> None:
    """Carry the run that waits to its end, unless somebody else has it."""
    run_id = Run.objects.filter(state=RunState.RUNNING).values_list("pk", flat=True).first()
    if run_id is None:
        return
    with taken(Run, run_id, state=RunState.RUNNING) as lease:
        while lease is not None and _next(lease):
            lease.keep(state=RunState.RUNNING)


def _next(lease: Lease) -> bool:
    run = Run.objects.get(pk=lease.pk)
    customer = customers().filter(pk__gt=run.last_customer).order_by("pk").first()
    if customer is None:
        _finish(lease)
        return False
    outcome = _compared(customer, run, lease)
    with transaction.atomic():
        row = lease.lock(state=RunState.RUNNING)
        now = database_now()
        keeping.keep(row, customer, outcome, now=now)
        _done(row, customer, outcome)
    return True


def _compared(customer: Customer, run: Run, lease: Lease) -> Outcome:
    """One customer that our handling fails on is named, and must not stop those behind it."""
    try:
        check = Check(customer, Reader(Pause(lease)), since=run.started_at, now=database_now())
        outcome = check.whole()
        adjusting.look_through(customer, now=database_now())
    except Lost:
        raise
    except Exception as error:
        log.exception("reconciliation.customer_failed", customer=customer.pk)
        connection.close()
        outcome = Outcome()
        outcome.leave_out("everything", f"Our own handling failed ({type(error).__name__}).")
    return outcome


def _done(run: Run, customer: Customer, outcome: Outcome) -> None:
    rows = Run.objects.filter(pk=run.pk)
    found = F("found") + len(outcome.found)
    rows.update(last_customer=customer.pk, customers_done=F("customers_done") + 1, found=found)


@transaction.atomic
def _finish(lease: Lease) -> None:
    run = lease.lock(state=RunState.RUNNING)
    facts = {"customers": run.customers_done, "breaks": run.found, "not checked": run.not_checked.count()}
    move(
        run,
        RunState.FINISHED,
        machine=RUN,
        actor=keeping.ACTOR,
        now=database_now(),
        verb="reconciliation.finished",
        facts=facts,
    )


class Pause:
    """Wait a moment, and keep the work meanwhile. Raises Lost where it was cancelled or is somebody else's."""

    def __init__(self, lease: Lease) -> None:
        self._lease, self._bell = lease, threading.Event()

    def __call__(self) -> None:
        self._lease.keep(state=RunState.RUNNING)
        self._bell.wait(PAUSE_SECONDS)


class Worker:
    """One thread per process, there as long as a run goes on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Called in each round of the sweep."""
        if not Run.objects.filter(state=RunState.RUNNING).exists():
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="reconciliation", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            work()
        except Exception:  # its lease runs out, and it is taken up again then
            log.exception("reconciliation.step_failed")
        finally:
            connection.close()


worker = Worker()
