"""A payment of which nobody knows what became of it: looked for, sent again under its key, or closed by two people."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.oceafin import by_hand, outbox, recovery
from backoffice.oceafin.models import Submission
from backoffice.staff.errors import NotAllowed, ReasonNeeded, Refusal
from backoffice.staff.roles import Role
from payments import letters, observing, queues, ways
from payments import services as payments
from payments.desks import doubts, errors, services
from payments.desks.models import Finding
from payments.errors import NotClosed, Unfit
from payments.models import PaymentRequest
from tests.customers.conftest import known_customer
from tests.faults import clockwork
from tests.payments.people import (
    account_of,
    approve,
    approver,
    deliver,
    deliver_once,
    fresh,
    maker,
    now,
    requested,
    sql,
)
from tests.payments.test_a_payout import account, poll, states_of, tell, to_sent  # noqa: F401
from tests.payments.test_every_kind import Ask, ask, effects  # noqa: F401
from tests.people import person, sign_in
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"evidence": "Rosa of Oceafin's support: it never arrived.", "support_reference": "CASE-17"}


def lead() -> Actor:
    return Actor.staff(person(Role.OPERATIONS_LEAD))


def instruction(kind: str) -> str:
    """The operation that lets money go."""
    operations = ways.WAYS[kind].operations
    return f"^{operations.submit or operations.draft}$"


def in_doubt(oceafin: SimulatorProcess, payment: PaymentRequest, fault: str, *, hours: float = 0) -> None:
    """The line breaks at the instruction, which left so many hours ago."""
    approve(payment)
    oceafin.fault(fault, operation=instruction(payment.kind))
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    left_at = now() - timedelta(hours=hours)
    Submission.objects.filter(state="UNCONFIRMED").update(first_left_at=left_at)


def letter_of(payment: PaymentRequest) -> Submission:
    found = doubts.letter_of(fresh(payment))
    assert found is not None
    return found


def closed(payment: PaymentRequest) -> PaymentRequest:
    finding = services.propose_closing(fresh(payment), **SAID, actor=lead(), now=now())
    services.confirm(finding, actor=approver(), now=now())
    return fresh(payment)


def test_is_found_by_looking_now(oceafin, ask: Ask) -> None:  # noqa: F811
    payment = ask()
    in_doubt(oceafin, payment, "lose_response")
    assert "It goes on by itself" in services.look_again(payment, actor=lead(), now=now())
    assert fresh(payment).state == "SENT"
    assert len(effects(oceafin)) == 1


def test_that_is_not_there_stays_in_doubt_after_looking(oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "reset_before")
    before = letter_of(payment)
    assert "no proof" in services.look_again(payment, actor=lead(), now=now())
    letter = letter_of(payment)
    assert (letter.state, letter.leased_until, letter.waits_for) == ("UNCONFIRMED", None, before.waits_for)
    assert [each.outcome for each in letter.attempts.order_by("number")][-1] == "NOT_FOUND"
    oceafin.fault("status", operation="getFiatWithdrawal", status=500)
    assert "could not be read" in services.look_again(payment, actor=lead(), now=now())
    assert len(oceafin.requests("submitFiatWithdrawal")) == 1
    with pytest.raises(NotAllowed):
        services.look_again(payment, actor=approver(), now=now())


def test_is_sent_again_under_the_same_key_only_while_it_is_young(oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "reset_before", hours=23)
    deliver()
    letter = letter_of(payment)
    assert letter.state == "HELD"
    with pytest.raises(by_hand.KeyTooOld):
        services.send_again(payment, reason="again", actor=lead(), now=now())
    Submission.objects.filter(pk=letter.pk).update(first_left_at=now())
    services.send_again(payment, reason="again", actor=lead(), now=now())
    deliver()
    assert fresh(payment).state == "SENT"
    keys = {request["key"] for request in oceafin.requests("submitFiatWithdrawal")}
    assert keys == {letter.key}
    assert len(effects(oceafin)) == 1


def test_is_closed_by_two_people_with_evidence(oceafin, ask: Ask, kind: str) -> None:  # noqa: F811
    payment = ask()
    in_doubt(oceafin, payment, "reset_before", hours=23)
    by = lead()
    finding = services.propose_closing(fresh(payment), **SAID, actor=by, now=now())
    deliver()
    assert letter_of(payment).state == "HELD"
    with pytest.raises(errors.ProposedAlready):
        services.propose_closing(fresh(payment), **SAID, actor=lead(), now=now())
    with pytest.raises(errors.SamePerson):
        services.confirm(finding, actor=by, now=now())
    with pytest.raises(NotAllowed):
        services.confirm(finding, actor=maker(), now=now())
    payment = fresh(payment)
    assert payment.state == "UNCONFIRMED"
    services.confirm(finding, actor=approver(), now=now())
    payment = fresh(payment)
    assert (payment.state, payment.failure_code) == ("FAILED", "DID_NOT_HAPPEN")
    assert letters.letters_of(payment).last().state == "WITHDRAWN"
    deliver()
    assert effects(oceafin) == []
    verbs = list(Entry.objects.filter(subject_id=str(payment.pk)).values_list("verb", flat=True))
    wanted = ["payment.finding_proposed", "payment.finding_confirmed", "payment.closed"]
    assert [verb for verb in verbs if verb in wanted] == wanted


def test_is_closed_by_nobody_without_words_or_with_old_evidence(oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "reset_before")
    with pytest.raises(ReasonNeeded):
        services.propose_closing(fresh(payment), evidence=" ", support_reference="", actor=lead(), now=now())
    long_ago = now() - timedelta(hours=1)
    finding = services.propose_closing(fresh(payment), **SAID, actor=lead(), now=long_ago)
    with pytest.raises(errors.NothingProposed, match="sent again"):
        services.confirm(finding, actor=lead(), now=now())
    services.take_back(finding, reason="too old", actor=lead(), now=now())
    assert not Finding.objects.filter(withdrawn_at__isnull=True).exists()
    services.send_again(payment, reason="try once more", actor=lead(), now=now())
    deliver()
    assert fresh(payment).state == "SENT"


def test_cannot_be_closed_around_the_desk(oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "lose_response")
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'FAILED' WHERE id = %s", payment.pk)
    user = person(Role.OPERATIONS_LEAD)
    with pytest.raises(DatabaseError, match="finding_needs_two_people"), transaction.atomic():
        Finding.objects.create(
            payment=payment,
            kind="DID_NOT_HAPPEN",
            evidence_sealed=b"",
            proposed_by=user,
            proposed_at=now(),
            confirmed_by=user,
            confirmed_at=now(),
        )


@pytest.mark.parametrize("step", ["draft", "submit"])
def test_that_happened_after_all_is_contradicted_and_counted(oceafin, ask, kind, step) -> None:  # noqa: F811
    """Two people were wrong: the money is gone, everybody sees it, and nothing takes its place."""
    operation = getattr(ways.WAYS[kind].operations, step)
    if not operation:
        pytest.skip("this kind is instructed by its draft")
    payment = ask()
    approve(payment)
    oceafin.fault("lose_response", operation=f"^{operation}$")
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    assert closed(payment).state == "FAILED"
    oceafin.advance(ways.WAYS[kind].resource_type, "COMPLETED", ref="p-1")
    tell(oceafin, ways.WAYS[kind].resource_type)
    payment = fresh(payment)
    assert (payment.state, payment.contradicted) == ("FAILED", True)
    assert payment.oceafin_id
    with pytest.raises(NotClosed):
        ask("p-2", replaces=payment)
    with pytest.raises(errors.StillContradicts):
        services.propose_clearing(payment, **SAID, actor=lead(), now=now())


def test_is_contradicted_by_the_answer_of_a_worker_that_woke_late(oceafin, ask, kind) -> None:  # noqa: F811
    """It carried the letter all the while that two people said that it never arrived."""
    payment = ask()
    approve(payment)
    name = ways.WAYS[kind].letter(ways.WAYS[kind].instruction)
    while not Submission.objects.filter(kind=name).exists():
        deliver_once()
    Submission.objects.filter(state="QUEUED").update(due_at=now())
    claimed = outbox.claim(lane="money", worker="slow")
    assert claimed is not None
    assert claimed.submission.kind == name
    clockwork.run_out_leases()
    recovery.recover_leases()
    assert closed(payment).state == "FAILED"
    outbox.deliver(claimed)
    assert len(effects(oceafin)) == 1
    recovery.settle_late_replies()
    payment = fresh(payment)
    assert (payment.state, payment.contradicted) == ("FAILED", True)
    assert payment in queues.held_or_failed(now())
    assert Entry.objects.filter(subject_id=str(payment.pk), verb="payment.contradicted").count() == 1
    assert recovery.settle_late_replies() == 0


@pytest.mark.parametrize("step", ["draft", "submit"])
def test_that_was_closed_is_read_at_oceafin_for_a_month(oceafin, ask, kind, step) -> None:  # noqa: F811
    """The effect comes late, and no event tells of it."""
    operation = getattr(ways.WAYS[kind].operations, step)
    if not operation:
        pytest.skip("this kind is instructed by its draft")
    payment = ask()
    approve(payment)
    oceafin.fault("lose_response", operation=f"^{operation}$")
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    payment = closed(payment)
    began = payment.state_since
    assert payment.next_poll_at is not None
    ages = [timedelta(), timedelta(hours=4), timedelta(days=8), timedelta(days=30)]
    found = [observing.next_poll(payment, began + age) for age in ages]
    waits = [at and at - began - age for at, age in zip(found, ages, strict=True)]
    assert waits == [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), None]
    oceafin.advance(ways.WAYS[kind].resource_type, "COMPLETED", ref="p-1")
    payment = poll(payment)
    assert (payment.state, payment.contradicted) == ("FAILED", True)
    assert "COMPLETED" in payment.contradiction
    assert payment.oceafin_id
    assert payment.next_poll_at is not None


def test_that_happened_is_taken_from_oceafin_by_its_id(oceafin, account) -> None:  # noqa: F811
    other = to_sent(account, "wd-0")
    payment = requested(account)
    deliver()
    approve(payment)
    oceafin.fault("lose_response", operation="^createFiatWithdrawal$")
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    with pytest.raises(errors.NotThisPayment):
        services.it_happened(payment, oceafin_id=other.oceafin_id, actor=lead(), now=now())
    unknown = "5a3e8a9e-0000-4000-8000-00000000dead"
    with pytest.raises(errors.CouldNotRead):
        services.it_happened(payment, oceafin_id=unknown, actor=lead(), now=now())
    [found] = [each for each in oceafin.resources("fiat_withdrawal") if each["ref"] == "wd-1"]
    services.it_happened(payment, oceafin_id=found["resourceId"], actor=lead(), now=now())
    deliver()
    assert fresh(payment).state == "SENT"
    assert len(oceafin.withdrawals("wd-1")) == 1
    assert len(oceafin.requests("createFiatWithdrawal")) == 2


def test_that_happened_is_exactly_what_was_sent_and_said_by_who_may(oceafin, account, monkeypatch) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    approve(payment)
    oceafin.fault("lose_response", operation="^createFiatWithdrawal$")
    while fresh(payment).state != "UNCONFIRMED":
        deliver_once()
    [found] = [each["resourceId"] for each in oceafin.resources("fiat_withdrawal")]
    user, read_one = person(Role.OPERATIONS_LEAD), services._read_one

    def it_happened(by: Actor) -> PaymentRequest:
        return services.it_happened(payment, oceafin_id=found, actor=by, now=now())

    def shows(**other: str) -> None:
        monkeypatch.setattr(services, "_read_one", lambda *about: {**read_one(*about), **other})

    for other in ({"amount": "999.00"}, {"currency": "USD"}, {"withdrawalRef": "wd-2"}):
        shows(**other)
        with pytest.raises(errors.NotThisPayment):
            it_happened(Actor.staff(user))
    shows()
    with pytest.raises(NotAllowed):
        it_happened(approver())
    monkeypatch.setattr(
        services, "_read_one", lambda *about: (user.grants.update(revoked_at=now()), read_one(*about))[1]
    )
    with pytest.raises(NotAllowed):
        it_happened(Actor.staff(user))
    assert (fresh(payment).state, letter_of(payment).state) == ("UNCONFIRMED", "UNCONFIRMED")
    monkeypatch.setattr(services, "_read_one", read_one)
    it_happened(lead())
    assert letters.letters_of(payment).get(moves_money=True, resource_id=found).state == "ACCEPTED"
    assert Entry.objects.filter(verb="payment.found_at_oceafin", subject_id=str(payment.pk)).count() == 1


def test_that_is_a_draft_only_at_oceafin_did_not_happen_and_anything_more_did(oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "reset_before")
    for named, why in ((fresh(payment).oceafin_id, "a draft only"), ("", "no id of Oceafin")):
        with pytest.raises(Refusal, match=why):
            services.it_happened(payment, oceafin_id=named, actor=lead(), now=now())
    assert fresh(payment).state == "UNCONFIRMED"
    oceafin.advance("fiat_withdrawal", "SUBMITTED", ref="wd-1", tell=False)
    services.it_happened(payment, oceafin_id=fresh(payment).oceafin_id, actor=lead(), now=now())
    assert (fresh(payment).state, letters.letters_of(payment).last().state) == ("SENT", "ACCEPTED")


def test_is_replaced_only_once_it_is_closed_and_only_once(oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "reset_before", hours=23)
    with pytest.raises(NotClosed, match="not closed yet"):
        requested(account, "wd-2", replaces=payment)
    closed(payment)
    with pytest.raises(Unfit, match="another customer"):
        requested(account_of(known_customer("cust-2"), "ba-2"), "wd-2", replaces=payment)
    again = requested(account, "wd-2", replaces=payment)
    assert fresh(payment).noted_at is not None
    with pytest.raises(NotClosed, match="tried again already, by wd-2"):
        requested(account, "wd-3", replaces=payment)
    by = Actor.staff(person(Role.OPERATIONS_LEAD))
    payments.cancel(payment=again, reason="a mistake", actor=by, now=now())
    assert requested(account, "wd-3", replaces=payment).replaces == payment
    for replaced, why in ((payment, "tried again already"), (requested(account, "wd-9"), "is not closed")):
        copy = fresh(again)
        copy.pk, copy.payment_ref, copy.state, copy.replaces = None, "wd-8", "DRAFT", replaced
        with pytest.raises(DatabaseError, match=why), transaction.atomic():
            copy.save(force_insert=True)


def test_is_shown_with_all_that_a_person_needs(client: Client, oceafin, account) -> None:  # noqa: F811
    payment = requested(account)
    deliver()
    in_doubt(oceafin, payment, "reset_before", hours=23)
    deliver()
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "Too old to send again" in client.get(reverse("payout_desks:unknown")).content.decode()
    address = reverse("payout_desks:doubt", args=["wd-1"])
    page = client.get(address).content.decode()
    for shown in (letter_of(payment).key, "X-Request-Id", "Close it: it did not happen", "Looked"):
        assert shown.lower() in page.lower()
    assert "Send again, same key" not in page
    close = reverse("payout_desks:close", args=["wd-1"])
    assert client.get(close).status_code == 200
    assert client.post(close, SAID).status_code == 302
    finding = Finding.objects.get()
    confirm = reverse("payout_desks:confirm", args=[finding.pk])
    client.post(confirm)
    assert fresh(payment).state == "UNCONFIRMED"
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    assert "Rosa of Oceafin" in client.get(confirm).content.decode()
    client.post(confirm)
    assert fresh(payment).state == "FAILED"
    assert "What became of this payment is known" in client.get(address).content.decode()
