from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "onboarding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import reveals
        from backoffice.oceafin.sweep import register_duty
        from backoffice.staff import navigation
        from backoffice.staff.roles import Right
        from customers.services import on_status
        from onboarding import claiming, events, queues, submission, workbench
        from onboarding.evidence import views as evidence

        submission.register()
        workbench.register()
        evidence.register()
        navigation.register(
            navigation.Link(
                "work",
                _("Onboarding"),
                "onboarding:queue",
                Right.REVIEW_CASES,
                icon="case",
                order=10,
                count=queues.count_to_review,
            )
        )
        on_status(events.apply_status)
        reveals.register_ground(claiming.opens_data)
        register_duty("onboarding.submit", every=timedelta(seconds=5), work=submission.submit_waiting_cases)
