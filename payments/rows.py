"""The statements that each step of each payment begins with, written out once.

A payment is read and locked some ten times on its way, with who is paid and whose it is: some hundred columns, whose
statement costs several times as much to compose as to run. Everything off this path uses the ORM.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

from backoffice import prepared
from customers.models import Customer
from payments.models import BankAccount, Draft, PaymentRequest, Quote, WalletAddress

M = TypeVar("M", bound=Model)


class _Part(Generic[M]):
    """The columns of one model in a longer row."""

    def __init__(self, model: type[M], alias: str) -> None:
        fields = model._meta.concrete_fields
        self.columns = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.width = len(fields)
        self._model = model
        self._names = [field.attname for field in fields]
        self._pk = self._names.index("id")
        self._readers = [(place, getattr(field, "from_db_value", None)) for place, field in enumerate(fields)]

    def read(self, row: Sequence[Any], start: int) -> M | None:
        """The model's object in this row; None where an outer join found nothing."""
        values = list(row[start : start + self.width])
        if values[self._pk] is None:
            return None
        for place, reader in self._readers:
            if reader is not None:
                values[place] = reader(values[place], None, connection)
        return self._model.from_db(connection.alias, self._names, values)


_PAYMENT, _CUSTOMER = _Part(PaymentRequest, "p"), _Part(Customer, "c")
_ACCOUNT, _WALLET = _Part(BankAccount, "b"), _Part(WalletAddress, "w")
_DRAFT, _QUOTE = _Part(Draft, "d"), _Part(Quote, "q")

# Whose a payment is never changes.
_LOCK_CUSTOMER = f"""
SELECT {_CUSTOMER.columns} FROM {Customer._meta.db_table} c
WHERE c.id = (SELECT p.customer_id FROM {PaymentRequest._meta.db_table} p WHERE p.id = %s) FOR NO KEY UPDATE
"""  # noqa: S608 (columns and tables of our own models, here and below)
_READ_CUSTOMER = _LOCK_CUSTOMER.replace("FOR NO KEY UPDATE", "")
_READ = f"""
SELECT {_PAYMENT.columns}, {_ACCOUNT.columns}, {_WALLET.columns} FROM {PaymentRequest._meta.db_table} p
LEFT JOIN {BankAccount._meta.db_table} b ON b.id = p.beneficiary_id
LEFT JOIN {WalletAddress._meta.db_table} w ON w.id = p.wallet_id WHERE p.id = %s
"""  # noqa: S608
_LOCK = f"{_READ} FOR NO KEY UPDATE OF p"
_DRAFT_BY = f"""
SELECT {_DRAFT.columns}, {_QUOTE.columns} FROM {Draft._meta.db_table} d
LEFT JOIN {Quote._meta.db_table} q ON q.id = d.quote_id WHERE d.payment_id = %s AND d.
"""  # noqa: S608
_DRAFT_BY_REF, _DRAFT_BY_ID = f"{_DRAFT_BY.rstrip()}draft_ref = %s", f"{_DRAFT_BY.rstrip()}oceafin_id = %s"


def lock_customer(payment: int) -> Customer:
    """The customer of this payment, locked until the transaction ends. Raises PaymentRequest.DoesNotExist."""
    return _customer(_LOCK_CUSTOMER, payment)


def lock_payment(pk: int, customer: Customer) -> PaymentRequest:
    """The payment's row with who is paid, locked; its customer was locked before. Raises DoesNotExist."""
    return _payment(_LOCK, pk, customer)


def read_payment(pk: int) -> PaymentRequest:
    """The same as it stands, without a lock. Raises DoesNotExist."""
    return _payment(_READ, pk, _customer(_READ_CUSTOMER, pk))


def draft_named(payment: PaymentRequest, draft_ref: str) -> Draft | None:
    """The draft under this reference of ours, with its quote."""
    return _draft(_DRAFT_BY_REF, payment, draft_ref)


def draft_known_as(payment: PaymentRequest, oceafin_id: str | None) -> Draft | None:
    """The draft that Oceafin knows under this id, with its quote."""
    return _draft(_DRAFT_BY_ID, payment, oceafin_id) if oceafin_id else None


def _customer(statement: str, payment: int) -> Customer:
    row = _one(statement, payment)
    customer = _CUSTOMER.read(row, 0) if row else None
    if customer is None:
        raise PaymentRequest.DoesNotExist
    return customer


def _payment(statement: str, pk: int, customer: Customer) -> PaymentRequest:
    row = _one(statement, pk)
    payment = _PAYMENT.read(row, 0) if row else None
    if row is None or payment is None:
        raise PaymentRequest.DoesNotExist
    payment.beneficiary = _ACCOUNT.read(row, _PAYMENT.width)
    payment.wallet = _WALLET.read(row, _PAYMENT.width + _ACCOUNT.width)
    payment.customer = customer
    if payment.payee is not None:
        payment.payee.customer = customer
    return payment


def _draft(statement: str, payment: PaymentRequest, name: str) -> Draft | None:
    row = _one(statement, payment.pk, name)
    draft = _DRAFT.read(row, 0) if row else None
    if row is not None and draft is not None:
        draft.quote = _QUOTE.read(row, _DRAFT.width)
        draft.payment = payment
    return draft


def _one(statement: str, *values: Any) -> tuple[Any, ...] | None:
    with prepared.cursor() as cursor:
        cursor.execute(statement, list(values))
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row
