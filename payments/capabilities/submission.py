"""The letter that has a capability activated, and what each reply means."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.oceafin import kinds
from backoffice.oceafin.kinds import Contradiction, GateAnswer, Go, Outcome, Resource, Wait
from backoffice.oceafin.models import Lane, Submission
from customers import statuses
from payments.accounts import plan
from payments.capabilities import services
from payments.capabilities.models import WithdrawalCapability

LATER = timedelta(minutes=1)


def register() -> None:
    """Called once in ready(). It moves no money, so what is in doubt is sent again under the same key."""
    kinds.register(
        kinds.Kind(
            name=services.ACTIVATE,
            label=gettext_lazy("Activation of payouts"),
            lane=Lane.PAPERS,
            operation="activateFiatWithdrawalCapability",
            gate=_gate,
            settle=_settle,
            identify=_identify,
        )
    )


def locked(pk: int | str) -> WithdrawalCapability:
    """The capability's row and its customer's, locked in this order until the transaction ends."""
    customer_id = WithdrawalCapability.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id)
    row = WithdrawalCapability.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    row.customer = customer
    return row


def _gate(submission: Submission, now: datetime) -> GateAnswer:
    sentence = locked(submission.subject_id).customer.refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def _settle(submission: Submission, outcome: Outcome, now: datetime) -> None:
    capability = locked(submission.subject_id)
    if isinstance(outcome, kinds.Accepted):
        said = {"currency": capability.currency, **outcome.resource}
        services.heard(capability.customer, said, now=now, source=outcome.source)
        plan.want(capability.customer, services.LIST, now=now)
    elif isinstance(outcome, kinds.Refused):
        services.refused(capability, f"{outcome.code}: {outcome.detail}", now=now)
    elif isinstance(outcome, kinds.Held):
        services.refused(capability, outcome.reason, now=now)


def _identify(submission: Submission, resource: Resource) -> str:
    found = kinds.resource_with_id("capabilityId")(submission, resource)
    ours = WithdrawalCapability.objects.get(pk=submission.subject_id).currency
    if resource.get("currency") not in (None, "", ours):
        raise Contradiction(_("Oceafin answered about another currency than the one that was asked for."))
    return found
