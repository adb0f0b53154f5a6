from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone

from backoffice.staff import services
from backoffice.staff.errors import Refusal
from backoffice.staff.links import enrolment_url
from backoffice.staff.roles import Role


class Command(BaseCommand):
    help = "Add a member of staff with a role and print their one-time enrolment link (24 hours, one use)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--role",
            required=True,
            type=str.upper,
            choices=[role.value for role in Role],
            metavar="ROLE",
            help="one of " + ", ".join(role.value for role in Role),
        )
        parser.add_argument("--name", default="", help="how the person is shown to colleagues")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            token = services.create_from_shell(
                email=options["email"], display_name=options["name"], role=options["role"], now=timezone.now()
            )
        except ValidationError:
            raise CommandError(f"{options['email']} is not an email address.") from None
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"{options['email']} is {Role(options['role']).label}. The link works once, for 24 hours:"
        )
        self.stdout.write(enrolment_url(token))
