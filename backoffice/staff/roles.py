"""Who may do what: one table, pure. A right that is not in the table is denied."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """What a person was taken on to do. A person may hold several, see EXCLUSIVE."""

    COMPLIANCE_REVIEWER = "COMPLIANCE_REVIEWER"
    COMPLIANCE_LEAD = "COMPLIANCE_LEAD"
    MLRO = "MLRO"
    PAYMENTS_MAKER = "PAYMENTS_MAKER"
    PAYMENTS_APPROVER = "PAYMENTS_APPROVER"
    OPERATIONS_LEAD = "OPERATIONS_LEAD"
    AUDITOR = "AUDITOR"
    SUPPORT = "SUPPORT"
    ADMINISTRATOR = "ADMINISTRATOR"

    @property
    def label(self) -> Promise:
        return ROLE_LABELS[self]

    @classmethod
    def choices(cls) -> list[tuple[str, Promise]]:
        return [(role.value, role.label) for role in cls]


class Right(StrEnum):
    """One thing that a person may do or see."""

    SEE_CUSTOMERS = "SEE_CUSTOMERS"
    SEE_PERSONAL_DATA = "SEE_PERSONAL_DATA"
    CREATE_CUSTOMERS = "CREATE_CUSTOMERS"
    RESTRICT_CUSTOMERS = "RESTRICT_CUSTOMERS"
    REVIEW_CASES = "REVIEW_CASES"
    LEAD_CASES = "LEAD_CASES"
    ATTEST_CASES = "ATTEST_CASES"
    SEE_PAYMENTS = "SEE_PAYMENTS"
    REQUEST_PAYMENTS = "REQUEST_PAYMENTS"
    APPROVE_PAYMENTS = "APPROVE_PAYMENTS"
    COUNTERSIGN_PAYMENTS = "COUNTERSIGN_PAYMENTS"
    LEAD_PAYMENTS = "LEAD_PAYMENTS"
    STOP_MONEY_OUT = "STOP_MONEY_OUT"
    OPEN_MONEY_OUT = "OPEN_MONEY_OUT"
    SEE_POLICY = "SEE_POLICY"
    PROPOSE_POLICY = "PROPOSE_POLICY"
    APPROVE_POLICY = "APPROVE_POLICY"
    SEE_AUDIT = "SEE_AUDIT"
    SEE_REVEALS = "SEE_REVEALS"
    SEE_BORDERS = "SEE_BORDERS"
    RELEASE_HELD = "RELEASE_HELD"
    MANAGE_STAFF = "MANAGE_STAFF"
    MANAGE_ENDPOINTS = "MANAGE_ENDPOINTS"

    @property
    def label(self) -> Promise:
        return RIGHT_LABELS[self]


ROLE_LABELS: dict[Role, Promise] = {
    Role.COMPLIANCE_REVIEWER: _("Compliance reviewer"),
    Role.COMPLIANCE_LEAD: _("Compliance lead"),
    Role.MLRO: _("Money laundering reporting officer"),
    Role.PAYMENTS_MAKER: _("Payments maker"),
    Role.PAYMENTS_APPROVER: _("Payments approver"),
    Role.OPERATIONS_LEAD: _("Operations lead"),
    Role.AUDITOR: _("Auditor"),
    Role.SUPPORT: _("Support"),
    Role.ADMINISTRATOR: _("Administrator"),
}

# Finishes the sentence "This needs the right to ...".
RIGHT_LABELS: dict[Right, Promise] = {
    Right.SEE_CUSTOMERS: _("see customers"),
    Right.SEE_PERSONAL_DATA: _("see personal data"),
    Right.CREATE_CUSTOMERS: _("create customers"),
    Right.RESTRICT_CUSTOMERS: _("restrict customers"),
    Right.REVIEW_CASES: _("review onboarding cases"),
    Right.LEAD_CASES: _("lead onboarding cases"),
    Right.ATTEST_CASES: _("attest onboarding cases"),
    Right.SEE_PAYMENTS: _("see payments"),
    Right.REQUEST_PAYMENTS: _("request payments"),
    Right.APPROVE_PAYMENTS: _("approve payments"),
    Right.COUNTERSIGN_PAYMENTS: _("approve payments where the policy names your role"),
    Right.LEAD_PAYMENTS: _("lead payments"),
    Right.STOP_MONEY_OUT: _("stop money out"),
    Right.OPEN_MONEY_OUT: _("open money out"),
    Right.SEE_POLICY: _("read the policy for payments"),
    Right.PROPOSE_POLICY: _("propose a policy for payments"),
    Right.APPROVE_POLICY: _("approve a policy for payments"),
    Right.SEE_AUDIT: _("read the audit trail"),
    Right.SEE_REVEALS: _("see who looked at personal data"),
    Right.SEE_BORDERS: _("see what goes to and comes from Oceafin"),
    Right.RELEASE_HELD: _("release what is held"),
    Right.MANAGE_STAFF: _("manage staff"),
    Right.MANAGE_ENDPOINTS: _("manage where our webhooks go"),
}

_READ_ALL = frozenset(
    {
        Right.SEE_CUSTOMERS,
        Right.SEE_PERSONAL_DATA,
        Right.SEE_PAYMENTS,
        Right.SEE_POLICY,
        Right.SEE_BORDERS,
        Right.SEE_AUDIT,
        Right.SEE_REVEALS,
    }
)
_REVIEWER = frozenset(
    {Right.SEE_CUSTOMERS, Right.SEE_PERSONAL_DATA, Right.CREATE_CUSTOMERS, Right.REVIEW_CASES}
)
_COMPLIANCE_LEAD = _REVIEWER | {
    Right.RESTRICT_CUSTOMERS,
    Right.LEAD_CASES,
    Right.ATTEST_CASES,
    Right.SEE_PAYMENTS,
    Right.COUNTERSIGN_PAYMENTS,
    Right.SEE_POLICY,
    Right.SEE_BORDERS,
    Right.SEE_REVEALS,
}
_PAYMENTS = frozenset(
    {
        Right.SEE_CUSTOMERS,
        Right.SEE_PERSONAL_DATA,
        Right.SEE_PAYMENTS,
        Right.SEE_POLICY,
        Right.STOP_MONEY_OUT,
    }
)

ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COMPLIANCE_REVIEWER: _REVIEWER,
    Role.COMPLIANCE_LEAD: _COMPLIANCE_LEAD,
    Role.MLRO: _COMPLIANCE_LEAD | _READ_ALL | {Right.STOP_MONEY_OUT},
    Role.PAYMENTS_MAKER: _PAYMENTS | {Right.REQUEST_PAYMENTS},
    Role.PAYMENTS_APPROVER: _PAYMENTS | {Right.APPROVE_PAYMENTS},
    Role.OPERATIONS_LEAD: _PAYMENTS
    | {
        Right.CREATE_CUSTOMERS,
        Right.LEAD_PAYMENTS,
        Right.COUNTERSIGN_PAYMENTS,
        Right.SEE_BORDERS,
        Right.RELEASE_HELD,
    },
    Role.AUDITOR: _READ_ALL,
    # Sees that a customer or a payment is there and where it stands, never who it is about.
    Role.SUPPORT: frozenset({Right.SEE_CUSTOMERS, Right.SEE_PAYMENTS}),
    # People and switches; never money, never cases.
    Role.ADMINISTRATOR: frozenset(
        {
            Right.MANAGE_STAFF,
            Right.MANAGE_ENDPOINTS,
            Right.STOP_MONEY_OUT,
            Right.OPEN_MONEY_OUT,
            Right.SEE_POLICY,
            Right.PROPOSE_POLICY,
            Right.APPROVE_POLICY,
            Right.SEE_AUDIT,
            Right.SEE_BORDERS,
        }
    ),
}

# One person holds at most one of these at a time; a unique index in the database says the same.
EXCLUSIVE = frozenset({Role.ADMINISTRATOR, Role.PAYMENTS_MAKER, Role.PAYMENTS_APPROVER})


def rights_of(roles: set[Role] | frozenset[Role]) -> frozenset[Right]:
    """Every right that these roles give together."""
    return frozenset(right for role in roles for right in ROLE_RIGHTS[role])
