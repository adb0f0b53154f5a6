"""What a journey on a running house begins with. Made by the real services, carried by the real workers."""

from datetime import timedelta

from django.utils import timezone

from backoffice.audit import Actor
from backoffice.staff.roles import Role
from customers import services as customers
from customers.models import Customer
from payments import payee_kinds, payee_news, services
from payments.models import BankAccount
from tests.faults.house import House
from tests.people import person
from tests.waiting import eventually

PARTNER = Actor("API", "1", "the partner's system")
IBAN = "DE02120300000000202051"


def open_money_out() -> None:
    first, second = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    services.ask_to_open_money_out(actor=Actor.staff(first), now=timezone.now())
    services.confirm_open_money_out(actor=Actor.staff(second), now=timezone.now())


def an_approved_customer(house: House, ref: str) -> Customer:
    """With 50,000 EUR."""
    customer = customers.create_customer(
        partner_customer_ref=ref,
        customer_type="INDIVIDUAL",
        display_name="Ada Example",
        metadata={},
        actor=PARTNER,
        now=timezone.now(),
    )

    def is_approved() -> bool:
        customer.refresh_from_db()
        return customer.oceafin_status == "APPROVED"

    eventually(lambda: customer.refresh_from_db() or customer.oceafin_customer_id, 20)
    house.oceafin.advance("customer", "APPROVED", ref=ref)
    eventually(is_approved, 20)
    house.oceafin.fund(ref)
    return customer


def an_active_account(house: House, customer: Customer, *, used_before: bool) -> BankAccount:
    account, _is_new = services.add_bank_account(
        customer=customer,
        bank_account_ref="ba-1",
        details={"accountHolderName": "Ada Example", "iban": IBAN, "bankName": "Specimen Bank"},
        country="DE",
        currency="EUR",
        holder_type="SAME_NAME",
        actor=PARTNER,
        now=timezone.now() - timedelta(days=3),
    )
    eventually(lambda: account.refresh_from_db() or account.oceafin_bank_account_id, 20)
    house.oceafin.advance("bank_account", "ACTIVE", id=account.oceafin_bank_account_id)
    read_payees()
    if used_before:
        BankAccount.objects.filter(pk=account.pk).update(first_used_at=timezone.now() - timedelta(days=3))
    account = BankAccount.objects.select_related("customer").get(pk=account.pk)
    assert account.is_active
    return account


def read_payees() -> None:
    """No event tells of them; the reading that would come in some seconds is made at once."""
    for model in payee_kinds.KINDS:
        model.objects.filter(next_poll_at__isnull=False).update(next_poll_at=timezone.now())
    payee_news.poll(timezone.now())
