"""What Oceafin says of an application, whichever way it reached us: the newest instant counts, nothing is lost."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin.kinds import Resource
from customers import statuses
from payments.accounts import kept, plan
from payments.accounts.fiat import telling
from payments.accounts.fiat.models import (
    ASKED_CONTEXT,
    FiatAccount,
    FiatAccountApplication,
    InfoRound,
    seal_json,
)
from payments.accounts.fiat.states import (
    APPLICATION,
    PROGRESS,
    STATE_OF_STATUS,
    ApplicationState,
    steps_to,
)
from payments.accounts.models import FoundBy
from webhooks import inbox

RESOURCE_TYPE = "fiat_account_application"
LISTS = ("fiat_account_capabilities", "fiat_accounts", "fiat_deposit_instructions")
LONGEST_MESSAGE, MOST_ITEMS = 2000, 50


def locked(pk: int | str) -> FiatAccountApplication:
    """The application's row and its customer's, locked in this order until the transaction ends."""
    customer_id = FiatAccountApplication.objects.values_list("customer_id", flat=True).get(pk=pk)
    customer = statuses.locked(customer_id)
    row = FiatAccountApplication.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)
    row.customer = customer
    return row


def move(
    application: FiatAccountApplication,
    to: ApplicationState,
    *,
    actor: Actor,
    now: datetime,
    verb: str,
    note: str = "",
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Move an application along its table; each move is announced to the partner's systems."""
    old = application.state
    audit.move(
        application,
        to,
        machine=APPLICATION,
        actor=actor,
        now=now,
        verb=verb,
        facts=facts,
        note=note,
        customer_key=application.customer.vault_key,
        **changes,
    )
    telling.state_changed(application, str(old), to.value, now)


def known(application: FiatAccountApplication, application_id: str) -> None:
    """Take down Oceafin's id, once; events that waited for it are taken up."""
    if application.application_id is None:
        set_columns(application, application_id=application_id[:64])
        inbox.adopt(resource_type=RESOURCE_TYPE, resource_id=application_id)


def heard(
    application: FiatAccountApplication,
    said: Resource,
    *,
    at: datetime | None,
    found_by: FoundBy,
    source: str,
    now: datetime,
) -> str:
    """Take down Oceafin's word and walk the application to it. Call with the application locked.

    `said` has `status` and `missing`, both optional. Returns a sentence where it changes nothing, "" where it does.
    A word of an earlier instant than the last one is left alone; one that our table has no way to is kept, and the
    application is marked contradicted.
    """
    status = kept.text(said, "status")
    if not status:
        return _("It brings no status.")
    at = at or now
    if not _counts(application, status, at, found_by):
        return _("Something newer is known already.")
    old = application.oceafin_status
    set_columns(
        application, oceafin_status=status, oceafin_status_at=at, oceafin_status_from=FoundBy(found_by).value
    )
    actor = Actor.oceafin(source)
    if status != old:
        facts = {"status": status, "known from": FoundBy(found_by).value}
        audit.record(
            actor=actor, verb="fiat_account_application.status", subject=application, now=now, facts=facts
        )
    target = STATE_OF_STATUS.get(status)
    if target is None:
        return ""
    if target == ApplicationState.NEEDS_INFO:
        _asked(application, said.get("missing"), at=at, found_by=found_by, actor=actor, now=now)
    else:
        _walk(application, target, actor=actor, now=now)
    if target == ApplicationState.APPROVED:
        plan.want(application.customer, *LISTS, now=now)
    return ""


def account_found(account: FiatAccount, application_id: str, application_ref: str, now: datetime) -> None:
    """An account names the application that it came from: the application is at its end. Call in a transaction."""
    rows = FiatAccountApplication.objects.filter(customer=account.customer, account__isnull=True)
    named = rows.filter(application_id=application_id) if application_id else rows.none()
    if not named and application_ref:
        named = rows.filter(application_ref=application_ref)
    for pk in list(named.values_list("pk", flat=True)):
        application = locked(pk)
        if application.account_id is not None or account.status != "ACTIVE":
            continue
        actor = Actor.oceafin("accounts list")
        if not _walk(application, ApplicationState.OPENED, actor=actor, now=now, by_account=account):
            set_columns(application, account=account)


