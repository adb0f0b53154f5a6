"""What stands above the tabs: how the customer stands, what is open, and what they have."""

from typing import Any

from backoffice.desk.customer_page.page import Page
from backoffice.desk.customer_page.records import balances_of
from backoffice.desk.customer_page.tasks import tasks_of
from backoffice.staff.roles import Right
from customers.states import STANDING
from onboarding.models import Case
from onboarding.risk.levels import counts_as


def context(page: Page) -> dict[str, Any]:
    """Four queries, however much the customer has."""
    tasks, more_tasks = tasks_of(page)
    sees_money = page.may(Right.SEE_PAYMENTS)
    return {
        "standing_machine": STANDING,
        "tasks": tasks,
        "more_tasks": more_tasks,
        "sees_money": sees_money,
        "head_balances": balances_of(page) if sees_money else [],
        "money_url": page.url_of("money"),
        **_risk(page),
    }


def _risk(page: Page) -> dict[str, Any]:
    """How the newest case that was rated stands; unrated counts as high. For who may see personal data."""
    if not page.may(Right.SEE_PERSONAL_DATA):
        return {"sees_risk": False}
    rated = Case.objects.filter(customer=page.customer).exclude(risk_level="").order_by("-id")
    case = rated.values("case_ref", "risk_level").first()
    return {
        "sees_risk": True,
        "risk": counts_as(case["risk_level"] if case else ""),
        "rated_case": case["case_ref"] if case else "",
    }
