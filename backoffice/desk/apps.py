from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "backoffice.desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice import checks  # noqa: F401  (registers the system checks)
        from backoffice.desk import timeline
        from backoffice.staff import timelines

        timelines.register(timeline.letters_and_tries)
