"""A batch, whatever happens to the processes that read it, book it and carry out its approval."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.audit import Actor
from payments import services as payments
from payments.batches import services
from payments.batches.models import Batch, Leased, Selection
from payments.models import PaymentRequest
from tests.batches.people import csv_of, fresh, line, upload
from tests.faults import clockwork
from tests.faults.books import books_agree
from tests.faults.scene import Scene, hurry
from tests.payments.people import user_of
from tests.waiting import eventually, somebody_waits_for_us

pytestmark = pytest.mark.xdist_group("house")

# More than a worker takes in one transaction.
ROWS = 60
ALL_ROWS = "LOCK TABLE batches_batchrow IN EXCLUSIVE MODE"
THE_LAST = f"SELECT FROM batches_batchrow WHERE line = {ROWS} FOR NO KEY UPDATE"


def test_outlives_its_worker_killed_as_it_is_read_opened_and_approved(scene: Scene) -> None:
    ref = scene.customer.partner_customer_ref
    rows = [line(f"wd-{number}", f"{number + 5}.00", customer=ref) for number in range(ROWS)]
    with killed_in_the_middle(scene, Batch, ALL_ROWS):
        batch = upload(csv_of(*rows), by=scene.maker)
    comes_to(scene, lambda: fresh(batch).state == "READ")
    with killed_in_the_middle(scene, Batch, THE_LAST):
        services.book(batch=batch, rule="ALL_GOOD", actor=scene.maker, now=timezone.now())
    assert 0 < fresh(batch).opened < ROWS
    first, second = scene.approvers
    comes_to(scene, lambda: waiting_for(batch, first) == ROWS)
    with killed_in_the_middle(scene, Selection, THE_LAST):
        approve(batch, first)
    assert 0 < Selection.objects.get().approved < ROWS
    comes_to(scene, lambda: waiting_for(batch, second) == ROWS and not waiting_for(batch, first))
    approve(batch, second)
    comes_to(scene, lambda: fresh(batch).state == "SETTLED")
    settled = PaymentRequest.objects.filter(state="SETTLED").values_list("payment_ref", flat=True)
    assert sorted(settled) == sorted(f"wd-{number}" for number in range(ROWS))
    books_agree(scene.oceafin, house=scene.house)


@contextmanager
def killed_in_the_middle(scene: Scene, work: type[Leased], held: str) -> Iterator[None]:
    """A worker takes up what the block asks for, waits for what is held here in the middle of it, and is killed."""
    in_the_way = connection.copy()
    in_the_way.set_autocommit(False)
    try:
        with in_the_way.cursor() as cursor:
            cursor.execute(held)
        yield
        leased = work.objects.exclude(leased_by="")
        taken = eventually(lambda: somebody_waits_for_us(in_the_way) and leased.first())
        scene.house.kill_leased(taken.leased_by)
    finally:
        in_the_way.rollback()
        in_the_way.close()
    clockwork.run_out_leases()


def comes_to(scene: Scene, condition: Callable[[], bool]) -> None:
    def has_come() -> bool:
        hurry(scene.house)
        scene.house.ring("batches")
        scene.oceafin.step()
        return condition()

    eventually(has_come, 180, every=0.5)


def waiting_for(batch: Batch, approver: Actor) -> int:
    return services.approvable(batch, user_of(approver)).count()


def approve(batch: Batch, by: Actor) -> None:
    seen, now = services.seen_digest(services.approvable(batch, user_of(by))), timezone.now()
    services.approve_selected(batch=batch, seen=seen, proof=payments.Proof(at=now), actor=by, now=now)
