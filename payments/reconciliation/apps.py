from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReconciliationConfig(AppConfig):
    name = "payments.reconciliation"
    label = "reconciliation"
    verbose_name = _("Reconciliation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from backoffice.staff.navigation import Link, register
        from backoffice.staff.roles import Right
        from payments.reconciliation import services, working

        sweep.register_duty("reconciliation.nightly", every=timedelta(minutes=1), work=services.begin_nightly)
        # The sweep only wakes the worker: a long comparison must not hold up anything else.
        sweep.register_step("reconciliation.work", working.worker.wake)
        see = Right.SEE_PAYMENTS
        register(
            Link(
                "work",
                _("Reconciliation"),
                "reconciliation:overview",
                see,
                icon="check",
                order=35,
                rows=lambda _user, rights: [services.unsolved()] if Right.LEAD_PAYMENTS in rights else [],
            )
        )
        register(Link("work", _("Day close"), "reconciliation:days", see, icon="case", order=36))
