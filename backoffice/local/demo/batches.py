"""Batches of the demo: wages with two wrong rows, and invoices whose payments wait for an approver."""

import io
from datetime import datetime

from backoffice.local.demo import staff
from backoffice.local.demo.money_in import Wanted
from customers.models import Customer
from payments.batches import services
from payments.batches.models import Rule
from payments.models import BankAccount

HEADER = "paymentRef,kind,partnerCustomerRef,bankAccountRef,amount,currency,purpose"
# The third names no account that we know, the fifth no amount that can be paid.
WAGES = (
    "wages-01,FIAT_WITHDRAWAL,corp-2001,acct-eur,2410.00,EUR,Wages November: welders",
    "wages-02,FIAT_WITHDRAWAL,corp-2001,acct-eur,1985.50,EUR,Wages November: office",
    "wages-03,FIAT_WITHDRAWAL,corp-2001,acct-chf,2100.00,EUR,Wages November: crane",
    "wages-04,FIAT_WITHDRAWAL,corp-2001,acct-eur,1730.25,EUR,Wages November: yard",
    "wages-05,FIAT_WITHDRAWAL,corp-2001,acct-eur,0.00,EUR,Wages November: apprentices",
)
INVOICES = (
    "inv-5101,FIAT_WITHDRAWAL,corp-2001,acct-eur,960.00,EUR,Invoice 5101: ropes",
    "inv-5102,FIAT_WITHDRAWAL,corp-2001,acct-eur,1275.40,EUR,Invoice 5102: timber",
    "inv-5103,FIAT_WITHDRAWAL,corp-2001,acct-eur,318.90,EUR,Invoice 5103: paint",
    "inv-5104,FIAT_WITHDRAWAL,corp-2001,acct-eur,2040.00,EUR,Invoice 5104: bearings",
)


def _wages(customer: Customer, now: datetime) -> bool:
    return _handed_in(customer, "wages-november", WAGES, now)


def _invoices(customer: Customer, now: datetime) -> bool:
    return _handed_in(customer, "invoices-week-47", INVOICES, now, rule=Rule.ALL_GOOD)


def _handed_in(customer: Customer, ref: str, rows: tuple[str, ...], now: datetime, rule: str = "") -> bool:
    """Not before its account is there: a row that names another is wrong."""
    if not any(
        account.is_active for account in BankAccount.objects.filter(customer=customer, currency="EUR")
    ):
        return False
    services.upload(
        batch_ref=ref,
        file=io.BytesIO("\r\n".join([HEADER, *rows, ""]).encode()),
        file_name=f"{ref}.csv",
        rule=rule,
        actor=staff.actor("maker"),
        now=now,
    )
    return True


LAST = (Wanted("corp-2001", _wages), Wanted("corp-2001", _invoices))
