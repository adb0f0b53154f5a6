from typing import Any

from django.core.management.base import BaseCommand

from backoffice import vault


class Command(BaseCommand):
    help = "Wrap every data key anew under the first of FIELD_KEYS. Afterwards the older ones can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{vault.rewrap_keys()} keys are now wrapped under the newest of FIELD_KEYS.")
