"""A statement as a PDF for a reader: account by account, by the business clock."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.paper import Column, Paper
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.sums import Account, plain


def told(statement: Statement, *, made_by: str, purpose: str) -> Paper:
    """The paper, ready to be written. Call it inside the picture that the statement was read in."""
    customer, span = statement.customer, statement.span
    title = _("Statement of %(ref)s") % {"ref": customer.partner_customer_ref}
    made = _("made by %(name)s, %(at)s") % {"name": made_by, "at": moment(statement.made_at)}
    paper = Paper(title=title, foot=f"{title} · {made} · {_('confidential')}", made_at=statement.made_at)
    days = f"{formats.date_format(span.first, 'j F Y')} – {formats.date_format(span.last, 'j F Y')}"
    paper.headline(title, f"{days}\n{settings.BUSINESS_TIME_ZONE.key}")
    paper.row(_("Customer"), [customer.display_name, customer.partner_customer_ref])
    paper.row(_("Purpose"), [purpose])
    if not statement.accounts:
        paper.words(_("There is no transaction and no balance."))
    for account, lines in statement.sections():
        _tell_account(paper, account, lines)
    _tell_rest(paper, statement)
    return paper


def moment(at: datetime) -> str:
    """By the business clock, to the second."""
    return at.astimezone(settings.BUSINESS_TIME_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def sentence_of(account: Account) -> str:
    """How the last balance read compares with our lines."""
    compared = account.compared
    if compared is None:
        return _("Oceafin has not told a balance of this account.")
    facts = {
        "at": moment(compared.read_at),
        "available": compared.available or "–",
        "lines": plain(compared.by_lines, account.currency),
        "currency": account.currency,
    }
    if compared.difference is None:
        return _("Oceafin's balance, read %(at)s, is no number that can be compared: %(available)s.") % facts
    if compared.difference == 0:
        return (
            _("Oceafin's balance, read %(at)s, is %(available)s %(currency)s, and our lines say the same.")
            % facts
        )
    facts["difference"] = plain(compared.difference, account.currency)
    return (
        _(
            "Oceafin's balance, read %(at)s, is %(available)s %(currency)s; our lines until then add up to "
            "%(lines)s. The difference is %(difference)s."
        )
        % facts
    )


def _tell_account(paper: Paper, account: Account, lines: Iterator[tuple[Transaction, Decimal]]) -> None:
    columns = (
        Column(_("When"), 29),
        Column(_("Transaction"), 50),
        Column(_("What"), 33),
        Column(_("In and out"), 31, right=True),
        Column(_("Balance"), 31, right=True),
    )
    paper.heading(account.name)
    paper.row(_("Opening balance"), [plain(account.opening, account.currency)])
    if account.lines:
        paper.table_head(columns)
    for row, balance in lines:
        paper.table_line(columns, _cells(row, balance=plain(balance, row.currency)))
    paper.row(_("Came in"), [plain(account.came_in, account.currency)])
    paper.row(_("Went out"), [plain(account.went_out, account.currency)])
    fees = [plain(account.fees, account.currency)]
    if account.unreadable_fees:
        fees.append(
            ngettext(
                "The fee of %(count)d line cannot be read.",
                "The fees of %(count)d lines cannot be read.",
                account.unreadable_fees,
            )
            % {"count": account.unreadable_fees}
        )
    paper.row(_("Of which fees"), fees)
    paper.row(_("Closing balance"), [plain(account.closing, account.currency)])
    paper.row(_("Compared"), [sentence_of(account)])


def _cells(row: Transaction, *, balance: str) -> list[str]:
    what = " ".join(filter(None, (row.transaction_type, row.status if row.status != "COMPLETED" else "")))
    at = moment(row.occurred_at) if row.occurred_at else row.occurred_text
    return [at, row.transaction_id, what, plain(sums.signed(row), row.currency), balance]


def _tell_rest(paper: Paper, statement: Statement) -> None:
    rows = statement.not_summed()
    first = next(rows, None)
    if first is None and not statement.not_summed_before:
        return
    paper.heading(_("Not summed"))
    if statement.not_summed_before:
        paper.words(
            ngettext(
                "%(count)d earlier transaction could not be summed either: the opening balances are without it.",
                "%(count)d earlier transactions could not be summed either: the opening balances are without them.",
                statement.not_summed_before,
            )
            % {"count": statement.not_summed_before}
        )
    columns = (
        Column(_("When"), 29),
        Column(_("Transaction"), 50),
        Column(_("Amount as it came"), 36, right=True),
        Column(_("Why"), 59),
    )
    if first is not None:
        paper.table_head(columns)
    row = first
    while row is not None:
        at = moment(row.occurred_at) if row.occurred_at else row.occurred_text or "–"
        amount = " ".join(filter(None, (row.direction, row.amount, row.currency))) or "–"
        paper.table_line(columns, [at, row.transaction_id, amount, str(sums.why_not(row))])
        row = next(rows, None)
