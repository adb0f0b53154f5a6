"""What people are told of by themselves: an endpoint that was switched off, or that takes nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.staff import waiting
from backoffice.staff.models import User
from webhooks.outgoing.models import Endpoint

SHOWN_AT_MOST = 10
FAILING_FOR = timedelta(hours=1)


def waiting_rows(user: User) -> Iterator[dict[str, Any]]:
    """Endpoints that wait for a second administrator."""
    rows = Endpoint.objects.filter(confirmed_at=None, revoked_at=None).select_related("asked_by")
    for endpoint in rows.order_by("asked_at")[: waiting.SHOWN_AT_MOST]:
        yield waiting.row(endpoint, user, _("Webhook endpoint"), f"{endpoint.name} ({endpoint.url})")


def block(request: HttpRequest) -> str:
    """The home's alert; "" while all is well."""
    now = timezone.now()
    wrong = Q(disabled_at__isnull=False) | Q(failing_since__lte=now - FAILING_FOR)
    found = list(Endpoint.objects.in_force().filter(wrong).order_by("failing_since", "id")[:SHOWN_AT_MOST])
    if not found:
        return ""
    return render_to_string("webhooks/alert.html", {"endpoints": found, "now": now}, request=request)
