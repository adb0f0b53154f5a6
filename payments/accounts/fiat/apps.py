from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FiatAccountsConfig(AppConfig):
    name = "payments.accounts.fiat"
    label = "fiat_accounts"
    verbose_name = _("Fiat accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from backoffice.staff.navigation import Link, register
        from backoffice.staff.roles import Right
        from payments.accounts.fiat import events, letters, listing, queues, submission, telling
        from webhooks import outgoing

        submission.register()
        events.register()
        listing.register()
        register_duty("fiat_accounts.write", every=timedelta(minutes=1), work=letters.write_waiting)
        for name, label in (
            (telling.STATE_CHANGED, _("An application for an account moved on")),
            (telling.INFORMATION_REQUESTED, _("Oceafin asks for more before it opens an account")),
            (telling.STATUS_CHANGED, _("An account's status at Oceafin changed")),
            (telling.INSTRUCTIONS_AVAILABLE, _("Where to pay in is known")),
        ):
            outgoing.register_kind(name, label)
        register(
            Link(
                "work",
                _("Fiat accounts"),
                "fiat_accounts:queue",
                Right.SEE_PAYMENTS,
                icon="bank",
                order=30,
                rows=queues.waiting_for_me,
            )
        )
