from datetime import timedelta

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "payments.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import permits
        from backoffice.oceafin.sweep import register_duty
        from customers.services import on_status
        from payments.accounts import plan, services, switches, transactions

        permits.register(is_off=switches.off, denied=switches.remember)
        plan.register(plan.List("balances", "listBalances", services.keep_balances))
        plan.register(plan.List("transactions", "listCustomerTransactions", transactions.keep))
        on_status(plan.customer_status)
        register_duty("accounts.read", every=timedelta(seconds=5), work=plan.read_due)
        register_duty("accounts.explain", every=timedelta(minutes=2), work=transactions.explain_waiting)
