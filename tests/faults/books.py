"""Do our records and Oceafin's own book tell the same story? What every fault test ends with (design section 5)."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from backoffice.audit.models import Entry
from backoffice.oceafin.models import Attempt, Submission
from backoffice.oceafin.states import SUBMISSION
from backoffice.staff.models import RoleGrant
from backoffice.staff.roles import ROLE_RIGHTS, Right
from backoffice.states import Machine
from customers.states import STANDING
from onboarding.states import CASE
from payments import terms, ways
from payments.models import Approval, Draft, PaymentRequest
from payments.states import PAYMENT
from tests.faults import clockwork
from tests.faults.house import House
from tests.faults.scene import HOLDER, IBAN
from tests.people import PASSWORD
from tests.simulator.driver import SimulatorProcess
from tests.waiting import eventually
from webhooks.models import Event
from webhooks.states import EVENT

TOOK_EFFECT = {"SENT", "NEEDS_INFO", "SETTLED", "RETURNED"}
# We say that nothing ever took effect. FAILED and CANCELLED may follow an effect, whose money came back.
NEVER_LEFT = {"DRAFT", "PENDING_APPROVAL", "APPROVED", "REJECTED", "EXPIRED"}
ON_ITS_WAY = ("APPROVED", "SENDING", "UNCONFIRMED")
MACHINES: dict[str, Machine] = {
    "payments.PaymentRequest": PAYMENT,
    "oceafin.Submission": SUBMISSION,
    "webhooks.Event": EVENT,
    "onboarding.Case": CASE,
    "customers.Customer": STANDING,
}
SECRETS = (
    "OCEAFIN_PARTNER_API_CLIENT_SECRET",
    "OCEAFIN_PARTNER_API_WEBHOOK_SECRET",
    "SECRET_KEY",
    "FIELD_KEYS",
    "AUDIT_KEY",
)


def books_agree(
    oceafin: SimulatorProcess,
    *,
    house: House | None = None,
    by_hand: Iterable[str] = (),
    planted: Sequence[str | bytes] = (),
    seconds: float = 20,
) -> None:
    """Assert the promise, point by point. Call it once the fault is gone.

    `by_hand` names the events that the test sent itself; `planted` are further values that must not have
    leaked, beside the secrets, the account number and the holder's name. With `house`, its logs are read, and
    its queues are waited for: back-offs are cut short, nothing else is helped along.
    """
    approved_payments_have_a_live_letter()
    if house is not None:
        queues_drain(house, seconds)
        approved_payments_have_a_live_letter()
    effects_are_ours_and_happened_once(oceafin)
    no_more_goes_back_than_came_in(oceafin)
    keys_have_one_body_and_nonces_one_use(oceafin)
    states_moved_along_their_tables()
    makers_are_not_approvers()
    events_were_kept_and_applied_once(oceafin, by_hand=set(by_hand))
    nothing_leaked(house.logs() if house else (), planted=planted)


# --- 1 and 2: effects ---------------------------------------------------------------------------------------------


def no_more_goes_back_than_came_in(oceafin: SimulatorProcess) -> None:
    """Of each deposit and collection, whatever was asked for at the same moment."""
    went: dict[str, Decimal] = defaultdict(Decimal)
    came: dict[str, Decimal] = defaultdict(Decimal)
    source_of: dict[str, str] = {}
    for entry in oceafin.book():
        if entry["kind"] == "REFUND":
            source_of[entry["refundId"]] = entry["sourceId"]
            went[entry["sourceId"]] += Decimal(entry["amount"])
        elif entry["kind"] == "RETURN" and entry["refundId"]:
            went[source_of[entry["refundId"]]] -= Decimal(entry["amount"])
        elif entry["resourceId"]:
            came[entry["resourceId"]] += Decimal(entry["amount"])
    assert [source for source, amount in went.items() if amount > came[source]] == []


def effects_are_ours_and_happened_once(oceafin: SimulatorProcess) -> None:
    effects: dict[int, list[dict[str, Any]]] = defaultdict(list)
    owner = dict(Draft.objects.values_list("draft_ref", "payment_id"))
    for effect in oceafin.withdrawals() + oceafin.refunds() + oceafin.conversions():
        assert ref_of(effect) in owner, f"nobody here asked for {ref_of(effect)}"
        effects[owner[ref_of(effect)]].append(effect)
    for payment in PaymentRequest.objects.select_related("beneficiary", "customer"):
        found = effects[payment.pk]
        assert len(found) <= 1, f"{payment} took effect {len(found)} times"
        if payment.state in TOOK_EFFECT:
            assert found, f"{payment} is {payment.state}, and nothing took effect"
        if payment.state in NEVER_LEFT or _only_refused(payment):
            assert not found, f"{payment} is {payment.state}, and its money moved"
        for effect in found:
            lies_inside_the_terms(payment, effect)


def ref_of(effect: dict[str, Any]) -> str:
    """Ours, whatever the kind."""
    return str(effect["withdrawalRef"] or effect["refundRef"] or effect["conversionRef"])


def _only_refused(payment: PaymentRequest) -> bool:
    submits = Submission.objects.filter(
        subject_id=str(payment.pk), kind=ways.of(payment).letter(ways.of(payment).instruction)
    )
    accepted_or_open = submits.exclude(state__in=["REFUSED", "WITHDRAWN"]).exists()
    return payment.state in {"FAILED", "CANCELLED"} and not accepted_or_open


def lies_inside_the_terms(payment: PaymentRequest, effect: dict[str, Any]) -> None:
    _is_of_what_was_asked(payment, effect)
    assert effect["partnerCustomerRef"] == payment.customer.partner_customer_ref
    slack = terms.tolerance_of(payment) / 100
    assert Decimal(effect["feeAmount"]) <= payment.highest_fee * (1 + slack)
    draft = Draft.objects.get(draft_ref=ref_of(effect))
    assert effect["operationHash"] == draft.operation_hash
    if ways.of(payment).is_quoted:
        assert Decimal(effect["receiveAmount"]) >= payment.least_received * (1 - slack)
        assert effect["quoteId"] == draft.quote.oceafin_quote_id
    given = payment.approvals.filter(
        Q(voided_at__isnull=True) | Q(voided_at__gt=draft.created_at),
        approved_at__lte=draft.created_at,
        terms_digest=payment.terms_digest,
    )
    assert given.values("approver").distinct().count() >= payment.approvals_needed


def _is_of_what_was_asked(payment: PaymentRequest, effect: dict[str, Any]) -> None:
    if payment.kind == "CONVERSION":
        currencies = {"sellCurrency": effect["currency"], "buyCurrency": effect["receiveCurrency"]}
        amounts = {"sellAmount": effect["amount"], "buyAmount": effect["receiveAmount"]}
        assert ways.of(payment).terms(payment).items() <= {**currencies, **amounts}.items()
        if payment.most_paid is not None:
            assert Decimal(effect["amount"]) <= payment.most_paid * (1 + terms.tolerance_of(payment) / 100)
        return
    assert Decimal(effect["amount"]) == payment.amount
    assert effect["currency"] == payment.currency
    assert (effect["network"] or "") == payment.network
    for name, wanted in ways.of(payment).target(payment).items():
        assert effect[name] == wanted


# --- 3: nothing waits for ever ------------------------------------------------------------------------------------


def approved_payments_have_a_live_letter() -> None:
    """In one picture of the database, whatever else is going on."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for payment in PaymentRequest.objects.filter(state__in=ON_ITS_WAY):
            live = Submission.objects.filter(
                subject_type="payments.PaymentRequest",
                subject_id=str(payment.pk),
                state__in=["QUEUED", "UNCONFIRMED", "HELD"],
            ).exclude(kind__endswith=".quote")
            assert live.exists(), f"{payment} is {payment.state}, and no letter carries it"


