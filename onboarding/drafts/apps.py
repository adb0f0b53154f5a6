from datetime import timedelta

from django.apps import AppConfig


class DraftsConfig(AppConfig):
    name = "onboarding.drafts"
    label = "drafts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from onboarding.drafts import services

        register_duty("onboarding.drafts", every=timedelta(hours=1), work=services.forget_old)
