from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "payments.notices"
    label = "payments_notices"
    verbose_name = _("Notices about payments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from backoffice.staff.navigation import OwnLink, register_own
        from payments import queues
        from payments.notices import services

        register_own(OwnLink(_("E-mails you get"), "payment_notices:mine", queues.may_be_asked))
        register_duty("notices.write", every=timedelta(minutes=5), work=services.write_due)
        register_duty("notices.send", every=timedelta(seconds=20), work=services.send_due)
