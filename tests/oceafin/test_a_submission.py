from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice import vault
from backoffice.audit import Actor, NoTransaction
from backoffice.audit.models import Entry
from backoffice.oceafin import breaker, kinds, outbox, recovery
from backoffice.oceafin.admin import release
from backoffice.oceafin.models import Attempt, Breaker, Submission
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from tests.oceafin.conftest import App, again, age, deliver, make_due, write
from tests.oceafin.scripted import Script, answer, html, lost, problem
from tests.people import actor as staff
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN = answer(thingId="t-1", status="SUBMITTED")
NOT_THERE = problem(404, "PARTNER_RESOURCE_NOT_FOUND")


def test_is_sent_once_and_accepted(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    row = write()
    assert deliver() == 1
    assert deliver() == 0
    assert (again(row).state, again(row).resource_id) == ("ACCEPTED", "t-1")
    assert len(oceafin.sent) == 1
    assert app.words == ["Accepted"]


def test_is_not_written_outside_the_transaction_of_its_decision(app: App) -> None:
    key = vault.create_key(purpose="customer")
    with pytest.raises(NoTransaction):
        outbox.enqueue(
            kind="thing.pay",
            subject=key,
            key="k",
            path_url="/partner/v1/things",
            body={},
            vault_key=key.pk,
            customer_ref="c",
            now=timezone.now(),
        )


def test_sends_the_same_bytes_under_the_same_key_with_a_new_nonce(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([lost, lost, TAKEN])
    oceafin.gets.append(NOT_THERE)
    row = write(amount="10.00", name="Zoë")
    for _ in range(3):
        deliver()
        make_due(row)
    assert again(row).state == "ACCEPTED"
    assert len({(one.key, one.body) for one in oceafin.sent}) == 1
    assert len({one.nonce for one in oceafin.seen}) == len(oceafin.seen)


def test_refuses_another_body_under_its_key(app: App) -> None:
    row = write()
    key = vault.create_key(purpose="customer")
    common = {"kind": "thing.pay", "subject": key, "key": row.key, "path_url": row.path_url}
    common |= {"vault_key": key.pk, "customer_ref": "cust-1", "now": timezone.now()}
    with transaction.atomic():
        assert outbox.enqueue(body={"amount": "10.00"}, **common).pk == row.pk
    with pytest.raises(outbox.KeyTaken), transaction.atomic():
        outbox.enqueue(body={"amount": "10.01"}, **common)


@pytest.mark.parametrize(
    "change", [{"body_sha256": "x"}, {"key": "x"}, {"path_url": "/x"}, {"body_sealed": b"x"}]
)
def test_is_frozen_in_the_database(app: App, change: dict) -> None:
    row = write()
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.filter(pk=row.pk).update(**change)


def test_cannot_leave_its_table_in_the_database(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    row = write()
    deliver()
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.filter(pk=row.pk).update(state="QUEUED")
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.filter(pk=row.pk).delete()


def test_that_was_refused_is_final(oceafin: Script, app: App) -> None:
    oceafin.posts.append(problem(400, "PARTNER_VALIDATION_FAILED", detail="No such currency."))
    row = write()
    deliver()
    assert again(row).state == "REFUSED"
    refused = app.told[-1]
    assert isinstance(refused, kinds.Refused)
    assert (refused.code, refused.detail) == ("PARTNER_VALIDATION_FAILED", "No such currency.")


@pytest.mark.parametrize(
    "busy",
    [
        problem(429, ""),
        problem(503, "PARTNER_PROCESSING_UNAVAILABLE"),
        problem(401, "PARTNER_SIGNATURE_EXPIRED"),
        problem(401, "PARTNER_NONCE_REPLAYED"),
    ],
)
def test_that_met_a_busy_oceafin_goes_later_by_itself(oceafin: Script, app: App, busy) -> None:
    oceafin.posts.extend([busy, TAKEN])
    row = write()
    deliver()
    assert (again(row).state, again(row).tries, app.told) == ("QUEUED", 0, [])
    make_due(row)
    deliver()
    assert again(row).state == "ACCEPTED"


def test_obeys_retry_after(oceafin: Script, app: App) -> None:
    def later(handler) -> None:
        handler.send_response(429)
        handler.send_header("Retry-After", "120")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    oceafin.posts.append(later)
    row = write()
    deliver()
    assert again(row).due_at > timezone.now() + timedelta(seconds=110)


@pytest.mark.parametrize(
    "silence", [lost, html(502), problem(500, "X"), answer(202, other="x"), answer(200, thingId=None)]
)
def test_without_a_readable_answer_is_unconfirmed_and_looked_for(oceafin: Script, app: App, silence) -> None:
    oceafin.posts.append(silence)
    oceafin.gets.append(answer(200, thingId="t-1"))
    row = write()
    deliver()
    assert (again(row).state, app.words) == ("UNCONFIRMED", ["Unconfirmed"])
    make_due(row)
    deliver()
    assert (again(row).state, app.words) == ("ACCEPTED", ["Unconfirmed", "Accepted"])
    assert len(oceafin.sent) == 1


def test_that_may_have_taken_effect_is_not_failed_by_a_later_refusal(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([lost, problem(409, "PARTNER_RESOURCE_STATE_INVALID")])
    oceafin.gets.extend([NOT_THERE, answer(200, thingId="t-1")])
    row = write()
    deliver()
    make_due(row)
    deliver()
    assert again(row).state == "ACCEPTED"


def test_that_was_refused_after_silence_and_is_not_found_is_held(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([lost, problem(403, "PARTNER_SCOPE_DENIED", detail="Not yours.")])
    oceafin.gets.append(NOT_THERE)
    row = write()
    for _ in range(3):
        deliver()
        make_due(row)
    assert again(row).state == "HELD"
    assert len(oceafin.sent) == 2
    assert app.words == ["Unconfirmed", "Held"]


def test_that_met_an_error_is_looked_for_before_it_is_called_off(oceafin: Script, app: App) -> None:
    oceafin.posts.append(html(503))
    oceafin.gets.append(answer(200, thingId="t-1"))
    row = write()
    deliver()
    app.gate = kinds.Withdraw("The quote ran out.")
    make_due(row)
    deliver()
    assert (again(row).state, app.words) == ("ACCEPTED", ["Accepted"])


def test_that_met_an_error_and_is_not_found_can_be_called_off(oceafin: Script, app: App) -> None:
    oceafin.posts.append(html(503))
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    app.gate = kinds.Withdraw("The quote ran out.")
    make_due(row)
    deliver()
    assert (again(row).state, len(oceafin.sent)) == ("WITHDRAWN", 1)


def test_that_is_refused_for_its_state_is_looked_for_and_then_refused(oceafin: Script, app: App) -> None:
    oceafin.posts.append(problem(409, "PARTNER_RESOURCE_STATE_INVALID", detail="Too little money."))
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    deliver()
    assert again(row).state == "REFUSED"
    assert app.words[-1] == "Refused"


def test_whose_effect_is_another_one_is_held(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(answer(200, another="thing"))
    row = write()
    deliver()
    make_due(row)
    deliver()
    assert again(row).state == "HELD"


def test_with_an_old_key_is_only_read_and_then_held(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    age(row, hours=20)
    deliver()
    assert again(row).state == "HELD"
    assert len(oceafin.sent) == 1


def test_with_an_old_key_that_is_found_is_accepted(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(answer(200, thingId="t-1"))
    row = write()
    deliver()
    age(row, hours=30)
    deliver()
    assert again(row).state == "ACCEPTED"


def test_that_was_held_is_accepted_when_evidence_comes(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    age(row, hours=30)
    deliver()
    with transaction.atomic():
        assert outbox.settle_from_evidence(row, {"thingId": "t-9"}, source="event", now=timezone.now())
    with transaction.atomic():
        assert not outbox.settle_from_evidence(row, {"thingId": "t-9"}, source="event", now=timezone.now())
    assert (again(row).state, again(row).resource_id) == ("ACCEPTED", "t-9")


def test_that_was_held_can_be_released_by_a_person_once(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([problem(409, "PARTNER_IDEMPOTENCY_CONFLICT"), TAKEN])
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    assert again(row).state == "HELD"
    outbox.release_held(row, actor=Actor.system("lead"), note="Spoke with Oceafin", now=timezone.now())
    with pytest.raises(outbox.NotHeld):
        outbox.release_held(row, actor=Actor.system("lead"), note="", now=timezone.now())


def test_that_was_held_stays_so_when_somebody_without_the_right_releases_it(
    oceafin: Script, app: App
) -> None:
    oceafin.posts.append(problem(409, "PARTNER_IDEMPOTENCY_CONFLICT"))
    row = write()
    deliver()
    reviewer = staff(person(Role.COMPLIANCE_REVIEWER))
    with pytest.raises(NotAllowed):
        release(row, reason="It looks fine to me", actor=reviewer, now=timezone.now())
    assert again(row).state == "HELD"
    assert not Entry.objects.filter(verb="submission.released").exists()


def test_waits_while_its_gate_is_closed(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    app.gate = kinds.Wait("Money out is switched off.", timezone.now() + timedelta(minutes=1))
    row = write()
    assert deliver() == 0
    assert again(row).waits_for == "Money out is switched off."
    app.gate = kinds.Go()
    make_due(row)
    assert deliver() == 1


def test_is_withdrawn_when_no_longer_wanted(oceafin: Script, app: App) -> None:
    app.gate = kinds.Withdraw("Cancelled by its maker.")
    row = write()
    assert deliver() == 0
    assert (again(row).state, app.words, oceafin.seen) == ("WITHDRAWN", ["Withdrawn"], [])


def test_that_may_have_taken_effect_is_only_read_while_its_gate_is_closed(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(NOT_THERE)
    row = write()
    deliver()
    app.gate = kinds.Withdraw("The customer was restricted.")
    make_due(row)
    deliver()
    assert again(row).state == "UNCONFIRMED"
    assert len(oceafin.sent) == 1


def test_does_not_stop_the_queue_when_its_own_check_fails(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    app.gate = RuntimeError("a defect of ours")
    first = write()
    assert deliver() == 0
    assert "Our own check failed" in again(first).waits_for
    app.gate = kinds.Go()
    second = write()
    assert deliver() == 1
    assert again(second).state == "ACCEPTED"


def test_is_never_sent_from_inside_a_transaction(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    write()
    claimed = outbox.claim(lane="money", worker="test")
    assert claimed is not None
    with pytest.raises(outbox.TransactionOpen), transaction.atomic():
        outbox.deliver(claimed)
    assert oceafin.seen == []


def test_whose_worker_died_counts_as_unconfirmed(oceafin: Script, app: App) -> None:
    oceafin.gets.append(answer(200, thingId="t-1"))
    row = write()
    assert outbox.claim(lane="money", worker="dead") is not None
    assert deliver() == 0
    assert recovery.recover_leases() == 0
    Submission.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert recovery.recover_leases() == 1
    assert (again(row).state, Attempt.objects.get().outcome) == ("UNCONFIRMED", "UNCONFIRMED")
    make_due(row)
    deliver()
    assert (again(row).state, oceafin.sent) == ("ACCEPTED", [])


def test_is_settled_from_the_reply_of_a_worker_that_woke_late(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    row = write()
    sleeper = outbox.claim(lane="money", worker="sleeper")
    assert sleeper is not None
    Submission.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    recovery.recover_leases()
    make_due(row)
    app.gate = kinds.Wait("later", timezone.now())
    oceafin.gets.append(NOT_THERE)
    deliver()
    outbox.deliver(sleeper)
    assert again(row).state == "UNCONFIRMED"
    make_due(row)
    assert recovery.settle_late_replies() == 1
    assert (again(row).state, again(row).resource_id) == ("ACCEPTED", "t-1")
    assert recovery.settle_late_replies() == 0


def test_keeps_the_reply_when_our_own_handling_fails(oceafin: Script, app: App) -> None:
    oceafin.posts.append(TAKEN)
    row = write()
    app.breaks = True
    deliver()
    assert again(row).state == "QUEUED"
    assert Attempt.objects.get().unsettled
    app.breaks = False
    make_due(row)
    recovery.settle_late_replies()
    assert again(row).state == "ACCEPTED"
    assert len(oceafin.sent) == 1


def test_pauses_all_sending_when_oceafin_refuses_our_sign_in(oceafin: Script, app: App) -> None:
    oceafin.posts.extend([problem(401, "PARTNER_SIGNATURE_INVALID"), TAKEN])
    row, other = write(), write()
    deliver()
    assert breaker.is_open()
    assert (again(row).state, again(other).state, len(oceafin.sent)) == ("QUEUED", "QUEUED", 1)
    oceafin.gets.append(html(502))
    probe_now()
    assert breaker.is_open()
    oceafin.gets.clear()
    oceafin.gets.append(NOT_THERE)
    probe_now()
    assert not breaker.is_open()
    make_due(row)
    assert deliver() == 2


def probe_now() -> None:
    Breaker.objects.update(probe_due_at=timezone.now() - timedelta(seconds=1))
    assert breaker.probe_if_due()


def test_pauses_all_sending_after_five_silent_tries_over_three_rows(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    oceafin.gets.append(NOT_THERE)
    rows = [write() for _ in range(2)]
    for _ in range(4):
        deliver()
        for row in rows:
            make_due(row)
    assert not breaker.is_open()
    write()
    deliver()
    assert breaker.is_open()


def test_that_was_never_answered_is_shown_to_a_person_at_last(oceafin: Script, app: App) -> None:
    oceafin.posts.append(lost)
    row = write(kind="thing.paper")
    Submission.objects.filter(pk=row.pk).update(tries=29)
    deliver("papers")
    assert again(row).state == "HELD"


def test_holds_no_readable_body(oceafin: Script, app: App) -> None:
    row = write(iban="DE89370400440532013000")
    assert b"DE89" not in bytes(again(row).body_sealed)
    assert b"DE89" in again(row).body


@pytest.mark.parametrize("code", ["PARTNER_SCOPE_DENIED", "PARTNER_PRODUCT_DISABLED"])
def test_is_sent_again_after_a_pause_where_the_probe_itself_is_not_enabled(
    oceafin: Script, app: App, code: str
) -> None:
    """Who may not read transactions is known and heard all the same."""
    oceafin.posts.append(problem(401, "PARTNER_AUTH_FAILED"))
    write()
    deliver()
    assert breaker.is_open()
    oceafin.gets.append(problem(403, code))
    probe_now()
    assert not breaker.is_open()
