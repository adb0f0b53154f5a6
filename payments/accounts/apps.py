from datetime import timedelta

from django.apps import AppConfig
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "payments.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin import permits
        from backoffice.oceafin.sweep import register_duty
        from customers.services import on_status
        from payments.accounts import plan, services, switches, transactions
        from payments.accounts.statements import telling
        from webhooks import outgoing

        permits.register(is_off=switches.off, denied=switches.remember)
        outgoing.register_kind(
            telling.TRANSACTION_UPDATED, _("A transaction of a customer's is new or changed")
        )
        _navigation()
        plan.register(plan.List("balances", "listBalances", services.keep_balances))
        plan.register(plan.List("transactions", "listCustomerTransactions", transactions.keep))
        on_status(plan.customer_status)
        register_duty("accounts.read", every=timedelta(seconds=5), work=plan.read_due)
        register_duty("accounts.explain", every=timedelta(minutes=2), work=transactions.explain_waiting)


def _navigation() -> None:
    from backoffice.staff.models import User
    from backoffice.staff.navigation import Link, register
    from backoffice.staff.roles import Right
    from payments.accounts.models import SwitchedOff
    from payments.accounts.statements import listing

    def waiting(user: User, rights: frozenset[Right]) -> list[QuerySet[SwitchedOff]]:
        return [SwitchedOff.objects.all()] if Right.LEAD_PAYMENTS in rights else []

    see = Right.SEE_PAYMENTS
    register(
        Link(
            "oversight",
            _("Switched off at Oceafin"),
            "oversight:switched_off",
            see,
            icon="switch",
            order=8,
            rows=waiting,
        )
    )
    register(
        Link(
            "work",
            _("Unexplained transactions"),
            "statements:unexplained",
            see,
            icon="warn",
            order=34,
            rows=lambda _user, rights: [listing.unexplained()] if Right.LEAD_PAYMENTS in rights else [],
        )
    )
