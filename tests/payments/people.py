"""Who and what the tests of payments begin with, and a way through the days without waiting for them."""

import hashlib
import hmac
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Submission
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import guards, payee_news, services
from payments.accounts.deposits import hearing
from payments.accounts.deposits.models import Deposit
from payments.models import BankAccount, MoneyOutSwitch, PaymentRequest, Quote, QuotePurpose, WalletAddress
from payments.outcomes import take_shown_quote
from tests.customers.conftest import known_customer
from tests.people import person

IBAN = "DE02120300000000202051"
ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def now() -> datetime:
    return timezone.now()


def maker() -> Actor:
    return Actor.staff(person(Role.PAYMENTS_MAKER))


def approver() -> Actor:
    return Actor.staff(person(Role.PAYMENTS_APPROVER))


def user_of(actor: Actor) -> User:
    return User.objects.get(pk=actor.id)


def open_money_out() -> None:
    """As two administrators left it, or as two do now where somebody stopped it since."""
    first, second = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    asked = {"asked_by": first, "asked_at": now(), "confirmed_by": second, "changed_at": now()}
    _switch, is_new = MoneyOutSwitch.objects.get_or_create(pk=1, defaults={"is_open": True, **asked})
    if is_new:
        return
    services.ask_to_open_money_out(actor=Actor.staff(first), now=now())
    services.confirm_open_money_out(actor=Actor.staff(second), now=now())


def account_of(customer: Customer, ref: str = "ba-1", *, old: bool = True, **changes: Any) -> BankAccount:
    """A beneficiary that Oceafin accepted; an old one was paid to days ago."""
    days_ago = now() - timedelta(days=3)
    asked: dict[str, Any] = {
        "details": {"accountHolderName": "Ada Example", "iban": IBAN, "bankName": "Specimen Bank"},
        "country": "DE",
        "currency": "EUR",
        "holder_type": "SAME_NAME",
        "actor": Actor.system("test"),
        "now": days_ago if old else now(),
        **changes,
    }
    account, _is_new = services.add_bank_account(customer=customer, bank_account_ref=ref, **asked)
    Submission.objects.filter(subject_type="payments.BankAccount").update(state="ACCEPTED")
    resource = {"bankAccountId": f"{secrets.token_hex(4)}-0000-4000-8000-000000000001", "status": "ACTIVE"}
    with transaction.atomic():
        payee_news.heard(account, resource, now=now())
    if old:
        BankAccount.objects.filter(pk=account.pk).update(first_used_at=days_ago)
    return BankAccount.objects.select_related("customer").get(pk=account.pk)


def wallet_of(customer: Customer, ref: str = "wallet-1", **changes: Any) -> WalletAddress:
    """A provider's wallet with all that the Travel Rule asks; Oceafin was not told yet."""
    asked: dict[str, Any] = {
        "asset": "USDC",
        "network": "ETHEREUM",
        "address": ADDRESS,
        "details": {"holderName": "Ada Example", "vaspName": "Example VASP"},
        "holder_type": "SAME_NAME",
        "actor": maker(),
        "now": now(),
        **changes,
    }
    wallet, _is_new = services.add_wallet_address(customer=customer, wallet_address_ref=ref, **asked)
    return wallet


def accepted_wallet(customer: Customer, ref: str = "wallet-1", **changes: Any) -> WalletAddress:
    """Added, taken by Oceafin, and paid to before."""
    days_ago = now() - timedelta(days=3)
    wallet = wallet_of(customer, ref, **{"now": days_ago, **changes})
    Submission.objects.filter(subject_type="payments.WalletAddress").update(state="ACCEPTED")
    with transaction.atomic():
        payee_news.heard(wallet, {"walletAddressId": str(uuid4()), "status": "ACTIVE"}, now=now())
    WalletAddress.objects.filter(pk=wallet.pk).update(first_used_at=days_ago)
    return WalletAddress.objects.select_related("customer").get(pk=wallet.pk)


