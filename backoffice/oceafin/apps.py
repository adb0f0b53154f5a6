from datetime import timedelta

from django.apps import AppConfig


class OceafinConfig(AppConfig):
    name = "backoffice.oceafin"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.audit import sealing
        from backoffice.oceafin import sweep

        sweep.register_duty(
            "audit.seal", every=timedelta(seconds=5), work=lambda now: sealing.seal_entries(now=now)
        )
