from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.staff import services
from backoffice.staff.errors import Refusal
from backoffice.staff.links import enrolment_url


class Command(BaseCommand):
    help = "Reset a person's password and second factor when no second administrator is left to do it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = services.reset_from_shell(email=options["email"], now=timezone.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Password, second factor and sessions are gone. The link works once, for 24 hours:")
        self.stdout.write(enrolment_url(token))
