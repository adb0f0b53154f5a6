"""A customer who has some of everything, for the pages of the desk."""

from datetime import timedelta

from django.utils import timezone

from backoffice.staff.roles import Role
from customers.models import Customer
from payments.accounts.models import Balance, FoundBy, Transaction
from tests.customers.conftest import known_customer, say, upload
from tests.payments.people import waiting_payment
from tests.people import person
from tests.reveals.conftest import look


def full_customer(ref: str = "cust-1") -> Customer:
    customer = known_customer(ref)
    upload(customer)
    waiting_payment()
    say(
        customer,
        "MISSING_INFO_REQUIRED",
        timezone.now(),
        missing=[{"code": "X", "message": "Send the back too"}],
    )
    look(person(Role.COMPLIANCE_LEAD), customer, purpose="SUSPICION")
    add_transactions(customer, 10)
    Balance.objects.create(
        customer=customer, currency="EUR", available="5000.25", pending="0.00", read_at=timezone.now()
    )
    return Customer.objects.get(pk=customer.pk)


def add_transactions(customer: Customer, count: int, *, first: int = 0) -> None:
    now = timezone.now()
    Transaction.objects.bulk_create(
        [
            Transaction(
                transaction_id=f"tx-{customer.pk}-{number}",
                customer=customer,
                transaction_type="DEPOSIT",
                direction="CREDIT",
                currency="EUR",
                amount="12.50",
                status="COMPLETED",
                occurred_at=now - timedelta(minutes=number),
                found_by=FoundBy.READ,
                found_at=now,
                read_at=now,
            )
            for number in range(first, first + count)
        ]
    )
