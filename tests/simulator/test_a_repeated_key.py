from concurrent.futures import ThreadPoolExecutor

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner

BODY = {"partnerCustomerRef": "cust-7", "customerType": "INDIVIDUAL", "displayName": "Ada", "metadata": {}}


def test_gets_the_stored_answer_byte_for_byte(partner: Partner, simulator: SimulatorProcess) -> None:
    first = partner.post("/customers", BODY, key="cust-7:create")
    simulator.advance("customer", "SUSPENDED", ref="cust-7")
    second = partner.post("/customers", BODY, key="cust-7:create")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert [request["outcome"] for request in simulator.requests()] == ["answered", "replayed"]


def test_with_another_body_is_a_conflict(partner: Partner) -> None:
    partner.post("/customers", BODY, key="cust-7:create")
    reply = partner.post("/customers", BODY | {"displayName": "Bob"}, key="cust-7:create")
    assert (reply.status_code, reply.json()["code"]) == (409, "PARTNER_IDEMPOTENCY_CONFLICT")


def test_on_another_path_is_a_conflict(partner: Partner, withdrawal_id: str) -> None:
    partner.submit(withdrawal_id, key="k-1")
    assert partner.submit("another", key="k-1").json()["code"] == "PARTNER_IDEMPOTENCY_CONFLICT"


def test_is_executed_once_when_sent_by_many_at_once(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda _: partner.submit(withdrawal_id, key="wd-1:submit"), range(20)))
    assert {reply.content for reply in replies} == {replies[0].content}
    assert len(simulator.withdrawals("wd-1")) == 1


def test_gets_a_refusal_again(partner: Partner, simulator: SimulatorProcess, customer_id: str) -> None:
    unpaid = partner.draft(customer_id, partner.bank_account(customer_id))
    assert partner.submit(unpaid, key="k-1").status_code == 409
    simulator.fund("cust-1")
    assert partner.submit(unpaid, key="k-1").status_code == 409
    assert partner.submit(unpaid, key="k-2").status_code == 200


def test_is_not_remembered_when_nothing_was_decided(partner: Partner, simulator: SimulatorProcess) -> None:
    simulator.disable("customers")
    assert partner.post("/customers", BODY, key="k-1").json()["code"] == "PARTNER_PRODUCT_DISABLED"
    simulator.disable()
    assert partner.post("/customers", BODY, key="k-1").status_code == 201


def test_is_forgotten_after_its_lifetime_or_on_request(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    assert partner.submit(withdrawal_id, key="k-1").status_code == 200
    assert simulator.forget_keys("^k-") == ["k-1"]
    assert partner.submit(withdrawal_id, key="k-1").json()["code"] == "PARTNER_RESOURCE_STATE_INVALID"
    partner.post("/customers", BODY, key="cust-7:create")
    simulator.pass_time(24 * 3600 + 1)
    reply = partner.post("/customers", BODY | {"displayName": "Bob"}, key="cust-7:create")
    assert reply.status_code == 200
