"""What the tabs show of the customer's own records: papers, people, accounts and money."""

from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from backoffice import vault
from backoffice.desk.customer_page.page import ROWS, Page, newest
from backoffice.staff.roles import Right
from customers import statuses
from customers.likeness.showing import likenesses_of
from customers.screening import showing as screened
from customers.states import STANDING
from onboarding.models import Case
from onboarding.people.models import Person
from onboarding.states import CASE
from payments import terms, ways
from payments.accounts.deposits import coins
from payments.accounts.models import Balance, FoundBy, Transaction
from payments.models import BankAccount, PaymentRequest, WalletAddress
from payments.money import read_decimal
from payments.states import PAYMENT


def overview(page: Page) -> dict[str, Any]:
    """Who it is, how it stands with us, what Oceafin said, and who looks alike."""
    customer = page.customer
    changes = list(customer.status_changes.order_by("-at", "-id")[:ROWS])
    for change in changes:
        change.customer = customer
    try:
        reason = customer.standing_reason
        history = [(change, statuses.missing_of(change)) for change in changes]
    except vault.KeyDestroyed:
        reason, history = "", [(change, []) for change in changes]
    return {
        "standing_machine": STANDING,
        "standing_reason": reason,
        "history": history,
        **likenesses_of(customer, page.user, back=page.url),
    }


def cases(page: Page) -> dict[str, Any]:
    rows = Case.objects.filter(customer=page.customer).select_related("claimed_by")
    return {**newest(rows, page), "machine": CASE, "sees_risk": page.may(Right.SEE_PERSONAL_DATA)}


def documents(page: Page) -> dict[str, Any]:
    return newest(page.customer.documents.select_related("replaced_by"), page)


def people(page: Page) -> dict[str, Any]:
    """Who stands behind a company, by the newest case that names them, and everybody's screenings."""
    named = Person.objects.filter(case__customer=page.customer, removed_at__isnull=True)
    last = named.order_by("-case_id").values("case_id")[:1]
    rows = list(named.filter(case_id=last).select_related("case").order_by("role", "number"))
    for row in rows:
        row.case.customer = page.customer
    return {
        "people": [(row, _name(row) if page.sees_persons else "") for row in rows],
        "screenings": screened.lines_of(page.customer, page.now, is_open=page.sees_persons),
        "may_decide_hits": page.may(Right.REVIEW_CASES),
        "page_url": page.url_of("people"),
    }


def accounts(page: Page) -> dict[str, Any]:
    """Where this customer's money may be sent to."""
    wallets = WalletAddress.objects.filter(customer=page.customer).order_by("-pk")[:ROWS]
    return {
        **newest(BankAccount.objects.filter(customer=page.customer), page),
        "wallets": [(wallet, coins.name_of(wallet.network)) for wallet in wallets],
    }


def money(page: Page) -> dict[str, Any]:
    """The last reading of each balance, and the newest transactions."""
    rows = Transaction.objects.filter(customer=page.customer).order_by("-occurred_at", "-id")[:ROWS]
    return {
        "balances": balances_of(page),
        "rows": [
            {
                "row": row,
                "number": read_decimal(row.amount),
                "explained": record_url(row.explained_type, row.explained_id),
                "only_read": row.found_by == FoundBy.READ,
            }
            for row in rows
        ],
    }


def payments(page: Page) -> dict[str, Any]:
    rows = PaymentRequest.objects.filter(customer=page.customer).select_related("beneficiary", "wallet")
    shown = newest(rows, page)
    amounts = [
        (row, terms.digits(row.amount, row.currency, row.network), ways.of(row).to(row))
        for row in shown["rows"]
    ]
    return {
        **shown,
        "rows": amounts,
        "machine": PAYMENT,
        "may_request": page.may(Right.REQUEST_PAYMENTS),
    }


def balances_of(page: Page) -> list[dict[str, Any]]:
    """Each balance as it was read last; `available` as a number where it is one."""
    rows = Balance.objects.filter(customer=page.customer).order_by("currency", "network")[:ROWS]
    return [
        {"row": row, "available": read_decimal(row.available), "pending": read_decimal(row.pending)}
        for row in rows
    ]


def record_url(label: str, key: str) -> str:
    """The page of a record that is named by `app.Model` and its key; "" where it has none."""
    try:
        meta = apps.get_model(label)._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])
    except (LookupError, ValueError, NoReverseMatch):
        return ""


def _name(person: Person) -> str:
    try:
        return person.name
    except vault.KeyDestroyed:
        return ""
