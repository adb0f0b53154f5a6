from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.audit import sealing


class Command(BaseCommand):
    help = "Walk the chain of the audit trail; name the first broken link. Exit code 1 if something is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head", default="", help="NUMBER:MAC that was kept elsewhere, as printed by this command"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(sealing.faults(now=timezone.now(), kept_head=options["head"]))
        if found:
            raise CommandError("\n".join(fault.sentence for fault in found), returncode=1)
        newest = sealing.head()
        self.stdout.write(f"The trail is whole: {newest.number} entries are sealed.")
        self.stdout.write(
            "Keep this head elsewhere, and give it back with --head to prove that nothing was cut:"
        )
        self.stdout.write(str(newest))
