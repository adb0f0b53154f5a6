from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from backoffice.local import ownership
from backoffice.local.people import email_of
from backoffice.staff import second_factor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User


class Command(BaseCommand):
    help = "Print the one-time code that signs a demo person in now, alone on one line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the part before the @, or the whole email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ownership.require_demo(connection, allowed=settings.DEMO_ALLOWED)
            user = User.objects.get(email=email_of(options["username"]).lower())
            code = second_factor.usable_code(user, now=timezone.now())
        except User.DoesNotExist:
            raise CommandError(f"There is no demo person {options['username']}.") from None
        except (Refusal, ownership.WrongInstallation) as refusal:
            raise CommandError(str(refusal)) from None
        if code is None:
            seconds = second_factor.seconds_left()
            raise CommandError(f"Both codes of this moment were used. Try again in {seconds} seconds.")
        self.stdout.write(code)
