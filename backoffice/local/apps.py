from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "backoffice.local"
    label = "local"
