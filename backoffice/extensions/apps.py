from django.apps import AppConfig


class ExtensionsConfig(AppConfig):
    """What the database must be able to do, apart from the tables that need it."""

    name = "backoffice.extensions"
