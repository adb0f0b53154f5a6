"""The base of every endpoint, and the one way in which something is created."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from backoffice.audit import Actor
from backoffice.references import ReferenceTaken

Record = TypeVar("Record")


class ApiView(APIView):
    """Deny by default: a view that names no `required_scope` is closed."""

    required_scope: ClassVar[str | None] = None

    @property
    def actor(self) -> Actor:
        """The program that asks, by its token."""
        return Actor.api(self.request.auth)


class NotThere(APIView):
    """Every address under /api/ that is none."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


def created_or_same(create: Callable[[], Record], *, digest: str) -> tuple[Record, int]:
    """Run a service's creation: 201 with the new record; the same request again 200 with the one that stands.

    `digest` is references.request_digest of what was asked for. Another request under the same reference raises
    ReferenceTaken (409). Of two at once the service lets one through, so exactly one is told 201.
    """
    try:
        return create(), 201
    except ReferenceTaken as taken:
        existing: Any = taken.existing
        if not constant_time_compare(existing.request_digest, digest):
            raise
        return existing, 200
