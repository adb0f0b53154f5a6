from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LikenessConfig(AppConfig):
    name = "customers.likeness"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import sweep
        from backoffice.staff import navigation
        from backoffice.staff.roles import Right
        from customers.likeness import services

        sweep.register_duty("likeness.compare", every=timedelta(seconds=5), work=services.compare_due)
        navigation.register(
            navigation.Link(
                "work",
                _("Likely duplicates"),
                "likeness:pairs",
                Right.REVIEW_CASES,
                icon="people",
                order=30,
            )
        )
