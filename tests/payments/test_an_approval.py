from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import ApiClient, RoleGrant
from backoffice.staff.roles import Role
from customers import services as customers
from payments import errors, services
from payments.models import Approval
from payments.policies.deciding import Rule
from tests.customers.conftest import known_customer
from tests.customers.conftest import person as staff
from tests.payments.people import (
    account_of,
    approve,
    approver,
    fresh,
    now,
    quoted,
    requested,
    sql,
    user_of,
    waiting_payment,
)
from tests.payments.policies import APPROVER, LEAD, in_force, one_approver, policy_of, stages
from tests.people import person

pytestmark = pytest.mark.django_db


def test_of_another_person_lets_an_ordinary_payment_go(kind: str) -> None:
    payment = approve(waiting_payment(kind=kind))
    assert fresh(payment).state == "APPROVED"
    assert payment.live_approvals.count() == 1


def test_is_never_the_makers_own(kind: str) -> None:
    both = person(Role.PAYMENTS_MAKER)
    payment = waiting_payment(by=Actor.staff(both), kind=kind)
    RoleGrant.objects.filter(user=both).update(revoked_at=now())
    RoleGrant.objects.create(
        user=both, role="PAYMENTS_APPROVER", asked_at=now(), confirmed_at=now(), from_shell=True
    )
    with pytest.raises(errors.SameApprover, match="Somebody else"):
        approve(payment, Actor.staff(both))
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert Entry.objects.filter(verb="payment.approval_denied", facts__why="SameApprover").count() == 1


@pytest.mark.parametrize("named_by", ["email", "display_name"])
def test_is_not_of_the_person_in_whose_name_the_partner_asked(named_by: str, kind: str) -> None:
    client = ApiClient.objects.create(
        name="erp", scopes=["payments"], asked_at=now(), confirmed_at=now(), from_shell=True
    )
    ann = approver()
    name = getattr(user_of(ann), named_by).upper()
    payment = waiting_payment(by=Actor.api(client), requested_by=f" {name} ", kind=kind)
    with pytest.raises(errors.SameApprover):
        approve(payment, ann)


def test_is_not_of_the_tokens_owner(kind: str) -> None:
    ann = approver()
    client = ApiClient.objects.create(
        name="erp",
        scopes=["payments"],
        asked_at=now(),
        confirmed_at=now(),
        from_shell=True,
        owner=user_of(ann),
    )
    payment = waiting_payment(by=Actor.api(client), kind=kind)
    with pytest.raises(errors.SameApprover):
        approve(payment, ann)


def test_is_not_of_a_program(kind: str) -> None:
    client = ApiClient.objects.create(
        name="erp", scopes=["payments"], asked_at=now(), confirmed_at=now(), from_shell=True
    )
    with pytest.raises(NotAllowed):
        approve(waiting_payment(kind=kind), Actor.api(client))


def test_needs_the_right_at_that_moment(kind: str) -> None:
    ann = approver()
    payment = waiting_payment(kind=kind)
    RoleGrant.objects.filter(user_id=ann.id).update(revoked_at=now())
    with pytest.raises(NotAllowed):
        approve(payment, ann)


def test_given_twice_by_one_person_counts_once(kind: str) -> None:
    payment, ann = waiting_payment(amount="10000.01", kind=kind), approver()
    approve(payment, ann)
    approve(payment, ann)
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert Approval.objects.filter(payment=payment).count() == 1
    assert fresh(approve(payment)).state == "APPROVED"


@pytest.mark.parametrize(("amount", "needed"), [("10000.00", 1), ("10000.01", 2)])
def test_of_two_is_needed_above_ten_thousand(amount: str, needed: int, kind: str) -> None:
    assert waiting_payment(amount=amount, kind=kind).approvals_needed == needed


def test_of_two_is_needed_for_a_fresh_beneficiary() -> None:
    payment = quoted(requested(account_of(known_customer(), old=False)))
    assert (payment.approvals_needed, payment.approval_reasons) == (2, ["FRESH_BENEFICIARY"])


def test_of_two_is_needed_where_no_fresh_rate_tells_how_much_it_is() -> None:
    customer = known_customer()
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    account = account_of(customer, currency="USD")
    assert requested(account).approval_reasons == ["NO_FRESH_RATE"]
    old = now() - timedelta(hours=25)
    services.enter_rate(currency="USD", rate=Decimal("0.9"), source="ECB", at=old, actor=lead, now=now())
    assert requested(account, "wd-2").approvals_needed == 2
    services.enter_rate(currency="USD", rate=Decimal("0.9"), source="ECB", at=now(), actor=lead, now=now())
    assert requested(account, "wd-3").approvals_needed == 1


