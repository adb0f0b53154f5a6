from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "customers.facts"
    label = "document_facts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.staff import timelines

        timelines.keep_notes_personal("document.read")
