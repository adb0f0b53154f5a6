from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "onboarding.consent"
    default_auto_field = "django.db.models.BigAutoField"
