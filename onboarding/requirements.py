"""Which documents a case needs before it can be accepted, and why one may be rejected. Pure."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Any one of these shows who a person is.
IDENTITY_DOCUMENTS = frozenset({"PASSPORT", "NATIONAL_ID", "DRIVING_LICENCE", "RESIDENCE_PERMIT"})
# These are good until a day that stands on them: nobody accepts one without having read it.
EXPIRING_DOCUMENTS = IDENTITY_DOCUMENTS

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
    NOT_NEEDED = "NOT_NEEDED"
    OTHER = "OTHER"

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(reason.value, REASON_LABELS[reason]) for reason in cls]

    @property
    def is_final(self) -> bool:
        """It speaks against the customer: without another one that is accepted, the case is not."""
        return self == RejectReason.SUSPICIOUS

    @property
    def asks_again(self) -> bool:
        """Another document comes on the list of what is asked for, by itself, with words for the customer."""
        return self not in {RejectReason.SUSPICIOUS, RejectReason.NOT_NEEDED, RejectReason.OTHER}

    @classmethod
    def grouped(cls) -> list[tuple[Promise, list[tuple[str, Promise]]]]:
        """The reasons as a reviewer chooses among them: what asks for another document, and what does not."""
        again = [choice for choice in cls.choices() if cls(choice[0]).asks_again]
        final = [choice for choice in cls.choices() if cls(choice[0]).is_final]
        aside = [choice for choice in cls.choices() if choice[0] == RejectReason.NOT_NEEDED]
        other = [choice for choice in cls.choices() if choice not in again + final + aside]
        return [
            (_("Ask for it again"), again),
            (_("Final: the case is not accepted with it"), final),
            (_("Set aside: nothing is asked for"), aside),
            (_("You say what is asked for"), other),
        ]


REASON_LABELS: dict[RejectReason, Promise] = {
    RejectReason.UNREADABLE: _("Cannot be read"),
    RejectReason.EXPIRED: _("Has expired"),
    RejectReason.DOES_NOT_MATCH: _("Does not match the data"),
    RejectReason.WRONG_DOCUMENT: _("Is another kind of document"),
    RejectReason.INCOMPLETE: _("Pages are missing"),
    RejectReason.SUSPICIOUS: _("Looks altered"),
    RejectReason.NOT_NEEDED: _("Is not needed"),
    RejectReason.OTHER: _("Another reason (say which)"),
}
