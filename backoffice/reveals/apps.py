from django.apps import AppConfig


class RevealsConfig(AppConfig):
    name = "backoffice.reveals"
    default_auto_field = "django.db.models.BigAutoField"
