"""What the pages of deposits and addresses are made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts import qr, refundable
from payments.accounts import showing as moved
from payments.accounts.deposits import coins, queues
from payments.accounts.deposits.models import Deposit, DepositAddress, Kind
from payments.accounts.deposits.states import DEPOSIT, DepositState
from payments.accounts.models import FoundBy
from payments.accounts.travel_rule.models import TravelRuleTask
from payments.accounts.travel_rule.states import TRAVEL_RULE, TravelRuleState

ROWS = 25
RESOURCES = {Kind.FIAT: "fiat_deposit", Kind.CRYPTO: "crypto_deposit"}


@dataclass(frozen=True)
class Tab:
    """One queue of the page."""

    name: str
    label: str
    rows: QuerySet[Deposit]
    empty: str

    @property
    def count(self) -> str:
        number = self.rows.order_by()[: queues.COUNTED_AT_MOST].count()
        return f"{queues.COUNTED_AT_MOST - 1}+" if number >= queues.COUNTED_AT_MOST else str(number)


def tabs() -> list[Tab]:
    return [
        Tab(
            "travel-rule",
            _("Who sent them?"),
            queues.waiting_for_travel_rule(),
            _("No coins wait for the Travel Rule. New ones appear here by themselves."),
        ),
        Tab(
            "unmatched",
            _("Whose are they?"),
            queues.unmatched(),
            _("Every deposit has its customer. One that does not appears here by itself."),
        ),
        Tab("coming", _("On their way"), queues.on_their_way(), _("Nothing is on its way.")),
        Tab(
            "done",
            _("Done"),
            queues.done(),
            _("Nothing came in yet. Give a customer an address to pay in to; deposits appear by themselves."),
        ),
        Tab("aside", _("Set aside"), queues.set_aside(), _("Nothing was set aside.")),
    ]


def row_of(deposit: Deposit, now: datetime) -> dict[str, Any]:
    task = task_of(deposit)
    return {
        "deposit": deposit,
        "url": url_of(deposit),
        "task": task,
        "due": due_of(task, now) if task else None,
        "machine": TRAVEL_RULE,
        "only_read": deposit.found_by == FoundBy.READ,
    }


def rows_for_customer(customer: Customer, now: datetime) -> list[dict[str, Any]]:
    """The newest deposits of one customer, in one query."""
    rows = Deposit.objects.filter(customer=customer).select_related("travel_rule").order_by("-pk")
    return [row_of(deposit, now) for deposit in rows[:ROWS]]


def addresses_for_customer(customer: Customer) -> list[DepositAddress]:
    """The newest addresses of one customer, in one query."""
    return list(DepositAddress.objects.filter(customer=customer).order_by("-pk")[:ROWS])


def of_customer(page: Any) -> dict[str, Any]:
    """The tab of the customer's page."""
    return {
        "rows": rows_for_customer(page.customer, page.now),
        "addresses": addresses_for_customer(page.customer),
        "customer_ref": page.customer.partner_customer_ref,
        "may_ask": page.may(Right.REQUEST_PAYMENTS),
        "now": page.now,
    }


def url_of(deposit: Deposit) -> str:
    return reverse("admin:deposits_deposit_change", args=[deposit.pk])


def task_of(deposit: Deposit) -> TravelRuleTask | None:
    return getattr(deposit, "travel_rule", None)


