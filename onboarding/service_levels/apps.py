from django.apps import AppConfig


class ServiceLevelsConfig(AppConfig):
    name = "onboarding.service_levels"
    default_auto_field = "django.db.models.BigAutoField"
