"""The tabs of a customer's page, in their order. A new room adds one entry, and its task to `tasks.py`:

    Tab("wallets", _("Wallets"), "payments/wallets/of_customer.html", wallets.of_customer, Right.SEE_PAYMENTS),

with `of_customer(page)` here in the desk or in the room itself (a room takes `page` as it is: it imports nothing
from the desk). A tab that this person's rights do not open is not shown, and its address is not there for them.
"""

from django.utils.translation import gettext_lazy as _

from backoffice.desk.customer_page import borders, records
from backoffice.desk.customer_page.page import Tab
from backoffice.staff.roles import Right
from payments.accounts.collections import showing as collections
from payments.accounts.deposits import showing as deposits
from payments.accounts.fiat import showing as fiat_accounts

TABS = (
    Tab("overview", _("Overview"), "desk/customer/overview.html", records.overview, Right.SEE_CUSTOMERS),
    Tab("cases", _("Cases"), "desk/customer/cases.html", records.cases, Right.SEE_CUSTOMERS),
    Tab(
        "documents",
        _("Documents"),
        "desk/customer/documents.html",
        records.documents,
        Right.SEE_PERSONAL_DATA,
    ),
    Tab(
        "people",
        _("People and screening"),
        "desk/customer/people.html",
        records.people,
        Right.SEE_PERSONAL_DATA,
    ),
    Tab(
        "fiat",
        _("Fiat accounts"),
        "accounts/fiat/of_customer.html",
        fiat_accounts.of_customer,
        Right.SEE_PAYMENTS,
    ),
    Tab("accounts", _("Beneficiaries"), "desk/customer/accounts.html", records.accounts, Right.SEE_PAYMENTS),
    Tab(
        "money", _("Balances and transactions"), "desk/customer/money.html", records.money, Right.SEE_PAYMENTS
    ),
    Tab("deposits", _("Deposits"), "deposits/of_customer.html", deposits.of_customer, Right.SEE_PAYMENTS),
    Tab("payments", _("Payments"), "desk/customer/payments.html", records.payments, Right.SEE_PAYMENTS),
    Tab(
        "collections",
        _("Collections"),
        "accounts/collections/of_customer.html",
        collections.of_customer,
        Right.SEE_PAYMENTS,
    ),
    Tab("events", _("Events"), "desk/customer/events.html", borders.events, Right.SEE_BORDERS),
    Tab("sending", _("Sending"), "desk/customer/sending.html", borders.sending, Right.SEE_BORDERS),
    Tab("looks", _("Who looked"), "desk/customer/looks.html", borders.looks, Right.SEE_REVEALS),
    Tab("history", _("History"), "desk/customer/history.html", borders.history, Right.SEE_CUSTOMERS),
)


def tabs_for(rights: frozenset[Right]) -> list[Tab]:
    """Those that these rights open."""
    return [tab for tab in TABS if tab.right in rights]
