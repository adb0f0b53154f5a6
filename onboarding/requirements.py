"""Which documents a case needs before it can be accepted, and why one may be rejected. Pure."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Any one of these shows who a person is.
IDENTITY_DOCUMENTS = frozenset({"PASSPORT", "NATIONAL_ID", "DRIVING_LICENCE", "RESIDENCE_PERMIT"})

# One accepted document of each set is needed. What more a partner or Oceafin wants is asked for in the case.
REQUIRED_DOCUMENTS: dict[str, dict[Promise, frozenset[str]]] = {
    "KYC": {
        _("An identity document"): IDENTITY_DOCUMENTS,
    },
    "KYB": {
        _("A document that proves the company's registration"): frozenset(
            {"CERTIFICATE_OF_INCORPORATION", "REGISTER_EXTRACT"}
        ),
    },
}


class RejectReason(StrEnum):
    """Why a document does not do."""

    UNREADABLE = "UNREADABLE"
    EXPIRED = "EXPIRED"
    DOES_NOT_MATCH = "DOES_NOT_MATCH"
    WRONG_DOCUMENT = "WRONG_DOCUMENT"
    INCOMPLETE = "INCOMPLETE"
    SUSPICIOUS = "SUSPICIOUS"
    OTHER = "OTHER"

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(reason.value, REASON_LABELS[reason]) for reason in cls]


REASON_LABELS: dict[RejectReason, Promise] = {
    RejectReason.UNREADABLE: _("Cannot be read"),
    RejectReason.EXPIRED: _("Has expired"),
    RejectReason.DOES_NOT_MATCH: _("Does not match the data"),
    RejectReason.WRONG_DOCUMENT: _("Is another kind of document"),
    RejectReason.INCOMPLETE: _("Pages are missing"),
    RejectReason.SUSPICIOUS: _("Looks altered"),
    RejectReason.OTHER: _("Another reason (say which)"),
}
