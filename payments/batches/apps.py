from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BatchesConfig(AppConfig):
    name = "payments.batches"
    label = "batches"
    verbose_name = _("Batches of payments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from backoffice.staff.navigation import Link, register
        from backoffice.staff.roles import Right
        from payments.batches import duties, showing, telling, working
        from webhooks import outgoing

        outgoing.register_kind(telling.STATE_CHANGED, _("A batch of payments moved on"))
        # The sweep only wakes the worker: a long file must not hold up anything else.
        sweep.register_step("batches.work", working.worker.wake)
        sweep.register_duty("batches.files", every=timedelta(hours=1), work=duties.remove_files)
        see = Right.SEE_PAYMENTS
        register(
            Link(
                "work", _("Batches"), "batches:list", see, icon="list", order=22, rows=showing.waiting_for_me
            )
        )
