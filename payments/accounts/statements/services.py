"""What a person does with transactions: explain one that no record explains, and take a statement along."""

import io
import tempfile
from datetime import datetime
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, reveals, vault
from backoffice.audit import Actor
from backoffice.reveals import Purpose
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from customers.models import Customer
from payments.accounts.models import EXPLANATION_CONTEXT, Explanation, Transaction
from payments.accounts.statements import as_csv, as_pdf, sums
from payments.accounts.statements.drawing import Statement
from payments.accounts.statements.spans import Span

CSV, PDF = "csv", "pdf"
# As many as are drawn within seconds; a longer PDF nobody reads.
PDF_LINES = 5_000
LONGEST_WORDS = 2000


class Explained(Refusal):
    """Somebody or something explains it already."""


class NotExplained(Refusal):
    """There is no explanation of a person's to take back."""


class Erased(Refusal):
    """The customer's data was erased: words about it cannot be kept."""


class TooLong(Refusal):
    """More lines than a PDF may have."""


@transaction.atomic
def explain(movement: Transaction, *, words: str, actor: Actor, now: datetime) -> Explanation:
    """Keep what a person knows of a transaction; it leaves the list of those that nothing explains.

    Raises NotAllowed, Explained, Erased.
    """
    row = _locked(movement)
    user = rights.require(actor, Right.LEAD_PAYMENTS, now)
    if row.explained_type:
        raise Explained(_("This transaction is explained already."))
    try:
        sealed = vault.seal_text(row.customer.vault_key, _clean(words), context=EXPLANATION_CONTEXT)
    except vault.KeyDestroyed:
        raise Erased(_("This customer's data was erased. Words about it cannot be kept.")) from None
    explanation = Explanation.objects.create(
        transaction=row, words_sealed=sealed, written_by=user, written_at=now
    )
    _explained_by(row, Explanation._meta.label, str(explanation.pk))
    audit.record(
        actor=actor,
        verb="transaction.explained",
        subject=row,
        now=now,
        note=_clean(words),
        customer_key=row.customer.vault_key,
    )
    return explanation


@transaction.atomic
def take_back(movement: Transaction, *, actor: Actor, now: datetime) -> Explanation:
    """Take a person's explanation back: the transaction is on the list again, and what was written stays readable.

    Raises NotAllowed, NotExplained.
    """
    row = _locked(movement)
    user = rights.require(actor, Right.LEAD_PAYMENTS, now)
    standing = row.explanations.filter(withdrawn_at=None).first()
    if standing is None:
        raise NotExplained(_("Nobody's words explain this transaction. There is nothing to take back."))
    standing.withdrawn_by, standing.withdrawn_at = user, now
    standing.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _explained_by(row, "", "")
    audit.record(actor=actor, verb="transaction.explanation_taken_back", subject=row, now=now)
    return standing


def make_statement(
    *,
    customer: Customer,
    span: Span,
    form: str,
    purpose: str,
    words: str = "",
    actor: Actor,
    now: datetime,
) -> IO[bytes]:
    """A customer's statement as a file, CSV or PDF; the caller closes it. Who took it and what for is on record.

    The page asks for the second factor first. Call it with no transaction open. Raises NotAllowed, PurposeNeeded,
    TooLong.
    """
    with transaction.atomic():
        person = rights.require(actor, Right.SEE_PAYMENTS, now)
        if form == PDF:
            _check_length(customer, span)
        reveals.record_export(
            what=f"statement {customer.partner_customer_ref} ({form.upper()})"[:80],
            customers=[customer],
            purpose=purpose,
            words=words,
            actor=actor,
            now=now,
        )
    if form == CSV:
        return statement_csv(customer, span, now=now)
    why = " · ".join(filter(None, [str(Purpose(purpose).label), words.strip()]))
    with sums.one_picture():
        statement = Statement.of(customer, span, now=now)
        paper = as_pdf.told(statement, made_by=person.display_name, purpose=why)
    return io.BytesIO(bytes(paper.output()))


def statement_csv(customer: Customer, span: Span, *, now: datetime) -> IO[bytes]:
    """The statement as CSV on our own disk: whole and of one instant before its first byte leaves."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    try:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        with sums.one_picture():
            as_csv.write(Statement.of(customer, span, now=now), text)
        text.detach()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _check_length(customer: Customer, span: Span) -> None:
    count = sums.lines_of(customer, span).order_by()[: PDF_LINES + 1].count()
    count += sums.not_summed(customer, span).order_by()[: PDF_LINES + 1].count()
    if count > PDF_LINES:
        raise TooLong(
            _("This statement has more than %(most)s lines. Take it as CSV, or choose fewer days.")
            % {"most": f"{PDF_LINES:,}"}
        )


def _locked(movement: Transaction) -> Transaction:
    rows = Transaction.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    return rows.get(pk=movement.pk)


def _explained_by(row: Transaction, label: str, key: str) -> None:
    row.explained_type, row.explained_id = label, key
    row.save(update_fields=["explained_type", "explained_id"])


def _clean(words: str) -> str:
    return words.replace("\x00", "").strip()[:LONGEST_WORDS]