def crypto_requested(
    wallet: WalletAddress, ref: str = "cw-1", amount: str = "100.00", by: Actor | None = None, **changes: Any
) -> PaymentRequest:
    asked: dict[str, Any] = {
        "kind": "CRYPTO_WITHDRAWAL",
        "currency": wallet.asset,
        "purpose": "invoice 18",
        "now": now(),
        **changes,
    }
    details = {"walletAddressRef": wallet.wallet_address_ref, "network": wallet.network}
    payment, _is_new = services.request_payment(
        payment_ref=ref,
        customer=wallet.customer,
        amount=amount,
        details=details | asked.pop("details", {}),
        actor=by or maker(),
        **asked,
    )
    return payment


def rate_of(currency: str, rate: str = "0.92") -> None:
    """What one unit is worth in the base currency, as of now and of yesterday."""
    lead, today = Actor.staff(person(Role.OPERATIONS_LEAD)), now()
    for at in (today - timedelta(hours=30), today):
        services.enter_rate(
            currency=currency, rate=Decimal(rate), source="the test", at=at, actor=lead, now=today
        )


def requested(
    account: BankAccount, ref: str = "wd-1", amount: str = "100.00", by: Actor | None = None, **changes: Any
) -> PaymentRequest:
    asked: dict[str, Any] = {
        "kind": "FIAT_WITHDRAWAL",
        "currency": account.currency,
        "purpose": "invoice 17",
        "payment_reference": "RF-17",
        "now": now(),
        **changes,
    }
    payment, _is_new = services.request_payment(
        payment_ref=ref,
        customer=account.customer,
        amount=amount,
        details={"bankAccountRef": account.bank_account_ref},
        actor=by or maker(),
        **asked,
    )
    return payment


def refund_of(
    source: Deposit, ref: str = "rf-1", amount: str = "100.00", by: Actor | None = None, **changes: Any
) -> PaymentRequest:
    """Asked for, of a deposit."""
    source_type = "FIAT_DEPOSIT" if source.kind == "FIAT" else "CRYPTO_DEPOSIT"
    asked: dict[str, Any] = {
        "customer": source.customer,
        "currency": source.currency,
        "now": now(),
        **changes,
    }
    details = {
        "sourceType": source_type,
        "sourceId": source.deposit_id,
        "reason": asked.pop("reason", "twice"),
    }
    payment, _is_new = services.request_payment(
        payment_ref=ref, kind="REFUND", amount=amount, details=details, actor=by or maker(), **asked
    )
    return payment


def conversion_of(
    customer: Customer, ref: str = "cv-1", amount: str = "100.00", by: Actor | None = None, **changes: Any
) -> PaymentRequest:
    """Asked for: to sell so much EUR for USD, if nothing else is said."""
    named = ("sellCurrency", "buyCurrency", "sellAmount", "buyAmount")
    details = {"sellCurrency": "EUR", "buyCurrency": "USD"}
    details |= {name: changes.pop(name) for name in named if name in changes}
    if "buyAmount" not in details:
        details.setdefault("sellAmount", amount)
    payment, _is_new = services.request_payment(
        payment_ref=ref,
        kind="CONVERSION",
        customer=customer,
        details=details,
        actor=by or maker(),
        **{"now": now(), **changes},
    )
    return payment


def came_in(customer: Customer, amount: str = "60000.00", currency: str = "EUR", **changes: Any) -> Deposit:
    """A deposit that Oceafin credited, as a reading found it."""
    network = changes.pop("network", "")
    keep = hearing.keep_crypto if network else hearing.keep_fiat
    what = {"asset": currency, "network": network} if network else {"currency": currency}
    item = {"depositId": str(uuid4()), "status": "COMPLETED", "amount": amount, **what, **changes}
    keep(customer, [item], now())
    return Deposit.objects.select_related("customer").get(deposit_id=item["depositId"])


