"""An endpoint that waits for the second administrator: a visitor confirms it, takes its secret, and tries it."""

from datetime import datetime

from backoffice.local.demo import staff
from backoffice.local.receiver import PORT
from webhooks.outgoing import services
from webhooks.outgoing.models import Endpoint

NAME = "Customer app"


def ask_for_endpoint(*, now: datetime) -> None:
    """Once. Nothing is sent there before it is confirmed."""
    if not Endpoint.objects.filter(name=NAME).exists():
        address = f"http://127.0.0.1:{PORT}/hooks"
        services.ask_endpoint(name=NAME, url=address, actor=staff.actor("admin2"), now=now)
