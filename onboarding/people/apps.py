from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "onboarding.people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onboarding import intake
        from onboarding.people import bench, records

        intake.on_change(records.follow)
        bench.register()
