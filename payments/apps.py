from datetime import timedelta

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from customers.services import on_status
        from payments import approving, bank_account_news, duties, events, submission

        submission.register()
        events.register()
        on_status(submission.customer_status)
        register_duty("payments.expire", every=timedelta(minutes=1), work=approving.expire_overdue)
        register_duty("payments.poll", every=timedelta(seconds=15), work=duties.poll_payments)
        register_duty("payments.balances", every=timedelta(seconds=30), work=duties.refresh_balances)
        register_duty(
            "bank_accounts.poll", every=timedelta(seconds=5), work=bank_account_news.poll_bank_accounts
        )
