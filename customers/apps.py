from datetime import timedelta

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from customers import events, services, submission

        submission.register()
        events.register_handler()
        sweep.register_duty("customers.poll", every=timedelta(minutes=1), work=services.poll_due_customers)
        sweep.register_duty("documents.orphans", every=timedelta(hours=1), work=services.sweep_orphans)
