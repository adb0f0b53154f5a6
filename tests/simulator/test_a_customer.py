import hashlib

import pytest

from tests.simulator.driver import SimulatorProcess
from tests.simulator.partner import Partner

BODY = {
    "partnerCustomerRef": "cust-1",
    "customerType": "INDIVIDUAL",
    "displayName": "Ada Berg",
    "metadata": {},
}


def statuses(simulator: SimulatorProcess, steps: int) -> list[str]:
    found = []
    for _ in range(steps):
        simulator.step()
        found.append(simulator.resources("customer")[0]["status"])
    return found


def test_is_created_once_for_a_reference(partner: Partner) -> None:
    first = partner.post("/customers", BODY)
    second = partner.post("/customers", BODY)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["status"] == "DRAFT"


@pytest.mark.parametrize(
    ("name", "value"),
    [("partnerCustomerRef", ""), ("customerType", "ALIEN"), ("displayName", None), ("metadata", {"a": 1})],
)
def test_is_not_created_from_a_malformed_field(partner: Partner, name: str, value: object) -> None:
    reply = partner.post("/customers", BODY | {name: value})
    assert (reply.status_code, reply.json()["code"]) == (400, "PARTNER_VALIDATION_FAILED")
    assert reply.json()["errors"][0]["field"].startswith(name)


def test_is_approved_after_its_submission(partner: Partner, simulator: SimulatorProcess) -> None:
    customer_id = partner.customer()
    simulator.step(3)
    assert simulator.resources("customer")[0]["status"] == "DRAFT"
    reply = partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
    assert (reply.status_code, reply.json()["status"]) == (201, "SUBMITTED")
    assert statuses(simulator, 3) == ["PROCESSING", "APPROVED", "APPROVED"]


@pytest.mark.parametrize(("simulate", "end"), [("reject", "REJECTED"), ("missing", "MISSING_INFO_REQUIRED")])
def test_ends_as_its_metadata_says(
    partner: Partner, simulator: SimulatorProcess, simulate: str, end: str
) -> None:
    customer_id = partner.customer(simulate=simulate)
    partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
    assert statuses(simulator, 3)[-1] == end


def test_ends_as_the_last_word_of_its_name_says(partner: Partner, simulator: SimulatorProcess) -> None:
    customer_id = partner.post("/customers", BODY | {"displayName": "Ada Berg (reject)"}).json()["customerId"]
    partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
    assert statuses(simulator, 2) == ["PROCESSING", "REJECTED"]


def test_is_approved_once_what_was_missing_is_sent(partner: Partner, simulator: SimulatorProcess) -> None:
    customer_id = partner.customer(simulate="missing")
    path = f"/customers/{customer_id}/onboarding-submissions"
    partner.post(path, partner.submission("kyc-1"))
    simulator.step(2)
    assert partner.post(path, partner.submission("kyc-2")).status_code == 201
    assert statuses(simulator, 2) == ["PROCESSING", "APPROVED"]


def test_takes_its_time_when_it_is_slow(partner: Partner, simulator: SimulatorProcess) -> None:
    customer_id = partner.customer(simulate="slow")
    partner.post(f"/customers/{customer_id}/onboarding-submissions", partner.submission())
    assert statuses(simulator, 7) == ["PROCESSING"] * 6 + ["APPROVED"]


def test_takes_no_submission_while_one_is_under_way(partner: Partner) -> None:
    path = f"/customers/{partner.customer()}/onboarding-submissions"
    partner.post(path, partner.submission("kyc-1"))
    reply = partner.post(path, partner.submission("kyc-2"))
    assert (reply.status_code, reply.json()["code"]) == (409, "PARTNER_RESOURCE_STATE_INVALID")


@pytest.mark.parametrize(
    "part", ["consentEvidence", "partnerAttestation", "personalDetails", "submissionRef"]
)
def test_needs_every_part_of_a_submission(partner: Partner, part: str) -> None:
    body = partner.submission()
    del body[part]
    reply = partner.post(f"/customers/{partner.customer()}/onboarding-submissions", body)
    assert reply.json()["code"] == "PARTNER_VALIDATION_FAILED"


def test_is_attested_by_the_client_that_signs(partner: Partner) -> None:
    body = partner.submission()
    body["partnerAttestation"]["attestedByClientId"] = "somebody"
    reply = partner.post(f"/customers/{partner.customer()}/onboarding-submissions", body)
    assert reply.json()["errors"][0]["field"].endswith("attestedByClientId")


def test_that_is_unknown_is_not_found(partner: Partner) -> None:
    reply = partner.get("/customers/nobody/balances")
    assert (reply.status_code, reply.json()["code"]) == (404, "PARTNER_CUSTOMER_NOT_FOUND")


def upload(partner: Partner, customer_id: str, content: bytes) -> dict[str, object]:
    mark = b"--mark\r\n"
    body = mark + b'Content-Disposition: form-data; name="documentType"\r\n\r\nPASSPORT\r\n' + mark
    body += (
        b'Content-Disposition: form-data; name="file"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'
    )
    body += content + b"\r\n--mark--\r\n"
    kind = 'multipart/form-data; boundary="mark"'
    reply = partner.send("POST", f"/customers/{customer_id}/files", body, key="f-1", content_type=kind)
    assert reply.status_code == 201
    return dict(reply.json())


def test_keeps_the_hash_of_an_uploaded_file(partner: Partner) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--mar\r\n\n\r"
    file = upload(partner, partner.customer(), content)
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert (file["sizeBytes"], file["fileName"], file["contentType"]) == (len(content), "p.png", "image/png")
    assert file["documentType"] == "PASSPORT"


def test_may_name_a_file_by_its_id(partner: Partner) -> None:
    customer_id = partner.customer()
    file = upload(partner, customer_id, b"bytes")
    body = {"fileAssetId": file["fileAssetId"], "documentType": "SELFIE"}
    assert partner.post(f"/customers/{customer_id}/files", body).json()["documentType"] == "SELFIE"


def test_may_submit_its_own_files_only(partner: Partner) -> None:
    file = upload(partner, partner.customer("cust-2"), b"bytes")
    documents = [{"documentType": "PASSPORT", "fileAssetId": file["fileAssetId"]}]
    body = partner.submission(supportingDocuments=documents)
    reply = partner.post(f"/customers/{partner.customer()}/onboarding-submissions", body)
    assert (reply.status_code, reply.json()["code"]) == (400, "PARTNER_VALIDATION_FAILED")
