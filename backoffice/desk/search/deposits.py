"""Looking up what came in: deposits, and the addresses that coins are paid in to."""

from django.db.models import Q
from django.urls import reverse

from backoffice.desk.search.source import Found, Term, beginning, once
from payments.accounts.deposits.addresses import where_hash
from payments.accounts.deposits.models import Deposit, DepositAddress


def deposits(term: Term) -> list[Found]:
    """By Oceafin's id and by the hash of the coins' transaction."""
    also = Q(transaction_hash__iexact=term.text)
    return once(
        Found(
            reference=row.deposit_id,
            url=reverse("admin:deposits_deposit_change", args=[row.pk]),
            state=row.status,
            customer=row.customer,
            note=f"{row.amount} {row.currency}".strip(),
            is_exact=term.is_exactly(row.deposit_id, row.transaction_hash),
        )
        for row in beginning(Deposit.objects.select_related("customer"), "deposit_id", term, also=also)
    )


def addresses(term: Term) -> list[Found]:
    """By our reference, Oceafin's id, and the whole address."""
    rows = DepositAddress.objects.select_related("customer")
    where = where_hash({"address": term.text})
    also = Q(address_id=term.id_text) | Q(where_hash=where)
    return once(
        Found(
            reference=str(row),
            url=reverse("admin:deposits_depositaddress_change", args=[row.pk]),
            state=row.status,
            customer=row.customer,
            note=f"{row.asset} {row.network}".strip(),
            is_exact=row.where_hash == where or term.is_exactly(row.address_ref, row.address_id),
        )
        for row in beginning(rows, "address_ref", term, also=also)
    )
