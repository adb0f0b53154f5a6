"""What every draft of money out has: evidence of who approved it (contract section 4), and the part that it plays."""

from typing import Any

from ..problems import Problem, invalid
from ..reading import HEX_64, choice, instant, items, text

SCRIPTS = ("completed", "failed", "returned_late", "returned", "missing", "slow", "cancelled", "insufficient")


def check_authorization(evidence: Any) -> str:
    """The operation hash, if the evidence is whole; PARTNER_OPERATION_NOT_APPROVED names what is not."""
    try:
        if not isinstance(evidence, dict):
            raise invalid("operationAuthorization", "is missing")
        text(evidence, "authorizationRef")
        text(evidence, "policyVersion")
        approvers = items(evidence, "authorizedBy")
        if not approvers:
            raise invalid("authorizedBy", "must name at least one approver")
        for approver in approvers:
            text(approver, "userRef")
            text(approver, "role")
            instant(approver, "approvedAt")
            choice(approver, "method", "TOTP", "WEBAUTHN", "PASSWORD")
        operation_hash = evidence.get("operationHash")
        if not isinstance(operation_hash, str) or not HEX_64.fullmatch(operation_hash):
            raise invalid("operationHash", "must be 64 lowercase hexadecimal digits")
        return operation_hash
    except Problem as problem:
        sentence = "The authorization evidence is missing or incomplete."
        raise Problem("PARTNER_OPERATION_NOT_APPROVED", sentence, errors=problem.errors) from None


def script_in(*texts: str | None) -> str:
    """The part that it plays, from `simulate:failed` and the like in its texts."""
    for wanted in SCRIPTS:
        if any(f"simulate:{wanted}" in (line or "").lower() for line in texts):
            return wanted
    return "completed"
