from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.staff import clients
from backoffice.staff.errors import Refusal
from backoffice.staff.models import ApiClient, Scope
from backoffice.staff.services import SHELL


class Command(BaseCommand):
    help = "Create, revoke or list API clients. `create` prints the token once, alone on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a client and print its token")
        create.add_argument("name")
        create.add_argument(
            "--scope",
            action="extend",
            nargs="+",
            required=True,
            choices=Scope.values,
            metavar="SCOPE",
            help="one or more of " + ", ".join(Scope.values),
        )
        revoke = verbs.add_parser("revoke", help="take a client's token away")
        revoke.add_argument("name")
        verbs.add_parser("list", help="all clients, without their tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, options["verb"])(options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None

    def create(self, options: dict[str, Any]) -> None:
        token = clients.create_from_shell(name=options["name"], scopes=options["scope"], now=timezone.now())
        self.stdout.write("This token is shown once; keep it in your secret store:")
        self.stdout.write(token)

    def revoke(self, options: dict[str, Any]) -> None:
        client = ApiClient.objects.filter(name=options["name"]).first()
        if client is None:
            raise CommandError(f"There is no API client named {options['name']}.")
        clients.revoke_client(client, actor=SHELL, now=timezone.now())
        self.stdout.write(f"{client.name} is revoked.")

    def list(self, options: dict[str, Any]) -> None:
        for client in ApiClient.objects.order_by("name"):
            self.stdout.write(
                f"{client.name}\t{client.stands}\t{' '.join(client.scopes)}\t{client.token_prefix}…"
            )
