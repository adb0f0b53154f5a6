"""What this app sends: each kind with its gate, its reader, what its outcome means, and how it is looked for."""

from functools import partial

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.oceafin import kinds
from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.models import Lane, Submission
from customers.statuses import StatusNews
from payments import after_all, gates, letters, looking, outcomes, payee_kinds, payee_news
from payments.way import Way
from payments.ways import WAYS


def register() -> None:
    """Called once in ready()."""
    for payee in payee_kinds.KINDS.values():
        kinds.register(
            kinds.Kind(
                name=payee.letter,
                label=payee.letter_label,
                lane=Lane.PAPERS,
                operation=payee.create,
                gate=gates.gate_payee,
                settle=outcomes.settle_payee,
                identify=kinds.resource_with_id(payee.id_name),
                look=looking.look_for_payee,
            )
        )
    for way in WAYS.values():
        _register(way)


def _of(way: Way, words: Promise) -> Promise:
    return format_lazy(words, way.kind.label)


def _register(way: Way) -> None:
    if way.is_quoted:
        for step, label, gate, settle in (
            ("quote", _("{}: quote to approve"), gates.gate_shown_quote, outcomes.settle_shown_quote),
            (
                "sending_quote",
                _("{}: quote to send with"),
                gates.gate_sending_quote,
                outcomes.settle_sending_quote,
            ),
        ):
            kinds.register(
                kinds.Kind(
                    name=way.letter(step),
                    label=_of(way, label),
                    lane=Lane.MONEY,
                    operation=way.operations.quote,
                    gate=gate,
                    settle=settle,
                    identify=partial(_identify_quote, way),
                    look=looking.look_for_quote if way.operations.quotes else None,
                )
            )
    kinds.register(
        kinds.Kind(
            name=way.letter("draft"),
            label=_of(way, _("{}: draft")),
            lane=Lane.MONEY,
            moves_money=True,
            operation=way.operations.draft,
            gate=gates.gate_draft_or_submit,
            settle=outcomes.settle_draft,
            after_all=after_all.replied,
            identify=partial(_identify_draft, way),
            look=looking.look_for_draft,
        )
    )
    if not way.operations.submit:
        return
    kinds.register(
        kinds.Kind(
            name=way.letter("submit"),
            label=_of(way, _("{}: instruction")),
            lane=Lane.MONEY,
            moves_money=True,
            operation=way.operations.submit,
            gate=gates.gate_draft_or_submit,
            settle=outcomes.settle_submit,
            after_all=after_all.replied,
            identify=partial(_identify_submit, way),
            look=looking.look_for_submit,
        )
    )


def customer_status(news: StatusNews) -> None:
    """Beneficiaries that waited for the customer's approval go to Oceafin now."""
    payee_news.tell_waiting(news.customer, news.now)


# Each answer carries its id, and where it repeats what we sent, it repeats exactly that.


def _identify_quote(way: Way, submission: Submission, resource: Resource) -> str:
    found = kinds.resource_with_id("quoteId")(submission, resource)
    way.refuse_mismatch(letters.body_of(submission), resource)
    return found


def _identify_draft(way: Way, submission: Submission, resource: Resource) -> str:
    found = kinds.resource_with_id(way.id_name)(submission, resource)
    way.refuse_mismatch(way.expected(letters.draft_of(submission)), resource)
    return found


def _identify_submit(way: Way, submission: Submission, resource: Resource) -> str:
    found = kinds.resource_with_id(way.id_name)(submission, resource)
    if found != way.id_in(submission):
        raise Contradiction("Oceafin answered about another payment than the one that was submitted.")
    way.refuse_mismatch(way.expected(letters.draft_of(submission)), resource)
    return found
