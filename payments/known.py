"""What warnings are looked up by: statements that are written out once, because they are asked for with every quote.

Each looks at what is here now, and takes nothing down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice import prepared
from payments.models import BankAccount, FixedSide, PaymentRequest, WalletAddress
from payments.money import EXACT
from payments.states import NOTHING_LEFT, PaymentState

Payee = BankAccount | WalletAddress
# Money that once left for a beneficiary, whatever came of it.
_LEFT = (PaymentState.SENT, PaymentState.NEEDS_INFO, PaymentState.SETTLED, PaymentState.RETURNED)
_PENDING = (PaymentState.APPROVED, PaymentState.SENDING, PaymentState.UNCONFIRMED)

# A payment that is not kept yet has no number, and is none of those that are.
_KNOWN = """
SELECT
  EXISTS (SELECT FROM payments_paymentrequest
    WHERE {payee} = %(payee)s AND id IS DISTINCT FROM %(payment)s AND state = ANY(%(left)s)),
  (SELECT payment_ref FROM payments_paymentrequest
    WHERE {payee} = %(payee)s AND id IS DISTINCT FROM %(payment)s AND amount = %(amount)s
      AND currency = %(currency)s AND created_at >= %(since)s AND state <> ALL(%(nothing_left)s)
    ORDER BY id DESC LIMIT 1),
  (SELECT result FROM payments_beneficiaryconfirmation
    WHERE {confirmed} = %(payee)s AND evidence = 'PAYEE_NAME_CHECK' ORDER BY id DESC LIMIT 1),
  (SELECT ARRAY[o.{ref}, c.partner_customer_ref] FROM {table} o JOIN customers_customer c ON c.id = o.customer_id
    WHERE o.{same} = %(same)s AND o.customer_id <> %(customer)s LIMIT 1),
  (SELECT ARRAY[o.{ref}, c.partner_customer_ref] FROM {table} o JOIN customers_customer c ON c.id = o.customer_id
    WHERE o.{like} AND o.{same} <> %(same)s LIMIT 1),
  (SELECT {ref} FROM {table} WHERE id = %(replaces)s),
  (SELECT {ref} FROM {table} WHERE replaces_id = %(payee)s ORDER BY id DESC LIMIT 1)
"""
_OF_ACCOUNT = _KNOWN.format(
    payee="beneficiary_id",
    confirmed="bank_account_id",
    table="payments_bankaccount",
    ref="bank_account_ref",
    same="number_fingerprint",
    like="number_shapes && %(like)s::varchar[]",
)
_OF_WALLET = _KNOWN.format(
    payee="wallet_id",
    confirmed="wallet_id",
    table="payments_walletaddress",
    ref="wallet_address_ref",
    same="address_fingerprint",
    like="ends_fingerprint = %(like)s",
)
# Of what is bought, the other side is what it costs. A conversion names no network: it may take from any.
_ON_ITS_WAY_OUT = """
SELECT sum(amount) FILTER (
    WHERE fixed_side <> %(buy)s AND currency = %(currency)s AND (%(network)s = '' OR network IN ('', %(network)s))
  ), sum(most_paid) FILTER (WHERE fixed_side = %(buy)s AND other_currency = %(currency)s)
FROM payments_paymentrequest
WHERE customer_id = %(customer)s AND id IS DISTINCT FROM %(payment)s AND state = ANY(%(pending)s)
"""
_SETTLED = """
SELECT count(*), max(amount) FROM payments_paymentrequest
WHERE customer_id = %(customer)s AND id IS DISTINCT FROM %(payment)s AND currency = %(currency)s
  AND network = %(network)s AND state = 'SETTLED' AND state_since >= %(since)s
"""


@dataclass(frozen=True)
class Known:
    """What is known of a destination and of those like it; references are ours, of beneficiaries and customers."""

    paid_before: bool
    # The newest payment of the same amount, not long ago.
    same: str | None
    name_check: str | None
    # The same destination of another customer, and one that only looks like it, of anybody.
    shared: dict[str, str] | None
    like: dict[str, str] | None
    # Of which one it took the place, and which one took its own.
    before: str | None
    after: str | None


def of_destination(payment: PaymentRequest, payee: Payee, *, since: datetime) -> Known:
    """What is known of who is paid; `since`: from when on the same amount counts as asked for again."""
    is_wallet = isinstance(payee, WalletAddress)
    row = _row(
        _OF_WALLET if is_wallet else _OF_ACCOUNT,
        payment,
        payee=payee.pk,
        amount=payment.amount,
        since=since,
        left=_values(_LEFT),
        nothing_left=_values(NOTHING_LEFT),
        same=payee.address_fingerprint if isinstance(payee, WalletAddress) else payee.number_fingerprint,
        like=payee.ends_fingerprint if isinstance(payee, WalletAddress) else payee.number_shapes,
        replaces=payee.replaces_id,
    )
    paid_before, same, name_check, shared, like, before, after = row
    return Known(paid_before, same, name_check, _named(shared), _named(like), before, after)


def on_its_way_out(payment: PaymentRequest, currency: str, network: str) -> Decimal:
    """What other payments of this customer take from the same balance, and have not taken yet."""
    there = {"currency": currency, "network": network, "buy": FixedSide.BUY.value}
    paid, spent = _row(_ON_ITS_WAY_OUT, payment, pending=_values(_PENDING), **there)
    return EXACT.add(paid or Decimal(0), spent or Decimal(0))


def settled(payment: PaymentRequest, *, since: datetime) -> tuple[int, Decimal | None]:
    """How many payments of this customer in this currency were settled since then, and the largest."""
    number, most = _row(_SETTLED, payment, since=since)
    return number, most


def _values(states: Sequence[PaymentState]) -> list[str]:
    return [state.value for state in states]


def _named(pair: Sequence[str] | None) -> dict[str, str] | None:
    return {"ref": pair[0], "customer": pair[1]} if pair else None


def _row(statement: str, payment: PaymentRequest, **values: Any) -> tuple[Any, ...]:
    asked = {"payment": payment.pk, "customer": payment.customer_id, "currency": payment.currency}
    with prepared.cursor() as cursor:
        cursor.execute(statement, asked | {"network": payment.network} | values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
