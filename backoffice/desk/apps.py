from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "backoffice.desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import checks  # noqa: F401  (registers the system checks)
        from backoffice.desk import home, timeline, verbs
        from backoffice.oceafin import kinds, sweep
        from backoffice.staff import lockout, navigation, timelines
        from backoffice.staff.roles import Right

        sweep.register_duty("staff.failures", every=timedelta(hours=1), work=lockout.forget_old)
        timelines.register(timeline.letters_and_tries)
        timelines.name_verbs(verbs.VERBS)
        timelines.put_in_words("kind", kinds.label_of)
        home.register()
        navigation.register(
            navigation.Link(
                "borders", _("Sending to Oceafin"), "desk:sending", Right.SEE_BORDERS, icon="moving", order=5
            )
        )
        navigation.register(
            navigation.Link(
                "oversight", _("Audit trail"), "admin:audit_entry_changelist", Right.SEE_AUDIT, icon="shield"
            )
        )
