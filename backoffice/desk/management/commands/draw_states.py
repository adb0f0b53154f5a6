from typing import Any

from django.core.management.base import BaseCommand

from backoffice.desk import diagrams


class Command(BaseCommand):
    help = "Write docs/states.md from the tables in each app's states.py."

    def handle(self, *args: Any, **options: Any) -> None:
        diagrams.PAGE.write_text(diagrams.page())
        self.stdout.write(f"{diagrams.PAGE} is drawn from {len(diagrams.machines())} tables.")
