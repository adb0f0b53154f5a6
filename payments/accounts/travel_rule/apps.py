from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TravelRuleConfig(AppConfig):
    name = "payments.accounts.travel_rule"
    label = "travel_rule"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.audit import moving
        from customers.services import on_document
        from payments.accounts.deposits import hearing
        from payments.accounts.travel_rule import opening, submission, telling
        from payments.accounts.travel_rule.models import TravelRuleTask
        from webhooks import outgoing

        submission.register()
        hearing.on_word(opening.heard)
        on_document(submission.document_settled)
        moving.on_move(TravelRuleTask._meta.label, telling.moved)
        moving.on_move("payments.PaymentRequest", opening.payment_moved)
        outgoing.register_kind(telling.CHANGED, _("The Travel Rule of a deposit moved on"))
