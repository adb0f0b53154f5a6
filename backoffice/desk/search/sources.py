"""What can be searched for, in the order in which it is shown. A new room adds one entry:

    Source("wallets", _("Wallets"), Right.SEE_PAYMENTS, find_wallets, _("reference, Oceafin's id")),

with `find_wallets(term)` beside its own records here in the desk (`source.py` says what it owes), an index for each
way of finding, and a line in the test that explains every statement.
"""

from django.utils.translation import gettext_lazy as _

from backoffice.desk.search import accounts, borders, deposits, records
from backoffice.desk.search.source import AT_MOST, LONGEST, Found, Source, Term
from backoffice.staff.roles import Right

SOURCES = (
    Source(
        "customers",
        _("Customers"),
        Right.SEE_CUSTOMERS,
        records.customers,
        _("reference, Oceafin's id; part of the name, in any script, if you may see names"),
    ),
    Source("cases", _("Cases"), Right.SEE_CUSTOMERS, records.cases, _("reference, Oceafin's submission id")),
    Source(
        "payments",
        _("Payments"),
        Right.SEE_PAYMENTS,
        records.payments,
        _("reference, Oceafin's id"),
    ),
    Source(
        "bank-accounts",
        _("Bank accounts"),
        Right.SEE_PAYMENTS,
        records.bank_accounts,
        _("reference, Oceafin's id"),
    ),
    Source(
        "beneficiary-wallets",
        _("Wallets"),
        Right.SEE_PAYMENTS,
        records.wallets,
        _("reference, Oceafin's id"),
    ),
    Source(
        "transactions",
        _("Transactions"),
        Right.SEE_PAYMENTS,
        records.transactions,
        _("Oceafin's id, or the id of what it belongs to"),
    ),
    Source(
        "deposits",
        _("Deposits"),
        Right.SEE_PAYMENTS,
        deposits.deposits,
        _("Oceafin's id, hash of the transaction"),
    ),
    Source(
        "deposit-addresses",
        _("Deposit addresses"),
        Right.SEE_PAYMENTS,
        deposits.addresses,
        _("reference, Oceafin's id, the whole address"),
    ),
    Source(
        "fiat-accounts",
        _("Accounts"),
        Right.SEE_PAYMENTS,
        accounts.accounts,
        _("Oceafin's id, the whole number without spaces"),
    ),
    Source(
        "applications",
        _("Applications for accounts"),
        Right.SEE_PAYMENTS,
        accounts.applications,
        _("reference, Oceafin's id"),
    ),
    Source(
        "wallets",
        _("Collection wallets"),
        Right.SEE_PAYMENTS,
        accounts.wallets,
        _("reference, Oceafin's id, the whole address"),
    ),
    Source(
        "collections",
        _("Collections"),
        Right.SEE_PAYMENTS,
        accounts.collections,
        _("Oceafin's id, hash of the transaction"),
    ),
    Source(
        "documents",
        _("Documents"),
        Right.SEE_PERSONAL_DATA,
        records.documents,
        _("our id, Oceafin's file id"),
    ),
    Source("screenings", _("Screenings"), Right.SEE_PERSONAL_DATA, records.screenings, _("whole reference")),
    Source("letters", _("Sent to Oceafin"), Right.SEE_BORDERS, borders.letters, _("idempotency key")),
    Source(
        "tries",
        _("Requests to Oceafin"),
        Right.SEE_BORDERS,
        borders.tries,
        _("request id, ours or Oceafin's"),
    ),
    Source(
        "events",
        _("Events from Oceafin"),
        Right.SEE_BORDERS,
        borders.events,
        _("event id, or Oceafin's id of what it is about"),
    ),
    Source("webhooks", _("Webhooks sent"), Right.SEE_BORDERS, borders.webhooks, _("whole id of a message")),
)
# References and ids hold no spaces and no letters but plain ones: what does is looked for among names alone.
BY_NAME = frozenset({"customers"})


class Group:
    """What one kind found: its first rows, and whether there are more."""

    def __init__(self, source: Source, found: list[Found]) -> None:
        self.source = source
        self.rows = found[:AT_MOST]
        self.has_more = len(found) > AT_MOST


def sources_for(rights: frozenset[Right]) -> list[Source]:
    """What these rights may find."""
    return [source for source in SOURCES if source.right in rights]


def search(term: Term) -> list[Group]:
    """Everything that this person may see and that is called so, by kind."""
    if not term.text or len(term.text) > LONGEST or "\x00" in term.text:
        return []
    asked = [each for each in sources_for(term.rights) if term.is_one_word or each.name in BY_NAME]
    groups = [Group(source, list(source.find(term))) for source in asked]
    return [group for group in groups if group.rows]


def the_one(groups: list[Group]) -> Found | None:
    """The one record that is exactly what was typed, if there is one and no other."""
    exact = {found.url: found for group in groups for found in group.rows if found.is_exact}
    return next(iter(exact.values())) if len(exact) == 1 else None
