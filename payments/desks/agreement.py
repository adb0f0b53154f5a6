"""Whether what Oceafin says now can be true beside what we know: read before a contradiction is cleared."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.oceafin import contract, reads
from backoffice.oceafin.kinds import Resource
from backoffice.oceafin.wire import Answer
from payments import observing, ways
from payments.desks import errors
from payments.models import Draft, PaymentRequest
from payments.outcomes import instant_of
from payments.states import PROGRESS, STATE_OF_STATUS, steps_to

# Of these nothing is on its way and nothing has left.
WITHOUT_EFFECT = frozenset({"DRAFT", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class Seen:
    """What Oceafin has of each draft of a payment, read a moment ago."""

    resources: dict[str, Resource]

    def of(self, draft: Draft) -> Resource:
        """Raises CouldNotRead if this draft is newer than the reading."""
        if draft.oceafin_id not in self.resources:
            raise errors.CouldNotRead(_("Something new came while Oceafin was read. Look at it again."))
        return self.resources[draft.oceafin_id]


def read(payment: PaymentRequest) -> Seen:
    """Read every draft of this payment that Oceafin has. Call with no transaction open. Raises CouldNotRead."""
    way = ways.of(payment)
    found: dict[str, Resource] = {}
    for draft in _drafts(payment):
        reply = reads.read(contract.path_for(way.operations.read, **{way.id_name: draft.oceafin_id}))
        readable = isinstance(reply, Answer) and isinstance(reply.data, dict)
        if not readable or reply.data.get(way.id_name) != draft.oceafin_id:  # type: ignore[union-attr]
            raise errors.CouldNotRead(
                _("Oceafin could not be read now, and a contradiction is not cleared without it. Try again.")
            )
        found[str(draft.oceafin_id)] = reply.data  # type: ignore[union-attr]
    return Seen(found)


def check(payment: PaymentRequest, seen: Seen) -> str:
    """What Oceafin says, in a sentence, if it can be true beside what we know. Raises StillContradicts.

    Call with the payment locked. While Oceafin carries out what we do not know as sent, its money stays counted.
    """
    way, said = ways.of(payment), []
    for draft in _drafts(payment):
        resource = seen.of(draft)
        draft.payment = payment
        status = str(resource.get("status") or "")
        field = way.mismatch(way.expected(draft), resource)
        if field:
            _refuse(_("It still has another %(field)s than we sent.") % {"field": field})
        if draft.number != payment.draft_number:
            if status not in WITHOUT_EFFECT:
                sentence = _("It still says %(status)s of %(ref)s, which was replaced by another draft.")
                _refuse(sentence % {"status": status, "ref": draft.draft_ref})
        elif not _is_possible(payment, status):
            sentence = _("It still says %(status)s, and this payment is %(state)s.")
            state = payment.get_state_display().lower()
            _refuse(sentence % {"status": status or "–", "state": state})
        said.append(f"{draft.draft_ref}: {status}")
    return "; ".join(said)[:300] or _("Oceafin has nothing of this payment.")


def go_on(payment: PaymentRequest, seen: Seen, *, now: datetime) -> None:
    """Take down what was read of the payment's own draft, and walk the payment there. Call with it locked."""
    current = next((draft for draft in _drafts(payment) if draft.number == payment.draft_number), None)
    if current is not None:
        resource = seen.of(current)
        observing.observe(payment, resource, at=instant_of(resource, now), source="read", now=now)


def _drafts(payment: PaymentRequest) -> list[Draft]:
    return list(payment.drafts.filter(oceafin_id__isnull=False).select_related("quote").order_by("number"))


def _is_possible(payment: PaymentRequest, status: str) -> bool:
    if status == "DRAFT":
        return not observing.was_instructed(payment)
    target = STATE_OF_STATUS.get(status)
    if target is None or status not in PROGRESS:
        return False
    if steps_to(payment.state, target) is not None:
        return True
    return status in WITHOUT_EFFECT and not observing.was_instructed(payment)


def _refuse(why: str) -> None:
    sentence = _("Oceafin still contradicts what we know. %(why)s The payment stays as it is.")
    raise errors.StillContradicts(sentence % {"why": why})