def queues_drain(house: House, seconds: float) -> None:
    """Only what a person has to decide, or what waits for something said in words, may be left."""

    def drained() -> bool:
        moved = clockwork.make_letters_due() + clockwork.make_events_due() + clockwork.let_the_breaker_probe()
        if moved:
            for lane in ("money", "papers", "events"):
                house.ring(lane)
        waiting = Submission.objects.filter(state__in=["QUEUED", "UNCONFIRMED"])
        assert not waiting.exists(), [
            (letter.key, letter.state, letter.waits_for, letter.leased_by) for letter in waiting
        ]
        assert not Attempt.objects.filter(unsettled=True).exists()
        events = Event.objects.filter(state__in=["RECEIVED", "PARKED"])
        assert not events.exists(), [(event.event_type, event.state, event.reason) for event in events]
        return True

    house.oceafin.wait_until_delivered()
    eventually(drained, seconds, every=0.1)
    for payment in PaymentRequest.objects.filter(state__in=["UNCONFIRMED", "SENDING", "APPROVED"]):
        assert payment.waits_for, f"{payment} is {payment.state} and does not say why"


# --- 4: keys and nonces -------------------------------------------------------------------------------------------


def keys_have_one_body_and_nonces_one_use(oceafin: SimulatorProcess) -> None:
    bodies: dict[str, set[tuple[str, str]]] = defaultdict(set)
    nonces: Counter[str] = Counter()
    for request in oceafin.requests():
        # Without a nonce it was cut off before it was read.
        if request["nonce"]:
            nonces[request["nonce"]] += 1
        if request["key"] and request["bodySha256"] and request["outcome"] != "reset":
            bodies[request["key"]].add((request["path"], request["bodySha256"]))
    assert [key for key, sent in bodies.items() if len(sent) > 1] == []
    assert [nonce for nonce, count in nonces.items() if count > 1] == []


