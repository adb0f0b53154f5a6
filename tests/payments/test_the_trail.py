"""The trail of what people did for payments names each step, and who took it."""

from uuid import uuid4

import pytest

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin.kinds import Refused
from backoffice.oceafin.models import Submission
from backoffice.staff.roles import Role
from payments import services
from payments.outcomes import settle_payee
from payments.times.services import change_sending_hours
from tests.customers.conftest import known_customer
from tests.payments.people import (
    accepted_wallet,
    account_of,
    approver,
    maker,
    now,
    quoted,
    rate_of,
    requested,
)
from tests.people import person

pytestmark = pytest.mark.django_db


def newest() -> tuple[str, str]:
    entry = Entry.objects.latest("id")
    return entry.verb, entry.actor_id


def test_says_who_opened_and_who_stopped_money_out() -> None:
    first, second, bob = (Actor.staff(person(Role.ADMINISTRATOR)) for _each in range(3))
    services.ask_to_open_money_out(actor=first, now=now())
    assert newest() == ("money_out.opening_asked", first.id)
    services.confirm_open_money_out(actor=second, now=now())
    assert newest() == ("money_out.opened", second.id)
    services.stop_money_out(reason="Fraud.", actor=bob, now=now())
    assert newest() == ("money_out.stopped", bob.id)
    assert services.money_out().reason == "Fraud."


def test_says_who_set_hours_and_rates() -> None:
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    change_sending_hours(currency="EUR", seen_version=0, opening=None, actor=lead, now=now())
    assert newest() == ("sending_hours.changed", lead.id)
    rate_of("USD")
    assert newest()[0] == "rate.entered"


def test_says_who_added_a_beneficiary_and_what_oceafin_made_of_it() -> None:
    customer, ann = known_customer(), maker()
    for make, kind in ((account_of, "bank_account"), (accepted_wallet, "wallet_address")):
        make(customer, f"p-{uuid4()}", actor=ann)
        entries = Entry.objects.filter(verb__startswith=kind).order_by("id").values_list("verb", "actor_kind")
        assert list(entries) == [(f"{kind}.added", "STAFF"), (f"{kind}.status", "OCEAFIN")]
        letter = Submission.objects.get(kind=f"{kind}.create")
        settle_payee(letter, Refused("PARTNER_BANK_INVALID", "Closed."), now())
        assert newest()[0] == f"{kind}.refused"


def test_says_who_had_a_quote_asked_for_again() -> None:
    payment = quoted(requested(account_of(known_customer())), lives=-1)
    for again in (services.refresh_quote, services.freshen_quote):
        Submission.objects.filter(state="QUEUED").update(state="ACCEPTED")
        ann = approver()
        again(payment=payment, actor=ann, now=now())
        assert newest() == ("payment.quote_asked", ann.id)
