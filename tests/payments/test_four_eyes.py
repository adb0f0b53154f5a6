"""Four eyes: two approvers at the same moment, and a maker at every door."""

from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice import once
from backoffice.audit import Actor
from backoffice.staff import tokens
from backoffice.staff.errors import Refusal
from backoffice.staff.models import ApiClient, RoleGrant, User
from backoffice.staff.roles import Role
from payments import errors
from payments.letters import letters_of
from payments.models import Approval, PaymentRequest
from tests.customers.conftest import known_customer
from tests.faults.books import approved_payments_have_a_live_letter, makers_are_not_approvers
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    now,
    quoted,
    requested,
    waiting_payment,
)
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 100


def letters(payment: PaymentRequest) -> int:
    """The first ones of the way to Oceafin."""
    return letters_of(payment).filter(kind__in=["withdrawal.sending_quote", "refund.draft"]).count()


@pytest.mark.parametrize("needed", [1, 2])
def test_of_two_approvers_at_once_let_it_go_exactly_once(needed: int) -> None:
    """Two hundred rounds in all: where one is enough only one counts, where two are needed both do."""
    account = account_of(known_customer(), old=needed == 1)
    asked_by = Actor.staff(person(Role.PAYMENTS_MAKER))
    with transaction.atomic(), once.for_all():
        payments = [quoted(requested(account, f"wd-{number}", "10.00", asked_by)) for number in range(ROUNDS)]
    barrier = Barrier(2)
    refused: list[str] = []

    def approve_all(by: Actor) -> None:
        try:
            for payment in payments:
                barrier.wait(30)
                try:
                    approve(payment, by)
                except Refusal as refusal:
                    refused.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [Thread(target=approve_all, args=(approver(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for payment in payments:
        assert fresh(payment).state == "APPROVED"
        assert payment.live_approvals.count() == needed
        assert letters(payment) == 1
    assert refused == ["AlreadyDecided"] * (ROUNDS if needed == 1 else 0)
    approved_payments_have_a_live_letter()
    makers_are_not_approvers()


@pytest.fixture
def maker_who_may_approve_now() -> Actor:
    """Asked for the payment as a maker; holds the approver's role today."""
    return Actor.staff(person(Role.PAYMENTS_MAKER))


@pytest.fixture
def payment(maker_who_may_approve_now: Actor, kind: str) -> PaymentRequest:
    payment = waiting_payment(by=maker_who_may_approve_now, kind=kind)
    now = timezone.now()
    RoleGrant.objects.filter(user=maker_who_may_approve_now.id).update(revoked_at=now)
    RoleGrant.objects.create(
        user_id=maker_who_may_approve_now.id,
        role="PAYMENTS_APPROVER",
        asked_at=now,
        confirmed_at=now,
        from_shell=True,
    )
    return payment


def nothing_was_approved(payment: PaymentRequest) -> None:
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert not payment.approvals.exists()
    assert letters(payment) == 0


class TestKeepTheMakerOut:
    def test_of_the_service(self, payment: PaymentRequest, maker_who_may_approve_now: Actor) -> None:
        with pytest.raises(errors.SameApprover):
            approve(payment, maker_who_may_approve_now)
        nothing_was_approved(payment)

    def test_of_the_page(self, payment: PaymentRequest, maker_who_may_approve_now: Actor) -> None:
        client = Client()
        sign_in(client, User.objects.get(pk=maker_who_may_approve_now.id))
        address = reverse("payments:approve", args=[payment.payment_ref])
        answer = client.post(address, {"seen_terms": payment.terms_digest}, follow=True)
        assert answer.status_code < 500
        nothing_was_approved(payment)

    @pytest.mark.parametrize("action", ["approve", "approve_selected", "approve_payments"])
    def test_of_the_list(
        self, payment: PaymentRequest, maker_who_may_approve_now: Actor, action: str
    ) -> None:
        client = Client()
        sign_in(client, User.objects.get(pk=maker_who_may_approve_now.id))
        address = reverse("admin:payments_paymentrequest_changelist")
        client.post(address, {"action": action, "_selected_action": [payment.pk]})
        record = reverse("admin:payments_paymentrequest_change", args=[payment.pk])
        client.post(record, {"state": "APPROVED", action: "1"})
        nothing_was_approved(payment)

    def test_of_the_api(self) -> None:
        """A token asks for payments, and there is no address at which it could agree to one."""
        ann = person(Role.PAYMENTS_APPROVER)
        token = tokens.new_token()
        api = ApiClient.objects.create(
            name="erp",
            scopes=["payments"],
            asked_at=now(),
            confirmed_at=now(),
            from_shell=True,
            owner=ann,
            token_sha256=tokens.digest(token),
        )
        payment = waiting_payment(by=Actor.api(api))
        for method in ("post", "put", "patch", "delete"):
            for tail in ("", "/approve", "/approvals", "/approve/"):
                answer = getattr(Client(), method)(
                    f"/api/v1/payment-requests/{payment.payment_ref}{tail}",
                    data={"state": "APPROVED"},
                    content_type="application/json",
                    headers={"Authorization": f"Bearer {token}"},
                )
                assert answer.status_code in {404, 405}
        with pytest.raises(Refusal):
            approve(payment, Actor.api(api))
        with pytest.raises(errors.SameApprover):
            approve(payment, Actor.staff(ann))
        nothing_was_approved(payment)

    def test_of_the_orm(self, payment: PaymentRequest, maker_who_may_approve_now: Actor) -> None:
        with pytest.raises(DatabaseError, match="maker"), transaction.atomic():
            Approval.objects.create(
                payment=payment,
                approver_id=maker_who_may_approve_now.id,
                role="PAYMENTS_APPROVER",
                terms_digest=payment.terms_digest,
                approved_at=timezone.now(),
                method="TOTP",
                base_amount=payment.amount,
                base_currency="EUR",
                rate="1",
            )
        with pytest.raises(DatabaseError, match="approvals"), transaction.atomic():
            PaymentRequest.objects.filter(pk=payment.pk).update(state="APPROVED")
        nothing_was_approved(payment)

    def test_of_the_database(self, payment: PaymentRequest, maker_who_may_approve_now: Actor) -> None:
        with pytest.raises(DatabaseError, match="maker"), transaction.atomic(), connection.cursor() as sql:
            sql.execute(
                "INSERT INTO payments_approval (payment_id, approver_id, role, terms_digest, approved_at, method,"
                " base_amount, base_currency, rate, rate_source, void_reason) VALUES"
                " (%s, %s, 'PAYMENTS_APPROVER', %s, now(), 'TOTP', 1, 'EUR', '1', '', '')",
                [payment.pk, maker_who_may_approve_now.id, payment.terms_digest],
            )
        with (
            pytest.raises(DatabaseError, match="approvals"),
            transaction.atomic(),
            connection.cursor() as sql,
        ):
            sql.execute("UPDATE payments_paymentrequest SET state = 'APPROVED' WHERE id = %s", [payment.pk])
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as sql:
            sql.execute(
                "UPDATE payments_paymentrequest SET maker_user_ids = '{}' WHERE id = %s", [payment.pk]
            )
        nothing_was_approved(payment)


@pytest.mark.parametrize(
    "written", ["Jose\u0301  Example", "\uff2a\uff4f\uff53\u00e9 Example", "jos\u00c9\u200b Example"]
)
def test_know_a_maker_however_their_name_is_written(written: str) -> None:
    """A partner's system may compose letters otherwise than the person who typed the name here."""
    user = person(Role.PAYMENTS_APPROVER)
    User.objects.filter(pk=user.pk).update(display_name="Jos\u00e9 Example")
    payment = quoted(requested(account_of(known_customer()), requested_by=written))
    assert payment.maker_user_ids.count(user.pk) == 1
    with pytest.raises(errors.SameApprover):
        approve(payment, Actor.staff(user))
