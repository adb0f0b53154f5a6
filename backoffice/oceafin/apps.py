from django.apps import AppConfig


class OceafinConfig(AppConfig):
    name = "backoffice.oceafin"
    default_auto_field = "django.db.models.BigAutoField"
