import logging
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backoffice.local import ownership
from backoffice.local.demo import ALL_HERE
from backoffice.local.demo.play import Play
from backoffice.staff.errors import Refusal


class Command(BaseCommand):
    help = (
        "Fill the demo: people for every role, customers, cases and payouts in every state, through the services. "
        "Run again, it goes on where it stood."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing if everybody is here already")
        parser.add_argument("--first-part", action="store_true", help="only what the first pages show")
        parser.add_argument("--with-life", action="store_true", help="let newcomers come for some minutes")

    def handle(self, *args: Any, **options: Any) -> None:
        # Each letter is told in the workers' logs; here one reads how far the demo is.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        play = Play(say=self._say, now=timezone.now())
        try:
            play.check()
            if options["if_empty"] and play.is_over():
                self._say(ALL_HERE)
                return
            play.first()
            if options["first_part"]:
                return
            play.rest()
            if options["with_life"]:
                play.life()
        except (ownership.WrongInstallation, Refusal) as reason:
            raise CommandError(str(reason)) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
