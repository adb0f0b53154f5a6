from datetime import timedelta

from django.apps import AppConfig


class PresenceConfig(AppConfig):
    name = "onboarding.presence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from onboarding.presence import services

        register_duty("onboarding.presence", every=timedelta(minutes=1), work=services.forget_who_left)
