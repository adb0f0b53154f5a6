"""Looking up the customer's own records: customers, cases, papers, payments, accounts, transactions."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.desk.search.source import AT_MOST, Found, Term, beginning, once
from backoffice.reveals.masking import masked_name
from backoffice.staff.roles import Right
from customers.finding import find
from customers.models import Customer, Document
from customers.screening.models import Screening
from customers.screening.subjects import label_of
from onboarding.models import Case
from onboarding.states import CASE
from payments import terms
from payments.accounts.models import Transaction
from payments.models import BankAccount, Draft, PaymentRequest, WalletAddress
from payments.states import PAYMENT


def customers(term: Term) -> list[Found]:
    """By the reference and Oceafin's id; by the name, for who may see names."""
    by_name = Right.SEE_PERSONAL_DATA in term.rights
    rows: list[Customer] = []
    if term.is_one_word:
        also = Q(oceafin_customer_id=term.id) if term.id else None
        rows += beginning(Customer.objects.all(), "partner_customer_ref", term, also=also)
    if by_name and not term.id:
        rows += find(Customer.objects.all(), term.text, by_name=True)[: AT_MOST + 1]
    return once(
        Found(
            reference=row.partner_customer_ref,
            url=reverse("admin:customers_customer_change", args=[row.pk]),
            state=row.oceafin_status,
            name=masked_name(row.display_name) if by_name else "",
            note=row.get_customer_type_display(),
            is_exact=term.is_exactly(row.partner_customer_ref, row.oceafin_customer_id),
        )
        for row in rows
    )


def cases(term: Term) -> list[Found]:
    also = Q(oceafin_submission_id=term.id_text)
    return once(
        Found(
            reference=row.case_ref,
            url=reverse("onboarding:case", args=[row.case_ref]),
            state=row.state,
            machine=CASE,
            customer=row.customer,
            note=row.get_case_type_display(),
            is_exact=term.is_exactly(row.case_ref, row.oceafin_submission_id),
        )
        for row in beginning(Case.objects.select_related("customer"), "case_ref", term, also=also)
    )


def documents(term: Term) -> list[Found]:
    """By our own id and by Oceafin's."""
    wanted = Q(document_id=term.id) | Q(oceafin_file_asset_id=term.id)
    rows = Document.objects.filter(wanted).select_related("customer") if term.id else []
    return once(
        Found(
            reference=row.file_name,
            url=reverse("admin:customers_document_change", args=[row.pk]),
            customer=row.customer,
            note=row.get_document_type_display(),
            is_exact=True,
        )
        for row in rows
    )


def screenings(term: Term) -> list[Found]:
    """References of screenings are the provider's own: they are found whole."""
    rows = Screening.objects.filter(screening_ref=term.text).select_related("customer")
    return once(
        Found(
            reference=row.screening_ref,
            url=reverse("admin:customers_customer_tab", args=[row.customer_id, "people"]),
            customer=row.customer,
            note=label_of(row.subject_key),
            is_exact=True,
        )
        for row in rows
    )


def payments(term: Term) -> list[Found]:
    """By the reference, by Oceafin's id, and by the reference of a draft at Oceafin."""
    drafts = Draft.objects.filter(Q(draft_ref=term.text) | Q(oceafin_id=term.id_text))
    also = Q(oceafin_id=term.id_text) | Q(pk__in=list(drafts.values_list("payment_id", flat=True)[:AT_MOST]))
    return once(
        Found(
            reference=row.payment_ref,
            url=reverse("admin:payments_paymentrequest_change", args=[row.pk]),
            state=row.state,
            machine=PAYMENT,
            customer=row.customer,
            note=terms.shown(row.amount, row.currency, row.network),
            is_exact=not row.payment_ref.lower().startswith(term.text.lower())
            or term.is_exactly(row.payment_ref),
        )
        for row in beginning(
            PaymentRequest.objects.select_related("customer"), "payment_ref", term, also=also
        )
    )


def bank_accounts(term: Term) -> list[Found]:
    also = Q(oceafin_bank_account_id=term.id_text)
    return once(
        Found(
            reference=row.bank_account_ref,
            url=reverse("admin:payments_bankaccount_change", args=[row.pk]),
            state=row.oceafin_status,
            customer=row.customer,
            note=row.masked_number,
            is_exact=term.is_exactly(row.bank_account_ref, row.oceafin_bank_account_id),
        )
        for row in beginning(
            BankAccount.objects.select_related("customer"), "bank_account_ref", term, also=also
        )
    )


def wallets(term: Term) -> list[Found]:
    also = Q(oceafin_wallet_address_id=term.id_text)
    return once(
        Found(
            reference=row.wallet_address_ref,
            url=reverse("admin:payments_walletaddress_change", args=[row.pk]),
            state=row.oceafin_status,
            customer=row.customer,
            note=row.masked_address,
            is_exact=term.is_exactly(row.wallet_address_ref, row.oceafin_wallet_address_id),
        )
        for row in beginning(
            WalletAddress.objects.select_related("customer"), "wallet_address_ref", term, also=also
        )
    )


def transactions(term: Term) -> list[Found]:
    """By its id, or by the id of what it moved money for."""
    wanted = Q(transaction_id=term.id_text) | Q(resource_id=term.id_text)
    rows = Transaction.objects.filter(wanted).select_related("customer")[: AT_MOST + 1]
    return once(
        Found(
            reference=row.transaction_id,
            url=reverse("admin:accounts_transaction_change", args=[row.pk]),
            state=row.status,
            customer=row.customer,
            note=f"{row.amount} {row.currency}".strip() or _("no amount"),
            is_exact=term.is_exactly(row.transaction_id),
        )
        for row in rows
    )
