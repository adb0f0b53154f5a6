from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestedConfig(AppConfig):
    name = "onboarding.requested"
    label = "requested"
    verbose_name = _("What is asked of customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.audit import moving
        from onboarding.requested import telling
        from webhooks import outgoing

        outgoing.register_kind(telling.STATE_CHANGED, _("An onboarding case moved on"))
        outgoing.register_kind(telling.INFORMATION_REQUESTED, _("More is asked of a customer"))
        moving.on_move("onboarding.Case", telling.case_moved)
