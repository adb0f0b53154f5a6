import json

import pytest

from tests.simulator.driver import SimulatorProcess, wait_until
from tests.simulator.endpoint import Endpoint
from tests.simulator.partner import Partner


@pytest.fixture
def told(simulator: SimulatorProcess, partner: Partner, endpoint: Endpoint) -> Endpoint:
    """An endpoint, with a customer whose next change will be the first event."""
    partner.customer()
    return endpoint


def test_of_a_customer_says_its_status_and_what_is_missing(
    simulator: SimulatorProcess, partner: Partner, endpoint: Endpoint
) -> None:
    customer_id = partner.customer(simulate="missing")
    partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
    simulator.step(2)
    simulator.wait_until_delivered()
    told = sorted((received.event for received in endpoint.received), key=lambda event: event["occurredAt"])
    assert [event["eventType"] for event in told] == [
        "customer.onboarding.submitted",
        "customer.onboarding.updated",
        "customer.onboarding.updated",
    ]
    assert [event["data"]["status"] for event in told] == ["SUBMITTED", "PROCESSING", "MISSING_INFO_REQUIRED"]
    assert told[2]["data"]["missing"][0].keys() == {"code", "message", "documentType"}
    assert told[2]["customer"] == {"customerId": customer_id, "partnerCustomerRef": "cust-1"}
    assert told[2]["resource"] == {"resourceType": "customer", "resourceId": customer_id}


def test_of_a_withdrawal_is_only_a_hint(
    simulator: SimulatorProcess, partner: Partner, endpoint: Endpoint, withdrawal_id: str
) -> None:
    partner.submit(withdrawal_id)
    simulator.step(2)
    simulator.wait_until_delivered()
    updates = endpoint.of_type("fiat_withdrawal.updated")
    assert len(updates) == 3
    assert {received.event["resource"]["resourceId"] for received in updates} == {withdrawal_id}
    assert all(received.event["data"] == {} for received in updates)
    assert endpoint.of_type("fiat_withdrawal.created")
    assert endpoint.of_type("customer.transaction.updated")


def test_is_signed_over_the_bytes_that_are_sent(simulator: SimulatorProcess, told: Endpoint) -> None:
    simulator.advance("customer", "APPROVED", ref="cust-1")
    simulator.wait_until_delivered()
    [received] = told.received
    assert received.is_signed_with("demo-webhook-secret")


def test_is_sent_again_until_it_is_taken(simulator: SimulatorProcess, told: Endpoint) -> None:
    told.statuses = [500, 404, 202]
    simulator.advance("customer", "APPROVED", ref="cust-1")
    wait_until(lambda: len(told.received) == 1, 5, "not sent")
    wait_until(lambda: simulator.events()[0]["attempts"] == 1, 5, "not settled")
    simulator.pass_time(5)
    wait_until(lambda: simulator.events()[0]["attempts"] == 2, 5, "not sent again")
    simulator.pass_time(5)
    simulator.wait_until_delivered()
    assert len({received.body for received in told.received}) == 1
    assert len({received.nonce for received in told.received}) == 3
    [event] = simulator.events("DELIVERED")
    assert [delivery["status"] for delivery in event["deliveries"]] == [500, 404, 202]


def test_is_given_up_after_the_last_attempt(simulator: SimulatorProcess, told: Endpoint) -> None:
    told.statuses = [500]
    simulator.advance("customer", "APPROVED", ref="cust-1")
    for attempt in range(1, 13):
        wait_until(lambda n=attempt: simulator.events()[0]["attempts"] >= n, 5, "not tried")  # type: ignore[misc]
        simulator.pass_time(4000)
    assert simulator.events()[0]["state"] == "FAILED"
    assert len(told.received) == 12


def test_never_holds_an_answer_up(simulator: SimulatorProcess, partner: Partner) -> None:
    simulator.set(webhookUrl="http://192.0.2.1:9/hook")
    partner.customer()
    simulator.advance("customer", "APPROVED", ref="cust-1")
    assert partner.get("/transactions/x", timeout=1).status_code == 404


def test_may_be_lost_and_sent_by_hand_later(simulator: SimulatorProcess, told: Endpoint) -> None:
    simulator.fault("lose_event", resource_type="customer")
    simulator.advance("customer", "APPROVED", ref="cust-1")
    [event] = simulator.events("LOST")
    assert told.received == []
    assert simulator.send_event(event["eventId"]) == [202]
    assert told.received[0].event["eventId"] == event["eventId"]


def test_may_be_late(simulator: SimulatorProcess, told: Endpoint) -> None:
    simulator.fault("delay_event", seconds=3600)
    simulator.advance("customer", "APPROVED", ref="cust-1")
    simulator.advance("customer", "SUSPENDED", ref="cust-1")
    wait_until(lambda: told.received, 5, "the second was not sent")
    simulator.pass_time(3601)
    simulator.wait_until_delivered()
    assert [received.event["data"]["status"] for received in told.received] == ["SUSPENDED", "APPROVED"]


def test_may_come_many_times_at_once(simulator: SimulatorProcess, told: Endpoint) -> None:
    simulator.fault("double_event", copies=10)
    simulator.advance("customer", "APPROVED", ref="cust-1")
    wait_until(lambda: len(told.received) == 10, 5, "not ten")
    assert len({received.event["eventId"] for received in told.received}) == 1
    assert len({received.nonce for received in told.received}) == 10


def test_may_come_in_the_wrong_order(simulator: SimulatorProcess, told: Endpoint) -> None:
    simulator.fault("reorder_events", count=3, times=3)
    for status in ("SUBMITTED", "PROCESSING", "APPROVED"):
        simulator.advance("customer", status, ref="cust-1")
    wait_until(lambda: len(told.received) == 3, 5, "not three")
    assert [received.event["data"]["status"] for received in told.received] == [
        "APPROVED",
        "PROCESSING",
        "SUBMITTED",
    ]


def test_may_be_forged_or_stale(simulator: SimulatorProcess, told: Endpoint) -> None:
    simulator.fault("forge_event")
    simulator.advance("customer", "APPROVED", ref="cust-1")
    simulator.wait_until_delivered()
    simulator.fault("stale_event", seconds=1000)
    simulator.advance("customer", "SUSPENDED", ref="cust-1")
    simulator.wait_until_delivered()
    forged, stale = told.received
    assert not forged.is_signed_with("demo-webhook-secret")
    assert stale.is_signed_with("demo-webhook-secret")
    assert stale.timestamp < forged.timestamp


def test_can_be_any_bytes_sent_by_hand(simulator: SimulatorProcess, endpoint: Endpoint) -> None:
    assert simulator.send_event(raw="not json", signature="0" * 64) == [202]
    assert simulator.send_event(event={"eventId": "e-1"}, copies=3, nonce="mine") == [202, 202, 202]
    assert simulator.send_event(raw="{}", without=["X-Oceafin-Webhook-Nonce"]) == [202]
    bodies = [received.body for received in endpoint.received]
    assert bodies == [b"not json", *[b'{"eventId":"e-1"}'] * 3, b"{}"]
    assert endpoint.received[0].signature == "0" * 64
    assert json.loads(bodies[1]) == {"eventId": "e-1"}
    assert endpoint.received[4].nonce == ""
