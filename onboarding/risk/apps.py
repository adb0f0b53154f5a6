from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "onboarding.risk"
    label = "risk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers import rating
        from customers.screening.services import on_change
        from onboarding.risk import bench, services

        on_change(services.rate_open_case)
        rating.register(services.level_of_customer)
        bench.register()
