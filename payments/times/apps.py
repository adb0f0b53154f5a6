from django.apps import AppConfig


class PaymentTimesConfig(AppConfig):
    name = "payments.times"
    label = "payment_times"
    default_auto_field = "django.db.models.BigAutoField"
