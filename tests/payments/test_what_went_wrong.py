"""What went wrong: in plain words, with one next action, until somebody acts or takes note."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.audit.models import Entry
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from payments import duties, queues
from payments.desks import agreement, errors, failures, services
from payments.models import PaymentRequest
from payments.money import format_amount
from tests.payments.people import fresh, maker, now, sql
from tests.payments.test_a_payout import account, poll, to_sent  # noqa: F401
from tests.payments.test_an_unknown_outcome import SAID, lead
from tests.payments.test_every_kind import Ask, ask, sent  # noqa: F401
from tests.people import person, sign_in
from tests.simulator.driver import SimulatorProcess

pytestmark = pytest.mark.django_db(transaction=True)


def waiting() -> list[str]:
    return [payment.payment_ref for payment in queues.held_or_failed(now())]


def failed(oceafin: SimulatorProcess, account, ref: str = "wd-1", ending: str = "failed") -> PaymentRequest:  # noqa: F811
    payment = to_sent(account, ref, purpose=f"simulate:{ending}")
    oceafin.step(4)
    return poll(payment)


def test_leaves_the_queue_when_somebody_takes_note_and_comes_back_with_news(oceafin, account) -> None:  # noqa: F811
    payment = failed(oceafin, account)
    assert waiting() == ["wd-1"]
    with pytest.raises(NotAllowed):
        services.take_note(payment, note="mine", actor=maker(), now=now())
    services.take_note(payment, note="I call the payee", actor=lead(), now=now())
    assert waiting() == []
    assert fresh(payment).noted_by is not None
    assert Entry.objects.filter(verb="payment.noted").count() == 1
    oceafin.advance("fiat_withdrawal", "COMPLETED", ref="wd-1")
    assert poll_contradicted(payment)
    assert waiting() == ["wd-1"]


def poll_contradicted(payment: PaymentRequest) -> bool:
    PaymentRequest.objects.update(next_poll_at=now())
    duties.poll_payments(now())
    return fresh(payment).contradicted


def test_is_asked_again_filled_in_the_place_of_the_old_one(
    client: Client,
    oceafin,
    ask: Ask,  # noqa: F811
    kind: str,
) -> None:
    payment = sent(ask, plays="simulate:failed")
    oceafin.step(3)
    payment = poll(payment)
    sign_in(client, person(Role.PAYMENTS_MAKER))
    page = client.get(reverse("payout_desks:failures")).content.decode()
    assert "bank refused it" in page
    assert failures.again_url(payment).replace("&", "&amp;") in page
    form = client.get(failures.again_url(payment)).content.decode()
    amount = format_amount(payment.amount, payment.currency, payment.network)
    assert f'value="{amount}"' in form
    assert "In the place of" in form
    assert 'value="simulate:failed' not in form
    again = ask("p-2", replaces=payment)
    assert (again.replaces, fresh(payment).replaced_by.get()) == (payment, again)
    assert waiting() == []


def test_names_codes_that_nobody_knows_as_they_came(oceafin, account) -> None:  # noqa: F811
    payment = to_sent(account)
    oceafin.advance(
        "fiat_withdrawal", "FAILED", ref="wd-1", failureCode="MOON_PHASE", failureReason="Full moon."
    )
    row = failures.trouble_of(poll(payment), person(Role.PAYMENTS_MAKER), now())
    assert (row.reason, row.oceafin_said) == ("Oceafin refused it.", "MOON_PHASE · Full moon.")
    assert row.action == "Correct and ask again"


def contradicted(oceafin: SimulatorProcess, account) -> PaymentRequest:  # noqa: F811
    """Oceafin once said another amount."""
    payment = to_sent(account)
    resource = {"withdrawalId": payment.oceafin_id, "status": "COMPLETED", "amount": "1.00"}
    with transaction.atomic():
        duties.observe_read(payment, resource, source="read", now=now())
    return fresh(payment)


def test_is_no_contradiction_any_more_when_two_people_say_so_after_reading(oceafin, account) -> None:  # noqa: F811
    payment = contradicted(oceafin, account)
    oceafin.step(3)
    by = lead()
    finding = services.propose_clearing(payment, **SAID, actor=by, now=now())
    assert finding.oceafin_says == "wd-1: COMPLETED"
    with pytest.raises(errors.SamePerson):
        services.confirm(finding, actor=by, now=now())
    assert fresh(payment).contradicted
    oceafin.fault("status", operation="getFiatWithdrawal", status=500)
    with pytest.raises(errors.CouldNotRead):
        services.confirm(finding, actor=lead(), now=now())
    services.confirm(finding, actor=lead(), now=now())
    payment = fresh(payment)
    assert (payment.contradicted, payment.state) == (False, "SETTLED")
    assert Entry.objects.filter(verb="payment.contradiction_cleared").count() == 1


def test_stays_a_contradiction_while_oceafin_carries_out_what_failed(oceafin, account) -> None:  # noqa: F811
    payment = failed(oceafin, account)
    oceafin.advance("fiat_withdrawal", "COMPLETED", ref="wd-1")
    assert poll_contradicted(payment)
    with pytest.raises(errors.StillContradicts, match="COMPLETED"):
        services.propose_clearing(payment, **SAID, actor=lead(), now=now())
    oceafin.advance("fiat_withdrawal", "FAILED", ref="wd-1")
    finding = services.propose_clearing(fresh(payment), **SAID, actor=lead(), now=now())
    services.confirm(finding, actor=lead(), now=now())
    assert (fresh(payment).contradicted, fresh(payment).state) == (False, "FAILED")


def test_stays_a_contradiction_while_what_is_read_cannot_be_true(oceafin, account) -> None:  # noqa: F811
    payment = contradicted(oceafin, account)
    [read] = agreement.read(payment).resources.values()

    def check(**said: str) -> str:
        return agreement.check(fresh(payment), agreement.Seen({payment.oceafin_id: {**read, **said}}))

    assert check() == "wd-1: SUBMITTED"
    for said, why in (
        ({"amount": "1.00"}, "another amount"),
        ({"status": "DRAFT"}, "still says DRAFT"),
        ({"status": "SUNNY"}, "still says SUNNY"),
        ({"status": ""}, "still says –"),
    ):
        with pytest.raises(errors.StillContradicts, match=why):
            check(**said)
    with pytest.raises(errors.CouldNotRead, match="Something new"):
        agreement.check(fresh(payment), agreement.Seen({}))
    PaymentRequest.objects.filter(pk=payment.pk).update(draft_number=2)
    with pytest.raises(errors.StillContradicts, match="replaced by another draft"):
        check()
    assert check(status="CANCELLED") == "wd-1: CANCELLED"


def test_is_a_contradiction_that_nobody_clears_around_the_desk(oceafin, account) -> None:  # noqa: F811
    payment = contradicted(oceafin, account)
    with pytest.raises(DatabaseError, match="two people"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET contradicted = false WHERE id = %s", payment.pk)
    with pytest.raises(errors.NothingWrong):
        services.propose_clearing(to_sent(account, "wd-2"), **SAID, actor=lead(), now=now())


def test_is_shown_with_a_contradiction_beside_what_we_know(client: Client, oceafin, account) -> None:  # noqa: F811
    payment = contradicted(oceafin, account)
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "See what Oceafin says" in client.get(reverse("payout_desks:failures")).content.decode()
    page = reverse("payout_desks:contradiction", args=["wd-1"])
    assert payment.contradiction in client.get(page).content.decode()
    answer = client.post(reverse("payout_desks:clear", args=["wd-1"]), SAID)
    assert answer.url == page
    assert "Proposed: the contradiction is cleared" in client.get(page).content.decode()
    client.post(reverse("payout_desks:note", args=["wd-1"]), {"reason": "asked Rosa"})
    assert waiting() == []