def items_of(stated: Any) -> list[dict[str, str]]:
    """What is missing, field by field as it came; what is no object, and what says nothing, is left out."""
    found = stated if isinstance(stated, list) else []
    items = [
        {
            "code": kept.text(each, "code", 120),
            "message": kept.text(each, "message", LONGEST_MESSAGE),
            "documentType": kept.text(each, "documentType"),
        }
        for each in found[:MOST_ITEMS]
        if isinstance(each, dict)
    ]
    return [item for item in items if any(item.values())]


def asked_hash(items: list[dict[str, str]]) -> str:
    return vault.fingerprint(repr([sorted(item.items()) for item in items]), context="fiat_account.asked")


def new_round(
    application: FiatAccountApplication,
    items: list[dict[str, str]],
    *,
    at: datetime,
    found_by: FoundBy,
    now: datetime,
) -> InfoRound:
    """Put down what is asked for, as a round of its own, and tell the partner's systems."""
    last = application.round
    one = InfoRound.objects.create(
        application=application,
        number=last.number + 1 if last else 1,
        asked_at=at,
        asked_from=FoundBy(found_by).value,
        items_sealed=seal_json(application.customer.vault_key, items, context=ASKED_CONTEXT),
        items_hash=asked_hash(items),
    )
    telling.information_requested(one, now)
    return one


def set_columns(record: Any, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(record, name, value)
    record.save(update_fields=list(columns))


def contradict(
    application: FiatAccountApplication, sentence: str, *, actor: Actor, now: datetime, facts: dict[str, Any]
) -> None:
    """Mark it for a person: Oceafin says what cannot be true beside what we know."""
    set_columns(application, contradiction=sentence[:300])
    verb = "fiat_account_application.contradicted"
    audit.record(actor=actor, verb=verb, subject=application, now=now, facts=facts)


def _counts(application: FiatAccountApplication, status: str, at: datetime, found_by: FoundBy) -> bool:
    last = application.oceafin_status_at
    if last is None or at > last:
        return True
    if at < last:
        return False
    # Of one instant: the answer to our own request was made after what it answers.
    farther = PROGRESS.get(status, 0) > PROGRESS.get(application.oceafin_status, 0)
    return farther or (found_by == FoundBy.REPLY and status != application.oceafin_status)


def _asked(
    application: FiatAccountApplication,
    stated: Any,
    *,
    at: datetime,
    found_by: FoundBy,
    actor: Actor,
    now: datetime,
) -> None:
    items, last = items_of(stated), application.round
    waiting = application.state in {ApplicationState.NEEDS_INFO, ApplicationState.ANSWERING}
    if waiting and last is not None and (not items or last.items_hash == asked_hash(items)):
        # The same questions again. An answer on its way stays on its way.
        return
    with transaction.atomic():
        if _walk(application, ApplicationState.NEEDS_INFO, actor=actor, now=now):
            new_round(application, items, at=at, found_by=found_by, now=now)


def _walk(
    application: FiatAccountApplication,
    target: ApplicationState,
    *,
    actor: Actor,
    now: datetime,
    by_account: FiatAccount | None = None,
) -> bool:
    """Walk along the table; False where it has no way, which is then a contradiction."""
    # The account is there: that it was approved is proved by it.
    way = steps_to(application.state, ApplicationState.APPROVED if by_account else target)
    if way is None and application.state == ApplicationState.OPENED and target == ApplicationState.APPROVED:
        return True
    if way is None:
        sentence = _("Oceafin says %(said)s of an application that is %(state)s here.") % {
            "said": target.value,
            "state": application.state,
        }
        facts = {"said": target.value, "state": application.state}
        contradict(application, sentence, actor=actor, now=now, facts=facts)
        return False
    for step in way:
        move(application, step, actor=actor, now=now, verb=f"fiat_account_application.{step.value.lower()}")
    if by_account:
        move(
            application,
            ApplicationState.OPENED,
            actor=actor,
            now=now,
            verb="fiat_account_application.opened",
            account=by_account,
        )
    return True
