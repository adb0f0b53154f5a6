from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PayoutsDeskConfig(AppConfig):
    name = "payments.desks"
    label = "payouts_desk"
    verbose_name = _("Payout desks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.staff.navigation import Link, register
        from backoffice.staff.roles import Right
        from payments.desks import queues

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
