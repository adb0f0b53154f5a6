"""What each kind of payment says of itself to the one door that all of them pass: names, fields, and what stops it.

Rules that guard money stand in the door (requesting, approving, gates, letters, outcomes, observing), the same for
every kind. A new kind is one module that makes a Way, and its row in `ways`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.oceafin.kinds import Contradiction, Resource
from backoffice.oceafin.models import Submission
from payments.errors import NotReady, Unfit
from payments.models import Draft, Kind, PaymentRequest, Quote
from payments.money import TOKENS, BadAmount, UnknownCurrency, format_amount, parse_amount, read_decimal

Asked = Mapping[str, str]
# What is compared as a number: "100" is what was sent as "100.00".
AMOUNTS = frozenset({"amount", "sellAmount", "buyAmount"})


def amount_of(asked: Asked, network: str = "") -> Decimal:
    """The amount that is asked for, in the precision of its currency or token. Raises Unfit."""
    try:
        return parse_amount(asked["amount"], asked["currency"], network)
    except UnknownCurrency as unknown:
        raise Unfit("currency", str(unknown)) from None
    except BadAmount as bad:
        raise Unfit("amount", str(bad)) from None


def check_token(asset: str, network: str) -> None:
    """Raise Unfit unless this token on this network can be paid out."""
    if asset not in TOKENS:
        sentence = _("Nothing is paid out in this asset. Known: %(known)s.")
        raise Unfit("asset", sentence % {"known": ", ".join(TOKENS)})
    if network not in TOKENS[asset]:
        sentence = _("%(asset)s is not paid out on this network. Known: %(known)s.")
        raise Unfit("network", sentence % {"asset": asset, "known": ", ".join(TOKENS[asset])})


def purpose_and_reference(payment: PaymentRequest) -> dict[str, str]:
    """What a draft to a beneficiary says in words."""
    wording = payment.wording
    return {name: wording[name] for name in ("purpose", "paymentReference") if name in wording}


@dataclass(frozen=True)
class Operations:
    """Operation ids of the contract file.

    `submit` is empty where a draft runs once it is created: then the draft is the instruction. `quote` is empty
    where Oceafin gives none for this kind; `quotes` and `one_quote` where given ones cannot be read.
    """

    draft: str
    read: str
    list: str
    submit: str = ""
    quote: str = ""
    quotes: str = ""
    one_quote: str = ""
    # More information for one that waits for it; empty where Oceafin takes none.
    info: str = ""


def _amount_and_currency(payment: PaymentRequest) -> dict[str, Any]:
    amount = format_amount(payment.amount, payment.currency, payment.network)
    return {"currency": payment.currency, "amount": amount}


def _what_arrives(payment: PaymentRequest) -> tuple[str, str]:
    return "receiveAmount", "receiveCurrency"


def _nothing_more(resource: Resource) -> dict[str, Any]:
    return {}


def _nothing_to_fill(payment: PaymentRequest) -> dict[str, str]:
    return {}


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
    # Where it goes, in few words for a list.
    to: Callable[[PaymentRequest], str]
    # How much, in the fields of quote, draft and operationHash.
    money: Callable[[PaymentRequest], dict[str, Any]] = _amount_and_currency
    # Whether the draft says where to and how much, beside its quote.
    draft_says_terms: bool = True
    # Under which names Oceafin says what it comes to: amount and currency of what arrives, or of what is sold.
    comes_to: Callable[[PaymentRequest], tuple[str, str]] = _what_arrives
    # What is kept of how it was carried out, as columns of the payment.
    carried_out: Callable[[Resource], dict[str, Any]] = _nothing_more
    # What was asked for, in the API's names, to fill the form that asks for it again.
    again: Callable[[PaymentRequest], dict[str, str]] = _nothing_to_fill

    @property
    def is_quoted(self) -> bool:
        return bool(self.operations.quote)

    @property
    def instruction(self) -> str:
        """The step that moves the money."""
        return "submit" if self.operations.submit else "draft"

    def letter(self, step: str) -> str:
        """The kind of submission of a step: quote, sending_quote, draft, submit."""
        return f"{self.letters}.{step}"

    def key(self, payment: PaymentRequest, step: str, ref: str) -> str:
        """Stable per action, in the style of the contract's examples: cust-1:fiat-withdrawal:create:wd-9001."""
        return f"{payment.customer.partner_customer_ref}:{self.slug}:{step}:{ref}"

    def terms(self, payment: PaymentRequest) -> dict[str, Any]:
        """Where to and how much, exactly: what quote, draft and operationHash have in common."""
        return {**self.target(payment), **self.money(payment)}

    def sent(self, draft: Draft) -> dict[str, Any]:
        """What the draft says of itself and of its terms."""
        said = self.terms(draft.payment) if self.draft_says_terms else {}
        return {**self._named(draft), **said}

    def expected(self, draft: Draft) -> dict[str, Any]:
        """What an answer about this draft repeats, if it repeats it; it may name whose it is and on which network."""
        payment = draft.payment
        network = {"network": payment.network} if payment.network else {}
        customer = {"customerId": str(payment.customer.oceafin_customer_id)}
        return {**self._named(draft), **self.terms(payment), **customer, **network}

    def _named(self, draft: Draft) -> dict[str, Any]:
        quoted = {"quoteId": draft.quote.oceafin_quote_id} if draft.quote else {}
        return {self.ref_name: draft.draft_ref, **quoted}

    def mismatch(self, expected: Mapping[str, Any], resource: Resource) -> str:
        """Which field of an answer is not what we sent; empty if all that it carries agree."""
        for name, sent in expected.items():
            said = resource.get(name)
            if name in AMOUNTS:
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