def test_without_any_rate_is_refused_because_no_limit_can_be_checked() -> None:
    payment = quoted(requested(account_of(known_customer(), currency="USD")))
    with pytest.raises(errors.NoExchangeRate, match="operations lead"):
        approve(payment)


def test_lets_out_at_most_fifty_thousand_a_day_per_person(kind: str) -> None:
    ann = approver()
    approve(waiting_payment("wd-1", "30000.00", kind=kind), ann)
    last = waiting_payment("wd-2", "20000.01", kind=kind)
    with pytest.raises(errors.LimitReached, match="50,000 EUR"):
        approve(last, ann)
    approve(waiting_payment("wd-3", "20000.00", kind=kind), ann)
    approve(last)


def test_of_the_day_before_no_longer_counts(kind: str) -> None:
    ann = approver()
    yesterday = now() - timedelta(hours=24, seconds=1)
    approve(waiting_payment("wd-1", "50000.00", kind=kind), ann, now=yesterday)
    approve(waiting_payment("wd-2", "50000.00", kind=kind), ann)


def test_binds_to_the_terms_that_were_seen() -> None:
    payment = waiting_payment()
    seen = payment.terms_digest
    quoted(payment, fee="1.01")
    with pytest.raises(errors.TermsChanged):
        approve(payment, seen_terms=seen)


def test_is_void_when_the_terms_get_worse() -> None:
    payment = waiting_payment(amount="20000.00")
    approve(payment)
    payment = quoted(payment, fee="2.00")
    assert payment.live_approvals.count() == 0
    assert "The fee is now 2.00 EUR; approved was at most 1.00 EUR" in payment.terms_difference
    assert payment.highest_fee == 2


def test_stands_when_a_new_quote_is_no_worse() -> None:
    payment = waiting_payment(amount="20000.00")
    approve(payment)
    payment = quoted(payment, fee="0.50")
    assert payment.live_approvals.count() == 1
    assert payment.highest_fee == 1


def test_waits_for_a_quote() -> None:
    payment = requested(account_of(known_customer()))
    with pytest.raises(errors.NoQuoteYet):
        approve(payment)


