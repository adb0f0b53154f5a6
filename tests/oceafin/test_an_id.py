"""An id of Oceafin's is the same one in capitals: whatever it comes in is kept small."""

import json
from uuid import uuid4

import pytest
from django.utils import timezone

from backoffice.oceafin.ids import small, small_in
from payments import services
from tests.customers.conftest import known_customer
from tests.oceafin.raw_server import reply
from tests.oceafin.sending import send_to
from tests.payments.people import came_in, maker
from webhooks.envelope import open_envelope

ID = "f463b337-d20b-4d59-9b61-0487c89da11b"


def test_in_capitals_is_the_small_one_in_a_reply():
    said = {"items": [{"bankAccountId": ID.upper(), "status": "ACTIVE"}], "nextCursor": None}
    for body in (json.dumps(said), json.dumps(said, indent=2), json.dumps(said, separators=(",", ":"))):
        assert send_to(reply(body.encode()))[0].data["items"] == [{"bankAccountId": ID, "status": "ACTIVE"}]


def test_in_capitals_is_the_small_one_in_an_event():
    event = {"eventId": "e", "resource": {"resourceId": ID.upper()}, "customer": {"customerId": ID.upper()}}
    envelope = open_envelope(json.dumps(event).encode())
    assert (envelope.resource_id, envelope.oceafin_customer_id) == (ID, ID)


def test_leaves_our_own_references_as_we_wrote_them():
    body = json.dumps({"withdrawalId": ID.upper(), "withdrawalRef": ID.upper(), "purpose": ID.upper()})
    assert json.loads(small_in(body.encode())) == {
        "withdrawalId": ID,
        "withdrawalRef": ID.upper(),
        "purpose": ID.upper(),
    }


@pytest.mark.parametrize("text", ["", "TX-1", ID.upper() + "-2", "F463B337D20B4D599B610487C89DA11B"])
def test_that_is_no_uuid_stays_as_it_came(text):
    assert small(text) == text
    body = json.dumps({"transactionId": text}).encode()
    assert small_in(body) == body


@pytest.mark.django_db
def test_in_capitals_names_the_source_of_a_refund():
    source = came_in(known_customer(), depositId=str(uuid4()))
    payment, _is_new = services.request_payment(
        payment_ref="rf-1",
        kind="REFUND",
        customer=source.customer,
        amount="5.00",
        currency="EUR",
        details={
            "sourceType": "FIAT_DEPOSIT",
            "sourceId": source.deposit_id.upper(),
            "reason": "sent twice",
        },
        actor=maker(),
        now=timezone.now(),
    )
    assert payment.source_id == source.deposit_id
