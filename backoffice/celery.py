"""The bell: an empty message that says "look at your rows". See docs/decisions on why no state lives here."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_a_wrong_installation(**_: object) -> None:
    """No worker sends from a demo database to a real Oceafin, or the other way round: it ends with a sentence."""
    import django
    from django.conf import settings
    from django.db import DatabaseError, connection

    from backoffice.local.ownership import WrongInstallation, check_partner

    django.setup()
    try:
        check_partner(connection, base_url=settings.OCEAFIN_PARTNER_API_BASE_URL)
    except (WrongInstallation, DatabaseError) as reason:
        # Celery only logs what a signal raises, except this: a worker that cannot know must not send.
        raise SystemExit(f"The worker does not start. {reason}") from None
    finally:
        connection.close()
