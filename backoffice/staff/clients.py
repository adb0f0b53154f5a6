"""API clients: asked for by one administrator, confirmed by another; the token is shown once to the asker."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.models import ApiClient, Scope
from backoffice.staff.roles import Right
from backoffice.staff.services import SHELL, NotWaiting, SameAdministrator
from backoffice.staff.tokens import digest, new_token


class NameTaken(Refusal):
    """Another client has this name."""


class UnknownScope(Refusal):
    """A scope that there is not."""


class TokenShown(Refusal):
    """A token is shown once."""


@transaction.atomic
def ask_client(*, name: str, scopes: Iterable[str], actor: Actor, now: datetime) -> ApiClient:
    """Ask for an API client; it can get its token when a second administrator has confirmed it."""
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    client = _create(
        ApiClient(
            name=name.strip(),
            scopes=_known(scopes),
            owner=administrator,
            asked_by=administrator,
            asked_at=now,
        )
    )
    record(actor=actor, verb="API client asked for", subject=client, now=now, facts={"scopes": client.scopes})
    return client


@transaction.atomic
def confirm_client(client: ApiClient, *, actor: Actor, now: datetime) -> None:
    """Confirm a client that another administrator asked for. Raises SameAdministrator or NotWaiting."""
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if administrator.pk == client.asked_by_id:
        raise SameAdministrator(_("You asked for this yourself. A second administrator has to confirm it."))
    waiting = ApiClient.objects.filter(pk=client.pk, confirmed_at=None, revoked_at=None)
    if not waiting.update(confirmed_by=administrator, confirmed_at=now):
        raise NotWaiting(_("This client no longer waits for confirmation."))
    record(actor=actor, verb="API client confirmed", subject=client, now=now)


@transaction.atomic
def issue_token(client: ApiClient, *, actor: Actor, now: datetime) -> str:
    """Make the token and return it; only its hash is kept, so it is never shown again.

    Raises SameAdministrator unless it is the asker, NotWaiting or TokenShown.
    """
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if administrator.pk != client.asked_by_id:
        raise SameAdministrator(_("The token is shown to the administrator who asked for the client."))
    token = new_token()
    ready = ApiClient.objects.filter(
        pk=client.pk, confirmed_at__isnull=False, revoked_at=None, token_sha256=None
    )
    if not ready.update(token_sha256=digest(token), token_prefix=token[:8]):
        raise TokenShown(_("The token was shown already, or the client is not confirmed."))
    record(actor=actor, verb="API token issued", subject=client, now=now)
    return token


@transaction.atomic
def revoke_client(client: ApiClient, *, actor: Actor, now: datetime) -> None:
    """Take the token's power away at once. From the shell or by one administrator."""
    administrator = None
    if actor != SHELL:
        administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if not ApiClient.objects.filter(pk=client.pk, revoked_at=None).update(
        revoked_by=administrator, revoked_at=now
    ):
        raise NotWaiting(_("This client was revoked already."))
    record(actor=actor, verb="API client revoked", subject=client, now=now)


@transaction.atomic
def create_from_shell(*, name: str, scopes: Iterable[str], now: datetime) -> str:
    """Make a client from the shell and return its token. Raises NameTaken or UnknownScope."""
    token = new_token()
    client = _create(
        ApiClient(
            name=name.strip(),
            scopes=_known(scopes),
            from_shell=True,
            asked_at=now,
            confirmed_at=now,
            token_sha256=digest(token),
            token_prefix=token[:8],
        )
    )
    record(actor=SHELL, verb="API token issued", subject=client, now=now, facts={"scopes": client.scopes})
    return token


def _known(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown or not wanted:
        raise UnknownScope(_("Choose from these scopes: %(scopes)s.") % {"scopes": ", ".join(Scope.values)})
    return wanted


def _create(client: ApiClient) -> ApiClient:
    try:
        with transaction.atomic():
            client.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(_("There is an API client named %(name)s already.") % {"name": client.name}) from None
    return client
