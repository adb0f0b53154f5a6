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
        from onboarding import alike, claiming, due, events, queues, submission, workbench
        from onboarding.evidence import views as evidence

        submission.register()
        workbench.register()
        alike.register()
        evidence.register()
        navigation.register(
            navigation.Link(
                "work",
                _("Onboarding"),
                "onboarding:queue",
                Right.REVIEW_CASES,
                icon="case",
                order=10,
                rows=queues.waiting_for_me,
            )
        )
        on_status(events.apply_status)
        reveals.register_ground(claiming.opens_data)
        register_duty("onboarding.submit", every=timedelta(seconds=5), work=submission.submit_waiting_cases)
        register_duty("onboarding.claims", every=timedelta(seconds=30), work=claiming.expire_claims)
        register_duty("onboarding.due", every=timedelta(seconds=20), work=due.renew)