def due_of(task: TravelRuleTask, now: datetime) -> dict[str, str] | None:
    """How much time is left, in a tone and in words; None where nothing is waited for."""
    if task.state != TravelRuleState.WAITING:
        return None
    left = task.due_at - now
    hours = int(abs(left.total_seconds()) // 3600)
    if left.total_seconds() < 0:
        return {"tone": "bad", "words": _("Late by %(hours)d hours") % {"hours": hours}}
    words = _("Due in %(hours)d hours") % {"hours": hours}
    return {"tone": "warn" if hours < 24 else "wait", "words": words}


def waits_of(deposit: Deposit, now: datetime) -> dict[str, Any] | None:
    """What it waits for, since when, who can move it, and what happens by itself."""
    if deposit.state == DepositState.UNMATCHED:
        return {
            "what": deposit.doubt or str(DEPOSIT.sentences[DepositState.UNMATCHED]),
            "since": deposit.state_since,
            "who": _("An operations lead matches it to its customer, or sets it aside."),
            "by_itself": ""
            if deposit.contradicted
            else _("It is matched by itself once we know its customer."),
        }
    task = task_of(deposit)
    if task is not None and task.state in queues.OPEN_TASKS:
        return _waits_of_task(task)
    if deposit.is_final or deposit.state == DepositState.SET_ASIDE:
        return None
    what = _("Oceafin is at work on it.")
    return {"what": what, "since": deposit.status_since, "by_itself": _("It is read again by itself.")}


def _waits_of_task(task: TravelRuleTask) -> dict[str, Any]:
    sentence = str(TRAVEL_RULE.sentences[TravelRuleState(task.state)])
    waiting = task.state == TravelRuleState.WAITING
    return {
        "what": f"{sentence} {task.waits_for}".strip(),
        "since": task.state_since,
        "who": _("A payments maker says who sent it.") if waiting else "",
        "by_itself": "" if waiting else _("Oceafin's answer appears here by itself."),
    }


def deposit_context(deposit: Deposit, user: User, now: datetime, *, sees_persons: bool) -> dict[str, Any]:
    """Everything that the page of a deposit shows."""
    task = task_of(deposit)
    maker = user.has_right(Right.REQUEST_PAYMENTS)
    home = None
    if deposit.kind == Kind.CRYPTO and deposit.home_id:
        home = DepositAddress.objects.filter(address_id=deposit.home_id).first()
    return {
        "is_crypto": deposit.kind == Kind.CRYPTO,
        "private": _private(deposit) if sees_persons else {},
        "has_private": bool(deposit.private_sealed),
        "home": home,
        "matching": DEPOSIT,
        "task": task,
        "task_machine": TRAVEL_RULE,
        "due": due_of(task, now) if task else None,
        "answers": _answers(task, sees_persons) if task else [],
        "answer_url": reverse("deposits:travel_rule", args=[deposit.pk])
        if task and task.state == TravelRuleState.WAITING and deposit.customer and maker
        else "",
        "refund_url": _refund_url(deposit) if maker else "",
        "differs": _differs(deposit),
        "moved": moved.rows_about(RESOURCES[Kind(deposit.kind)], deposit.deposit_id),
        "only_read": deposit.found_by == FoundBy.READ,
        "is_known_coin": coins.is_known(deposit.currency, deposit.network),
        "now": now,
    }


def address_context(address: DepositAddress) -> dict[str, Any]:
    where = address.where
    return {
        "where": where,
        "groups": qr.groups(where.get("address", "")),
        "qr": qr.picture(where["address"]) if address.is_usable else "",
        "warning": coins.warning(address.asset, address.network),
        "network_name": coins.name_of(address.network),
        "is_known_coin": coins.is_known(address.asset, address.network),
        "only_read": address.found_by == FoundBy.READ,
    }


def _answers(task: TravelRuleTask, sees_persons: bool) -> list[dict[str, Any]]:
    rows = task.answers.select_related("document").order_by("-version")[:ROWS]
    return [{"answer": row, "given": _lines(row.given) if sees_persons else []} for row in rows]


def _refund_url(deposit: Deposit) -> str:
    """Where a refund of it is asked for, at the one door for money; "" before it is the customer's."""
    if deposit.customer is None or deposit.status != "COMPLETED":
        return ""
    is_crypto = deposit.kind == Kind.CRYPTO
    source_type = refundable.CRYPTO_DEPOSIT if is_crypto else refundable.FIAT_DEPOSIT
    url = refundable.request_url(source_type, deposit.deposit_id)
    return f"{url}&customer={deposit.customer.partner_customer_ref}" if url else ""


def _lines(given: dict[str, Any]) -> list[tuple[str, str]]:
    address, vasp = given.get("originatorAddress") or {}, given.get("originatingVasp") or {}
    lines = [
        (_("Name"), given.get("originatorName", "")),
        (_("Address"), ", ".join(str(part) for part in address.values())),
        (_("Provider"), ", ".join(str(part) for part in vasp.values())),
        (_("Proof"), given.get("walletOwnershipProof", "")),
    ]
    return [(label, words) for label, words in lines if words]


def _private(deposit: Deposit) -> dict[str, str]:
    try:
        return deposit.private
    except vault.KeyDestroyed:
        return {}


def _differs(deposit: Deposit) -> str:
    """A person decided, and Oceafin names somebody else: shown, never changed by itself."""
    customer = deposit.customer
    if not deposit.decided_by or not (deposit.told_customer_id or deposit.told_customer_ref):
        return ""
    if customer and deposit.told_customer_id in {"", str(customer.oceafin_customer_id)}:
        return ""
    return deposit.told_customer_ref or deposit.told_customer_id
