from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from customers import services, statuses
from customers.models import StatusChange
from tests.customers.conftest import fresh, known_customer, say

pytestmark = pytest.mark.django_db
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
EARLIER, LATER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)


@pytest.fixture
def customer():
    customer = known_customer(status="SUBMITTED")
    say(customer, "PROCESSING", NOON)
    return fresh(customer)


def test_counts_when_it_is_newer(customer) -> None:
    assert say(customer, "APPROVED", LATER).changed
    customer = fresh(customer)
    assert (customer.oceafin_status, customer.oceafin_status_since) == ("APPROVED", LATER)
    assert customer.oceafin_status_from == "EVENT"


def test_is_kept_and_changes_nothing_when_it_is_older(customer) -> None:
    assert say(customer, "SUBMITTED", EARLIER) is None
    assert fresh(customer).oceafin_status == "PROCESSING"
    assert customer.status_changes.get(status="SUBMITTED", is_outdated=True).at == EARLIER


def test_is_older_than_a_confirmation_of_the_status_that_stands(customer) -> None:
    say(customer, "PROCESSING", LATER + timedelta(minutes=1), source="READ")
    say(customer, "SUSPENDED", LATER)
    assert fresh(customer).oceafin_status == "PROCESSING"
    assert fresh(customer).oceafin_status_since == NOON


def test_of_the_same_instant_is_decided_by_asking(customer) -> None:
    say(customer, "APPROVED", NOON)
    customer = fresh(customer)
    assert customer.oceafin_status == "PROCESSING"
    assert customer.poll_due_at < NOON
    say(customer, "APPROVED", NOON, source="READ")
    assert fresh(customer).oceafin_status == "APPROVED"


def test_that_nobody_knows_is_taken_as_it_came(customer) -> None:
    say(customer, "ON_THE_MOON", LATER)
    assert fresh(customer).oceafin_status == "ON_THE_MOON"
    assert not fresh(customer).may_send_money_out()


def test_that_nobody_expects_is_recorded_all_the_same(customer) -> None:
    say(customer, "CLOSED", LATER)
    say(customer, "DRAFT", LATER + timedelta(hours=1))
    assert fresh(customer).oceafin_status == "DRAFT"


def test_said_twice_is_told_once_in_the_history(customer) -> None:
    for _ in range(3):
        say(customer, "APPROVED", LATER, event_id="e-1")
        say(customer, "SUBMITTED", EARLIER, event_id="e-0")
    assert customer.status_changes.filter(event_id="e-1").count() == 1
    assert customer.status_changes.filter(event_id="e-0").count() == 1


def test_reaches_those_who_listen_inside_the_transaction(customer, monkeypatch) -> None:
    monkeypatch.setattr(statuses, "_STATUS_LISTENERS", [])

    def refuse(news) -> None:
        raise RuntimeError(news.status)

    services.on_status(refuse)
    with pytest.raises(RuntimeError, match="APPROVED"):
        say(customer, "APPROVED", LATER)
    assert fresh(customer).oceafin_status == "PROCESSING"


def test_brings_what_is_missing_sealed(customer) -> None:
    missing = [{"code": "DOC", "message": "Send the back too", "documentType": "NATIONAL_ID"}]
    news = say(customer, "MISSING_INFO_REQUIRED", LATER, missing=missing)
    assert list(news.missing) == missing
    change = customer.status_changes.get(status="MISSING_INFO_REQUIRED")
    assert b"back too" not in bytes(change.missing_sealed)
    assert statuses.missing_of(change) == missing


def test_is_never_rewritten(customer) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        StatusChange.objects.update(status="APPROVED")
    with pytest.raises(DatabaseError), transaction.atomic():
        StatusChange.objects.all().delete()
