from datetime import timedelta

from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from customers.services import on_status
        from onboarding import events, submission

        submission.register()
        on_status(events.apply_status)
        register_duty("onboarding.submit", every=timedelta(seconds=5), work=submission.submit_waiting_cases)
