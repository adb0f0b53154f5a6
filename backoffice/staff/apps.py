from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "backoffice.staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.staff import home, navigation, waiting
        from backoffice.staff.roles import Right

        navigation.register(
            navigation.Link(
                group="work",
                label=_("To confirm"),
                url_name="staff:waiting",
                right=Right.MANAGE_STAFF,
                icon="check",
                order=10,
                rows=waiting.to_confirm,
            )
        )
        home.register(home.Block("waiting", Right.MANAGE_STAFF, render=waiting.block, order=80))
