"""What guards money holds whoever writes past the services: of approvals, beneficiaries, quotes and what was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from backoffice.audit import Actor
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from payments import reconsidering, services
from payments.desks import services as desks
from payments.models import (
    Approval,
    BankAccount,
    BeneficiaryConfirmation,
    Draft,
    ExchangeRate,
    MoneyOutSwitch,
    PaymentRequest,
    Quote,
    WalletAddress,
)
from payments.policies.models import PolicyVersion, RuleRow
from payments.times.models import SendingHours
from tests.customers.conftest import known_customer
from tests.payments.people import (
    accepted_wallet,
    account_of,
    approver,
    conversion_of,
    fresh,
    now,
    open_money_out,
    quoted,
    rate_of,
    sql,
    user_of,
    waiting_payment,
)
from tests.payments.policies import (
    APPROVER,
    REFUSE,
    administrator,
    enough_people,
    in_force,
    one_approver,
    policy_of,
    proposed,
)
from tests.people import person

pytestmark = pytest.mark.django_db


@contextmanager
def refused(said: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        yield


def gives(payment: PaymentRequest, user: User, **changes: Any) -> None:
    """An approval that no service looked at."""
    Approval.objects.create(
        payment=payment,
        approver=user,
        stage=0,
        role="PAYMENTS_APPROVER",
        terms_digest=payment.terms_digest,
        approved_at=now(),
        method="TOTP",
        proved_at=now(),
        base_amount=payment.amount,
        base_currency="EUR",
        rate="1",
        **changes,
    )


def test_an_approval_of_what_does_not_wait_for_one() -> None:
    payment = waiting_payment()
    services.reject(payment=payment, reason="Not ours.", actor=approver(), now=now())
    with refused("does not wait for approval"):
        gives(payment, user_of(approver()))


def test_an_approval_that_is_void_from_its_first_moment() -> None:
    with refused("does not wait for approval"):
        gives(waiting_payment(), user_of(approver()), voided_at=now(), void_reason="never counted")


def test_a_void_approval_without_a_reason() -> None:
    payment = waiting_payment(amount="20000.00")
    gives(payment, user_of(approver()))
    with refused("approval_voided_for_a_reason"):
        payment.approvals.update(voided_at=now())


def test_that_a_payment_goes_where_no_rule_lets_it() -> None:
    payment = waiting_payment()
    gives(payment, user_of(approver()))
    with refused("no rule lets payment wd-1 go by 1 approvals"):
        sql(
            "UPDATE payments_paymentrequest SET state = 'APPROVED', policy = jsonb_set(policy, '{stages}', '[]')"
        )


def test_that_a_payment_goes_by_the_approvals_of_another_stage() -> None:
    payment = waiting_payment(amount="20000.00")
    for _each in range(2):
        gives(payment, user_of(approver()))
    lead = (
        '[{"approvers": 1, "roles": ["PAYMENTS_APPROVER"]}, {"approvers": 1, "roles": ["OPERATIONS_LEAD"]}]'
    )
    with refused("a stage of payment wd-1 lacks approvals"):
        sql(
            "UPDATE payments_paymentrequest SET state = 'APPROVED', policy = jsonb_set(policy, '{stages}', %s)",
            lead,
        )


def test_a_payment_without_terms_or_without_anybody_to_ask() -> None:
    payment = waiting_payment()
    for change, said in (
        ("approvals_needed = 0", "payment_needs_an_approval"),
        ("highest_fee = -1", "payment_fee_not_negative"),
        ("least_received = 0", "payment_receipt_above_zero"),
        ("highest_fee = NULL", "payment_terms_whole"),
        ("held_at = now()", "payment_held_by_somebody"),
        ("held_by = 'Ann'", "payment_held_by_somebody"),
        ("contradicted = true", "payment_contradicted_by_something"),
    ):
        with refused(said):
            sql(f"UPDATE payments_paymentrequest SET {change} WHERE id = %s", payment.pk)


@pytest.mark.parametrize("kind", ["FIAT_WITHDRAWAL", "REFUND", "CONVERSION"])
def test_any_other_place_for_the_money_or_any_other_day(kind: str) -> None:
    payment = waiting_payment(kind=kind)
    for change in (
        "wallet_id = 1",
        "scheduled_on = '2030-01-01'",
        "network = 'ETHEREUM'",
        "source_type = 'COLLECTION'",
        "source_id = 'another'",
        "source_amount = 1000000",
        "other_currency = 'GBP'",
        "fixed_side = 'BUY'",
        "replaces_id = id",
        "maker_kind = 'SYSTEM'",
        "maker_id = '0'",
        "maker_token_id = 1",
        "source = 'BATCH'",
        "created_at = now()",
    ):
        with refused("Cannot update rows|frozen"):
            sql(f"UPDATE payments_paymentrequest SET {change} WHERE id = %s", payment.pk)


def test_a_refund_of_nobody_knows_how_much() -> None:
    payment = waiting_payment(kind="REFUND")
    payment.pk, payment.payment_ref, payment.state = None, "rf-2", "DRAFT"
    for amount in (None, 0):
        payment.source_amount = amount
        with refused("payment_goes_where_its_kind_goes|came in"):
            payment.save(force_insert=True)


def test_a_beneficiary_that_is_confirmed_from_its_first_row() -> None:
    customer = known_customer()
    for payee in (account_of(customer), accepted_wallet(customer)):
        payee.pk, payee.confirmed_at = None, now()
        with refused("begins_unconfirmed|Cannot insert"):
            payee.save(force_insert=True)


def test_two_beneficiaries_of_one_reference_or_that_one_is_deleted() -> None:
    customer = known_customer()
    for payee, said in (
        (account_of(customer), "bank_account_ref_once"),
        (accepted_wallet(customer), "ref_once"),
    ):
        with refused("Cannot delete"):
            type(payee).objects.filter(pk=payee.pk)._raw_delete("default")
        payee.pk = payee.oceafin_bank_account_id = payee.oceafin_wallet_address_id = None
        with refused(said):
            payee.save(force_insert=True)


def test_two_drafts_or_two_quotes_of_one_number() -> None:
    """By their number they are known to Oceafin: a second one would be a second instruction."""
    payment = waiting_payment()
    quote = payment.shown_quote
    Draft.objects.create(payment=payment, number=1, draft_ref="wd-1", quote=quote, created_at=now())
    with refused("draft_number_once"):
        Draft.objects.create(payment=payment, number=1, draft_ref="wd-1-2", quote=quote, created_at=now())
    with refused("payments_draft_draft_ref_key"):
        Draft.objects.create(payment=payment, number=2, draft_ref="wd-1", quote=quote, created_at=now())
    quote.pk = None
    with refused("quote_number_once"):
        quote.save(force_insert=True)


def test_a_wallet_that_is_confirmed_by_nobody() -> None:
    wallet = accepted_wallet(known_customer())
    with refused("no evidence confirms beneficiary"):
        WalletAddress.objects.filter(pk=wallet.pk).update(confirmed_at=now())


def test_another_account_or_wallet_at_oceafin_under_a_beneficiary() -> None:
    customer = known_customer()
    account, wallet = account_of(customer), accepted_wallet(customer)
    with refused("Cannot update"):
        BankAccount.objects.filter(pk=account.pk).update(oceafin_bank_account_id="another")
    with refused("Cannot update"):
        WalletAddress.objects.filter(pk=wallet.pk).update(oceafin_wallet_address_id="another")


def test_evidence_of_whom_nobody_asks() -> None:
    account = account_of(known_customer())
    said = {"evidence": "CALL_BACK", "result": "", "note_sealed": b"x", "confirmed_at": now()}
    with refused("this person may not confirm beneficiaries"):
        BeneficiaryConfirmation.objects.create(
            bank_account=account, confirmed_by=person(Role.AUDITOR), **said
        )
    ann = person(Role.PAYMENTS_APPROVER)
    with refused("confirmation_of_one_beneficiary"):
        BeneficiaryConfirmation.objects.create(
            bank_account=account, wallet=accepted_wallet(account.customer), confirmed_by=ann, **said
        )
    with refused("confirmation_says_what_was_found"):
        BeneficiaryConfirmation.objects.create(
            bank_account=account, confirmed_by=ann, **{**said, "result": "MATCH"}
        )
    with refused("confirmation_says_what_was_found"):
        BeneficiaryConfirmation.objects.create(
            bank_account=account, confirmed_by=ann, **{**said, "evidence": "PAYEE_NAME_CHECK"}
        )


def test_a_quote_a_draft_or_a_rate_that_changes_or_is_gone() -> None:
    payment = waiting_payment()
    rate_of("USD")
    Draft.objects.create(
        payment=payment, number=1, draft_ref="wd-1", quote=payment.shown_quote, created_at=now()
    )
    for model, change in (
        (Quote, {"fee": 0}),
        (Draft, {"draft_ref": "wd-2"}),
        (ExchangeRate, {"rate": 2}),
    ):
        with refused("Cannot update"):
            model.objects.update(**change)
        with refused("Cannot (update or )?delete"):
            model.objects.all()._raw_delete("default")
    with refused("rate_above_zero"):
        ExchangeRate.objects.create(
            currency="CHF", base_currency="EUR", rate=0, source="x", at=now(), recorded_at=now()
        )


def test_that_terms_change_with_the_policy_where_somebody_approved_them(monkeypatch) -> None:
    """Of a purchase, whose terms have all of them."""
    bought = quoted(conversion_of(known_customer(), buyAmount="20000.00"))
    gives(bought, user_of(approver()))
    monkeypatch.setattr(reconsidering, "AT_ONCE", 0)
    in_force(policy_of(one_approver()))
    by_the_new_one = "UPDATE payments_paymentrequest SET policy = jsonb_set(policy, '{version}', '1')"
    for change in (
        "highest_fee = 0.5",
        "fee_currency = 'CHF'",
        "least_received = 1",
        "receive_currency = 'CHF'",
        "most_paid = 1",
        "terms_digest = 'x'",
    ):
        with refused("approved and stand"):
            sql(f"{by_the_new_one}, {change}")
    sql(by_the_new_one)


def test_a_second_switch_over_money_out_or_none() -> None:
    open_money_out()
    with refused("Cannot delete"):
        sql("DELETE FROM payments_moneyoutswitch")
    with refused("one_money_out_switch"):
        MoneyOutSwitch.objects.create(pk=2)


def test_sending_hours_that_change_or_say_nothing() -> None:
    lead = person(Role.OPERATIONS_LEAD)
    whole = {"currency": "EUR", "number": 1, "at_any_time": True, "made_by": lead, "made_at": now()}
    SendingHours.objects.create(**whole)
    for statement in (
        "UPDATE payment_times_sendinghours SET number = 2",
        "DELETE FROM payment_times_sendinghours",
    ):
        with refused("Cannot update or delete"):
            sql(statement)
    for change, said in (
        ({}, "sending_hours_version_once"),
        ({"number": 0}, "sending_hours_number"),
        ({"number": 2, "at_any_time": False}, "sending_hours_or_any"),
        ({"number": 2, "data": {"week": []}}, "sending_hours_or_any"),
    ):
        with refused(said):
            SendingHours.objects.create(**{**whole, **change})


def test_a_finding_that_is_changed_or_decided_twice() -> None:
    payment = waiting_payment()
    PaymentRequest.objects.filter(pk=payment.pk).update(contradicted=True, contradiction="It says otherwise.")
    lead = Actor.staff(person(Role.OPERATIONS_LEAD))
    finding = desks.propose_clearing(
        fresh(payment), evidence="They were wrong.", support_reference="", actor=lead, now=now()
    )
    with refused("finding_confirmed_by_somebody"):
        sql("UPDATE payouts_desk_finding SET confirmed_at = now()")
    for change in (
        "evidence_sealed = 'x'",
        "kind = 'DID_NOT_HAPPEN'",
        "contradiction = 'x'",
        "proposed_at = now()",
    ):
        with refused("Cannot update"):
            sql(f"UPDATE payouts_desk_finding SET {change}")
    desks.take_back(finding, reason="Too early.", actor=lead, now=now())
    with refused("Cannot update"):
        sql(
            "UPDATE payouts_desk_finding SET withdrawn_at = NULL, withdrawn_by_id = NULL,"
            " confirmed_at = now(), confirmed_by_id = %s",
            person(Role.PAYMENTS_APPROVER).pk,
        )
    with refused("Cannot delete"):
        sql("DELETE FROM payouts_desk_finding")


def test_a_policy_that_nobody_proposed() -> None:
    enough_people()
    version = proposed(policy_of(one_approver()))
    copy = PolicyVersion.objects.get(pk=version.pk)
    copy.pk, copy.number, copy.state = None, version.number + 1, "ACTIVE"
    with refused("a policy begins as a proposal"):
        copy.save(force_insert=True)
    copy.state = "PROPOSED"
    with refused("one_proposed_policy"):
        copy.save(force_insert=True)


def test_a_policy_that_lets_nothing_pass_or_names_nobody() -> None:
    enough_people()
    version, second = proposed(policy_of(one_approver())), administrator()
    stands = "UPDATE policies_policyversion SET state = 'ACTIVE', approved_at = now(), approved_by_id = %s"
    nobody = RuleRow.of(version, 3, one_approver(), None)
    for asked in ([{"approvers": 0, "roles": list(APPROVER)}], [{"approvers": 1, "roles": ["AUDITOR"]}]):
        with refused("has a stage that nobody stands for"):
            nobody.pk, nobody.stages = None, asked
            nobody.save()
            RuleRow.of(version, 4, REFUSE, None).save()
            sql(stands, second.id)
    empty = proposed_past_the_service(version)
    with refused("lets nothing pass"):
        sql(f"{stands} WHERE id = {empty.pk}", second.id)


def proposed_past_the_service(version: PolicyVersion) -> PolicyVersion:
    """One more, whose only rule refuses."""
    PolicyVersion.objects.filter(pk=version.pk).update(state="WITHDRAWN")
    version.number += 1
    version.pk, version.state = None, "PROPOSED"
    version.save(force_insert=True)
    RuleRow.of(version, 1, REFUSE, None).save()
    return version


def test_a_policy_whose_numbers_or_bands_make_no_sense() -> None:
    enough_people()
    version = proposed(policy_of(one_approver()))
    for change in ({"above": Decimal(5), "up_to": Decimal(5)}, {"above": Decimal(0)}, {"up_to": Decimal(0)}):
        with refused("rule_band"):
            RuleRow.of(version, 9, one_approver(**change), None).save()
    with refused("rule_number_once"):
        RuleRow.of(version, 1, one_approver(), None).save()
    PolicyVersion.objects.filter(pk=version.pk).update(state="WITHDRAWN")
    for number, (name, value) in enumerate(
        [
            ("step_up_total", 0),
            ("alone_above", 0),
            ("step_up_minutes", 16),
            ("rate_lives_hours", 25),
            ("approval_deadline_hours", 0),
        ],
        version.number + 1,
    ):
        other = PolicyVersion.objects.get(pk=version.pk)
        other.pk, other.number, other.state = None, number, "PROPOSED"
        setattr(other, name, value)
        with refused("policy_numbers_in_bounds"):
            other.save(force_insert=True)
