"""What the pages of fiat accounts are made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts import switches
from payments.accounts.deposits.models import Deposit
from payments.accounts.deposits.models import Kind as DepositKind
from payments.accounts.fiat import hearing, letters, queues, telling
from payments.accounts.fiat.models import (
    DETAILS,
    DepositInstruction,
    FiatAccount,
    FiatAccountApplication,
    FiatAccountCapability,
    InfoRound,
)
from payments.accounts.fiat.states import APPLICATION, ApplicationState
from payments.accounts.models import Balance, Reading, Transaction
from payments.money import read_decimal

NEWEST, NEWEST_TRANSACTIONS = 25, 10


@dataclass(frozen=True)
class Tab:
    """One queue of the page."""

    name: str
    label: str
    rows: QuerySet[Any]
    empty: str

    @property
    def count(self) -> str:
        number = self.rows.order_by()[: queues.COUNTED_AT_MOST].count()
        return f"{queues.COUNTED_AT_MOST - 1}+" if number >= queues.COUNTED_AT_MOST else str(number)


def tabs() -> list[Tab]:
    """What a person here has to do comes first."""
    return [
        Tab(
            "us",
            _("Waits for information from us"),
            queues.waits_for_us(),
            _("Oceafin asks for nothing. What it asks for appears here by itself."),
        ),
        Tab(
            "oceafin",
            _("Waits for Oceafin"),
            queues.waits_for_oceafin(),
            _("No application is under way. Apply for an account to begin one."),
        ),
        Tab("open", _("Open accounts"), queues.accounts(), _("No customer has an account yet.")),
    ]


def url_of(record: FiatAccountApplication | FiatAccount) -> str:
    return reverse(f"admin:fiat_accounts_{record._meta.model_name}_change", args=[record.pk])


def rows_for_customer(customer: Customer) -> list[dict[str, Any]]:
    """For the customer's page: the newest applications and accounts, in two queries."""
    applications = customer.fiat_applications.order_by("-id")[:NEWEST]
    accounts = customer.fiat_accounts.order_by("-id")[:NEWEST]
    rows = [
        {
            "record": each,
            "url": url_of(each),
            "what": _("Application"),
            "name": each.application_ref,
            "currency": each.currency,
            "machine": APPLICATION,
            "state": each.state,
            "since": each.state_since,
        }
        for each in applications
    ]
    rows += [
        {
            "record": each,
            "url": url_of(each),
            "what": _("Account"),
            "name": each.masked_number or each.fiat_account_id,
            "currency": each.currency,
            "machine": None,
            "state": each.status,
            "since": each.opened_at or each.found_at,
        }
        for each in accounts
    ]
    return sorted(rows, key=lambda row: row["since"], reverse=True)[:NEWEST]


def of_customer(page: Any) -> dict[str, Any]:
    """The tab of the customer's page: applications and accounts, newest first."""
    return {
        "rows": rows_for_customer(page.customer),
        "may_request": page.may(Right.REQUEST_PAYMENTS),
    }


def capabilities_of(customer: Customer) -> list[dict[str, Any]]:
    """What may be opened, as it came, with what Oceafin wants for it."""
    rows = FiatAccountCapability.objects.filter(customer=customer).select_related("customer")
    return [{"capability": each, "required": each.required} for each in rows.order_by("currency", "id")]


def reading_of(customer: Customer) -> Reading | None:
    """When the capabilities were read last, and why not."""
    return customer.readings.filter(name=hearing.LISTS[0]).first()


def apply_context(customer: Customer) -> dict[str, Any]:
    under_way = customer.fiat_applications.exclude(state__in=[*APPLICATION.final]).order_by("-id")[:5]
    return {
        "customer": customer,
        "capabilities": capabilities_of(customer),
        "reading": reading_of(customer),
        "under_way": [{"application": each, "url": url_of(each)} for each in under_way],
        "refusal": customer.refusal_reason(),
        "switched_off": switches.is_off(letters.APPLY_OPERATION),
    }


