"""The promises of design section 5, checked against the simulator's book after every single step.

What cannot change any more is checked once, when it comes: so a thousand steps cost a thousand small looks.
"""

from collections import Counter, defaultdict

from backoffice.audit.models import Entry
from backoffice.oceafin.models import Submission
from payments import ways
from payments.models import Approval, Draft, PaymentRequest
from payments.states import DID_NOT_HAPPEN
from tests.faults.books import MACHINES, NEVER_LEFT, ON_ITS_WAY, TOOK_EFFECT, lies_inside_the_terms, ref_of
from tests.simulator.driver import SimulatorProcess
from webhooks.models import Event

EFFECTS = ("WITHDRAWAL", "CRYPTO_WITHDRAWAL", "REFUND", "CONVERSION")


class Ledger:
    """What was seen so far, and what must hold of it."""

    def __init__(self, oceafin: SimulatorProcess) -> None:
        self._oceafin = oceafin
        self._seen_entries = 0
        self._seen_requests = 0
        self._seen_approvals = 0
        self._seen_effects = 0
        self._last_state: dict[tuple[str, str], str] = {}
        self._bodies: dict[str, tuple[str, str]] = {}
        self._nonces: set[str] = set()
        self._effects: Counter[int] = Counter()
        self._approved: list[int] = []
        self._applied: Counter[str] = Counter()
        self._seen_applied = 0
        self._seen: tuple[int, int] | None = None

    def check(self) -> bool:
        """Assert all that must hold at this moment. Where Oceafin was asked nothing and the trail says nothing new,
        nothing can have moved since the last look: then it is False."""
        self._keys_have_one_body_and_nonces_one_use()
        newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        if self._seen == (newest, self._seen_requests):
            return False
        self._seen = (newest, self._seen_requests)
        self._states_moved_along_their_tables()
        self._effects_are_ours_and_inside_the_terms()
        self._each_payment_says_what_is_true()
        self._nobody_approved_their_own()
        self._what_was_taken_in_is_there()
        return True

    def who_was_wrong_is_told(self) -> None:
        """What two people closed, and Oceafin carried out all the same, is contradicted; unless it came to nothing."""
        for payment in PaymentRequest.objects.filter(failure_code=DID_NOT_HAPPEN, state="FAILED"):
            if self._effects[payment.pk]:
                came_to_nothing = payment.oceafin_status in {"FAILED", "CANCELLED"}
                assert payment.contradicted or came_to_nothing, f"{payment} was closed, and its money moved"

    def _effects_are_ours_and_inside_the_terms(self) -> None:
        effects = [entry for entry in self._oceafin.book() if entry["kind"] in EFFECTS]
        for effect in effects[self._seen_effects :]:
            draft = Draft.objects.select_related("payment__customer").filter(draft_ref=ref_of(effect)).first()
            assert draft is not None, f"nobody here asked for {ref_of(effect)}"
            self._effects[draft.payment_id] += 1
            lies_inside_the_terms(draft.payment, effect)
        self._seen_effects = len(effects)
        assert [pk for pk, count in self._effects.items() if count > 1] == []

    def _each_payment_says_what_is_true(self) -> None:
        refused = _only_refused()
        live = _with_a_live_letter()
        rows = PaymentRequest.objects.values_list("pk", "state", "kind", "payment_ref", "failure_code")
        for pk, state, kind, ref, why in rows:
            took_effect = bool(self._effects[pk])
            assert self._last_state["payments.PaymentRequest", str(pk)] == state
            if state in TOOK_EFFECT:
                assert took_effect, f"{ref} is {state}, and nothing took effect"
            # Two people may be wrong: what becomes of that is asked for at the end.
            ended = state in {"FAILED", "CANCELLED"} and why != DID_NOT_HAPPEN
            if state in NEVER_LEFT or (ended and (pk, kind) in refused):
                assert not took_effect, f"{ref} is {state}, and its money moved"
            if state in ON_ITS_WAY:
                assert pk in live, f"{ref} is {state}, and no letter carries it"

    def _states_moved_along_their_tables(self) -> None:
        moved = Entry.objects.filter(
            id__gt=self._seen_entries, subject_type__in=MACHINES, facts__has_keys=["from", "to"]
        )
        for entry in moved.order_by("id"):
            self._seen_entries = entry.pk
            if entry.subject_type == "customers.Customer" and entry.verb != "customer.standing":
                continue
            machine, record = MACHINES[entry.subject_type], (entry.subject_type, entry.subject_id)
            old, new = entry.facts["from"], entry.facts["to"]
            assert old == self._last_state.get(record, machine.initial), f"{record} left {old} from nowhere"
            assert machine.allows(old, new), f"{record} went from {old} to {new}"
            self._last_state[record] = new
            if entry.subject_type == "payments.PaymentRequest" and new == "APPROVED":
                self._approved.append(int(entry.subject_id))

    def _nobody_approved_their_own(self) -> None:
        for approval in Approval.objects.filter(id__gt=self._seen_approvals).select_related("payment"):
            self._seen_approvals = max(self._seen_approvals, approval.pk)
            assert approval.approver_id not in approval.payment.maker_user_ids
        for pk in self._approved:
            payment = PaymentRequest.objects.get(pk=pk)
            given = payment.approvals.filter(voided_at__isnull=True, terms_digest=payment.terms_digest)
            assert given.values("approver").distinct().count() >= payment.approvals_needed
        self._approved.clear()

    def _keys_have_one_body_and_nonces_one_use(self) -> None:
        found = self._oceafin.control("GET", f"requests?since={self._seen_requests}")["requests"]
        for request in found:
            self._seen_requests = request["seq"]
            if request["nonce"]:
                assert request["nonce"] not in self._nonces, "a nonce was used twice"
                self._nonces.add(request["nonce"])
            if request["key"] and request["bodySha256"] and request["outcome"] != "reset":
                sent = (request["path"], request["bodySha256"])
                assert self._bodies.setdefault(request["key"], sent) == sent, f"{request['key']}: two bodies"

    def _what_was_taken_in_is_there(self) -> None:
        applied = Entry.objects.filter(id__gt=self._seen_applied, verb="event.applied")
        for pk, event in applied.order_by("id").values_list("id", "subject_id"):
            self._seen_applied = pk
            self._applied[event] += 1
            assert self._applied[event] == 1, f"event {event} was applied twice"
        unknown = Event.objects.exclude(state__in=["RECEIVED", "APPLIED", "PARKED", "IGNORED", "DEAD"])
        assert not unknown.exists()


def _only_refused() -> set[tuple[int, str]]:
    """Payments of whose instruction no letter was taken, or may have been."""
    letters: dict[int, set[str]] = defaultdict(set)
    rows = Submission.objects.filter(subject_type=PaymentRequest._meta.label, moves_money=True)
    instructions = {way.letter(way.instruction) for way in ways.WAYS.values()}
    for subject_id, kind, state in rows.values_list("subject_id", "kind", "state"):
        if kind in instructions and state not in {"REFUSED", "WITHDRAWN"}:
            letters[int(subject_id)].add(state)
    payments = PaymentRequest.objects.values_list("pk", "kind")
    return {(pk, kind) for pk, kind in payments if not letters[pk]}


def _with_a_live_letter() -> set[int]:
    live = Submission.objects.filter(
        subject_type=PaymentRequest._meta.label, state__in=["QUEUED", "UNCONFIRMED", "HELD"]
    )
    return {int(pk) for pk in live.exclude(kind__endswith=".quote").values_list("subject_id", flat=True)}
