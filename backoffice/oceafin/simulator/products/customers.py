"""Customers and their onboarding: contract section 3."""

from typing import Any

from ..call import Call
from ..problems import Answer, Problem, answer, invalid
from ..reading import choice, hash_hex, instant, items, section, text
from ..resources import CUSTOMER, FILE, SUBMISSION, Resource
from ..world import World

SCRIPTS = {"approve", "reject", "missing", "slow"}
MAY_SUBMIT = {"DRAFT", "MISSING_INFO_REQUIRED"}
SECTIONS = {
    "KYC": ("personalDetails", "additionalPersonalDetails"),
    "KYB": ("corporationDetails", "additionalCorporationDetails"),
}
TYPE_FOR = {"INDIVIDUAL": "KYC", "CORPORATE": "KYB"}


def create(world: World, call: Call) -> Answer:
    """Creates the customer, or returns the one that has this reference already."""
    ref = text(call.data, "partnerCustomerRef", longest=128)
    customer_type = choice(call.data, "customerType", *TYPE_FOR)
    name = text(call.data, "displayName")
    metadata = _metadata(call.data)
    existing = world.resources.find_by_ref(CUSTOMER, ref)
    if existing is not None:
        return answer(200, shown(existing))
    customer = world.resources.add(
        CUSTOMER,
        status="DRAFT",
        ref=ref,
        script=_script(metadata, name),
        customerType=customer_type,
        displayName=name,
        submissions=0,
    )
    return answer(201, shown(customer))


def shown(customer: Resource) -> dict[str, Any]:
    return {
        "customerId": customer.id,
        "partnerCustomerRef": customer.ref,
        "customerType": customer.fields["customerType"],
        "status": customer.status,
        "createdAt": customer.created_at,
        "updatedAt": customer.updated_at,
    }


def customer_of(world: World, call: Call) -> Resource:
    """The customer that the path names; `routes` has made sure that it exists."""
    customer = world.resources.find(CUSTOMER, call.ids["customerId"])
    if customer is None:
        raise Problem("PARTNER_CUSTOMER_NOT_FOUND", "There is no such customer.")
    return customer


def approved(customer: Resource | None) -> Resource:
    """Product calls are for approved customers only."""
    if customer is None or customer.status != "APPROVED":
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", "The customer is not approved.")
    return customer


def submit_onboarding(world: World, call: Call) -> Answer:
    """Takes in a KYC or KYB submission; from here the customer moves by itself."""
    customer = customer_of(world, call)
    ref = text(call.data, "submissionRef", longest=128)
    submission_type = choice(call.data, "submissionType", *SECTIONS)
    if submission_type != TYPE_FOR[customer.fields["customerType"]]:
        raise invalid("submissionType", f"does not fit a customer of type {customer.fields['customerType']}")
    for name in SECTIONS[submission_type]:
        section(call.data, name)
    _check_documents(world, customer, call.data)
    _check_consent(section(call.data, "consentEvidence"))
    _check_attestation(section(call.data, "partnerAttestation"), world.options.client_id)
    if customer.status not in MAY_SUBMIT:
        sentence = f"A customer that is {customer.status} takes no submission."
        raise Problem("PARTNER_RESOURCE_STATE_INVALID", sentence)
    submission = world.resources.add(SUBMISSION, status="SUBMITTED", ref=ref, customer_id=customer.id)
    customer.fields["submissions"] += 1
    world.walk.move(customer, "SUBMITTED")
    submitted = {
        "submissionId": submission.id,
        "customerId": customer.id,
        "status": "SUBMITTED",
        "submittedAt": submission.created_at,
    }
    return answer(201, submitted)


def _metadata(data: dict[str, Any]) -> dict[str, str]:
    metadata = data.get("metadata", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise invalid("metadata", "must be an object of texts")
    return metadata


def _script(metadata: dict[str, str], name: str) -> str:
    """The part that the customer plays: metadata `simulate`, else the last word of the name, else approve."""
    last_word = name.lower().split()[-1].strip("()[].")
    wanted = metadata.get("simulate", last_word)
    return wanted if wanted in SCRIPTS else "approve"


def _check_documents(world: World, customer: Resource, data: dict[str, Any]) -> None:
    for document in items(data, "supportingDocuments"):
        text(document, "documentType")
        file = world.resources.find(FILE, text(document, "fileAssetId"))
        if file is None or file.customer_id != customer.id:
            raise invalid("supportingDocuments.fileAssetId", "is not a file of this customer")


def _check_consent(consent: dict[str, Any]) -> None:
    text(consent, "consentVersion")
    hash_hex(consent, "consentTextSha256")
    instant(consent, "consentedAt")


def _check_attestation(attestation: dict[str, Any], client_id: str) -> None:
    if text(attestation, "attestedByClientId") != client_id:
        raise invalid("partnerAttestation.attestedByClientId", "is not the client that signed the request")
    text(attestation, "attestedBy")
    instant(attestation, "attestedAt")
