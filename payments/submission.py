"""What this app sends: each kind with its gate, its reader, what its outcome means, and how it is looked for."""

from collections.abc import Callable

from backoffice.oceafin import kinds
from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.models import Lane, Submission
from customers.statuses import StatusNews
from payments import bank_account_news, gates, letters, looking, outcomes
from payments import fiat_withdrawal as fiat


def register() -> None:
    """Called once in ready()."""
    kinds.register(
        kinds.Kind(
            name=letters.BANK_ACCOUNT,
            lane=Lane.PAPERS,
            operation="createBankAccount",
            gate=gates.gate_bank_account,
            settle=outcomes.settle_bank_account,
            identify=_carrying("bankAccountId", ()),
            look=looking.look_for_bank_account,
        )
    )
    for name, gate, settle in (
        (fiat.QUOTE, gates.gate_shown_quote, outcomes.settle_shown_quote),
        (fiat.SENDING_QUOTE, gates.gate_sending_quote, outcomes.settle_sending_quote),
    ):
        kinds.register(
            kinds.Kind(
                name=name,
                lane=Lane.MONEY,
                operation="createFiatWithdrawalQuote",
                gate=gate,
                settle=settle,
                identify=_carrying("quoteId", ("amount", "currency", "bankAccountId")),
            )
        )
    kinds.register(
        kinds.Kind(
            name=fiat.DRAFT,
            lane=Lane.MONEY,
            moves_money=True,
            operation="createFiatWithdrawal",
            gate=gates.gate_draft_or_submit,
            settle=outcomes.settle_draft,
            identify=_carrying("withdrawalId", ("withdrawalRef", "amount", "currency", "bankAccountId")),
            look=looking.look_for_draft,
        )
    )
    kinds.register(
        kinds.Kind(
            name=fiat.SUBMIT,
            lane=Lane.MONEY,
            moves_money=True,
            operation="submitFiatWithdrawal",
            gate=gates.gate_draft_or_submit,
            settle=outcomes.settle_submit,
            identify=_identify_submit,
            look=looking.look_for_submit,
        )
    )


def customer_status(news: StatusNews) -> None:
    """Beneficiaries that waited for the customer's approval go to Oceafin now."""
    bank_account_news.tell_waiting(news.customer, news.now)


def _carrying(name: str, fields: tuple[str, ...]) -> Callable[[Submission, Resource], str]:
    """The answer carries the id, and where it repeats what we sent, it repeats exactly that."""
    read = kinds.resource_with_id(name)

    def identify(submission: Submission, resource: Resource) -> str:
        found = read(submission, resource)
        if fields:
            body = letters.body_of(submission)
            fiat.refuse_mismatch({field: body[field] for field in fields if field in body}, resource)
        return found

    return identify


def _identify_submit(submission: Submission, resource: Resource) -> str:
    found = kinds.resource_with_id("withdrawalId")(submission, resource)
    if found != fiat.withdrawal_id_of(submission):
        raise Contradiction("Oceafin answered about another withdrawal than the one that was submitted.")
    draft = letters.draft_of(submission)
    payment = draft.payment
    fiat.refuse_mismatch({**fiat.quote_body(payment), "withdrawalRef": draft.withdrawal_ref}, resource)
    return found
