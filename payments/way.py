"""What each kind of payment says of itself to the one door that all of them pass: names, fields, and what stops it.

Rules that guard money stand in the door (requesting, approving, gates, letters, outcomes, observing), the same for
every kind. A new kind is one module that makes a Way, and its row in `ways`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.models import Submission
from payments.errors import NotReady, Unfit
from payments.models import Draft, Kind, PaymentRequest, Quote
from payments.money import BadAmount, UnknownCurrency, format_amount, parse_amount, read_decimal
from payments.policy import Policy

Asked = Mapping[str, str]


def amount_of(asked: Asked, network: str = "") -> Decimal:
    """The amount that is asked for, in the precision of its currency or token. Raises Unfit."""
    try:
        return parse_amount(asked["amount"], asked["currency"], network)
    except UnknownCurrency as unknown:
        raise Unfit("currency", str(unknown)) from None
    except BadAmount as bad:
        raise Unfit("amount", str(bad)) from None


@dataclass(frozen=True)
class Operations:
    """Operation ids of the contract file. `quote` is empty where Oceafin gives none for this kind."""

    draft: str
    submit: str
    read: str
    list: str
    quote: str = ""


@dataclass(frozen=True)
class Way:
    """How one kind of payment is asked for, approved and told to Oceafin (contract section 4).

    `letters` begins the names of its submissions ("withdrawal.draft"), `slug` stands in their keys
    ("fiat-withdrawal"). `fields` are what is asked for beside customer, amount and currency, in the API's names.
    """

    kind: Kind
    letters: str
    slug: str
    resource_type: str
    id_name: str
    ref_name: str
    operations: Operations
    fields: tuple[str, ...]
    # Checks what was asked for, with the customer locked, and writes it into the new payment. Raises Refusal.
    prepare: Callable[[PaymentRequest, Asked], None]
    # Where it goes, in the fields of quote, draft and operationHash. An answer that repeats them repeats exactly them.
    target: Callable[[PaymentRequest], dict[str, Any]]
    # What the draft says beside that: words for people.
    words: Callable[[PaymentRequest], dict[str, str]]
    # Why it can neither be approved nor leave now; asked with the payment locked.
    obstacle: Callable[[PaymentRequest], NotReady | None]
    # Whether it goes to somebody new, so that the policy is careful.
    is_fresh: Callable[[PaymentRequest, datetime, Policy], bool]
    # A worker claims it for the first time, with the payment locked.
    claimed: Callable[[PaymentRequest, datetime], None]
    # Where it goes, in few words for a list.
    to: Callable[[PaymentRequest], str]

    @property
    def is_quoted(self) -> bool:
        return bool(self.operations.quote)

    def letter(self, step: str) -> str:
        """The kind of submission of a step: quote, sending_quote, draft, submit."""
        return f"{self.letters}.{step}"

    def key(self, payment: PaymentRequest, step: str, ref: str) -> str:
        """Stable per action, in the style of the contract's examples: cust-1:fiat-withdrawal:create:wd-9001."""
        return f"{payment.customer.partner_customer_ref}:{self.slug}:{step}:{ref}"

    def terms(self, payment: PaymentRequest) -> dict[str, Any]:
        """Where to and how much, exactly: what quote, draft and operationHash have in common."""
        amount = format_amount(payment.amount, payment.currency, payment.network)
        return {**self.target(payment), "currency": payment.currency, "amount": amount}

    def sent(self, draft: Draft) -> dict[str, Any]:
        """What we say of this draft, of its terms."""
        quoted = {"quoteId": draft.quote.oceafin_quote_id} if draft.quote else {}
        return {self.ref_name: draft.draft_ref, **quoted, **self.terms(draft.payment)}

    def expected(self, draft: Draft) -> dict[str, Any]:
        """What an answer about this draft repeats, if it repeats it; it may name whose it is and on which network."""
        payment = draft.payment
        network = {"network": payment.network} if payment.network else {}
        return {**self.sent(draft), "customerId": str(payment.customer.oceafin_customer_id), **network}

    def mismatch(self, expected: Mapping[str, Any], resource: Resource) -> str:
        """Which field of an answer is not what we sent; empty if all that it carries agree."""
        for name, sent in expected.items():
            said = resource.get(name)
            if name == "amount":
                if said is not None and read_decimal(said) != read_decimal(sent):
                    return name
            elif said not in (None, "", sent):
                return name
        return ""

    def refuse_mismatch(self, expected: Mapping[str, Any], resource: Resource) -> None:
        """Raise Contradiction if Oceafin answers about another operation than the one that we sent."""
        field = self.mismatch(expected, resource)
        if field:
            raise Contradiction(
                f"Oceafin answered with another {field} than we sent. Nothing more is sent; ask Oceafin."
            )

    def id_in(self, submission: Submission) -> str:
        """What a submit is about: its path names it."""
        return submission.path_url.rsplit("/", 2)[-2]

    def evidence(self, payment: PaymentRequest, quote: Quote | None) -> dict[str, Any]:
        """Exactly this operation, of which operationHash is taken (ASSUMED)."""
        quoted = {"quoteId": quote.oceafin_quote_id} if quote else {}
        return {
            "customerId": str(payment.customer.oceafin_customer_id),
            "kind": payment.kind,
            **self.terms(payment),
            **quoted,
        }
