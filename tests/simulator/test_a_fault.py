import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner


def test_that_loses_the_response_has_done_the_work(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.fault("lose_response", operation="submitFiatWithdrawal")
    with pytest.raises(requests.ConnectionError):
        partner.submit(withdrawal_id, key="k-1")
    assert len(simulator.withdrawals()) == 1
    assert partner.submit(withdrawal_id, key="k-1").json()["status"] == "SUBMITTED"
    assert len(simulator.withdrawals()) == 1


def test_that_resets_before_has_done_nothing(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.fault("reset_before", path="/submit$")
    with pytest.raises(requests.ConnectionError):
        partner.submit(withdrawal_id, key="k-1")
    assert simulator.withdrawals() == []
    assert simulator.requests("submitFiatWithdrawal")[0]["outcome"] == "reset"
    assert partner.submit(withdrawal_id, key="k-1").status_code == 200


@pytest.mark.parametrize("book", [True, False])
def test_that_stalls_does_the_work_or_not(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str, book: bool
) -> None:
    simulator.fault("stall", seconds=1, book=book, operation="submit")
    with pytest.raises(requests.Timeout):
        partner.submit(withdrawal_id, timeout=0.3)
    assert len(simulator.withdrawals()) == (1 if book else 0)


def test_that_drips_is_slow_and_whole(
    partner: Partner, simulator: SimulatorProcess, customer_id: str
) -> None:
    simulator.fault("drip", seconds=0.4, operation="listBalances")
    started = time.monotonic()
    assert partner.get(f"/customers/{customer_id}/balances").json() == {"items": [], "nextCursor": None}
    assert time.monotonic() - started > 0.3


def test_that_answers_a_status_may_say_when_to_come_back(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.fault("status", status=429, retryAfter=7, operation="submit")
    busy = partner.submit(withdrawal_id)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    simulator.fault("status", status=503, operation="submit")
    assert partner.submit(withdrawal_id).json()["code"] == "PARTNER_PROCESSING_UNAVAILABLE"
    assert simulator.withdrawals() == []
    simulator.fault("status", status=500, book=True, operation="submit")
    assert partner.submit(withdrawal_id).status_code == 500
    assert len(simulator.withdrawals()) == 1


def test_that_answers_a_page_has_done_the_work(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.fault("html", operation="submit")
    reply = partner.submit(withdrawal_id)
    assert reply.headers["Content-Type"].startswith("text/html")
    assert len(simulator.withdrawals()) == 1


def test_that_truncates_promises_more_than_it_sends(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.fault("truncate", operation="submit")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        partner.submit(withdrawal_id)
    assert len(simulator.withdrawals()) == 1


def test_that_is_foreign_answers_json_without_a_resource(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str
) -> None:
    simulator.fault("foreign", operation="submit")
    assert "withdrawalId" not in partner.submit(withdrawal_id).json()


@pytest.mark.parametrize("name", ["auth_failed", "signature_invalid"])
def test_of_authentication_answers_401(partner: Partner, simulator: SimulatorProcess, name: str) -> None:
    simulator.fault(name)
    reply = partner.get("/transactions/x")
    assert (reply.status_code, reply.json()["code"]) == (401, "PARTNER_" + name.upper())


def test_of_contents_leaves_the_id(partner: Partner, simulator: SimulatorProcess, withdrawal_id: str) -> None:
    path = f"/fiat-withdrawals/{withdrawal_id}"
    simulator.fault("extra_fields")
    simulator.fault("nulls")
    simulator.fault("unknown_enum")
    assert "futureField" in partner.get(path).json()
    nulls = partner.get(path).json()
    assert {name for name, value in nulls.items() if value is not None} == {"withdrawalId", "status"}
    assert partner.get(path).json()["status"] == "AWAITING_ORACLE"
    assert partner.get(path).json()["status"] == "DRAFT"


def test_strikes_as_often_as_told_and_only_what_matches(
    partner: Partner, simulator: SimulatorProcess
) -> None:
    simulator.fault("status", status=500, times=2, key="^cust-1:")
    body = {"partnerCustomerRef": "c", "customerType": "INDIVIDUAL", "displayName": "Ada", "metadata": {}}
    found = [
        partner.post("/customers", body, key=key).status_code
        for key in ("x", "cust-1:a", "cust-1:a", "cust-1:a")
    ]
    assert found == [201, 500, 500, 200]
    assert simulator.faults()[0]["struck"] == 2
    simulator.clear_faults()
    assert simulator.faults() == []


@pytest.mark.parametrize(
    "wanted", [{"fault": "sulk"}, {"fault": "stall", "times": 0}, {"fault": "stall", "match": {"path": "("}}]
)
def test_that_makes_no_sense_is_refused(simulator: SimulatorProcess, wanted: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="400"):
        simulator.control("POST", "faults", **wanted)


@pytest.mark.parametrize("book", [True, False])
def test_of_a_gate_holds_the_answer_until_it_is_opened(
    partner: Partner, simulator: SimulatorProcess, withdrawal_id: str, book: bool
) -> None:
    gate = simulator.gate("submit", book=book, operation="submitFiatWithdrawal")
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(partner.submit, withdrawal_id)
        with gate.held():
            assert len(simulator.withdrawals()) == (1 if book else 0)
            assert not reply.done()
        assert reply.result(5).json()["status"] == "SUBMITTED"
    assert len(simulator.withdrawals()) == 1