def quoted(payment: PaymentRequest, fee: str = "1.00", *, lives: float = 120) -> PaymentRequest:
    """Oceafin said what it costs, without asking it."""
    with transaction.atomic():
        row = guards.locked(payment)
        row.quote_number += 1
        row.save(update_fields=["quote_number"])
        quote = Quote.objects.create(
            payment=row,
            number=row.quote_number,
            purpose=QuotePurpose.SHOWN,
            oceafin_quote_id=secrets.token_hex(8),
            fee=Decimal(fee),
            fee_currency=row.currency,
            receives=row.amount - Decimal(fee),
            receive_currency=row.other_currency or row.currency,
            pays=row.amount if row.fixed_side == "BUY" else None,
            expires_at=now() + timedelta(seconds=lives),
            received_at=now(),
        )
        take_shown_quote(row, quote, now=now())
    return fresh(payment)


def waiting_payment(
    ref: str = "wd-1", amount: str = "100.00", *, kind: str = "FIAT_WITHDRAWAL", **changes: Any
) -> PaymentRequest:
    """A payment that an approver can decide now: to an old beneficiary, or back to who sent the money."""
    customer = Customer.objects.filter(partner_customer_ref="cust-1").first() or known_customer()
    if kind == "REFUND":
        return fresh(refund_of(came_in(customer), ref, amount, **changes))
    if kind == "CONVERSION":
        return quoted(conversion_of(customer, ref, amount, **changes))
    if kind == "CRYPTO_WITHDRAWAL":
        wallet = WalletAddress.objects.filter(customer=customer).first() or accepted_wallet(customer)
        wallet.customer = customer
        rate_of(wallet.asset, "1")
        return quoted(crypto_requested(wallet, ref, amount, **changes))
    account = BankAccount.objects.filter(customer=customer).first() or account_of(customer)
    account.customer = customer
    return quoted(requested(account, ref, amount, **changes))


def approve(payment: PaymentRequest, by: Actor | None = None, **changes: Any) -> PaymentRequest:
    payment = fresh(payment)
    asked: dict[str, Any] = {"seen_terms": payment.terms_digest, "now": now(), **changes}
    asked.setdefault("proof", services.Proof(at=asked["now"]))
    return services.approve(payment=payment, actor=by or approver(), **asked)


def fresh(payment: PaymentRequest) -> PaymentRequest:
    return PaymentRequest.objects.select_related("customer", "beneficiary", "wallet").get(pk=payment.pk)


def deliver() -> int:
    """What the workers would do now, back-off not waited for."""
    count = 0
    while Submission.objects.filter(state__in=["QUEUED", "UNCONFIRMED"]).update(due_at=now()):
        done = outbox.deliver_due(lane="papers", worker="test") + outbox.deliver_due(
            lane="money", worker="test"
        )
        count += done
        if not done:
            break
    return count


def deliver_together(workers: int = 3) -> None:
    """The same by several workers at once, where many letters wait: while one is at Oceafin, another is written."""

    def work() -> None:
        try:
            while outbox.deliver_due(lane="money", worker="test"):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for worker in [pool.submit(work) for _ in range(workers)]:
            worker.result()
    deliver()


def deliver_once(lane: str = "money") -> int:
    Submission.objects.filter(state__in=["QUEUED", "UNCONFIRMED"]).update(due_at=now())
    return outbox.deliver_due(lane=lane, worker="test", limit=1)


@cache
def _front_door() -> Client:
    """Setting one up costs more than a delivery."""
    return Client()


def post_event(event: dict[str, Any], secret: str) -> int:
    """Deliver an event through the front door, signed as Oceafin signs."""
    body = json.dumps(event).encode()
    timestamp, nonce = now().isoformat(timespec="seconds").replace("+00:00", "Z"), secrets.token_hex(16)
    base = "\n".join([timestamp, nonce, hashlib.sha256(body).hexdigest()])
    answer = _front_door().post(
        "/webhooks/oceafin/",
        data=body,
        content_type="application/json",
        headers={
            "X-Oceafin-Webhook-Timestamp": timestamp,
            "X-Oceafin-Webhook-Nonce": nonce,
            "X-Oceafin-Webhook-Signature": hmac.new(secret.encode(), base.encode(), "sha256").hexdigest(),
        },
    )
    return answer.status_code


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
