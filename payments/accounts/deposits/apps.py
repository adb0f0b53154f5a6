from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DepositsConfig(AppConfig):
    name = "payments.accounts.deposits"
    label = "deposits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from customers.services import on_known, on_status
        from payments.accounts import plan, refundable, transactions
        from payments.accounts.deposits import (
            addresses,
            events,
            explaining,
            hearing,
            rereading,
            submission,
            telling,
        )
        from payments.accounts.deposits.models import Kind
        from webhooks import outgoing

        _navigation()
        events.register()
        submission.register()
        hearing.on_word(telling.heard)
        register_duty("deposits.unmatched", every=timedelta(minutes=1), work=rereading.read_unmatched)
        on_known(hearing.customer_known)
        on_status(submission.customer_status)
        plan.register(plan.List("fiat_deposits", "listFiatDeposits", hearing.keep_fiat))
        plan.register(plan.List("crypto_deposits", "listCryptoDeposits", hearing.keep_crypto))
        plan.register(plan.List(addresses.LIST, "listCryptoDepositAddresses", addresses.keep))
        for kind, name in ((Kind.FIAT, "fiat_deposit"), (Kind.CRYPTO, "crypto_deposit")):
            transactions.register_explainer(name, explaining.explainer(kind))
        for kind, source in ((Kind.FIAT, refundable.FIAT_DEPOSIT), (Kind.CRYPTO, refundable.CRYPTO_DEPOSIT)):
            refundable.register(source, explaining.refundable(kind), explaining.newest(kind))
        outgoing.register_kind(telling.CHANGED[Kind.FIAT], _("A deposit of money moved on"))
        outgoing.register_kind(telling.CHANGED[Kind.CRYPTO], _("A deposit of coins moved on"))
        outgoing.register_kind(telling.ADDRESS_CHANGED, _("An address to pay coins in to moved on"))


def _navigation() -> None:
    from backoffice.staff.navigation import Link, register
    from backoffice.staff.roles import Right
    from payments.accounts.deposits import queues

    register(
        Link(
            "work",
            _("Deposits"),
            "deposits:queue",
            Right.SEE_PAYMENTS,
            icon="in",
            order=24,
            rows=queues.waiting_for_me,
        )
    )
