"""Lays a formal contract file beside ours and says what to change."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.oceafin import contract, contract_file
from backoffice.oceafin.contract import Difference, Severity

HEADINGS = {
    Severity.BREAKS: "BREAKS: a call of ours would fail or be misread",
    Severity.CHANGES: "CHANGES: something comes otherwise than we expect",
    Severity.NEW: "NEW: there is more than we use",
}


class Command(BaseCommand):
    """Exit code 0 if nothing would break, 1 if something would, 2 if the file cannot be read."""

    help = (
        "Compares an OpenAPI file (YAML or JSON, 3.0 or 3.1) that Oceafin handed over with the contract that this "
        "program was built on. Ends with 1 if something would break, 2 if the file cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the formal contract file")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            theirs = contract_file.read(file)
        except contract_file.FileUnreadable as unreadable:
            raise CommandError(str(unreadable), returncode=2) from None
        found = contract.compare(contract.load(), theirs)
        for severity, heading in HEADINGS.items():
            self._write(heading, [one for one in found if one.severity == severity])
        counts = {severity: sum(one.severity == severity for one in found) for severity in Severity}
        self.stdout.write(
            ", ".join(f"{count} {severity.name.lower()}" for severity, count in counts.items()) + "."
        )
        if counts[Severity.BREAKS]:
            raise SystemExit(1)

    def _write(self, heading: str, found: list[Difference]) -> None:
        if not found:
            return
        self.stdout.write(f"{heading}\n")
        for one in found:
            place = f"{one.operation_id}, {one.place}" if one.operation_id else one.place
            self.stdout.write(f"  {place}: {one.sentence}\n    {one.advice}")
        self.stdout.write("")
