"""Who is paid is confirmed by somebody else than who added it, with evidence that is kept."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, Error, transaction
from django.urls import reverse

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin.kinds import Refused
from backoffice.oceafin.models import Submission
from backoffice.references import NoReference
from backoffice.staff.errors import NotAllowed, ReasonNeeded
from backoffice.staff.models import ApiClient, RoleGrant, Scope, User
from backoffice.staff.roles import Role
from customers.models import Customer
from payments import beneficiaries_api, confirming, errors, services, telling, timing
from payments.models import BeneficiaryConfirmation, PaymentRequest
from payments.outcomes import settle_payee
from tests.customers.conftest import known_customer
from tests.payments.people import (
    accepted_wallet,
    account_of,
    approve,
    approver,
    crypto_requested,
    deliver_once,
    fresh,
    maker,
    now,
    open_money_out,
    quoted,
    rate_of,
    requested,
    sql,
    user_of,
)
from tests.payments.policies import in_force, one_approver, policy_of
from tests.people import actor, person, sign_in

pytestmark = pytest.mark.django_db


def confirm(payee, by=None, evidence: str = "CALL_BACK", result: str = "", note: str = "Called 030 1234."):
    said = services.confirm_beneficiary(
        payee=payee, evidence=evidence, result=result, note=note, actor=by or approver(), now=now()
    )
    payee.refresh_from_db()
    return said


@pytest.mark.parametrize("make", [account_of, accepted_wallet])
def test_is_confirmed_by_a_second_person_with_evidence(make) -> None:
    payee = make(known_customer())
    assert not payee.is_confirmed
    said = confirm(payee)
    assert payee.is_confirmed
    assert payee.confirmed_at == said.confirmed_at
    assert said.note == "Called 030 1234."
    assert b"030" not in bytes(said.note_sealed)
    entry = Entry.objects.get(verb__endswith=".confirmed", subject_id=str(payee.pk))
    assert entry.facts["evidence"] == "CALL_BACK"


@pytest.mark.parametrize("result", ["CLOSE", "NONE", "NOT_POSSIBLE"])
def test_is_not_confirmed_by_a_name_that_does_not_match(result: str) -> None:
    account = account_of(known_customer())
    confirm(account, evidence="PAYEE_NAME_CHECK", result=result)
    assert not account.is_confirmed
    assert account.confirmations.count() == 1
    confirm(account, evidence="PAYEE_NAME_CHECK", result="MATCH")
    assert account.is_confirmed


def test_is_not_confirmed_by_who_added_it_nor_by_the_owner_of_the_token_that_did() -> None:
    customer, lead = known_customer(), person(Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER)
    own = account_of(customer, actor=actor(lead))
    with pytest.raises(errors.SameConfirmer):
        confirm(own, by=actor(lead))
    assert Entry.objects.get(verb="bank_account.confirmation_denied").facts == {"why": "SameConfirmer"}

    owner = person(Role.OPERATIONS_LEAD)
    token = ApiClient.objects.create(
        name="shop", scopes=[Scope.PAYMENTS], owner=owner, asked_at=now(), from_shell=True
    )
    by_token = account_of(customer, "ba-2", actor=Actor(kind="API", id=str(token.pk), label="shop"))
    with pytest.raises(errors.SameConfirmer):
        confirm(by_token, by=actor(owner))
    for account, user in ((own, lead), (by_token, owner)):
        with pytest.raises(Error, match="does not confirm it"), transaction.atomic():
            BeneficiaryConfirmation.objects.create(
                bank_account=account, evidence="STATEMENT", confirmed_by=user, confirmed_at=now()
            )


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"by": maker}, NotAllowed),
        ({"note": " "}, ReasonNeeded),
        ({"evidence": "HUNCH"}, errors.Unfit),
        ({"evidence": "PAYEE_NAME_CHECK"}, errors.Unfit),
        ({"result": "MATCH"}, errors.Unfit),
    ],
)
def test_is_not_confirmed_without_right_words_and_evidence(asked, refusal) -> None:
    account = account_of(known_customer())
    by = asked.pop("by", approver)()
    with pytest.raises(refusal):
        confirm(account, by=by, **asked)
    assert not account.confirmations.exists()


@pytest.mark.parametrize("make", [account_of, accepted_wallet])
def test_is_not_confirmed_where_oceafin_does_not_take_it(make) -> None:
    payee = make(known_customer())
    type(payee).objects.update(refusal="closed")
    with pytest.raises(errors.BeneficiaryNotReady):
        confirm(payee)
    assert not confirming.unconfirmed(type(payee)).exists()
    assert not payee.is_confirmed


def test_that_oceafin_does_not_take_is_said_where_it_was_to_be_paid() -> None:
    payment = quoted(requested(account_of(known_customer())))
    letter = Submission.objects.get(kind="bank_account.create")
    settle_payee(letter, Refused("PARTNER_BANK_INVALID", "No such bank."), now())
    payment = fresh(payment)
    assert payment.beneficiary.refusal == "PARTNER_BANK_INVALID: No such bank."
    assert "does not take this bank account: No such bank." in payment.waits_for
    with pytest.raises(errors.BeneficiaryNotReady):
        approve(payment)
    with pytest.raises(errors.BeneficiaryNotReady):
        services.refresh_quote(payment=payment, actor=approver(), now=now())


def test_is_confirmed_by_who_owns_another_token_than_the_one_that_added_it() -> None:
    tokens = [
        ApiClient.objects.create(
            name=name,
            scopes=[Scope.PAYMENTS],
            owner=person(Role.OPERATIONS_LEAD),
            asked_at=now(),
            from_shell=True,
            confirmed_at=now(),
        )
        for name in ("shop", "erp")
    ]
    account = account_of(known_customer(), actor=Actor(kind="API", id=str(tokens[0].pk), label="shop"))
    confirm(account, by=actor(tokens[1].owner))
    assert account.is_confirmed


@pytest.mark.parametrize("make", [account_of, accepted_wallet])
def test_is_not_added_for_a_customer_that_we_stopped_nor_by_who_may_not(make) -> None:
    customer = known_customer()
    with pytest.raises(NotAllowed):
        make(customer, actor=approver())
    Customer.objects.update(standing="RESTRICTED")
    with pytest.raises(errors.CustomerRestricted):
        make(customer)
    assert not make.__annotations__["return"].objects.exists()


@pytest.mark.parametrize("make", [account_of, accepted_wallet])
def test_is_its_customers_own_under_a_reference_that_others_have_too(make) -> None:
    ada, bob = make(known_customer()), make(known_customer("cust-2"))
    assert ada.pk != bob.pk
    assert (ada.customer.partner_customer_ref, bob.customer.partner_customer_ref) == ("cust-1", "cust-2")
    with pytest.raises(NoReference):
        make(known_customer("cust-3"), "two words")


def test_stays_confirmed_as_of_the_first_evidence() -> None:
    account = account_of(known_customer())
    first = confirm(account)
    confirm(account, evidence="STATEMENT")
    assert account.confirmed_at == first.confirmed_at
    assert [said.evidence for said in confirming.confirmations_of(account)] == ["STATEMENT", "CALL_BACK"]


def test_is_asked_for_where_there_is_one() -> None:
    """A conversion goes to nobody."""
    assert confirming.lacking(PaymentRequest(policy={"confirmed_first": True})) == ""


def test_says_who_can_confirm_it() -> None:
    in_force(policy_of(one_approver(), confirmed_first=True))
    RoleGrant.objects.filter(role__in=confirming.CONFIRMING).update(revoked_at=now())
    own = person(Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER, name="Adder")
    payment = quoted(requested(account_of(known_customer(), actor=actor(own))))
    assert "Nobody here can now" in confirming.lacking(payment)
    person(Role.AUDITOR, name="Auditor")
    User.objects.filter(pk=person(Role.PAYMENTS_APPROVER, name="Gone").pk).update(is_active=False)
    for name in ("Ann", "Bob", "Cem"):
        person(Role.PAYMENTS_APPROVER, name=name)
    assert confirming.lacking(payment).endswith("Ann, Bob, Cem can.")
    person(Role.OPERATIONS_LEAD, name="Olga")
    assert confirming.lacking(payment).endswith("Ann, Bob, Cem and 1 others can.")


def test_keeps_its_evidence_and_is_confirmed_by_nothing_else() -> None:
    account = account_of(known_customer())
    confirm(account, evidence="PAYEE_NAME_CHECK", result="CLOSE")
    for statement in (
        "UPDATE payments_beneficiaryconfirmation SET result = 'MATCH'",
        "DELETE FROM payments_beneficiaryconfirmation",
        "UPDATE payments_bankaccount SET confirmed_at = now()",
    ):
        with pytest.raises(Error), transaction.atomic():
            sql(statement)
    confirm(account)
    with pytest.raises(Error), transaction.atomic():
        sql("UPDATE payments_bankaccount SET confirmed_at = NULL")


def test_is_confirmed_before_anything_is_approved_where_the_policy_says_so() -> None:
    in_force(policy_of(one_approver(), confirmed_first=True))
    account = account_of(known_customer())
    payment = quoted(requested(account))
    with pytest.raises(errors.NotConfirmed, match=r"confirm ba-1 first.* can\."):
        approve(payment)
    assert "confirm ba-1 first" in telling.waits_for(fresh(payment), now=now()).what
    payment.refresh_from_db()
    _approved_past_the_service(payment)
    with pytest.raises(Error, match="nobody confirmed"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'APPROVED' WHERE id = %s", payment.pk)
    confirm(account)
    sql("UPDATE payments_paymentrequest SET state = 'APPROVED' WHERE id = %s", payment.pk)
    assert approve(quoted(requested(account, "wd-2"))).state == "APPROVED"


def _approved_past_the_service(payment) -> None:
    payment.approvals.create(
        approver=user_of(approver()),
        stage=0,
        role="PAYMENTS_APPROVER",
        terms_digest=payment.terms_digest,
        approved_at=now(),
        method="TOTP",
        proved_at=now(),
        base_amount=payment.amount,
        base_currency="EUR",
    )


def test_is_paid_only_after_its_wait_where_the_policy_has_one() -> None:
    open_money_out()
    in_force(policy_of(one_approver(), beneficiary_wait=timedelta(hours=24)))
    account = account_of(known_customer(), old=False)
    payment = fresh(approve(quoted(requested(account))))
    early = timing.not_yet(payment, now())
    assert early
    assert "added lately" in early.sentence
    assert early.until == account.created_at + timedelta(hours=24)
    assert timing.not_yet(payment, early.until) is None
    deliver_once()
    assert "added lately" in telling.waits_for(fresh(payment), now=now()).what


@pytest.mark.parametrize("is_wallet", [False, True])
def test_is_waited_for_by_the_database_too(is_wallet: bool) -> None:
    in_force(policy_of(one_approver(), beneficiary_wait=timedelta(hours=24)))
    customer = known_customer()
    if is_wallet:
        rate_of("USDC")
        payment = crypto_requested(accepted_wallet(customer, now=now()))
    else:
        payment = requested(account_of(customer, old=False))
    approve(quoted(payment))
    with pytest.raises(DatabaseError, match="was added too lately"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'SENDING' WHERE id = %s", payment.pk)


def test_is_confirmed_on_its_page_and_waits_in_a_queue_until_then(client) -> None:
    account = account_of(known_customer())
    user = person(Role.PAYMENTS_APPROVER, name="Anton Approver")
    sign_in(client, user)
    assert "ba-1" in client.get(reverse("payments:to_confirm")).content.decode()
    url = reverse("admin:payments_bankaccount_do", args=[account.pk, "confirm"])
    asked = {"confirmed": "1", "evidence": "STATEMENT", "result": "", "note": "Seen the letter of the bank."}
    assert client.post(url, asked).status_code == 302
    page = client.get(reverse("admin:payments_bankaccount_change", args=[account.pk])).content.decode()
    assert "Anton Approver" in page
    assert "Confirms it" in page
    assert "Every beneficiary is confirmed" in client.get(reverse("payments:to_confirm")).content.decode()
    account.refresh_from_db()
    assert beneficiaries_api.BankAccountAnswer(account).data["confirmed"] is True


def test_shows_who_added_it_no_button_to_confirm_it(client) -> None:
    lead = person(Role.OPERATIONS_LEAD, Role.PAYMENTS_MAKER)
    account = account_of(known_customer(), actor=actor(lead))
    sign_in(client, lead)
    url = reverse("admin:payments_bankaccount_do", args=[account.pk, "confirm"])
    page = client.get(reverse("admin:payments_bankaccount_change", args=[account.pk])).content.decode()
    assert url not in page
