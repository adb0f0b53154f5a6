from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollectionsConfig(AppConfig):
    name = "payments.accounts.collections"
    label = "collections_in"
    verbose_name = _("Collections")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from customers.services import on_status
        from payments.accounts import plan, refundable, transactions
        from payments.accounts.collections import events, explaining, hearing, submission, telling
        from webhooks import outgoing

        _navigation()
        submission.register()
        events.register()
        on_status(submission.customer_status)
        plan.register(plan.List(hearing.WALLETS, "listCollectionWallets", hearing.keep_wallets))
        plan.register(plan.List(hearing.COLLECTIONS, "listCollections", hearing.keep_collections))
        transactions.register_explainer("collection", explaining.explain)
        refundable.register(refundable.COLLECTION, explaining.refundable, explaining.newest)
        outgoing.register_kind(telling.WALLET_CHANGED, _("A collection wallet moved on"))
        outgoing.register_kind(telling.COLLECTION_CHANGED, _("A collection came in or moved on"))


def _navigation() -> None:
    from backoffice.staff.navigation import Link, register
    from backoffice.staff.roles import Right
    from payments.accounts.collections.models import Collection

    register(
        Link(
            "work",
            _("Collections in doubt"),
            "collections:in_doubt",
            Right.LEAD_PAYMENTS,
            icon="warn",
            order=35,
            rows=lambda _user, rights: [Collection.objects.in_doubt()],
        )
    )
