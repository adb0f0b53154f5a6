"""A statement as a PDF for a reader: account by account, by the business clock."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.columns import Column
from payments.accounts.models import Transaction
from payments.accounts.statements import sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.sums import Account, shown
from payments.money import read_decimal

if TYPE_CHECKING:
    from backoffice.paper import Paper


def told(statement: Statement, *, made_by: str, purpose: str) -> "Paper":
    """The paper, ready to be written. Call it inside the picture that the statement was read in."""
    # The library that draws takes a sixth of the whole program's start, and few processes draw.
    from backoffice.paper import Paper

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


def moment(at: datetime | None) -> str:
    """By the business clock, to the second: 2 Jun 2026, 12:00:00. "" for None."""
    if at is None:
        return ""
    here = at.astimezone(settings.BUSINESS_TIME_ZONE)
    return f"{formats.date_format(here, 'j M Y')}, {here:%H:%M:%S}"


def sentence_of(account: Account) -> str:
    """How the last balance read compares with our lines."""
    compared = account.compared
    if compared is None:
        return _("Oceafin has not told a balance of this account.")
    facts = {
        "at": moment(compared.read_at),
        "available": _told(compared.available, account.currency),
        "lines": shown(compared.by_lines, account.currency),
        "currency": account.currency,
    }
    if compared.difference is None:
        return _("Oceafin's balance, read %(at)s, is no number that can be compared: %(available)s.") % facts
    if compared.difference == 0:
        return (
            _("Oceafin's balance, read %(at)s, is %(available)s %(currency)s, and our lines say the same.")
            % facts
        )
    facts["difference"] = shown(compared.difference, account.currency)
    return (
        _(
            "Oceafin's balance, read %(at)s, is %(available)s %(currency)s; our lines until then add up to "
            "%(lines)s. The difference is %(difference)s."
        )
        % facts
    )


def _told(amount: str, currency: str) -> str:
    value = read_decimal(amount)
    return amount or "–" if value is None else shown(value, currency)


def _tell_account(paper: "Paper", account: Account, lines: Iterator[tuple[Transaction, Decimal]]) -> None:
    columns = (
        Column(_("When"), 30),
        Column(_("Transaction"), 56),
        Column(_("What"), 32),
        Column(_("In and out"), 28, right=True),
        Column(_("Balance"), 28, right=True),
    )

    def told(value: Decimal) -> str:
        return shown(value, account.currency)

    paper.heading(account.name)
    paper.table_head(columns)
    paper.table_line(columns, ["", "", _("Opening balance"), "", told(account.opening)], bold=True)
    for row, balance in lines:
        paper.table_line(columns, _cells(row, balance=shown(balance, row.currency)))
    paper.table_line(columns, ["", "", _("Came in"), told(account.came_in), ""])
    paper.table_line(columns, ["", "", _("Went out"), told(account.went_out.copy_negate()), ""])
    paper.table_line(columns, ["", "", _("Of which fees"), told(account.fees), ""])
    paper.table_line(columns, ["", "", _("Closing balance"), "", told(account.closing)], bold=True)
    paper.ln(1.6)
    if account.unreadable_fees:
        words = ngettext(
            "The fee of %(count)d line cannot be read.",
            "The fees of %(count)d lines cannot be read.",
            account.unreadable_fees,
        )
        paper.words(words % {"count": account.unreadable_fees})
    paper.row(_("Compared"), [sentence_of(account)])


def _cells(row: Transaction, *, balance: str) -> list[str]:
    status = row.status if row.status != "COMPLETED" else ""
    what = " ".join(filter(None, (row.transaction_type, status))).replace("_", " ").capitalize()
    at = moment(row.occurred_at) or row.occurred_text
    return [at, row.transaction_id, what, shown(sums.signed(row), row.currency), balance]


def _tell_rest(paper: "Paper", statement: Statement) -> None:
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
        Column(_("When"), 30),
        Column(_("Transaction"), 56),
        Column(_("Amount as it came"), 32, right=True),
        Column(_("Why"), 56),
    )
    if first is not None:
        paper.table_head(columns)
    row = first
    while row is not None:
        at = moment(row.occurred_at) or row.occurred_text or "–"
        amount = " ".join(filter(None, (row.direction, row.amount, row.currency))) or "–"
        paper.table_line(columns, [at, row.transaction_id, amount, str(sums.why_not(row))])
        row = next(rows, None)
