"""A statement as CSV, a row for each thing that it says. No cell can be taken for a formula."""

import csv
from decimal import Decimal
from typing import IO

from backoffice.spreadsheets import MARK, neutral
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.spans import local
from payments.accounts.statements.sums import Account, plain

COLUMNS = (
    "row",
    "currency",
    "network",
    "at",
    "transactionId",
    "type",
    "direction",
    "amount",
    "feeAmount",
    "balance",
    "status",
    "resourceType",
    "resourceId",
    "foundBy",
    "note",
)


def write(statement: Statement, out: IO[str]) -> None:
    """Rows OPENING, LINE, IN, OUT, FEES, CLOSING, READ and DIFFERENCE of each account, then NOT_SUMMED.

    Instants are by the business clock with their offset. READ is the balance that Oceafin stated, DIFFERENCE what it
    has more than our lines up to then add up to.
    """
    out.write(MARK)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for account, lines in statement.sections():
        writer.writerow(_row("OPENING", account, at=local(statement.span.start), balance=account.opening))
        for row, balance in lines:
            writer.writerow(_line("LINE", row, balance=plain(balance, row.currency)))
        writer.writerow(_row("IN", account, amount=account.came_in))
        writer.writerow(_row("OUT", account, amount=account.went_out))
        writer.writerow(_row("FEES", account, amount=account.fees))
        writer.writerow(_row("CLOSING", account, at=local(statement.span.end), balance=account.closing))
        writer.writerows(_compared(account))
    for row in statement.not_summed():
        writer.writerow(_line("NOT_SUMMED", row, note=str(sums.why_not(row))))


def _compared(account: Account) -> list[list[str]]:
    compared = account.compared
    if compared is None:
        return []
    at = local(compared.read_at)
    rows = [_row("READ", account, at=at, balance=neutral(compared.available))]
    if compared.difference is not None:
        rows.append(_row("DIFFERENCE", account, at=at, amount=compared.difference))
    return rows


def _row(
    kind: str, account: Account, *, at: str = "", amount: Decimal | None = None, balance: Decimal | str = ""
) -> list[str]:
    cells = {
        "row": kind,
        "currency": neutral(account.currency),
        "network": neutral(account.network),
        "at": at,
        "amount": plain(amount, account.currency),
        "balance": balance if isinstance(balance, str) else plain(balance, account.currency),
    }
    return [cells.get(name, "") for name in COLUMNS]


def _line(kind: str, row: Transaction, *, balance: str = "", note: str = "") -> list[str]:
    summed = kind == "LINE"
    return [
        kind,
        neutral(row.currency),
        neutral(row.network),
        local(row.occurred_at) if row.occurred_at else neutral(row.occurred_text),
        neutral(row.transaction_id),
        neutral(row.transaction_type),
        neutral(row.direction),
        plain(row.value, row.currency) if summed else neutral(row.amount),
        neutral(row.fee_amount),
        balance,
        neutral(row.status),
        neutral(row.resource_type),
        neutral(row.resource_id),
        row.found_by,
        note,
    ]
