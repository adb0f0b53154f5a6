"""Between the servers and the processes: bring the database up to the code, and write down what it is."""

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from backoffice.local import ownership
from backoffice.local.errors import CannotRun


def prepare() -> int:
    """Migrate, and mark the database as a demo's or as one with real work."""
    django.setup()
    try:
        base_url = settings.OCEAFIN_PARTNER_API_BASE_URL
        ownership.check_partner(connection, base_url=base_url)
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        if settings.DEMO_ALLOWED:
            ownership.mark(connection, ownership.Kind.DEMO)
        elif not ownership.is_stand_in(base_url):
            ownership.mark(connection, ownership.Kind.REAL)
    except ownership.WrongInstallation as reason:
        raise CannotRun(str(reason)) from None
    return 0
