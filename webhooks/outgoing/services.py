"""What an administrator can do with endpoints and with what was sent. Two of them decide where webhooks go."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice import audit, vault
from backoffice.audit import Actor
from backoffice.oceafin import bell
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.services import NotWaiting, SameAdministrator
from webhooks.outgoing import addresses, kinds, signing
from webhooks.outgoing.announcing import announce_to
from webhooks.outgoing.delivering import SENDER
from webhooks.outgoing.models import SECRET_CONTEXT, Delivery, Endpoint, Secret
from webhooks.outgoing.states import DELIVERY, DeliveryState

# How long the secret before the newest signs along.
BOTH_SIGN = timedelta(hours=24)


class NameTaken(Refusal):
    """Another endpoint has this name."""


class UnknownKind(Refusal):
    """A kind of event that is not announced."""


class SecretShown(Refusal):
    """A secret is shown once."""


class NotInForce(Refusal):
    """The endpoint waits, is off, or was revoked."""


def ask_endpoint(
    *, name: str, url: str, event_types: Iterable[str] = (), actor: Actor, now: datetime
) -> Endpoint:
    """Ask for an endpoint; it gets its secret when a second administrator has confirmed it.

    No `event_types` means all. Raises AddressRefused, NameTaken, UnknownKind, NotAllowed.
    """
    # The name is looked up before the transaction: a slow resolver must hold no locks.
    addresses.resolve(addresses.target_of(url))
    wanted = sorted(set(event_types))
    if not all(kinds.known(each) for each in wanted):
        raise UnknownKind(_("Choose from the kinds that are listed."))
    with transaction.atomic():
        administrator = _administrator(actor, now)
        endpoint = _create(
            Endpoint(
                name=name.strip(),
                url=url,
                event_types=wanted,
                vault_key=vault.create_key(purpose="webhook endpoint").pk,
                asked_by=administrator,
                asked_at=now,
            )
        )
        _record("webhook endpoint asked for", endpoint, actor, now, url=url, kinds=wanted)
    return endpoint


@transaction.atomic
def confirm_endpoint(endpoint: Endpoint, *, actor: Actor, now: datetime) -> None:
    """Confirm what another administrator asked for. Raises SameAdministrator, NotWaiting, NotAllowed."""
    administrator = _administrator(actor, now)
    if administrator.pk == endpoint.asked_by_id:
        raise SameAdministrator(_("You asked for this yourself. A second administrator has to confirm it."))
    waiting = Endpoint.objects.filter(pk=endpoint.pk, confirmed_at=None, revoked_at=None)
    if not waiting.update(confirmed_by=administrator, confirmed_at=now):
        raise NotWaiting(_("This endpoint no longer waits for confirmation."))
    _record("webhook endpoint confirmed", endpoint, actor, now)


@transaction.atomic
def issue_secret(endpoint: Endpoint, *, actor: Actor, now: datetime) -> str:
    """Make the first secret and return it; from now on webhooks are sent there.

    Raises SameAdministrator unless it is the asker, SecretShown, NotInForce, NotAllowed.
    """
    administrator = _administrator(actor, now)
    endpoint = _in_force(endpoint)
    if administrator.pk != endpoint.asked_by_id:
        raise SameAdministrator(_("The secret is shown to the administrator who asked for the endpoint."))
    if endpoint.secret_rows.exists():
        raise SecretShown(_("The secret was shown already. If it was lost, change it."))
    return _new_secret(endpoint, "webhook secret issued", actor, now)


@transaction.atomic
def rotate_secret(endpoint: Endpoint, *, actor: Actor, now: datetime) -> str:
    """Make a new secret and return it. The one before signs along for 24 hours, an older one no more.

    Raises NotInForce, NotAllowed.
    """
    _administrator(actor, now)
    endpoint = _in_force(endpoint)
    if not endpoint.secret_rows.exists():
        raise NotInForce(_("This endpoint has no secret yet. Show the first one."))
    endpoint.secret_rows.filter(ends_at__gt=now).update(ends_at=now)
    endpoint.secret_rows.filter(ends_at=None).update(ends_at=now + BOTH_SIGN)
    return _new_secret(endpoint, "webhook secret changed", actor, now)


@transaction.atomic
def revoke_endpoint(endpoint: Endpoint, *, actor: Actor, now: datetime) -> None:
    """Send nothing more there, at once and for ever; its secrets are destroyed. Raises NotWaiting, NotAllowed."""
    administrator = _administrator(actor, now)
    row = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.revoked_at is not None:
        raise NotWaiting(_("This endpoint was revoked already."))
    Endpoint.objects.filter(pk=row.pk).update(revoked_by=administrator, revoked_at=now)
    waiting = row.deliveries.filter(state=DeliveryState.PENDING).select_for_update()
    for delivery in waiting:
        _cancel(delivery, now)
    vault.destroy_key(row.vault_key, now=now)
    _record("webhook endpoint revoked", row, actor, now)


@transaction.atomic
def switch_on(endpoint: Endpoint, *, actor: Actor, now: datetime) -> None:
    """Send there again, beginning with what waits. Raises NotInForce, NotAllowed."""
    _administrator(actor, now)
    row = _in_force(endpoint)
    if row.disabled_at is None:
        raise NotInForce(_("This endpoint is switched on."))
    fresh = {"failures": 0, "failing_since": None, "resting_until": None}
    Endpoint.objects.filter(pk=row.pk).update(disabled_at=None, disabled_reason="", **fresh)
    row.deliveries.filter(state=DeliveryState.PENDING).update(due_at=now, tries=0)
    _record("webhook endpoint switched on", row, actor, now)
    bell.ring_after_commit("webhooks")


@transaction.atomic
def send_test(endpoint: Endpoint, *, actor: Actor, now: datetime) -> Delivery:
    """Send a test there. Raises NotInForce, NotAllowed."""
    _administrator(actor, now)
    row = _in_force(endpoint)
    delivery = announce_to(row, kinds.TEST, {"endpoint": row.name}, now)
    _record("webhook test sent", row, actor, now)
    return delivery


@transaction.atomic
def send_again(delivery: Delivery, *, actor: Actor, now: datetime) -> None:
    """Send the same message once more under the same id, at once: one that was taken, or that waits or failed.

    Raises NotInForce, NotAllowed.
    """
    _administrator(actor, now)
    _in_force(delivery.endpoint)
    row = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint").get(pk=delivery.pk)
    if row.state == DeliveryState.CANCELLED:
        raise NotInForce(_("This message is not sent any more."))
    if row.state == DeliveryState.PENDING:
        Delivery.objects.filter(pk=row.pk).update(due_at=now)
        audit.record(actor=actor, verb="webhook.asked_again", subject=row, now=now)
    else:
        audit.move(
            row,
            DeliveryState.PENDING,
            machine=DELIVERY,
            actor=actor,
            now=now,
            verb="webhook.asked_again",
            due_at=now,
            tries=0,
            reason="",
        )
    Endpoint.objects.filter(pk=row.endpoint_id).update(resting_until=None)
    bell.ring_after_commit("webhooks")


def _administrator(actor: Actor, now: datetime) -> User:
    return rights.require(actor, Right.MANAGE_ENDPOINTS, now)


def _in_force(endpoint: Endpoint) -> Endpoint:
    row = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if row.revoked_at is not None or row.confirmed_at is None:
        raise NotInForce(
            _("This endpoint is not in force: it waits for a second administrator, or was revoked.")
        )
    return row


def _new_secret(endpoint: Endpoint, verb: str, actor: Actor, now: datetime) -> str:
    secret = signing.new_secret()
    sealed = vault.seal_text(endpoint.vault_key, secret, context=SECRET_CONTEXT)
    Secret.objects.create(endpoint=endpoint, sealed=sealed, made_at=now)
    _record(verb, endpoint, actor, now)
    return secret


def _cancel(delivery: Delivery, now: datetime) -> None:
    audit.move(
        delivery,
        DeliveryState.CANCELLED,
        machine=DELIVERY,
        actor=SENDER,
        now=now,
        verb="webhook.cancelled",
        reason=_("The endpoint was revoked."),
        leased_until=None,
    )


def _record(verb: str, endpoint: Endpoint, actor: Actor, now: datetime, **facts: object) -> None:
    audit.record(actor=actor, verb=verb, subject=endpoint, now=now, facts={"name": endpoint.name, **facts})


def _create(endpoint: Endpoint) -> Endpoint:
    try:
        with transaction.atomic():
            endpoint.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(_("There is an endpoint named %(name)s already.") % {"name": endpoint.name}) from None
    return endpoint
