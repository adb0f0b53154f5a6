from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from webhooks import inbox

        sweep.register_step("webhooks.apply", lambda: inbox.apply_due(worker=sweep.worker_name()))
