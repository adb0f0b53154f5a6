from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "backoffice.vault"
    default_auto_field = "django.db.models.BigAutoField"
