"""What a case of each type needs before it can be accepted, and why a document may be rejected. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Any one of these shows who a person is.
IDENTITY_DOCUMENTS = frozenset({"PASSPORT", "NATIONAL_ID", "DRIVING_LICENCE", "RESIDENCE_PERMIT"})
# These are good until a day that stands on them: nobody accepts one without having read it.
EXPIRING_DOCUMENTS = IDENTITY_DOCUMENTS
REGISTRATION_DOCUMENTS = frozenset({"CERTIFICATE_OF_INCORPORATION", "REGISTER_EXTRACT"})


class Matter(StrEnum):
    """What an event in a customer's life may concern: whoever opens a case after an EVENT names one or more."""

    IDENTITY = "IDENTITY"
    REGISTRATION = "REGISTRATION"
    ADDRESS = "ADDRESS"
    FUNDS = "FUNDS"
    OWNERSHIP = "OWNERSHIP"

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(matter.value, MATTER_LABELS[matter]) for matter in cls]


MATTER_LABELS: dict[Matter, Promise] = {
    Matter.IDENTITY: _("Who the customer is"),
    Matter.REGISTRATION: _("The company's registration"),
    Matter.ADDRESS: _("Where the customer lives or sits"),
    Matter.FUNDS: _("Where the money comes from"),
    Matter.OWNERSHIP: _("Directors and owners"),
}


class Asked(StrEnum):
    """When a case asks for something."""

    ALWAYS = "ALWAYS"
    # What was accepted in an approved case has expired, or is older than policy (DOCUMENTS_VALID_DAYS).
    AGAIN = "AGAIN"
    # The event concerns it. An event that does not say what it concerns concerns what an onboarding asks for.
    CONCERNED = "CONCERNED"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Need:
    """One line of the checklist: one accepted document of these kinds, or with none each required person."""

    matter: Matter
    label: Promise
    documents: frozenset[str]
    submission_types: frozenset[str]
    ONBOARDING: Asked
    REFRESH: Asked
    EVENT: Asked


_PERSON, _COMPANY, _BOTH = frozenset({"KYC"}), frozenset({"KYB"}), frozenset({"KYC", "KYB"})
_ALWAYS, _AGAIN, _CONCERNED, _NEVER = Asked.ALWAYS, Asked.AGAIN, Asked.CONCERNED, Asked.NEVER
# What more a partner or Oceafin wants is asked for in the case. Data, dates, screening and likely duplicates are
# looked at in every case, of whatever type: what is submitted is the whole.
NEEDS = (
    # matter, line, documents of which any one will do, of whom; at ONBOARDING, at a REFRESH, after an EVENT
    Need(
        Matter.IDENTITY, _("An identity document"), IDENTITY_DOCUMENTS, _PERSON, _ALWAYS, _AGAIN, _CONCERNED
    ),
    Need(
        Matter.REGISTRATION,
        _("A document that proves the company's registration"),
        REGISTRATION_DOCUMENTS,
        _COMPANY,
        _ALWAYS,
        _AGAIN,
        _CONCERNED,
    ),
    Need(
        Matter.OWNERSHIP,
        _("Each required person was accepted"),
        frozenset(),
        _COMPANY,
        _ALWAYS,
        _ALWAYS,
        _CONCERNED,
    ),
    Need(
        Matter.ADDRESS,
        _("A proof of address"),
        frozenset({"PROOF_OF_ADDRESS"}),
        _BOTH,
        _NEVER,
        _NEVER,
        _CONCERNED,
    ),
    Need(
        Matter.FUNDS,
        _("A proof of the source of funds"),
        frozenset({"SOURCE_OF_FUNDS"}),
        _BOTH,
        _NEVER,
        _NEVER,
        _CONCERNED,
    ),
)


def needs_of(*, case_type: str, submission_type: str, concerns: Iterable[str]) -> Iterator[tuple[Need, bool]]:
    """What such a case asks for, and whether what was accepted before will do (Asked.AGAIN)."""
    named = set(concerns)
    for need in NEEDS:
        if submission_type not in need.submission_types:
            continue
        asked: Asked = getattr(need, case_type)
        if asked == Asked.CONCERNED:
            is_concerned = need.matter in named if named else need.ONBOARDING == Asked.ALWAYS
            asked = Asked.ALWAYS if is_concerned else Asked.NEVER
        if asked != Asked.NEVER:
            yield need, asked == Asked.AGAIN


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
