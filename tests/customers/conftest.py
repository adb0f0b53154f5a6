import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import client as client_module
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Submission
from backoffice.staff.models import RoleGrant, User
from customers import services
from customers.models import Customer, Document
from customers.states import OceafinStatus
from tests.customers import specimens
from tests.oceafin.scripted import Script, scripted_oceafin

SYSTEM = Actor.system("test")
ID = "5a3e8a9e-0000-4000-8000-000000000001"
OTHER_ID = "5a3e8a9e-0000-4000-8000-000000000002"
T0 = "2026-06-28T00:00:00Z"


@pytest.fixture
def oceafin(settings) -> Iterator[Script]:
    with scripted_oceafin() as script:
        settings.OCEAFIN_PARTNER_API_BASE_URL = script.url
        client_module.reset_clients()
        yield script
    client_module.reset_clients()


def person(*roles: str) -> Actor:
    """A member of staff with these roles, given from the shell."""
    user = User.objects.create_user(f"{'-'.join(roles).lower()}@example.com", "Person")
    for role in roles:
        RoleGrant.objects.create(
            user=user, role=role, from_shell=True, asked_at=timezone.now(), confirmed_at=timezone.now()
        )
    return Actor.staff(user)


@pytest.fixture
def lead() -> Actor:
    return person("COMPLIANCE_LEAD")


@pytest.fixture
def reviewer() -> Actor:
    return person("COMPLIANCE_REVIEWER")


def make_customer(ref: str = "cust-1", **changes: Any) -> Customer:
    asked = {"customer_type": "INDIVIDUAL", "display_name": "Ada Example", "metadata": {}, "actor": SYSTEM}
    now = timezone.now() - timedelta(seconds=1)
    return services.create_customer(**{"partner_customer_ref": ref, "now": now, **asked, **changes})


def known_customer(ref: str = "cust-1", *, status: str = OceafinStatus.APPROVED, **changes: Any) -> Customer:
    """A customer that Oceafin knows, without asking anybody."""
    is_new = not Customer.objects.filter(partner_customer_ref=ref).exists()
    customer = make_customer(ref, **changes)
    with _nothing_of_it_waits() if is_new else nullcontext():
        services.statuses.record_customer_id(customer, customer_id=uuid4(), now=timezone.now())
        say(customer, status, timezone.now(), source="REPLY")
    Submission.objects.filter(customer_ref=ref, kind="customer.create").update(state="ACCEPTED")
    return fresh(customer)


# Who acts on what was there before its customer, on what is read from now on, and who tells the partner's system.
CONCERNED = ("payments.accounts.deposits.hearing", "payments.accounts.plan", "customers.telling")


@contextmanager
def _nothing_of_it_waits() -> Iterator[None]:
    """Nobody looks for what waited for a customer that came this moment: it takes a third of the time of making one."""
    with ExitStack() as stack:
        for name in ("_KNOWN_LISTENERS", "_STATUS_LISTENERS"):
            told = [each for each in getattr(services.statuses, name) if each.__module__ in CONCERNED]
            stack.enter_context(patch.object(services.statuses, name, told))
        yield


def upload(
    customer: Customer, content: bytes | None = None, kind: str = "PASSPORT", **changes: Any
) -> Document:
    asked = {
        "file_name": "scan.pdf",
        "actor": SYSTEM,
        "now": timezone.now() - timedelta(seconds=1),
        **changes,
    }
    file = io.BytesIO(specimens.pdf() if content is None else content)
    return services.upload_document(customer=customer, document_type=kind, file=file, **asked)[0]


def say(customer: Customer, status: str, at: datetime, source: str = "EVENT", **more: Any) -> Any:
    return services.record_status(customer, status=status, at=at, source=source, now=timezone.now(), **more)


def fresh(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


def deliver() -> int:
    return outbox.deliver_due(lane="papers", worker="test")