# --- 5: states ----------------------------------------------------------------------------------------------------


@transaction.atomic
def states_moved_along_their_tables() -> None:
    """Workers still live and move what comes late: trail and records are read as of one moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    moved = Entry.objects.filter(subject_type__in=MACHINES, facts__has_keys=["from", "to"]).order_by("id")
    last: dict[tuple[str, str], str] = {}
    for entry in moved:
        if entry.subject_type == "customers.Customer" and entry.verb != "customer.standing":
            # Oceafin's status of a customer has no table: any is taken as it comes.
            continue
        machine, record = MACHINES[entry.subject_type], (entry.subject_type, entry.subject_id)
        old, new = entry.facts["from"], entry.facts["to"]
        assert old == last.get(record, machine.initial), f"{record} left {old} without having come there"
        assert machine.allows(old, new), f"{record} went from {old} to {new}"
        last[record] = new
    for payment in PaymentRequest.objects.all():
        assert payment.state == last["payments.PaymentRequest", str(payment.pk)]
    for letter in Submission.objects.all():
        assert letter.state == last.get(("oceafin.Submission", str(letter.pk)), SUBMISSION.initial)
    for event in Event.objects.exclude(state__in=["RECEIVED", "DEAD"]):
        assert event.state == last["webhooks.Event", str(event.pk)]


# --- 6: four eyes -------------------------------------------------------------------------------------------------


def makers_are_not_approvers() -> None:
    roles = [role.value for role, rights in ROLE_RIGHTS.items() if Right.APPROVE_PAYMENTS in rights]
    for approval in Approval.objects.select_related("payment"):
        assert approval.approver_id not in approval.payment.maker_user_ids
        held = RoleGrant.objects.filter(
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=approval.approved_at),
            user=approval.approver_id,
            role__in=roles,
            confirmed_at__lte=approval.approved_at,
        )
        assert held.exists(), f"{approval}: the right was not there at that moment"


# --- 7: events ----------------------------------------------------------------------------------------------------


def events_were_kept_and_applied_once(oceafin: SimulatorProcess, *, by_hand: set[str]) -> None:
    kept = Counter(Event.objects.values_list("event_id", flat=True))
    taken = {
        event["eventId"]
        for event in oceafin.events()
        if any(200 <= delivery["status"] < 300 for delivery in event["deliveries"])
    }
    told = {event["eventId"] for event in oceafin.events()}
    assert taken <= set(kept), "answered 2xx, and not kept"
    assert set(kept) <= told | by_hand, "kept, and Oceafin never said it"
    applied = Counter(
        Entry.objects.filter(verb="event.applied", subject_type="webhooks.Event").values_list(
            "subject_id", flat=True
        )
    )
    assert [event for event, times in applied.items() if times > 1] == []


# --- 8: leaks -----------------------------------------------------------------------------------------------------


def nothing_leaked(logs: Iterable[Path], *, planted: Sequence[str | bytes] = ()) -> None:
    secrets = [os.environ[name] for name in SECRETS]
    needles = [_bytes(value) for value in (*secrets, IBAN, HOLDER, PASSWORD, *planted)]
    for path in logs:
        said = path.read_bytes()
        assert not any(needle in said for needle in needles), f"{path.name} says what it must not"
    written: list[str] = [json.dumps(facts, ensure_ascii=False) for facts in _all(Entry, "facts")]
    written += _all(Attempt, "detail") + _all(Submission, "waits_for") + _all(Event, "reason")
    written += _all(PaymentRequest, "waits_for")
    everything = "\n".join(written).encode()
    found = [place for place, needle in enumerate(needles) if needle in everything]
    assert found == [], "the trail or a sentence about a try says what it must not"


def _all(model: Any, field: str) -> list[Any]:
    return list(model.objects.values_list(field, flat=True))


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
