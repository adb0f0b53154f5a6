from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from customers import events, services, statuses, submission, telling
        from webhooks import outgoing

        outgoing.register_kind(telling.STATUS_CHANGED, _("A customer's status at Oceafin changed"))
        statuses.on_status(telling.status_changed)
        submission.register()
        events.register_handler()
        sweep.register_duty("customers.poll", every=timedelta(minutes=1), work=services.poll_due_customers)
        sweep.register_duty("documents.orphans", every=timedelta(hours=1), work=services.sweep_orphans)
