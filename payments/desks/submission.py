"""The letters that carry our answers to Oceafin, and what each reply means."""

from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.oceafin import kinds
from backoffice.oceafin.codes import STATE_INVALID
from backoffice.oceafin.kinds import Contradiction, GateAnswer, Go, Outcome, Resource, Wait, Withdraw
from backoffice.oceafin.models import Lane, Submission
from backoffice.oceafin.states import SubmissionState
from customers import services as customers
from customers.models import Document
from payments import gates, guards, observing, ways
from payments.accounts.fiat.submission import said_of
from payments.capabilities import services as capabilities
from payments.desks import informing
from payments.desks.models import Answer
from payments.models import PaymentRequest
from payments.outcomes import instant_of

LATER = timedelta(minutes=1)


def register() -> None:
    """Called once in ready(). An answer moves no money: what is in doubt is sent again under the same key."""
    kinds.register(
        _kind(capabilities.INFO, gettext_lazy("Answer about payouts"), "addFiatWithdrawalCapabilityInfo")
    )
    for way in ways.WAYS.values():
        if way.operations.info:
            kinds.register(
                _kind(
                    way.letter("info"),
                    format_lazy(gettext_lazy("{}: answer"), way.kind.label),
                    way.operations.info,
                )
            )
    customers.on_document(document_settled)


def document_settled(document: Document, outcome: Outcome, now: datetime) -> None:
    """Oceafin has a document of an answer, or would not take it. The customer is locked."""
    waiting = Answer.objects.filter(documents=document, written_at__isnull=True, refusal="")
    for pk in list(waiting.values_list("pk", flat=True)):
        one = informing.locked_answer(pk)
        if isinstance(outcome, kinds.Accepted):
            informing.write(one, now=now)
        elif isinstance(outcome, kinds.Refused):
            names = {"name": document.file_name, "said": said_of(outcome)}
            _refused(one, _("Oceafin does not take %(name)s: %(said)s") % names)


def _kind(name: str, label: Promise, operation: str) -> kinds.Kind:
    return kinds.Kind(
        name=name,
        label=label,
        lane=Lane.PAPERS,
        operation=operation,
        gate=_gate,
        settle=_settle,
        identify=_identify,
    )


def _gate(submission: Submission, now: datetime) -> GateAnswer:
    """With our answer Oceafin goes on with the payment: what stops a payment stops it, too."""
    one = informing.locked_answer(submission.subject_id)
    about, last = one.about, informing.newest(one.about)
    if not informing.is_asked(about) or last is None or last.pk != one.pk:
        reason = _("Oceafin does not wait for this answer any more.")
        return Withdraw(reason) if submission.state == SubmissionState.QUEUED else Go()
    if isinstance(about, PaymentRequest):
        return gates.blocked(about, now) or Go()
    sentence = about.customer.refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def _settle(submission: Submission, outcome: Outcome, now: datetime) -> None:
    one = informing.locked_answer(submission.subject_id)
    if isinstance(outcome, kinds.Accepted):
        guards.set_columns(one, taken_at=now)
        _heard(one, outcome, now)
    elif isinstance(outcome, kinds.Refused):
        _refused(one, said_of(outcome))
        if outcome.code == STATE_INVALID and one.payment is not None:
            # It may be further than we know: read it at once.
            guards.set_columns(one.payment, next_poll_at=now)
    elif isinstance(outcome, kinds.Held | kinds.Withdrawn):
        _refused(one, outcome.reason)


def _heard(one: Answer, outcome: kinds.Accepted, now: datetime) -> None:
    about, resource, source = one.about, outcome.resource, outcome.source
    if isinstance(about, PaymentRequest):
        observing.observe(about, resource, at=instant_of(resource, now), source=source, now=now)
    else:
        said = {"currency": about.currency, **resource}
        capabilities.heard(about.customer, said, now=now, source=source)


def _refused(one: Answer, why: str) -> None:
    """A person sees why, and may answer once more."""
    guards.set_columns(one, refusal=why[:300])
    if one.payment is not None:
        guards.set_columns(one.payment, noted_at=None, noted_by=None)


def _identify(submission: Submission, resource: Resource) -> str:
    one = Answer.objects.select_related("payment", "capability").get(pk=submission.subject_id)
    about = one.about
    if isinstance(about, PaymentRequest):
        name, ours = ways.of(about).id_name, about.oceafin_id
    else:
        name, ours = "capabilityId", about.capability_id
    found = kinds.resource_with_id(name)(submission, resource)
    if found != ours:
        raise Contradiction(_("Oceafin answered about something else than what was asked."))
    return found
