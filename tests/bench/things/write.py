"""Writes letters, then rings, on command. A process of its own. Words: write, ring, left."""

import os
import sys
import uuid

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.things.settings"

import django

django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from backoffice import vault  # noqa: E402
from backoffice.oceafin import bell, outbox  # noqa: E402
from backoffice.oceafin.models import Submission  # noqa: E402

BODY = {"withdrawalRef": "wd-9001", "amount": "10.00", "currency": "EUR", "note": "x" * 200}


def write(count: int) -> None:
    key = vault.create_key(purpose="customer")
    with transaction.atomic():
        for _ in range(count):
            outbox.enqueue(
                kind="bench.post",
                subject=key,
                key=str(uuid.uuid4()),
                path_url="/partner/v1/customers/1/fiat-withdrawals",
                body=BODY,
                vault_key=key.pk,
                customer_ref="cust-1",
                now=timezone.now(),
            )
        transaction.set_rollback(False)


def main() -> None:
    # Letters are written in silence: the clock starts with the bell.
    ring, bell.ring = bell.ring, lambda lane: None
    print("ready", flush=True)
    for line in sys.stdin:
        count, _, word = line.strip().partition(" ")
        if word == "write":
            write(int(count))
        elif word == "ring":
            ring("money")
        print("took", Submission.objects.filter(settled_at=None).count(), flush=True)


if __name__ == "__main__":
    main()
