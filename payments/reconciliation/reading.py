"""Reading at Oceafin for a comparison: within half of the rate that the lists have, waiting where it is used up."""

from collections.abc import Callable, Iterator
from datetime import datetime

from backoffice.oceafin import contract, reads
from backoffice.oceafin.wire import Reply
from customers.models import Customer
from payments.accounts import plan
from payments.accounts.models import Reading
from payments.accounts.pages import pages
from payments.models import Draft
from payments.reconciliation.comparing import Item
from payments.way import Way

PAGE = 200
# Called where this minute's requests are used up; it raises where somebody else has the work by now.
Pause = Callable[[], None]


class Reader:
    """Asks for one page or record after the other. No transaction is open."""

    def __init__(self, pause: Pause) -> None:
        self._pause = pause
        self.asked_at: datetime

    def get(self, path_url: str) -> Reply:
        most = max(1, plan.most_of_lists() // 2)
        while True:
            try:
                self.asked_at = plan.spend(most)
            except plan.BudgetSpent:
                self._pause()
            else:
                return reads.read(path_url, now=self.asked_at)

    def items(self, customer: Customer, way: Way) -> Iterator[list[Item]]:
        """Page by page what Oceafin has of this kind. Raises BrokeOff."""
        path = contract.path_for(way.operations.list, customerId=customer.oceafin_customer_id, limit=PAGE)
        for found in pages(self.get, path):
            yield [Item(resource, way, self.asked_at) for resource in found]

    def keep(self, customer: Customer, name: str, *, since: datetime) -> str:
        """Have one of the customer's lists read whole since then; return "" or, in a sentence, why it is not."""
        readings = Reading.objects.select_related("customer").filter(customer=customer, name=name)
        Reading.objects.get_or_create(customer=customer, name=name, defaults={"due_at": since})
        # What was begun before may lack what came since.
        readings.exclude(read_at__gte=since).update(cursor="")
        while True:
            reading = readings.get()
            if reading.read_at is not None and reading.read_at >= since and not reading.failure:
                return ""
            try:
                plan.read(reading)
            except plan.BudgetSpent:
                self._pause()
                continue
            reading.refresh_from_db()
            if reading.failure or reading.read_at is None or reading.read_at < since:
                return reading.failure or "–"


def drafts_of(items: list[Item]) -> dict[str, Draft]:
    """Our drafts by Oceafin's id, of those that these items are about: found by that id, else by our reference."""
    ids, refs = [item.oceafin_id for item in items], [item.ref for item in items if item.ref]
    drafts = Draft.objects.select_related("payment__customer", "quote")
    by_id = {draft.oceafin_id: draft for draft in drafts.filter(oceafin_id__in=ids)}
    by_ref = {draft.draft_ref: draft for draft in drafts.filter(draft_ref__in=refs)}
    found: dict[str, Draft] = {}
    for item in items:
        draft = by_id.get(item.oceafin_id) or by_ref.get(item.ref)
        if draft is not None and draft.payment.kind == item.way.kind:
            found[item.oceafin_id] = draft
    return found
