"""A policy is proposed by one administrator and approved by another; it decides whatever waits or is asked for."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import RoleGrant
from backoffice.staff.roles import Role
from payments import errors, guards, letters, reconsidering, showing_quotes
from payments import services as services_of_payments
from payments.models import PaymentRequest
from payments.policies import services
from payments.policies.deciding import DAY_ONE, Limits, Rule
from payments.policies.errors import BadPolicy, OtherAdministrator, ProposalChanged, ProposalStands
from payments.policies.models import PolicyVersion, RuleRow
from payments.policies.reading import in_force as policy_in_force
from payments.reconsidering import fitting, reconsider
from tests.customers.conftest import known_customer
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
from tests.payments.policies import (
    APPROVER,
    LEAD,
    REFUSE,
    administrator,
    enough_people,
    in_force,
    one_approver,
    policy_of,
    proposed,
    stages,
)
from tests.people import person

pytestmark = pytest.mark.django_db


def test_is_day_ones_until_one_is_made() -> None:
    assert policy_in_force() == DAY_ONE


def test_counts_once_another_administrator_has_approved_it() -> None:
    enough_people()
    ada = administrator()
    version = proposed(policy_of(one_approver(up_to=Decimal("2500.50"))), by=ada)
    assert policy_in_force() == DAY_ONE
    with pytest.raises(OtherAdministrator, match="Another administrator"):
        services.approve_policy(version=version, seen_digest=version.digest, actor=ada, now=now())
    services.approve_policy(version=version, seen_digest=version.digest, actor=administrator(), now=now())
    found = policy_in_force()
    assert (found.number, found.rules[0].up_to) == (1, Decimal("2500.5"))
    assert services.digest_of(found) == version.digest
    assert Entry.objects.filter(verb="policy.approved", facts__version=1).exists()


def test_is_approved_as_it_was_seen_and_by_who_may() -> None:
    enough_people()
    version = proposed(policy_of(one_approver()))
    with pytest.raises(ProposalChanged):
        services.approve_policy(version=version, seen_digest="0" * 64, actor=administrator(), now=now())
    with pytest.raises(NotAllowed):
        services.approve_policy(version=version, seen_digest=version.digest, actor=approver(), now=now())
    with pytest.raises(NotAllowed):
        proposed(policy_of(one_approver()), by=approver())


def test_waits_alone_and_can_be_taken_back() -> None:
    enough_people()
    version = proposed(policy_of(one_approver()))
    with pytest.raises(ProposalStands, match="waits already"):
        proposed(policy_of(one_approver()))
    services.withdraw_policy(version=version, reason="not now", actor=administrator(), now=now())
    with pytest.raises(ProposalStands, match="withdrawn already"):
        services.approve_policy(version=version, seen_digest=version.digest, actor=administrator(), now=now())
    assert proposed(policy_of(one_approver())).number == 2


def test_says_why_it_is_proposed_and_why_it_is_taken_back() -> None:
    enough_people()
    with pytest.raises(BadPolicy, match="why the policy is changed"):
        proposed(policy_of(one_approver()), note=" \x00 ")
    version = proposed(policy_of(one_approver()))
    for by, reason, refusal in (
        (administrator(), " ", BadPolicy),
        (approver(), "not now", NotAllowed),
        (Actor.staff(person(Role.OPERATIONS_LEAD)), "not now", NotAllowed),
    ):
        with pytest.raises(refusal):
            services.withdraw_policy(version=version, reason=reason, actor=by, now=now())
    assert services.proposed() == version


def test_is_not_approved_where_its_rows_are_not_what_was_looked_at() -> None:
    enough_people()
    version = proposed(policy_of(one_approver(up_to=Decimal(5000))))
    sql("SET LOCAL session_replication_role = replica")
    version.rows.filter(number=1).update(up_to=Decimal(5_000_000))
    sql("SET LOCAL session_replication_role = DEFAULT")
    with pytest.raises(ProposalChanged, match="not the policy that you looked at"):
        services.approve_policy(version=version, seen_digest=version.digest, actor=administrator(), now=now())
    assert policy_in_force() == DAY_ONE


def test_that_was_begun_from_an_older_one_is_refused() -> None:
    in_force(policy_of(one_approver()))
    with pytest.raises(ProposalChanged, match="newer policy"):
        services.propose_policy(
            policy=policy_of(one_approver()), based_on=0, note="late", actor=administrator(), now=now()
        )


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ((one_approver(),), "last rule must refuse"),
        ((REFUSE,), "refuses every payment"),
        ((one_approver(), one_approver(up_to=Decimal(5)), REFUSE), "Rule 1 matches every payment"),
        ((Rule(stages=stages((4, APPROVER))), REFUSE), "Rule 1: nobody could get a payment approved"),
        ((Rule(stages=stages((3, APPROVER), (4, LEAD))), REFUSE), "three payments approvers, then four"),
        ((Rule(stages=stages((1, ("AUDITOR",)))), REFUSE), "at least one role"),
        ((one_approver(above=Decimal(5), up_to=Decimal(5)), REFUSE), "nothing between"),
        ((one_approver(customer="nobody"), REFUSE), "no customer of the reference nobody"),
        ((one_approver(currencies=("XXQ",)), REFUSE), "XXQ is no currency"),
        (
            (
                Rule(
                    stages=stages((1, APPROVER)),
                    limits=Limits(approver_day=Decimal(5), approver_week=Decimal(4)),
                ),
                REFUSE,
            ),
            "7 days is less",
        ),
    ],
)
def test_that_cannot_stand_is_refused_with_a_sentence(rules: tuple[Rule, ...], said: str) -> None:
    enough_people()
    with pytest.raises(BadPolicy, match=said):
        proposed(replace(DAY_ONE, rules=rules))
    assert not PolicyVersion.objects.exists()


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "numbers",
    [
        {"rate_lives": 25 * HOUR},
        {"approval_deadline": 721 * HOUR},
        {"approval_deadline": HOUR / 2},
        {"beneficiary_fresh_for": 721 * HOUR},
        {"beneficiary_wait": 721 * HOUR},
        {"step_up_for": 16 * HOUR / 60},
        {"step_up_total": Decimal(0)},
        {"alone_above": Decimal("Infinity")},
        {"warnings_add": ("A_FEELING",)},
        {"tolerances": {"CONVERSION": Decimal("0.06")}},
        {"tolerances": {"GIFT": Decimal("0.01")}},
        {"rules": (one_approver(kinds=("GIFT",)), REFUSE)},
        {"rules": (one_approver(risks=("NONE",)), REFUSE)},
        {"rules": (one_approver(above=Decimal(-1)), REFUSE)},
        {"rules": (*[one_approver(up_to=Decimal(n)) for n in range(1, 101)], REFUSE)},
        {"rules": ()},
    ],
)
def test_whose_numbers_or_words_make_no_sense_is_refused(numbers: dict) -> None:
    enough_people()
    with pytest.raises(BadPolicy):
        proposed(replace(policy_of(one_approver()), **numbers))
    assert not PolicyVersion.objects.exists()


def test_that_would_lock_everybody_out_is_refused_when_the_people_have_left() -> None:
    enough_people()
    version = proposed(policy_of(Rule(stages=stages((3, APPROVER)))))
    RoleGrant.objects.filter(pk=RoleGrant.objects.filter(role="PAYMENTS_APPROVER").first().pk).update(
        revoked_at=now()
    )
    with pytest.raises(BadPolicy, match="not so many people"):
        services.approve_policy(version=version, seen_digest=version.digest, actor=administrator(), now=now())


# --- What is asked for --------------------------------------------------------------------------------------------


def test_refuses_a_request_with_the_sentence_of_its_rule() -> None:
    in_force(policy_of(one_approver(kinds=("REFUND",))))
    account = account_of(waiting_payment(kind="REFUND").customer)
    with pytest.raises(errors.PolicyRefuses, match="rule 2: Everything else: refused"):
        requested(account, "wd-2")
    assert not PaymentRequest.objects.filter(payment_ref="wd-2").exists()


def test_asks_in_stages_and_each_person_once(kind: str) -> None:
    in_force(policy_of(Rule(stages=stages((1, (*APPROVER, *LEAD)), (1, LEAD)))))
    payment = waiting_payment(kind=kind)
    assert (payment.approvals_needed, payment.policy_version) == (2, "policy-1")
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    approve(payment, lead)
    with pytest.raises(errors.NotYourStage, match="one operations lead"):
        approve(payment)
    approve(payment, lead)
    assert payment.live_approvals.count() == 1
    approve(payment, Actor.staff(person(Role.OPERATIONS_LEAD)))
    payment = fresh(payment)
    assert payment.state == "APPROVED"
    assert [(each.stage, each.role) for each in payment.live_approvals] == [
        (0, "OPERATIONS_LEAD"),
        (1, "OPERATIONS_LEAD"),
    ]


def test_lets_whom_it_names_have_the_quote_asked_for_again() -> None:
    """A lead is no approver, and looks at a quote like one where the stage is theirs."""
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    other = quoted(requested(account_of(known_customer())), lives=-1)
    with pytest.raises(NotAllowed, match="names others"):
        services_of_payments.freshen_quote(payment=other, actor=lead, now=now())
    in_force(policy_of(Rule(stages=stages((1, LEAD)))))
    payment = quoted(requested(other.beneficiary, "wd-2"), lives=-1)
    Submission.objects.filter(state="QUEUED").update(state="ACCEPTED")
    assert showing_quotes.quote_context(payment, user_of(lead), now())["life"]["ask"]
    assert services_of_payments.freshen_quote(payment=payment, actor=lead, now=now())
    assert letters.quote_under_way(payment)
    with pytest.raises(NotAllowed):
        services_of_payments.freshen_quote(
            payment=payment, actor=Actor.staff(person(Role.AUDITOR)), now=now()
        )


def test_never_asks_a_maker_or_an_administrator_whatever_else_they_are() -> None:
    in_force(policy_of(Rule(stages=stages((1, LEAD)))))
    payment = waiting_payment()
    for other in (Role.PAYMENTS_MAKER, Role.ADMINISTRATOR):
        with pytest.raises((errors.NotYourStage, NotAllowed)):
            approve(payment, Actor.staff(person(Role.OPERATIONS_LEAD, other)))


def test_limits_an_approver_over_a_week_and_a_customer_over_a_day() -> None:
    week = Limits(approver_week=Decimal(1000), customer_day=Decimal(1500))
    in_force(policy_of(Rule(stages=stages((1, APPROVER)), limits=week)))
    ann, bob = approver(), approver()
    days_ago = now() - timedelta(days=6)
    approve(waiting_payment("wd-1", "600.00"), ann, now=days_ago)
    second = waiting_payment("wd-2", "600.00")
    with pytest.raises(errors.LimitReached, match="1,000 EUR in 7 days"):
        approve(second, ann)
    approve(second, bob)
    with pytest.raises(errors.LimitReached, match="1,500 EUR would leave for this customer in 24 hours"):
        approve(waiting_payment("wd-3", "900.01"), approver())
    approve(waiting_payment("wd-4", "900.00"), approver())


# --- What waits already -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "asked", "kept"),
    [
        ([0, 0, 1], stages((2, APPROVER), (1, LEAD), (1, LEAD)), [0, 0, 1]),
        ([0, 0, 0], stages((2, APPROVER), (1, LEAD)), [0, 0]),
        ([0, 1], stages((2, APPROVER)), [0]),
        ([0, 1], stages((2, APPROVER), (1, LEAD)), [0]),
        ([0], stages((1, APPROVER)), []),
        ([0], stages((1, LEAD), (1, APPROVER)), []),
    ],
)
def test_keeps_of_what_was_given_what_it_asks_for_and_leaves_somebody_to_decide(given, asked, kept) -> None:
    roles = ("PAYMENTS_APPROVER", "OPERATIONS_LEAD")
    approvals = [SimpleNamespace(stage=stage, role=roles[stage]) for stage in given]
    assert [approval.stage for approval in fitting(asked, approvals)] == kept


def test_that_is_stricter_asks_for_more_and_keeps_what_was_given() -> None:
    payment, ann = waiting_payment(amount="20000.00"), approver()
    approve(payment, ann)
    in_force(policy_of(Rule(stages=stages((2, APPROVER), (1, LEAD)))))
    payment = fresh(payment)
    assert (payment.policy_version, payment.approvals_needed) == ("policy-1", 3)
    assert [each.approver_id for each in payment.live_approvals] == [int(ann.id)]
    approve(payment)
    assert fresh(payment).state == "PENDING_APPROVAL"
    approve(payment, Actor.staff(person(Role.OPERATIONS_LEAD)))
    assert fresh(payment).state == "APPROVED"


def test_that_is_weaker_lets_nothing_out_by_itself() -> None:
    payment, ann = waiting_payment(amount="20000.00"), approver()
    approve(payment, ann)
    in_force(policy_of(one_approver()))
    payment = fresh(payment)
    assert (payment.state, payment.approvals_needed) == ("PENDING_APPROVAL", 1)
    assert not payment.live_approvals.exists()
    approve(payment, ann)
    assert fresh(payment).state == "APPROVED"


def test_that_refuses_what_waits_keeps_it_waiting_until_another_lets_it_go() -> None:
    payment = waiting_payment()
    in_force(policy_of(one_approver(currencies=("USD",))))
    with pytest.raises(errors.PolicyRefuses, match="Everything else: refused"):
        approve(payment)
    with pytest.raises(DatabaseError, match="0 of 1 approvals"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'APPROVED' WHERE id = %s", payment.pk)
    in_force(policy_of(one_approver()))
    approve(payment)
    assert fresh(payment).state == "APPROVED"


@pytest.mark.parametrize("meanwhile", ["rejected", "decided anew"])
def test_leaves_alone_what_another_dealt_with_while_it_waited_for_its_turn(monkeypatch, meanwhile) -> None:
    payment = waiting_payment()
    acts = {
        "rejected": lambda: services_of_payments.reject(
            payment=payment, reason="unknown", actor=approver(), now=now()
        ),
        "decided anew": lambda: reconsider(payment, now=now()),
    }
    first, lock = [acts[meanwhile]], guards.locked

    def locked_after_another(payment: PaymentRequest | int) -> PaymentRequest:
        if first:
            first.pop()()
        return lock(payment)

    monkeypatch.setattr(guards, "locked", locked_after_another)
    in_force(policy_of(Rule(stages=stages((2, APPROVER)))))
    assert not first
    assert fresh(payment).state == ("REJECTED" if meanwhile == "rejected" else "PENDING_APPROVAL")
    assert Entry.objects.filter(verb="payment.policy_changed").count() == (meanwhile == "decided anew")


def test_takes_up_what_waits_in_rounds_in_which_nothing_else_has_a_place(monkeypatch) -> None:
    monkeypatch.setattr(reconsidering, "AT_ONCE", 1)
    over, first, second = (waiting_payment(f"wd-{number}") for number in range(3))
    services_of_payments.reject(payment=over, reason="unknown", actor=approver(), now=now())
    sql("UPDATE payments_paymentrequest SET state_since = now() - interval '1 day' WHERE id = %s", over.pk)
    in_force(policy_of(one_approver()))
    assert reconsidering.reconsider_waiting(now()) == 1
    assert reconsidering.reconsider_waiting(now()) == 0
    assert [fresh(payment).policy["version"] for payment in (over, first, second)] == [0, 1, 1]


# --- The database says the same, whoever writes -------------------------------------------------------------------


def test_that_does_not_refuse_the_rest_never_comes_into_force_in_the_database() -> None:
    enough_people()
    version = proposed(policy_of(one_approver()))
    second = administrator()
    stands = "UPDATE policies_policyversion SET state = 'ACTIVE', approved_at = now(), approved_by_id = %s"
    RuleRow.of(version, 9, one_approver(), None).save()
    with pytest.raises(DatabaseError, match="does not refuse what is left"), transaction.atomic():
        sql(stands, second.id)
    RuleRow.of(version, 10, REFUSE, None).save()
    for who, said in ((version.proposed_by_id, "approved_by_another"), (approver().id, "administrator")):
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            sql(stands, who)


def test_is_kept_as_it_was_in_the_database() -> None:
    version = in_force(policy_of(one_approver()))
    for statement, said in (
        ("UPDATE policies_policyversion SET alone_above = 1", "kept as it was proposed"),
        ("UPDATE policies_policyversion SET approved_at = now() + interval '1 day'", "kept as it was"),
        ("UPDATE policies_rulerow SET up_to = 5", "rules_are_kept"),
        ("DELETE FROM policies_rulerow", "rules_are_kept"),
        ("DELETE FROM policies_policyversion", "never_deleted"),
    ):
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            sql(statement)
    with pytest.raises(DatabaseError, match="written with a proposal"), transaction.atomic():
        RuleRow.of(version, 3, REFUSE, None).save()


def test_has_its_stages_in_the_database() -> None:
    in_force(policy_of(Rule(stages=stages((1, APPROVER), (1, LEAD)))))
    payment = waiting_payment()
    ann, lead = approver(), person(Role.OPERATIONS_LEAD)
    give = (
        "INSERT INTO payments_approval (payment_id, approver_id, stage, role, terms_digest, approved_at, method, "
        "proved_at, reviewed, base_amount, base_currency, rate, rate_source, void_reason) "
        "VALUES (%s, %s, %s, %s, %s, now(), 'TOTP', now(), false, 1, 'EUR', '1', '', '')"
    )

    def refused(said: str, who: int, stage: int, role: str) -> None:
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            sql(give, payment.pk, who, stage, role, payment.terms_digest)

    refused("may not approve", lead.pk, 0, "OPERATIONS_LEAD")
    refused("may not approve", lead.pk, 0, "PAYMENTS_APPROVER")
    refused("stage 1 of payment wd-1 is not open", int(ann.id), 1, "PAYMENTS_APPROVER")
    sql(give, payment.pk, int(ann.id), 0, "PAYMENTS_APPROVER", payment.terms_digest)
    refused("may not approve", int(approver().id), 1, "PAYMENTS_APPROVER")
    RoleGrant.objects.create(
        user_id=int(ann.id), role="OPERATIONS_LEAD", asked_at=now(), confirmed_at=now(), from_shell=True
    )
    refused("approval_once_per_person", int(ann.id), 1, "OPERATIONS_LEAD")
    refused("may not approve", person(Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER).pk, 1, "OPERATIONS_LEAD")
    with pytest.raises(DatabaseError, match="approved and stand"), transaction.atomic():
        sql(
            "UPDATE payments_paymentrequest SET approvals_needed = 1,"
            """ policy = jsonb_set(policy, '{stages}', '[{"approvers": 1, "roles": ["PAYMENTS_APPROVER"]}]')"""
        )
