"""A customer's standing with us, beside the status that Oceafin gives."""

from enum import StrEnum

from backoffice.states import Machine, State


class Standing(State):
    ACTIVE = "ACTIVE"
    RESTRICTED = "RESTRICTED"
    OFFBOARDING = "OFFBOARDING"


STANDING = Machine(
    name="standing",
    initial=Standing.ACTIVE,
    moves={
        Standing.ACTIVE: (Standing.RESTRICTED, Standing.OFFBOARDING),
        Standing.RESTRICTED: (Standing.ACTIVE, Standing.OFFBOARDING),
        Standing.OFFBOARDING: (Standing.ACTIVE, Standing.RESTRICTED),
    },
    sentences={
        Standing.ACTIVE: "We do business with this customer.",
        Standing.RESTRICTED: "Nothing leaves for this customer until the restriction is lifted.",
        Standing.OFFBOARDING: "We are ending the relationship. Nothing new is begun.",
    },
)


class OceafinStatus(StrEnum):
    """Oceafin's eight statuses (contract section 3). Any other text is kept and shown as it came."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    PROCESSING = "PROCESSING"
    MISSING_INFO_REQUIRED = "MISSING_INFO_REQUIRED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


# Nothing more is expected: such a customer is asked about no longer by itself.
FINAL = frozenset({OceafinStatus.REJECTED, OceafinStatus.CLOSED})
# Nothing moves unless somebody acts: once a day is enough.
AT_REST = frozenset({OceafinStatus.DRAFT, OceafinStatus.APPROVED, OceafinStatus.SUSPENDED})
