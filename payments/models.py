"""What was asked for (PaymentRequest). Who is paid, what it costs and who agreed stand in files of their own."""

import json
from decimal import Decimal

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice import references, vault
from backoffice.staff.models import User
from customers.models import Customer
from payments import database_rules as rules
from payments import half_time
from payments.accounts import refundable
from payments.approvals import Approval
from payments.columns import money_column
from payments.controls import ExchangeRate, MoneyOutSwitch
from payments.evidence import BeneficiaryConfirmation, Evidence, NameCheck
from payments.payees import DETAILS_CONTEXT, WALLET_CONTEXT, BankAccount, Custody, HolderType, WalletAddress
from payments.quoted import Draft, Quote, QuotePurpose
from payments.states import AT_OCEAFIN, PAYMENT, TROUBLED, PaymentState

__all__ = [
    "DETAILS_CONTEXT",
    "WALLET_CONTEXT",
    "Approval",
    "BankAccount",
    "BeneficiaryConfirmation",
    "Custody",
    "Draft",
    "Evidence",
    "ExchangeRate",
    "FixedSide",
    "HolderType",
    "Kind",
    "MoneyOutSwitch",
    "NameCheck",
    "PaymentRequest",
    "Quote",
    "QuotePurpose",
    "Source",
    "SourceType",
    "WalletAddress",
]

WORDING_CONTEXT = "payment.wording"
MISSING_CONTEXT = "payment.missing"
NOTHING_GOES_BACK = Q(source_type="", source_id="", source_amount__isnull=True)
NOTHING_IS_CHANGED = Q(fixed_side="", other_currency="", most_paid__isnull=True)


class Kind(models.TextChoices):
    """Kinds of payment that are offered. Each has one thin module of its name."""

    FIAT_WITHDRAWAL = "FIAT_WITHDRAWAL", _("Payout")
    CRYPTO_WITHDRAWAL = "CRYPTO_WITHDRAWAL", _("Crypto payout")
    CONVERSION = "CONVERSION", _("Conversion")
    REFUND = "REFUND", _("Refund")


class FixedSide(models.TextChoices):
    """Of which side of a conversion the amount is given; Oceafin says what the other comes to."""

    SELL = "SELL", _("What is sold")
    BUY = "BUY", _("What is bought")


class SourceType(models.TextChoices):
    """What a refund sends back (contract section 4)."""

    FIAT_DEPOSIT = refundable.FIAT_DEPOSIT, _("Deposit")
    CRYPTO_DEPOSIT = refundable.CRYPTO_DEPOSIT, _("Crypto deposit")
    COLLECTION = refundable.COLLECTION, _("Collection")


class Source(models.TextChoices):
    """Which door a request came through."""

    API = "API", _("API")
    STAFF = "STAFF", _("Staff")
    BATCH = "BATCH", _("Batch")


