"""What an invented provider says of the demo's customers: most have no hit, a few resemble somebody."""

from datetime import datetime

from backoffice.audit import Actor
from backoffice.local.demo.cast import Customer
from customers.screening import services as screening
from customers.screening.subjects import payee_key
from onboarding.models import Case
from onboarding.risk.screened import subjects_of
from payments.models import BankAccount

PROVIDER = "Invented Lists"
# The case shows how a hit is decided: each of these waits for a reviewer.
HITS = {
    1012: screening.Found(
        kind="SANCTIONS",
        name="SHARMA Deepak",
        list="Invented Sanctions List",
        note="Born 1951, a man. The list gives no address.",
        hit_ref="ISL-0042",
        score="0.71",
    ),
}
PAYEE_HITS = {
    "cust-1002-acct-gbp": screening.Found(
        kind="SANCTIONS",
        name="LETTINGS Specimen",
        list="Invented Sanctions List",
        note="A letting agency. The list gives no account.",
        score="0.64",
    ),
}


def screen(customer: Customer, case: Case, *, actor: Actor, now: datetime) -> None:
    """Hand in a screening of everybody in the case, each once."""
    for number, subject in enumerate(subjects_of(case, case.details)):
        is_customer = subject.key == "customer"
        hit = HITS.get(customer.number) if is_customer else None
        screening.record_screening(
            customer=case.customer,
            screening_ref=f"scr-{customer.number}-{number}",
            subject_key=subject.key,
            subject_name=subject.name,
            provider=PROVIDER,
            list_date=now.date(),
            screened_at=now,
            hits=[hit] if hit else [],
            actor=actor,
            now=now,
        )


def screen_payee(account: BankAccount, *, actor: Actor, now: datetime) -> None:
    """One payee resembles somebody: who approves the payout is told, and a reviewer decides it without a case."""
    ref = f"{account.customer.partner_customer_ref}-{account.bank_account_ref}"
    hit = PAYEE_HITS.get(ref)
    if hit is None:
        return
    screening.record_screening(
        customer=account.customer,
        screening_ref=f"scr-{ref}",
        subject_key=payee_key(account.bank_account_ref),
        subject_name=account.customer.display_name,
        provider=PROVIDER,
        list_date=now.date(),
        screened_at=now,
        hits=[hit],
        actor=actor,
        now=now,
    )
