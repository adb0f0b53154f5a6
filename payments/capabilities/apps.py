from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WithdrawalCapabilitiesConfig(AppConfig):
    name = "payments.capabilities"
    label = "withdrawal_capabilities"
    verbose_name = _("Capabilities to pay out")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from payments.capabilities import needing, services, submission

        services.register()
        submission.register()
        services.on_active(needing.ask_for_quotes)
        register_duty("withdrawal_capabilities.tend", every=timedelta(seconds=15), work=needing.tend)
