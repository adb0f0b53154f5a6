from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutgoingConfig(AppConfig):
    name = "webhooks.outgoing"
    label = "outgoing"
    verbose_name = _("Webhooks to our systems")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from backoffice.staff import home, waiting
        from backoffice.staff.roles import Right
        from webhooks.outgoing import alerts, delivering, kinds
        from webhooks.outgoing.models import Endpoint

        kinds.register_kind(kinds.TEST, _("A test that a person sends"))
        # The sweep only wakes the sender: a slow server of the partner's must not hold up anything else.
        sweep.register_step("webhooks.send", delivering.sender.wake)
        waiting.register(alerts.waiting_rows, Endpoint)
        home.register(home.Block("webhooks", Right.SEE_BORDERS, render=alerts.block, order=6))
