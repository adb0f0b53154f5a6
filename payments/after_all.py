"""What Oceafin shows after two people closed a payment: they may have been wrong, and everybody must see it."""

from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.oceafin.kinds import Found, Read, Resource
from backoffice.oceafin.models import Submission
from payments import guards, letters, looking, observing, ways
from payments.models import Draft, PaymentRequest
from payments.outcomes import instant_of
from payments.states import PROGRESS


def replied(submission: Submission, resource: Resource, now: datetime) -> None:
    """Oceafin had taken the letter after all: a worker that woke late wrote down its answer. The letter is locked."""
    draft = letters.draft_of(submission)
    payment = known(draft, resource)
    heard(payment, draft, resource, source="late reply", now=now)


def known(draft: Draft, resource: Resource) -> PaymentRequest:
    """Take down under which id Oceafin has it; return the payment, locked."""
    payment = guards.locked(draft.payment_id)
    oceafin_id = str(resource[ways.of(payment).id_name])
    if draft.oceafin_id is None:
        guards.set_columns(draft, oceafin_id=oceafin_id)
    if draft.number == payment.draft_number and payment.oceafin_id is None:
        guards.set_columns(payment, oceafin_id=oceafin_id)
    return payment


def heard(payment: PaymentRequest, draft: Draft, resource: Resource, *, source: str, now: datetime) -> str:
    """What it means that Oceafin has this draft so. Call with the payment locked."""
    if draft.number != payment.draft_number:
        return of_an_old_draft(payment, draft, resource, source=source, now=now)
    return observing.observe(payment, resource, at=instant_of(resource, now), source=source, now=now)


def of_an_old_draft(
    payment: PaymentRequest, draft: Draft, resource: Resource, *, source: str, now: datetime
) -> str:
    """A draft that was replaced: if Oceafin carries it out all the same, a person must see it. Returns "" if not."""
    status = str(resource.get("status") or "")
    if PROGRESS.get(status, 0) == 0 or status in observing.WITHOUT_EFFECT:
        return ""
    sentence = _("Oceafin says %(status)s of %(ref)s, a draft that was replaced by another.")
    names = {"status": status, "ref": draft.draft_ref}
    return observing.contradict(payment, sentence % names, source=source, now=now)


def look(payment: PaymentRequest, read: Read) -> Resource | None:
    """A closed payment of which Oceafin never gave an id, looked for by our reference. No transaction is open."""
    draft = payment.drafts.filter(number=payment.draft_number, oceafin_id__isnull=True).first()
    letter = Submission.objects.filter(key=letters.draft_key(draft)).first() if draft else None
    sight = looking.look_for_draft(letter, read) if letter else None
    return sight.resource if isinstance(sight, Found) else None
