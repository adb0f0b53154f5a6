"""What this room sends: an application, and each answer to Oceafin's questions; and what each reply means."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.oceafin import kinds
from backoffice.oceafin.codes import STATE_INVALID
from backoffice.oceafin.kinds import Contradiction, GateAnswer, Go, Outcome, Resource, Wait, Withdraw
from backoffice.oceafin.models import Lane, Submission
from backoffice.oceafin.states import SubmissionState
from customers import services as customers
from customers.models import Document
from customers.statuses import StatusNews
from payments.accounts import kept, plan
from payments.accounts.fiat import hearing, letters
from payments.accounts.fiat.models import FiatAccountApplication, InfoRound
from payments.accounts.fiat.states import ApplicationState
from payments.accounts.models import FoundBy

LATER = timedelta(minutes=1)
WORKER = letters.WORKER


def register() -> None:
    """Called once in ready(). There is nothing to look in: Oceafin neither lists nor gives single applications, so
    what is in doubt is sent again under the same key."""
    kinds.register(
        kinds.Kind(
            name=letters.APPLY,
            label=gettext_lazy("Application for a fiat account"),
            lane=Lane.PAPERS,
            operation=letters.APPLY_OPERATION,
            gate=gate_application,
            settle=settle_application,
            identify=_identify,
        )
    )
    kinds.register(
        kinds.Kind(
            name=letters.INFO,
            label=gettext_lazy("Answer about a fiat account"),
            lane=Lane.PAPERS,
            operation=letters.INFO_OPERATION,
            gate=gate_answer,
            settle=settle_answer,
            identify=_identify,
        )
    )
    customers.on_status(customer_status)
    customers.on_document(document_settled)


def customer_status(news: StatusNews) -> None:
    if not news.customer.refusal_reason():
        letters.write_for(news.customer, news.now)


# --- may it leave now -----------------------------------------------------------------------------------------------


def gate_application(submission: Submission, now: datetime) -> GateAnswer:
    """The first claim: from here on it is on its way and cannot be taken back by us."""
    application = hearing.locked(submission.subject_id)
    if application.state not in {ApplicationState.REQUESTED, ApplicationState.SENDING}:
        return _unwanted(submission, _("This application is not to be sent any more."))
    if blocked := _blocked(application, now):
        return blocked
    if application.state == ApplicationState.REQUESTED:
        verb = "fiat_account_application.sending"
        hearing.move(application, ApplicationState.SENDING, actor=WORKER, now=now, verb=verb)
    return Go()


def gate_answer(submission: Submission, now: datetime) -> GateAnswer:
    application = hearing.locked(submission.subject_id)
    one, last = letters.round_of(submission, application), application.round
    if application.state != ApplicationState.ANSWERING or last is None or last.number != one.number:
        return _unwanted(submission, _("Oceafin does not wait for this answer any more."))
    return _blocked(application, now) or Go()


def _unwanted(submission: Submission, reason: str) -> GateAnswer:
    """One that left and was never answered is sent to its end under its key: that opens nothing twice."""
    return Withdraw(reason) if submission.state == SubmissionState.QUEUED else Go()


def _blocked(application: FiatAccountApplication, now: datetime) -> Wait | None:
    sentence = application.customer.refusal_reason()
    return Wait(sentence, now + LATER) if sentence else None


# --- what a reply means ---------------------------------------------------------------------------------------------


def settle_application(submission: Submission, outcome: Outcome, now: datetime) -> None:
    application = hearing.locked(submission.subject_id)
    if isinstance(outcome, kinds.Accepted):
        _take(application, outcome, now)
    elif isinstance(outcome, kinds.Refused):
        refusal = said_of(outcome)
        if application.state == ApplicationState.SENDING:
            hearing.move(
                application,
                ApplicationState.REFUSED,
                actor=Actor.oceafin("reply"),
                now=now,
                verb="fiat_account_application.refused",
                facts={"code": outcome.code},
                refusal=refusal,
            )


def settle_answer(submission: Submission, outcome: Outcome, now: datetime) -> None:
    """Taken: Oceafin decides again. Refused: a person sees why, and may answer once more."""
    application = hearing.locked(submission.subject_id)
    one = letters.round_of(submission, application)
    if isinstance(outcome, kinds.Accepted):
        hearing.set_columns(one, taken_at=now)
        if _is_current(application, one):
            _back_to_oceafin(application, "fiat_account_application.informed", now)
        _take(application, outcome, now)
    elif isinstance(outcome, kinds.Refused):
        hearing.set_columns(one, refusal=said_of(outcome))
        if _is_current(application, one) and outcome.code == STATE_INVALID:
            _back_to_oceafin(application, "fiat_account_application.not_asked", now)
        elif _is_current(application, one):
            _ask_again(application, one, now, facts={"code": outcome.code})


def document_settled(document: Document, outcome: Outcome, now: datetime) -> None:
    """Oceafin has a document of an answer, or would not take it. The customer is locked."""
    waiting = FiatAccountApplication.objects.filter(
        customer=document.customer,
        state=ApplicationState.ANSWERING,
        rounds__documents=document,
        rounds__written_at__isnull=True,
    )
    for pk in list(waiting.values_list("pk", flat=True).distinct()):
        application = hearing.locked(pk)
        one = application.round
        if one is None or one.written_at or not one.documents.filter(pk=document.pk).exists():
            continue
        if isinstance(outcome, kinds.Accepted):
            letters.write_answer(application, now=now)
        elif isinstance(outcome, kinds.Refused):
            sentence = _("Oceafin does not take %(name)s: %(said)s") % {
                "name": document.file_name,
                "said": said_of(outcome),
            }
            hearing.set_columns(one, refusal=sentence[:300])
            _ask_again(application, one, now, facts={"code": outcome.code, "document": document.file_name})


def _take(application: FiatAccountApplication, outcome: kinds.Accepted, now: datetime) -> None:
    said = outcome.resource
    hearing.known(application, str(said["applicationId"]))
    if application.state == ApplicationState.SENDING:
        verb = "fiat_account_application.submitted"
        actor = Actor.oceafin(outcome.source)
        hearing.move(application, ApplicationState.SUBMITTED, actor=actor, now=now, verb=verb)
    found_by = FoundBy.EVENT if outcome.source not in {"reply", "read"} else FoundBy.REPLY
    at = kept.instant(said, "updatedAt")
    hearing.heard(application, said, at=at, found_by=found_by, source=outcome.source, now=now)
    plan.want(application.customer, *hearing.LISTS, now=now)


def _is_current(application: FiatAccountApplication, one: InfoRound) -> bool:
    last = application.round
    return application.state == ApplicationState.ANSWERING and last is not None and last.number == one.number


def _back_to_oceafin(application: FiatAccountApplication, verb: str, now: datetime) -> None:
    actor = Actor.oceafin("reply")
    hearing.move(application, ApplicationState.SUBMITTED, actor=actor, now=now, verb=verb)


def _ask_again(
    application: FiatAccountApplication, one: InfoRound, now: datetime, *, facts: dict[str, str]
) -> None:
    """The same questions stand as a new round: what was answered is kept as it was."""
    hearing.move(
        application,
        ApplicationState.NEEDS_INFO,
        actor=Actor.oceafin("reply"),
        now=now,
        verb="fiat_account_application.answer_refused",
        facts=facts,
    )
    hearing.new_round(application, one.items, at=now, found_by=FoundBy.REPLY, now=now)


def _identify(submission: Submission, resource: Resource) -> str:
    """The answer carries the id; where it repeats our reference, currency or id, it repeats exactly those."""
    found = kinds.resource_with_id("applicationId")(submission, resource)
    application = FiatAccountApplication.objects.get(pk=submission.subject_id)
    if application.application_id not in {None, found}:
        raise Contradiction(_("Oceafin answered about another application than the one we know."))
    if FiatAccountApplication.objects.filter(application_id=found).exclude(pk=application.pk).exists():
        raise Contradiction(_("Oceafin gives this application the id of another one. Ask Oceafin."))
    for name, ours in (
        ("applicationRef", application.application_ref),
        ("currency", application.currency),
    ):
        if resource.get(name) not in (None, "", ours):
            raise Contradiction(_("Oceafin answered with another %(field)s than we sent.") % {"field": name})
    return found


def said_of(outcome: kinds.Refused) -> str:
    """Oceafin's no in one line."""
    fields = "; ".join(f"{name}: {message}" for name, message in outcome.errors[:5])
    text = f"{outcome.code}: {outcome.detail}" + (f" ({fields})" if fields else "")
    return text[:300]
