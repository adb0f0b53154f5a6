from django.apps import AppConfig


class SecondLookConfig(AppConfig):
    name = "onboarding.second_look"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onboarding.second_look import bench

        bench.register()
