"""How an address is asked for at Oceafin, and what each reply means for it."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor, record
from backoffice.oceafin import contract, kinds
from backoffice.oceafin.kinds import Contradiction, GateAnswer, Go, Outcome, Read, Resource, Sight, Wait
from backoffice.oceafin.models import Lane, Submission
from customers import statuses
from customers.statuses import StatusNews
from payments.accounts.deposits import addresses, telling
from payments.accounts.deposits.models import DepositAddress
from payments.accounts.pages import BrokeOff, pages

OPERATION = "createCryptoDepositAddress"
LATER = timedelta(minutes=1)


def register() -> None:
    """Called once in ready()."""
    kinds.register(
        kinds.Kind(
            name=addresses.CREATE,
            label=gettext_lazy("Request for a deposit address"),
            lane=Lane.PAPERS,
            operation=OPERATION,
            gate=_gate,
            settle=_settle,
            identify=_identify,
            look=_look,
        )
    )


def customer_status(news: StatusNews) -> None:
    """Addresses that waited for the customer's approval are asked for now."""
    addresses.tell_waiting(news.customer, news.now)


def _gate(submission: Submission, now: datetime) -> GateAnswer:
    customer_id = DepositAddress.objects.values_list("customer_id", flat=True).get(pk=submission.subject_id)
    sentence = statuses.locked(customer_id).refusal_reason()
    return Wait(sentence, now + LATER) if sentence else Go()


def _settle(submission: Submission, outcome: Outcome, now: datetime) -> None:
    address = addresses.locked(int(submission.subject_id))
    if isinstance(outcome, kinds.Accepted):
        addresses.hear(address, outcome.resource, source=outcome.source, now=now)
        addresses.want_soon(address.customer, now=now)
    elif isinstance(outcome, kinds.Refused):
        said = "; ".join([outcome.detail, *(f"{field}: {words}" for field, words in outcome.errors)])
        address.refusal = f"{outcome.code}: {said}"[:300]
        address.save(update_fields=["refusal"])
        facts = {"code": outcome.code}
        actor = Actor.system("deposits")
        record(actor=actor, verb="deposit_address.refused", subject=address, now=now, facts=facts)
        telling.address_changed(address, address.status, now=now)


def _identify(submission: Submission, resource: Resource) -> str:
    """The answer carries the id, and where it repeats what we asked for, it repeats exactly that."""
    found = kinds.resource_with_id("addressId")(submission, resource)
    address = DepositAddress.objects.get(pk=submission.subject_id)
    ours = {"addressRef": address.address_ref, "asset": address.asset, "network": address.network}
    for name, value in ours.items():
        if resource.get(name) not in (None, "", value):
            sentence = _("Oceafin made an address with another %(field)s than we asked for. Ask Oceafin.")
            raise Contradiction(sentence % {"field": name})
    if DepositAddress.objects.filter(address_id=found).exclude(pk=address.pk).exists():
        raise Contradiction(
            _("Oceafin gives this address the id of another one. Ask Oceafin which is right.")
        )
    return found


def _look(submission: Submission, read: Read) -> Sight:
    """By our reference, in the customer's list."""
    address = DepositAddress.objects.select_related("customer").get(pk=submission.subject_id)
    path = contract.path_for(
        "listCryptoDepositAddresses", customerId=address.customer.oceafin_customer_id, limit=100
    )
    try:
        for items in pages(read, path):
            for item in items:
                if item.get("addressRef") == address.address_ref and item.get("addressId"):
                    return kinds.Found(item)
    except BrokeOff as broken:
        return kinds.Unreadable(str(broken))
    return kinds.NotFound()