def test_is_refused_for_a_restricted_customer(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    customers.change_standing(
        payment.customer, standing="RESTRICTED", reason="check", actor=staff("MLRO"), now=now()
    )
    with pytest.raises(errors.CustomerRestricted):
        approve(payment)


def test_comes_too_late_after_seven_days(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    later = now() + timedelta(days=7, minutes=1)
    with pytest.raises(errors.ApprovalDeadlinePassed):
        approve(payment, now=later)
    assert services.expire_overdue(later) == 1
    assert fresh(payment).state == "EXPIRED"
    with pytest.raises(errors.AlreadyDecided):
        approve(payment)


def test_names_who_was_quicker(kind: str) -> None:
    payment, ann = waiting_payment(kind=kind), approver()
    approve(payment, ann)
    with pytest.raises(errors.AlreadyDecided, match=user_of(ann).display_name):
        approve(payment)


def test_is_not_possible_after_a_rejection(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    services.reject(payment=payment, reason="unknown invoice", actor=approver(), now=now())
    with pytest.raises(errors.AlreadyDecided):
        approve(payment)
    assert fresh(payment).state == "REJECTED"


# --- Taken back ---------------------------------------------------------------------------------------------------


def test_is_taken_back_by_its_giver_alone_and_for_a_reason(kind: str) -> None:
    payment, ann = waiting_payment(amount="20000.00", kind=kind), approver()
    approve(payment, ann)
    with pytest.raises(errors.NothingToWithdraw):
        services.withdraw_approval(payment=payment, reason="no", actor=approver(), now=now())
    with pytest.raises(errors.ReasonNeeded):
        services.withdraw_approval(payment=payment, reason=" ", actor=ann, now=now())
    services.withdraw_approval(payment=payment, reason="wrong invoice", actor=ann, now=now())
    assert payment.live_approvals.count() == 0
    assert Entry.objects.filter(verb="payment.approval_withdrawn").count() == 1
    approve(payment, ann)
    assert payment.live_approvals.count() == 1


def test_that_is_taken_back_takes_none_with_it_but_those_of_later_stages() -> None:
    payment, ann, bob = waiting_payment(amount="20000.00"), approver(), approver()
    for by in (ann, bob):
        approve(payment, by)
    services.withdraw_approval(payment=payment, reason="wrong invoice", actor=ann, now=now())
    assert fresh(payment).state == "PENDING_APPROVAL"
    assert [approval.approver for approval in payment.live_approvals] == [user_of(bob)]
    assert fresh(payment).asks_roles == ["PAYMENTS_APPROVER"]

    in_force(policy_of(Rule(stages=stages((1, APPROVER), (1, LEAD)))))
    staged, olga = waiting_payment("wd-2"), Actor.staff(person(Role.OPERATIONS_LEAD))
    for last in (olga, ann):
        for by in (ann, olga):
            approve(staged, by)
        services.withdraw_approval(payment=staged, reason="wrong", actor=last, now=now())
        kept = [user_of(ann)] if last == olga else []
        assert [approval.approver for approval in staged.live_approvals] == kept


# --- The code that it rests on ------------------------------------------------------------------------------------


def by_code(payment, by: Actor, at, **more) -> None:
    approve(payment, by, proof=services.Proof(at=at, **more))


def test_rests_on_a_code_of_the_last_five_minutes() -> None:
    with pytest.raises(errors.StepUpNeeded, match="too long ago"):
        by_code(waiting_payment(), approver(), now() - timedelta(minutes=5, seconds=1))


def test_shares_its_code_up_to_a_total() -> None:
    ann, typed = approver(), now() - timedelta(minutes=1)
    in_force(policy_of(one_approver(), step_up_total=Decimal(1000), alone_above=Decimal(700)))
    by_code(waiting_payment("wd-1", "600.00"), ann, typed)
    second = waiting_payment("wd-2", "400.01")
    with pytest.raises(errors.StepUpNeeded, match="at most 1,000 EUR"):
        by_code(second, ann, typed)
    by_code(second, ann, typed + timedelta(seconds=30))
    by_code(waiting_payment("wd-3", "400.00"), ann, typed)


def test_of_a_large_amount_has_a_code_of_its_own() -> None:
    ann, typed = approver(), now() - timedelta(minutes=1)
    in_force(policy_of(one_approver(), step_up_total=Decimal(5000), alone_above=Decimal(700)))
    large, small = waiting_payment("wd-1", "700.01"), waiting_payment("wd-2", "5.00")
    with pytest.raises(errors.StepUpNeeded, match="decide it alone"):
        by_code(large, ann, typed, reviewed=True)
    by_code(large, ann, typed)
    with pytest.raises(errors.StepUpNeeded, match="has covered"):
        by_code(small, ann, typed)
    by_code(small, ann, typed + timedelta(seconds=30))
    with pytest.raises(errors.StepUpNeeded, match="code of its own"):
        by_code(waiting_payment("wd-3", "700.01"), ann, typed + timedelta(seconds=30))


def test_of_an_amount_that_is_not_yet_large_shares_its_code() -> None:
    ann, typed = approver(), now() - timedelta(minutes=1)
    in_force(policy_of(one_approver(), step_up_total=Decimal(5000), alone_above=Decimal(700)))
    for number in range(2):
        by_code(waiting_payment(f"wd-{number}", "700.00"), ann, typed)
    by_code(waiting_payment("wd-2", "700.00"), ann, now(), reviewed=True)


def test_above_the_total_may_be_the_first_of_its_code() -> None:
    ann, typed = approver(), now()
    in_force(policy_of(one_approver(), step_up_total=Decimal(1000), alone_above=Decimal(2000)))
    by_code(waiting_payment("wd-1", "1000.01"), ann, typed)
    with pytest.raises(errors.StepUpNeeded, match="at most 1,000 EUR"):
        by_code(waiting_payment("wd-2", "5.00"), ann, typed)


def test_rests_on_ones_own_code_alone() -> None:
    """Two people may type theirs in the same moment."""
    typed = now()
    in_force(policy_of(one_approver(), alone_above=Decimal(700)))
    for number in range(2):
        by_code(waiting_payment(f"wd-{number}", "700.01"), approver(), typed)


def test_rests_on_no_code_of_a_time_to_come() -> None:
    payment, ann = waiting_payment(), approver()
    with pytest.raises(errors.StepUpNeeded):
        by_code(payment, ann, now() + timedelta(minutes=1))
    by_code(payment, ann, now() + timedelta(seconds=3))


def test_of_a_reviewed_selection_shares_a_code_that_covers_nothing_else() -> None:
    ann, typed = approver(), now() - timedelta(minutes=1)
    in_force(policy_of(one_approver(), step_up_total=Decimal(1000), alone_above=Decimal(900)))
    for number in range(2):
        by_code(waiting_payment(f"wd-{number}", "800.00"), ann, typed, reviewed=True)
    with pytest.raises(errors.StepUpNeeded, match="has covered"):
        by_code(waiting_payment("wd-8", "5.00"), ann, typed)


def test_of_a_reviewed_selection_needs_a_code_that_covered_no_other_payment() -> None:
    ann, at = approver(), now()
    first, second = waiting_payment("wd-1"), waiting_payment("wd-2")
    by_code(first, ann, at)
    with pytest.raises(errors.StepUpNeeded, match="used for another payment"):
        by_code(second, ann, at, reviewed=True)
    assert not second.approvals.exists()


# --- The database says the same, whoever writes -----------------------------------------------------------------------


def insert(payment, user_id: int, digest: str | None = None) -> None:
    with transaction.atomic():
        sql(
            "INSERT INTO payments_approval (payment_id, approver_id, role, terms_digest, approved_at, method, "
            "base_amount, base_currency, rate, rate_source, void_reason) "
            "VALUES (%s, %s, 'PAYMENTS_APPROVER', %s, now(), 'TOTP', 1, 'EUR', '1', '', '')",
            payment.pk,
            user_id,
            payment.terms_digest if digest is None else digest,
        )


def test_of_the_maker_is_refused_by_the_database(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    with pytest.raises(DatabaseError, match="the maker of payment wd-1 does not approve it"):
        insert(payment, payment.maker_user_ids[0])


def test_of_the_person_named_by_the_partner_is_refused_by_the_database(kind: str) -> None:
    ann = approver()
    payment = waiting_payment(requested_by="later@example.com", kind=kind)
    user = user_of(ann)
    user.email = "later@example.com"
    user.save()
    with pytest.raises(DatabaseError, match="the maker"):
        insert(payment, user.pk)


def test_of_whom_the_makers_token_belongs_to_by_now_is_refused_by_the_database(kind: str) -> None:
    token = ApiClient.objects.create(
        name="erp",
        token_sha256="0" * 64,
        scopes=["payments"],
        asked_at=now(),
        confirmed_at=now(),
        from_shell=True,
    )
    payment, ann = waiting_payment(by=Actor.api(token), kind=kind), user_of(approver())
    ApiClient.objects.filter(pk=token.pk).update(owner=ann)
    with pytest.raises(DatabaseError, match="the maker"):
        insert(payment, ann.pk)


def test_of_somebody_without_the_right_is_refused_by_the_database(kind: str) -> None:
    with pytest.raises(DatabaseError, match="may not approve"):
        insert(waiting_payment(kind=kind), person(Role.AUDITOR).pk)


def test_of_other_terms_is_refused_by_the_database(kind: str) -> None:
    with pytest.raises(DatabaseError, match="not the terms"):
        insert(waiting_payment(kind=kind), user_of(approver()).pk, "f" * 64)


def test_is_never_changed_or_deleted_in_the_database(kind: str) -> None:
    payment = waiting_payment(amount="20000.00", kind=kind)
    approve(payment)
    for statement in (
        "UPDATE payments_approval SET approved_at = now()",
        "UPDATE payments_approval SET voided_at = now(), void_reason = 'x', base_amount = 0",
        "DELETE FROM payments_approval",
    ):
        with pytest.raises(DatabaseError, match="kept as it was given"), transaction.atomic():
            sql(statement)
    Approval.objects.update(voided_at=timezone.now(), void_reason="terms")
    with pytest.raises(DatabaseError, match="kept as it was given"), transaction.atomic():
        Approval.objects.update(voided_at=None)


def test_that_is_missing_keeps_a_payment_from_being_approved_in_the_database(kind: str) -> None:
    payment = waiting_payment(amount="20000.00", kind=kind)
    approve(payment)
    with pytest.raises(DatabaseError, match="payment wd-1 has 1 of 2 approvals"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'APPROVED' WHERE id = %s", payment.pk)
    with pytest.raises(DatabaseError, match="approved and stand"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET approvals_needed = 1 WHERE id = %s", payment.pk)


def test_is_of_a_payment_whose_terms_stand_in_the_database() -> None:
    payment = waiting_payment(amount="20000.00")
    approve(payment)
    for change in ("highest_fee = 900", "least_received = 1", "terms_digest = ''"):
        with pytest.raises(DatabaseError, match="approved and stand"), transaction.atomic():
            sql(f"UPDATE payments_paymentrequest SET {change} WHERE id = %s", payment.pk)
