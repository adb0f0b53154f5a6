"""What waits in money in: shown on the home of who asks and answers there, and of who looks after it."""

from typing import Any

from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.desk.figures import COUNTED_AT_MOST, Figure
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from payments.accounts.deposits import queues as deposits
from payments.accounts.fiat import queues as fiat_accounts
from payments.accounts.models import SwitchedOff
from payments.accounts.travel_rule.states import TravelRuleState


def block(request: HttpRequest) -> str:
    """How many, and the oldest, each leading to its queue, with one query for each; a maker sees what they can do."""
    user, now = request.user, timezone.now()
    leads = isinstance(user, User) and user.has_right(Right.LEAD_PAYMENTS)
    queue = reverse("deposits:queue")
    coins = deposits.waiting_for_travel_rule().filter(travel_rule__state=TravelRuleState.WAITING)
    late = coins.order_by("travel_rule__due_at").filter(travel_rule__due_at__lt=now)
    figures = [
        _figure(_("Coins: who sent them?"), coins, "travel_rule__asked_at", f"{queue}?queue=travel-rule"),
        _figure(
            _("Coins: the answer is late"),
            late,
            "travel_rule__due_at",
            f"{queue}?queue=travel-rule",
            tone="bad",
        ),
        _figure(
            _("Accounts that wait for information"),
            fiat_accounts.waits_for_us(),
            "state_since",
            reverse("fiat_accounts:queue"),
        ),
    ]
    if leads:
        url = f"{queue}?queue=unmatched"
        figures += [
            _figure(_("Deposits: whose are they?"), deposits.unmatched(), "state_since", url),
            _figure(
                _("Switched off at Oceafin"),
                SwitchedOff.objects.all(),
                "since",
                reverse("oversight:switched_off"),
            ),
        ]
    return render_to_string("desk/money_in.html", {"figures": figures, "now": now}, request)


def _figure(label: str, rows: QuerySet[Any], since: str, url: str, *, tone: str = "warn") -> Figure:
    """Counted no further than a page shows; the oldest stands first in that order."""
    found = (
        rows.order_by(since).values(since)[:COUNTED_AT_MOST].aggregate(number=Count("*"), oldest=Min(since))
    )
    number = found["number"]
    return Figure(label, number, oldest=found["oldest"], url=url, tone=tone if number else "")
