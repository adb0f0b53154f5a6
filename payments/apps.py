from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

APP_CODE = _("code of their app")


class PaymentsConfig(AppConfig):
    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from backoffice.oceafin.sweep import register_duty
        from backoffice.staff import timelines
        from customers.services import on_status
        from payments import (
            announcing,
            approving,
            duties,
            events,
            explaining,
            payee_news,
            reconsidering,
            showing_approvals,
            submission,
            verbs,
            ways,
        )
        from payments.accounts import transactions
        from payments.policies import wording
        from webhooks import outgoing

        _navigation()
        timelines.name_verbs(verbs.VERBS)
        for fact in ("policy", "policyVersion", "before", "after"):
            timelines.put_in_words(fact, wording.version_words)
        timelines.put_in_words("method", lambda method: str(APP_CODE) if method == "TOTP" else "")
        timelines.put_in_words("why", lambda name: str(showing_approvals.DENIALS.get(name, "")))
        outgoing.register_kind(announcing.STATE_CHANGED, _("A payment moved on"))
        submission.register()
        events.register()
        on_status(submission.customer_status)
        for way in ways.WAYS.values():
            transactions.register_explainer(way.resource_type, explaining.explain_payments)
        register_duty("payments.expire", every=timedelta(minutes=1), work=approving.expire_overdue)
        register_duty("payments.policy", every=timedelta(seconds=10), work=reconsidering.reconsider_waiting)
        register_duty("payments.poll", every=timedelta(seconds=15), work=duties.poll_payments)
        register_duty("payments.balances", every=timedelta(seconds=30), work=duties.refresh_balances)
        register_duty("payees.poll", every=timedelta(seconds=5), work=payee_news.poll)


def _navigation() -> None:
    from backoffice.staff.navigation import Link, register
    from backoffice.staff.roles import Right
    from payments import payee_desk, queues, switching
    from payments.policies import services as policies

    see, ask, stop = Right.SEE_PAYMENTS, Right.REQUEST_PAYMENTS, Right.STOP_MONEY_OUT
    register(
        Link(
            "work", _("Payments"), "payments:queue", see, icon="payment", order=20, rows=queues.waiting_for_me
        )
    )
    register(Link("work", _("Ask for a payout"), "payments:request", ask, icon="out", order=21))
    confirm = Link(
        "work",
        _("Beneficiaries to confirm"),
        "payments:to_confirm",
        see,
        icon="bank",
        order=24,
        rows=payee_desk.to_confirm_for,
    )
    register(confirm)
    hours = Link(
        "oversight", _("Sending hours"), "payment_times:hours", Right.LEAD_PAYMENTS, icon="clock", order=61
    )
    register(hours)
    policy = Link(
        "oversight",
        _("Approval policy"),
        "policies:policy",
        Right.SEE_POLICY,
        icon="list",
        order=6,
        rows=policies.to_approve_for,
    )
    register(policy)
    register(Link("work", _("Payments overview"), "overview:overview", see, icon="chart", order=37))
    switch = Link(
        "oversight",
        _("Money out"),
        "payments:money_out",
        stop,
        icon="switch",
        order=5,
        rows=switching.to_confirm_for,
    )
    register(switch)
