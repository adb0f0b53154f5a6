from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayoutsDeskConfig(AppConfig):
    name = "payments.desks"
    label = "payouts_desk"
    verbose_name = _("Payout desks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from backoffice.staff import timelines
        from backoffice.staff.navigation import Link, register
        from backoffice.staff.roles import Right
        from payments.desks import failures, informing, queues, submission

        timelines.put_in_words("code", failures.in_plain_words)
        submission.register()
        register_duty("payout_answers.write", every=timedelta(minutes=1), work=informing.write_waiting)

        register(
            Link(
                "work",
                _("Outcome unknown"),
                "payout_desks:unknown",
                Right.SEE_PAYMENTS,
                icon="clock",
                order=23,
                rows=queues.in_doubt_for_me,
            )
        )
        register(
            Link(
                "work",
                _("What went wrong"),
                "payout_desks:failures",
                Right.SEE_PAYMENTS,
                icon="warn",
                order=24,
                rows=queues.failures_for_me,
            )
        )