def application_context(
    application: FiatAccountApplication, user: User, now: datetime, *, sees_persons: bool, may_open: bool
) -> dict[str, Any]:
    """Everything that the page of an application shows."""
    rounds = [_round(each, application, sees_persons) for each in application.rounds.order_by("-number")]
    known = FiatAccountCapability.objects.filter(
        customer=application.customer, capability_id=application.capability_id
    )
    waits_for_answer = application.state == ApplicationState.NEEDS_INFO
    return {
        "rounds": rounds,
        "capability": known.first() if application.capability_id else None,
        "purpose": _read(lambda: application.purpose) if sees_persons else "",
        "can_answer": waits_for_answer and user.has_right(Right.REQUEST_PAYMENTS),
        "shows_questions": may_open,
        "answer_url": reverse("fiat_accounts:answer", args=[application.application_ref]),
        "account_url": url_of(application.account) if application.account else "",
        "letters": telling.letters_of(application) if user.has_right(Right.SEE_BORDERS) else [],
        "now": now,
    }


def account_context(account: FiatAccount, user: User, now: datetime, *, sees_persons: bool) -> dict[str, Any]:
    """The account, where to pay in, and what moved last."""
    instructions = account.instructions.select_related("customer").order_by("-is_listed", "id")
    moved = Transaction.objects.filter(customer=account.customer, currency=account.currency, network="")
    balance = Balance.objects.filter(customer=account.customer, currency=account.currency, network="")
    application = FiatAccountApplication.objects.filter(account=account).first()
    paid_in = Deposit.objects.filter(
        kind=DepositKind.FIAT, customer=account.customer, home_id=account.fiat_account_id
    )
    return {
        "instructions": [_instruction(each, sees_persons) for each in instructions],
        "balance": _balance(balance.first()),
        "transactions": [
            {"row": each, "number": read_decimal(each.amount)}
            for each in moved.order_by("-occurred_at", "-id")[:NEWEST_TRANSACTIONS]
        ],
        "deposits": [
            {"deposit": each, "number": read_decimal(each.amount), "url": _url_of_deposit(each)}
            for each in paid_in.order_by("-id")[:NEWEST_TRANSACTIONS]
        ],
        "application": application,
        "application_url": url_of(application) if application else "",
        "details": labelled(_read(lambda: account.details) or {}) if sees_persons else [],
        "now": now,
    }


def labelled(details: dict[str, str]) -> list[tuple[str, str]]:
    """The details in their order, with the words that a payer reads."""
    labels = {
        "accountHolderName": _("Account holder"),
        "iban": _("IBAN"),
        "accountNumber": _("Account number"),
        "routingNumber": _("Routing number"),
        "swiftCode": _("SWIFT code"),
        "bankName": _("Bank"),
        "country": _("Country"),
        "paymentReference": _("Payment reference"),
        "currency": _("Currency"),
    }
    return [(labels[name], details[name]) for name in (*DETAILS, "currency") if details.get(name)]


def as_text(details: dict[str, str]) -> str:
    """Where to pay in, as one text that can be sent on."""
    return "\n".join(f"{label}: {value}" for label, value in labelled(details))


def documents_to_choose(application: FiatAccountApplication) -> list[Any]:
    """The customer's documents, the newest first, for choosing."""
    return list(application.customer.documents.order_by("-id")[:100])


def _instruction(row: DepositInstruction, sees_persons: bool) -> dict[str, Any]:
    details = (_read(lambda: row.details) or {}) if sees_persons else {}
    whole = {"currency": row.currency, **details} if details else {}
    return {"instruction": row, "rows": labelled(whole), "text": as_text(whole)}


def _round(one: InfoRound, application: FiatAccountApplication, sees_persons: bool) -> dict[str, Any]:
    one.application = application
    return {
        "round": one,
        "items": _read(lambda: one.items) or [],
        "answers": (_read(lambda: one.answers) or []) if sees_persons else [],
        "documents": list(one.documents.order_by("id")),
    }


def _balance(balance: Balance | None) -> dict[str, Any] | None:
    if balance is None:
        return None
    numbers = {"available": read_decimal(balance.available), "pending": read_decimal(balance.pending)}
    return {"row": balance, **numbers}


def _url_of_deposit(deposit: Deposit) -> str:
    """Its page, "" where this house does not have it."""
    try:
        return reverse("admin:deposits_deposit_change", args=[deposit.pk])
    except NoReverseMatch:
        return ""


def _read(read: Any) -> Any:
    try:
        return read()
    except vault.KeyDestroyed:
        return None
