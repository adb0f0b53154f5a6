"""Bearer tokens of API clients: 32 random bytes, kept as SHA-256, shown once."""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from backoffice.staff import addresses
from backoffice.staff.lockout import LockedOut
from backoffice.staff.models import ApiClient, Scope

if TYPE_CHECKING:
    # At run time it reads the settings that name this very module.
    from rest_framework.views import APIView

PREFIX = "bo_"
SEEN_AT_MOST_EVERY = timedelta(minutes=1)


def new_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN`. `request.auth` and `request.user` are the ApiClient."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[ApiClient, ApiClient] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The Authorization header must read: Bearer TOKEN."))
        wanted = hashlib.sha256(parts[1]).hexdigest()
        client = (
            ApiClient.objects.filter(token_sha256=wanted, confirmed_at__isnull=False, revoked_at__isnull=True)
            .filter(Q(owner__isnull=True) | Q(owner__is_active=True))
            .select_related("owner")
            .first()
        )
        if client is None or not constant_time_compare(client.token_sha256 or "", wanted):
            self._count_failure(request)
            raise AuthenticationFailed(_("This token is not known, or it was revoked."))
        self._seen(client)
        return client, client

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    @staticmethod
    def _count_failure(request: Request) -> None:
        """Beyond 30 wrong tokens within 15 minutes an address is told to wait. A right one passes all the same.

        Nobody guesses 32 random bytes; and a program of the partner's that still has an old token must not shut
        out the others behind the same address.
        """
        try:
            addresses.take_try(getattr(request, "_request", request), kind="token", now=timezone.now())
        except LockedOut as locked:
            raise Throttled(wait=locked.seconds_left) from None

    @staticmethod
    def _seen(client: ApiClient) -> None:
        """At most once a minute, by one statement that writes nothing when it was just seen."""
        now = timezone.now()
        if client.last_used_at is None or now - client.last_used_at >= SEEN_AT_MOST_EVERY:
            ApiClient.objects.filter(pk=client.pk).update(last_used_at=now)


class HasScope(BasePermission):
    """The view names its scope as `required_scope`; without one it is closed. `read` opens reading everywhere."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        client: Any = request.auth
        scope = getattr(view, "required_scope", None)
        if not isinstance(client, ApiClient) or scope is None:
            return False
        return scope in client.scopes or (request.method in SAFE_METHODS and Scope.READ in client.scopes)
