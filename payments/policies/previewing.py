"""What a policy would do to the payments that wait for approval now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from payments import demanding
from payments.models import PaymentRequest
from payments.policies import checking, wording
from payments.policies.deciding import Policy, is_stricter, stages_in
from payments.states import PaymentState

SHOWN_AT_MOST = 100


@dataclass(frozen=True)
class Line:
    """One payment: by which rule it waits and would wait, who is asked, and what that means for it."""

    payment: PaymentRequest
    before_rule: int
    before: str
    after_rule: int
    after: str
    tone: str
    verdict: str


def preview(policy: Policy, now: datetime) -> list[Line]:
    """The longest waiting first, at most SHOWN_AT_MOST."""
    waiting = (
        PaymentRequest.objects.filter(state=PaymentState.PENDING_APPROVAL)
        .select_related("customer", "beneficiary")
        .order_by("state_since", "pk")
    )
    people = checking.people_now()
    return [_line(payment, policy, people, now) for payment in waiting[:SHOWN_AT_MOST]]


def _line(payment: PaymentRequest, policy: Policy, people: checking.People, now: datetime) -> Line:
    decision, _columns = demanding.demand_for(payment, now, policy=policy)
    before = stages_in(payment.policy)
    others = {person: roles for person, roles in people.items() if person not in payment.maker_user_ids}
    if decision.refuses:
        tone, verdict = "bad", _("Could not be approved any more")
    elif not checking.can_be_met(decision.stages, others, set()):
        tone, verdict = "bad", _("Not enough people to approve it")
    elif is_stricter(decision.stages, before):
        tone, verdict = "warn", _("Asks for more")
    elif is_stricter(before, decision.stages):
        tone, verdict = "info", _("Asks for less")
    elif before != decision.stages:
        tone, verdict = "info", _("Asks others")
    else:
        tone, verdict = "ok", _("As before")
    return Line(
        payment=payment,
        before_rule=payment.policy["rule"],
        before=wording.stages_sentence(before),
        after_rule=decision.number,
        after=wording.stages_sentence(decision.stages),
        tone=tone,
        verdict=verdict,
    )
