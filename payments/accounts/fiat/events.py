"""What Oceafin's events mean here (contract section 5). There is no GET for one application: the event's own
`data` is taken (ASSUMED: status, missing, applicationRef), and the lists are read at once."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin import outbox
from backoffice.oceafin.kinds import Contradiction
from backoffice.oceafin.models import Submission
from payments.accounts import kept, owners, plan
from payments.accounts.fiat import hearing, letters
from payments.accounts.fiat.models import FiatAccount, FiatAccountApplication
from payments.accounts.models import FoundBy
from webhooks import inbox
from webhooks.inbox import Applied, Handler, Ignored, Outcome, Parked
from webhooks.models import Event

LIST_TYPES = ("fiat_account", "fiat_account_capability", "fiat_deposit_instruction")


def register() -> None:
    """Called once in ready()."""
    inbox.register(hearing.RESOURCE_TYPE, Handler(apply=apply_application))
    for name in LIST_TYPES:
        inbox.register(name, Handler(apply=apply_list))


def apply_application(event: Event, _resource: Any, now: datetime) -> Outcome:
    """Find the application by Oceafin's id, else by our reference while its letter is unanswered."""
    found = FiatAccountApplication.objects.filter(application_id=event.resource_id).first()
    if found is None:
        found = _overtaken(event)
    if found is None:
        return Parked(_("No application of ours has this id (yet)."))
    if owners.named_by(event, event.data, otherwise=found.customer).customer != found.customer:
        return Parked(_("It names another customer than the application has. Ask Oceafin which is right."))
    if found.application_id is None and (conflict := _settle_letter(found, event, now)):
        return Parked(conflict)
    application = hearing.locked(found.pk)
    plan.want(application.customer, *hearing.LISTS, now=now)
    key = application.customer.vault_key
    if not kept.text(event.data, "status"):
        # A hint without words: the lists, read now, say what they can.
        return Applied(application, vault_key=key)
    reason = hearing.heard(
        application,
        event.data,
        at=event.happened_at,
        found_by=FoundBy.EVENT,
        source=event.event_id,
        now=now,
    )
    return Ignored(reason, application, vault_key=key) if reason else Applied(application, vault_key=key)


def apply_list(event: Event, _resource: Any, now: datetime) -> Outcome:
    """Something changed in a customer's lists: they are read at once."""
    account = FiatAccount.objects.filter(fiat_account_id=event.resource_id).select_related("customer").first()
    owner = owners.named_by(event, event.data, otherwise=account.customer if account else None)
    customer = owner.customer
    if customer is None:
        return Parked(owner.doubt)
    if account is not None and customer != account.customer:
        return Parked(_("It names another customer than the account has. Ask Oceafin which is right."))
    plan.want(customer, *hearing.LISTS, now=now)
    return Applied(account or customer, vault_key=customer.vault_key)


def _overtaken(event: Event) -> FiatAccountApplication | None:
    """The event came before the reply: it names our reference."""
    ref = kept.text(event.data, "applicationRef")
    rows = FiatAccountApplication.objects.filter(application_ref=ref, application_id__isnull=True)
    return rows.select_related("customer").first() if ref else None


def _settle_letter(found: FiatAccountApplication, event: Event, now: datetime) -> str:
    """The event proves that the application arrived. Returns a sentence where it cannot be so."""
    letter = Submission.objects.filter(key=letters.apply_key(found)).first()
    if letter is None or letter.is_final:
        return _("It names an application that we have not sent. Ask Oceafin what it is.")
    resource = {"applicationId": event.resource_id, "applicationRef": found.application_ref}
    try:
        outbox.settle_from_evidence(letter, resource, source=event.event_id, now=now)
    except Contradiction as contradiction:
        return str(contradiction)
    return ""
