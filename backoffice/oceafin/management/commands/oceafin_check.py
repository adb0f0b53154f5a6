"""The first thing to run with new credentials."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.oceafin import checkup, sandbox_walk
from backoffice.oceafin.checkup import Finding
from backoffice.oceafin.client import BaseUrlRefused, Client

MARKS = {True: "ok     ", False: "FAILED ", None: "look   "}


class Command(BaseCommand):
    """Exit code 0 if nothing failed, 1 if something did."""

    help = (
        "Checks the Oceafin credentials of this installation: connection, clock, signature, what this client may read, "
        "and the webhook. Changes nothing at Oceafin, unless --sandbox is given."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--webhook-url", default="", help="the public address of /webhooks/oceafin/")
        parser.add_argument(
            "--sandbox",
            action="store_true",
            help="also walk Oceafin's recommended sequence with a test customer",
        )

    def handle(self, *args: Any, webhook_url: str, sandbox: bool, **options: Any) -> None:
        try:
            client = Client.from_settings()
        except (BaseUrlRefused, ValueError) as wrong:
            raise CommandError(str(wrong), returncode=1) from None
        self.stdout.write(f"Checking {settings.OCEAFIN_PARTNER_API_BASE_URL}")
        found = self._told(
            checkup.findings(
                client,
                now=timezone.now(),
                webhook_url=webhook_url,
                webhook_secret=settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET,
            )
        )
        if sandbox and not any(each.holds is False for each in found):
            found += self._walk(client)
        failed = sum(each.holds is False for each in found)
        if failed:
            raise CommandError(f"{failed} of {len(found)} checks failed.", returncode=1)
        self.stdout.write(f"{len(found)} checks, none failed.")

    def _walk(self, client: Client) -> list[Finding]:
        self.stdout.write("The recommended sequence, with a test customer:")
        try:
            return self._told(
                sandbox_walk.walk(
                    client,
                    base_url=settings.OCEAFIN_PARTNER_API_BASE_URL,
                    client_id=settings.OCEAFIN_PARTNER_API_CLIENT_ID,
                    person="oceafin_check",
                    now=timezone.now(),
                )
            )
        except sandbox_walk.NotASandbox as refused:
            raise CommandError(str(refused), returncode=1) from None

    def _told(self, findings: Any) -> list[Finding]:
        """Each as it comes: a person watches."""
        found = []
        for each in findings:
            self.stdout.write(f"{MARKS[each.holds]} {each.what}: {each.sentence}")
            if each.next_step:
                self.stdout.write(f"         {each.next_step}")
            found.append(each)
        return found
