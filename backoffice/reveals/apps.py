from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RevealsConfig(AppConfig):
    name = "backoffice.reveals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.reveals import views
        from backoffice.staff import home, navigation
        from backoffice.staff.roles import Right

        navigation.register(
            navigation.Link(
                "oversight",
                _("Who looked"),
                "reveals:looks",
                Right.SEE_REVEALS,
                icon="people",
                order=20,
            )
        )
        home.register(home.Block("bursts", Right.LEAD_CASES, render=views.bursts_block, order=4))
