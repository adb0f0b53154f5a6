import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from backoffice.oceafin.models import Submission
from customers import services
from tests.customers.conftest import ID, OTHER_ID, T0, deliver, fresh, known_customer, make_customer
from tests.oceafin.scripted import Script, answer
from tests.webhooks.sender import Sender
from webhooks import inbox
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
LATER = "2030-06-28T00:00:00Z"


@pytest.fixture
def tell(client):
    """Oceafin tells us something of a customer, and we apply what is due; returns the event."""

    def tell(customer_id=ID, ref="cust-1", at=LATER, **data) -> Event:
        event_id = str(uuid.uuid4())
        body = {
            "eventId": event_id,
            "eventType": "customer.onboarding.submitted",
            "customer": {"customerId": str(customer_id), "partnerCustomerRef": ref},
            "resource": {"resourceType": "customer", "resourceId": str(customer_id)},
            "occurredAt": at,
            "data": data,
        }
        assert Sender(client).send(body) == 202
        apply()
        return Event.objects.get(event_id=event_id)

    return tell


def apply() -> None:
    Event.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    inbox.apply_due(worker="test")


def test_brings_its_status(tell) -> None:
    customer = known_customer()
    event = tell(customer.oceafin_customer_id, status="SUSPENDED")
    assert event.state == "APPLIED"
    assert (fresh(customer).oceafin_status, fresh(customer).oceafin_status_from) == ("SUSPENDED", "EVENT")
    assert event.vault_key == customer.vault_key


def test_without_a_status_makes_us_ask(tell, oceafin: Script) -> None:
    customer = known_customer(status="PROCESSING")
    assert tell(customer.oceafin_customer_id).state == "APPLIED"
    assert Submission.objects.get(kind="customer.poll").state == "QUEUED"


@pytest.mark.parametrize("status", [None, "", {"a": 1}, ["APPROVED"]])
def test_with_an_odd_status_makes_us_ask(tell, status) -> None:
    customer = known_customer(status="PROCESSING")
    tell(customer.oceafin_customer_id, status=status, missing="nothing")
    assert Submission.objects.filter(kind="customer.poll").exists()


def test_before_the_reply_to_the_creation_proves_the_creation(tell, oceafin: Script) -> None:
    customer = make_customer()
    tell(status="SUBMITTED")
    assert (str(fresh(customer).oceafin_customer_id), fresh(customer).oceafin_status) == (ID, "SUBMITTED")
    assert Submission.objects.get().state == "ACCEPTED"
    deliver()
    assert oceafin.sent == []


def test_that_is_older_than_the_reply_changes_nothing(tell, oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="APPROVED", updatedAt=LATER))
    customer = make_customer()
    deliver()
    assert tell(status="PROCESSING", at=T0).state == "APPLIED"
    assert fresh(customer).oceafin_status == "APPROVED"


def test_of_a_customer_we_do_not_know_waits_and_is_taken_up(tell) -> None:
    event = tell(status="SUBMITTED")
    assert event.state == "PARKED"
    customer = make_customer()
    inbox.apply_due(worker="test")
    event.refresh_from_db()
    assert event.state == "APPLIED"
    assert fresh(customer).oceafin_status == "SUBMITTED"


def test_that_names_another_id_for_our_reference_waits_for_a_person(tell) -> None:
    customer = known_customer()
    event = tell(OTHER_ID, status="CLOSED")
    assert (event.state, "another customerId" in event.reason) == ("PARKED", True)
    assert fresh(customer).oceafin_status == "APPROVED"


def test_that_names_the_id_of_one_and_the_reference_of_another_waits(tell) -> None:
    one, other = known_customer("one"), known_customer("two")
    assert tell(one.oceafin_customer_id, ref="two", status="CLOSED").state == "PARKED"
    assert {fresh(one).oceafin_status, fresh(other).oceafin_status} == {"APPROVED"}


def test_brings_what_is_missing_to_those_who_listen(tell, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(services.statuses, "_STATUS_LISTENERS", [told.append])
    customer = known_customer(status="PROCESSING")
    missing = [{"code": "DOC", "message": "Send the back too", "documentType": None}]
    tell(customer.oceafin_customer_id, status="MISSING_INFO_REQUIRED", missing=[*missing, "junk"])
    assert list(told[-1].missing) == missing


def test_of_one_instant_with_the_reply_is_decided_by_asking(tell, oceafin: Script) -> None:
    oceafin.posts.append(answer(customerId=ID, status="PROCESSING", updatedAt=LATER))
    customer = make_customer()
    deliver()
    tell(status="APPROVED", at=LATER)
    assert fresh(customer).oceafin_status == "PROCESSING"
    oceafin.posts.clear()
    oceafin.posts.append(answer(customerId=ID, status="APPROVED", updatedAt=LATER))
    services.poll_due_customers(timezone.now())
    Submission.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    deliver()
    assert fresh(customer).oceafin_status == "APPROVED"