class PaymentRequest(models.Model):
    """One payment, from the request to its end. What it pays, to whom and for what never changes.

    Lock order in a transaction: the submission, the customer, the payment, then the person who acts.
    """

    payment_ref = models.CharField(_("payment"), max_length=references.LENGTH, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    # Its rows are found by an index that is sorted as well (below), as those of whom it pays.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="payments", db_index=False)
    amount = money_column(verbose_name=_("amount"))
    # An ISO 4217 code, or a token with its network.
    currency = models.CharField(_("currency"), max_length=16)
    network = models.CharField(_("network"), max_length=40, blank=True)
    # Where it goes: a bank account, a wallet, or (a refund) back to where this deposit or collection came from, of
    # which `source_amount` came in.
    beneficiary = models.ForeignKey(
        BankAccount,
        null=True,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("to"),
        db_index=False,
    )
    wallet = models.ForeignKey(
        WalletAddress,
        null=True,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("to the wallet"),
        db_index=False,
    )
    source_type = models.CharField(_("sends back"), max_length=14, blank=True, choices=SourceType.choices)
    source_id = models.CharField(max_length=64, blank=True)
    source_amount = money_column(null=True)
    # Of a conversion: `amount` and `currency` are its fixed side, and this is the currency of the other one.
    fixed_side = models.CharField(max_length=4, blank=True, choices=FixedSide.choices)
    other_currency = models.CharField(max_length=16, blank=True)
    # Purpose, payment reference and reason, as JSON: free text about people.
    wording_sealed = models.BinaryField()
    request_digest = models.CharField(max_length=64)
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by", db_index=False
    )

    # The maker: who asked by which token, whose token that is, and for whom the partner's system says it asks.
    maker_kind = models.CharField(max_length=8)
    maker_id = models.CharField(max_length=64)
    maker_label = models.CharField(_("requested by"), max_length=120)
    maker_token_id = models.BigIntegerField(null=True)
    requested_by = models.CharField(_("in the name of"), max_length=200, blank=True)
    maker_user_ids = ArrayField(models.BigIntegerField(), default=list)
    # Which door it came through.
    source = models.CharField(_("came by"), max_length=5, choices=Source.choices)
    created_at = models.DateTimeField(_("requested"))

    state = models.CharField(
        _("state"), max_length=16, choices=PaymentState.choices(), default=PaymentState.DRAFT
    )
    state_since = models.DateTimeField()
    # What it waits for beyond what its state says, in a sentence.
    waits_for = models.CharField(max_length=300, blank=True)

    # The day that it leaves, by the business clock; and who keeps it from leaving.
    scheduled_on = models.DateField(_("leaves on"), null=True)
    held_at = models.DateTimeField(null=True)
    held_by = models.CharField(_("held by"), max_length=120, blank=True)

    # The terms that approvals bind to, beside what never changes. Empty until the first quote, where there is one.
    highest_fee = money_column(null=True)
    fee_currency = models.CharField(max_length=16, blank=True)
    least_received = money_column(null=True)
    receive_currency = models.CharField(max_length=16, blank=True)
    # The most that is sold where what is bought is fixed, in the other currency.
    most_paid = money_column(null=True)
    terms_digest = models.CharField(max_length=64, blank=True)
    # What differs from what was approved before, for the approvers to see.
    terms_difference = models.CharField(max_length=300, blank=True)

    approvals_needed = models.PositiveSmallIntegerField()
    approval_reasons = ArrayField(models.CharField(max_length=40), default=list)
    # What there was to warn of when it could first be decided, for the queues (payments.warnings).
    warned_of = ArrayField(models.CharField(max_length=40), default=list)
    policy_version = models.CharField(_("rules"), max_length=40)
    policy = models.JSONField()
    # The roles that are asked now, for the queues: those of the first stage that lacks somebody.
    asks_roles = ArrayField(models.CharField(max_length=32), default=list)
    base_amount = money_column(null=True)
    approval_deadline_at = models.DateTimeField()

    # What Oceafin calls it, and what Oceafin last said of it.
    oceafin_id = models.CharField(max_length=64, null=True, unique=True)
    draft_number = models.PositiveSmallIntegerField(default=0)
    quote_number = models.PositiveSmallIntegerField(default=0)
    oceafin_status = models.CharField(max_length=64, blank=True)
    oceafin_status_at = models.DateTimeField(null=True)
    # What Oceafin says it came to, of a conversion: no term, and empty until it says so.
    sold = money_column(null=True)
    bought = money_column(null=True)
    charged_fee = money_column(null=True)
    charged_fee_currency = models.CharField(max_length=16, blank=True)
    # Exact text, as many digits as it came with.
    done_rate = models.CharField(max_length=60, blank=True)
    failure_code = models.CharField(max_length=80, blank=True)
    failure_reason = models.CharField(max_length=300, blank=True)
    # Of coins: which transaction of their network carries them, and how many blocks stand behind it.
    transaction_hash = models.CharField(max_length=128, blank=True)
    confirmations = models.BigIntegerField(null=True)
    # Oceafin says something that cannot be true beside what we know: nothing more is sent until a person looked.
    contradicted = models.BooleanField(default=False)
    contradiction = models.CharField(max_length=300, blank=True)
    # What Oceafin asks for before it goes on, item by item, in its words: free text about people.
    missing_sealed = models.BinaryField(default=bytes)
    # Somebody looks after what went wrong: it leaves the queue until something new comes of it.
    noted_at = models.DateTimeField(null=True)
    noted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    next_poll_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [
            models.Index(fields=["state", "state_since", "id"], name="payment_queue"),
            models.Index(fields=["customer", "-id"], name="payment_by_customer"),
            models.Index(fields=["beneficiary", "-id"], name="payment_by_beneficiary"),
            models.Index(
                fields=["wallet", "-id"], condition=Q(wallet__isnull=False), name="payment_by_wallet"
            ),
            models.Index(
                fields=["customer", "currency", "-state_since"],
                condition=Q(state="SETTLED"),
                name="payment_settled_lately",
            ),
            models.Index(
                fields=["source_id", "source_type"], condition=~Q(source_id=""), name="payment_by_source"
            ),
            models.Index(
                fields=["approval_deadline_at"],
                condition=Q(state="PENDING_APPROVAL"),
                name="payment_deadlines",
            ),
            models.Index(
                half_time.twice_half_time(), condition=Q(state="PENDING_APPROVAL"), name="payment_half_times"
            ),
            # What runs out before it is approved (payments.running_out): by its day, or its currency's cut-off.
            models.Index(
                fields=["scheduled_on"],
                condition=Q(state="PENDING_APPROVAL", scheduled_on__isnull=False),
                name="payment_days_to_leave",
            ),
            models.Index(
                fields=["currency", "state_since", "id"],
                condition=Q(state="PENDING_APPROVAL", scheduled_on__isnull=True),
                name="payment_cut_offs",
            ),
            models.Index(
                fields=["next_poll_at"], condition=Q(next_poll_at__isnull=False), name="payment_polls"
            ),
            models.Index(
                fields=["state_since", "id"], condition=Q(contradicted=True), name="payment_contradicted"
            ),
            models.Index(
                fields=["state", "state_since", "id"],
                condition=Q(noted_at__isnull=True, state__in=[state.value for state in TROUBLED]),
                name="payment_failure_desk",
            ),
            models.Index(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="payment_in_place_of"
            ),
            models.Index(OpClass(Upper("payment_ref"), name="text_pattern_ops"), name="payment_by_reference"),
        ]
        constraints = [
            references.constraint("payment_ref", name="payment_reference_form"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in PaymentState]), name="payment_state_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="payment_kind_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_above_zero"),
            models.CheckConstraint(
                condition=Q(highest_fee__isnull=True) | Q(highest_fee__gte=0), name="payment_fee_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(least_received__isnull=True) | Q(least_received__gt=0),
                name="payment_receipt_above_zero",
            ),
            models.CheckConstraint(
                condition=Q(most_paid__isnull=True) | Q(most_paid__gt=0), name="payment_price_above_zero"
            ),
            models.CheckConstraint(
                condition=Q(terms_digest="")
                | Q(highest_fee__isnull=False)
                & (Q(least_received__isnull=False) | Q(kind="REFUND"))
                & (Q(most_paid__isnull=False) | ~Q(fixed_side="BUY")),
                name="payment_terms_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="FIAT_WITHDRAWAL", beneficiary__isnull=False, wallet__isnull=True, network=""
                )
                & NOTHING_GOES_BACK
                & NOTHING_IS_CHANGED
                | Q(kind="CRYPTO_WITHDRAWAL", beneficiary__isnull=True, wallet__isnull=False)
                & ~Q(network="")
                & NOTHING_GOES_BACK
                & NOTHING_IS_CHANGED
                | Q(kind="CONVERSION", beneficiary__isnull=True, wallet__isnull=True, network="")
                & Q(fixed_side__in=FixedSide.values)
                & ~Q(other_currency="")
                & ~Q(other_currency=F("currency"))
                & (Q(fixed_side="BUY") | Q(most_paid__isnull=True))
                & NOTHING_GOES_BACK
                | Q(kind="REFUND", beneficiary__isnull=True, wallet__isnull=True)
                & Q(source_type__in=SourceType.values)
                # A comparison alone lets pass what is not there.
                & Q(source_amount__isnull=False, source_amount__gt=0)
                & ~Q(source_id="")
                & NOTHING_IS_CHANGED,
                name="payment_goes_where_its_kind_goes",
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_by="") | Q(held_at__isnull=False) & ~Q(held_by=""),
                name="payment_held_by_somebody",
            ),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="payment_source_known"),
            models.CheckConstraint(condition=Q(approvals_needed__gte=1), name="payment_needs_an_approval"),
            models.CheckConstraint(
                condition=Q(contradicted=False) | ~Q(contradiction=""),
                name="payment_contradicted_by_something",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=PAYMENT.transitions()),
            rules.begins_as_draft,
            rules.goes_to_its_customers_own_payee,
            rules.refunds_stay_within_their_source,
            rules.needs_its_approvals,
            rules.closed_by_two,
            rules.contradiction_cleared_by_two,
            rules.replaces_what_is_closed,
            rules.terms_stand_once_approved,
            rules.stays_while_held,
            rules.leaves_in_its_time,
            rules.never_deleted,
            rules.what_was_asked_for_stays,
        ]

    def __str__(self) -> str:
        return self.payment_ref

    @property
    def wording(self) -> dict[str, str]:
        """`purpose`, `paymentReference` and `reason`, as they were asked for."""
        text = vault.unseal_text(self.customer.vault_key, self.wording_sealed, context=WORDING_CONTEXT)
        found: dict[str, str] = json.loads(text)
        return found

    @property
    def missing(self) -> list[dict[str, str]]:
        """What Oceafin asked for last: {"code", "message", "documentType"}, "" where it said nothing."""
        if not self.missing_sealed:
            return []
        text = vault.unseal_text(self.customer.vault_key, self.missing_sealed, context=MISSING_CONTEXT)
        found: list[dict[str, str]] = json.loads(text)
        return found

    @property
    def leaving(self) -> tuple[Decimal | None, str, str]:
        """What leaves the customer's balance: amount, currency, network. No amount until Oceafin has said it."""
        if self.fixed_side == FixedSide.BUY:
            return self.most_paid, self.other_currency, ""
        return self.amount, self.currency, self.network

    @property
    def payee(self) -> BankAccount | WalletAddress | None:
        """Who is paid; None where it goes to nobody that we keep."""
        return self.beneficiary or self.wallet

    @property
    def live_approvals(self) -> "models.QuerySet[Approval]":
        """Approvals of the terms as they stand, oldest first."""
        return self.approvals.filter(voided_at__isnull=True).select_related("approver").order_by("id")

    @property
    def shown_quote(self) -> "Quote | None":
        """The newest quote that was asked for to be looked at."""
        return self.quotes.filter(purpose=QuotePurpose.SHOWN).order_by("-number").first()

    @property
    def is_final(self) -> bool:
        return PaymentState(self.state) in PAYMENT.final

    @property
    def is_at_oceafin(self) -> bool:
        return PaymentState(self.state) in AT_OCEAFIN
