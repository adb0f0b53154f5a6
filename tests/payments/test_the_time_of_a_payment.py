"""The time of a payment: its date, the sending hours of its currency, and a hold."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import ProgrammingError, transaction

from backoffice.audit import Actor, timeline_of
from backoffice.audit.models import Entry
from backoffice.oceafin import outbox
from backoffice.oceafin.models import Submission
from backoffice.opening_hours import OpeningHours, office_week
from backoffice.staff.errors import NotAllowed
from backoffice.staff.roles import Role
from payments import errors, services, timing
from payments.models import BankAccount, PaymentRequest
from payments.telling import waiting_for_customer_words, waits_for
from payments.times.models import SendingHours
from payments.times.services import BadSendingHours, ChangedMeanwhile, change_sending_hours, opens_at
from tests.payments.people import approve, fresh, now, open_money_out, sql, waiting_payment
from tests.people import person, sign_in

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = OpeningHours(office_week(), {date(2026, 12, 25): "Christmas Day"})


def lead() -> Actor:
    return Actor.staff(person(Role.OPERATIONS_LEAD))


def set_hours(opening: OpeningHours | None, currency: str = "EUR", seen: int = 0, by: Actor | None = None):
    return change_sending_hours(
        currency=currency, seen_version=seen, opening=opening, actor=by or lead(), now=now()
    )


def closed_today() -> OpeningHours:
    today = now().date()
    whole_day = ((time(0), time(0)),) * 7
    return OpeningHours(whole_day, {today + timedelta(days=number): "" for number in (-1, 0, 1)})


def approved(**changes) -> PaymentRequest:
    open_money_out()
    return approve(waiting_payment(**changes))


def worker_comes() -> None:
    """A worker asks whether the letter may leave, and takes it if so."""
    Submission.objects.filter(state="QUEUED", leased_until=None).update(due_at=now())
    outbox.claim(lane="money", worker="test")


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 12, 24, 16, 59), datetime(2026, 12, 24, 16, 59)),
        # The cut-off, the holiday, the weekend: Monday.
        (datetime(2026, 12, 24, 17, 0), datetime(2026, 12, 28, 9, 0)),
        (datetime(2026, 12, 23, 6, 0), datetime(2026, 12, 23, 9, 0)),
    ],
)
@pytest.mark.django_db
def test_begins_with_the_hours_of_its_currency(settings, at, opens):
    settings.BUSINESS_TIME_ZONE = BERLIN
    set_hours(OFFICE)
    assert opens_at("EUR", at.replace(tzinfo=BERLIN)) == opens.replace(tzinfo=BERLIN)
    assert opens_at("USD", at.replace(tzinfo=BERLIN)) == at.replace(tzinfo=BERLIN)


def test_holds_an_hour_that_a_clock_change_takes_away():
    hours = OpeningHours(((time(1), time(4)),) * 7)
    found = hours.open_on(date(2026, 3, 29), BERLIN)
    assert found is not None
    assert found[1] - found[0] == timedelta(hours=2)


@pytest.mark.django_db
def test_is_waited_for_and_comes_by_itself_when_hours_change():
    payment = approved()
    version = set_hours(closed_today())
    worker_comes()
    letter = Submission.objects.get(subject_id=str(payment.pk), kind="withdrawal.sending_quote")
    assert fresh(payment).state == "APPROVED"
    assert "cut-off or holiday" in letter.waits_for
    assert "cut-off or holiday" in waits_for(fresh(payment), now=now()).what
    assert letter.due_at <= now() + timedelta(minutes=5)
    set_hours(None, seen=version.number)
    worker_comes()
    assert fresh(payment).state != "APPROVED"


@pytest.mark.django_db
def test_is_the_day_that_was_asked_for():
    tomorrow = now().date() + timedelta(days=1)
    payment = approved(scheduled_on=tomorrow.isoformat())
    worker_comes()
    payment = fresh(payment)
    assert payment.state == "APPROVED"
    assert "asked for with a date" in waits_for(payment, now=now()).what
    midnight = datetime.combine(tomorrow, time(0), tzinfo=UTC)
    assert timing.not_yet(payment, midnight - timedelta(seconds=1)).until == midnight
    assert timing.not_yet(payment, midnight) is None


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["2020-01-01", "2999-01-01", "2026-02-30", "tomorrow", "20261224"])
def test_is_refused_if_it_is_no_day_to_come(wrong):
    with pytest.raises(errors.Unfit) as refused:
        waiting_payment(scheduled_on=wrong)
    assert refused.value.field == "scheduledOn"
    assert not PaymentRequest.objects.exists()


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [("2026-12-24", False), ("2026-12-25", True), ("2027-12-26", True), ("2027-12-27", False)],
)
def test_is_a_day_of_the_business_time_zone_within_a_year(settings, day: str, is_taken: bool):
    settings.BUSINESS_TIME_ZONE = BERLIN
    after_midnight_in_berlin = datetime(2026, 12, 24, 23, 30, tzinfo=UTC)
    with nullcontext() if is_taken else pytest.raises(errors.Unfit):
        timing.check_date(date.fromisoformat(day), after_midnight_in_berlin)


@pytest.mark.django_db
@pytest.mark.parametrize(("waits", "day"), [(0, 28), (24, 28), (24 * 6, 29)])
def test_is_the_first_hour_that_its_date_its_beneficiary_and_its_currency_all_allow(settings, waits, day):
    """Asked for on Christmas Day, a Friday; where its beneficiary has to wait, until Monday afternoon."""
    settings.BUSINESS_TIME_ZONE = BERLIN
    set_hours(OFFICE)
    added = datetime(2026, 12, 22, 18, 0, tzinfo=BERLIN)
    payment = PaymentRequest(currency="EUR", scheduled_on=date(2026, 12, 25), beneficiary=BankAccount())
    payment.beneficiary.created_at = added
    payment.policy = {"beneficiary_wait": waits * 3600}
    kept = timing.not_yet(payment, added)
    assert kept
    assert kept.until == datetime(2026, 12, day, 9, 0, tzinfo=BERLIN)


@pytest.mark.django_db
def test_is_the_next_opening_where_its_day_and_its_wait_are_over(settings):
    settings.BUSINESS_TIME_ZONE = BERLIN
    set_hours(OFFICE)
    payment = PaymentRequest(currency="EUR", scheduled_on=date(2026, 12, 24), policy={"beneficiary_wait": 60})
    assert timing.wait_ends(payment) is None
    payment.beneficiary = BankAccount(created_at=datetime(2026, 12, 23, 9, 0, tzinfo=BERLIN))
    kept = timing.not_yet(payment, datetime(2026, 12, 25, 12, 0, tzinfo=BERLIN))
    assert kept
    assert kept.until == datetime(2026, 12, 28, 9, 0, tzinfo=BERLIN)


@pytest.mark.django_db
def test_stands_still_while_somebody_holds_it():
    payment, holder = approved(), lead()
    services.hold(payment=payment, reason="the customer called", actor=holder, now=now())
    worker_comes()
    payment = fresh(payment)
    assert payment.state == "APPROVED"
    assert waits_for(payment, now=now()).what == f"{holder.label} holds it."
    assert waiting_for_customer_words(payment) == "in review"
    with pytest.raises(errors.HeldAlready, match="holds this payment already"):
        services.hold(payment=payment, reason="again", actor=lead(), now=now())
    services.release(payment=payment, reason="all is well", actor=lead(), now=now())
    worker_comes()
    assert fresh(payment).state != "APPROVED"
    assert {"payment.held", "payment.released"} <= {entry.verb for entry in timeline_of(payment)}
    with pytest.raises(errors.TooLate):
        services.hold(payment=payment, reason="too late", actor=lead(), now=now())


@pytest.mark.django_db
def test_is_held_by_the_database_too():
    payment = approved()
    services.hold(payment=payment, reason="wait", actor=lead(), now=now())
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        sql("UPDATE payments_paymentrequest SET state = 'SENDING' WHERE id = %s", payment.pk)


@pytest.mark.django_db
def test_is_held_by_approvers_and_released_by_leads_alone():
    payment = approved()
    somebody = Actor.staff(person(Role.PAYMENTS_APPROVER))
    with pytest.raises(NotAllowed):
        services.hold(payment=payment, reason="no", actor=Actor.staff(person(Role.SUPPORT)), now=now())
    with pytest.raises(errors.NotHeld):
        services.release(payment=payment, reason="why", actor=lead(), now=now())
    services.hold(payment=payment, reason="a look-alike", actor=somebody, now=now())
    with pytest.raises(NotAllowed):
        services.release(payment=payment, reason="no", actor=somebody, now=now())


@pytest.mark.django_db
def test_is_held_before_it_is_approved_and_for_a_reason():
    open_money_out()
    payment = waiting_payment()
    for act in (services.hold, services.release):
        with pytest.raises(errors.ReasonNeeded):
            act(payment=payment, reason=" ", actor=lead(), now=now())
    services.hold(payment=payment, reason="a look-alike", actor=lead(), now=now())
    approve(payment)
    worker_comes()
    assert fresh(payment).state == "APPROVED"


@pytest.mark.django_db
def test_is_changed_by_leads_alone_and_over_nobody_elses_change():
    with pytest.raises(NotAllowed):
        set_hours(OFFICE, by=Actor.staff(person(Role.PAYMENTS_APPROVER)))
    set_hours(OFFICE)
    with pytest.raises(ChangedMeanwhile):
        set_hours(None)
    assert set_hours(OFFICE, seen=1).number == 1
    for wrong, currency in ((OpeningHours((None,) * 7), "USD"), (OFFICE, "XXX")):
        with pytest.raises(BadSendingHours):
            set_hours(wrong, currency)


@pytest.mark.django_db
def test_of_a_token_is_any_time_and_has_hours_again():
    for seen, opening in enumerate((OFFICE, None, OFFICE, closed_today())):
        assert set_hours(opening, "USDC", seen=seen).number == seen + 1
    facts = Entry.objects.filter(verb="sending_hours.changed").order_by("id").values_list("facts", flat=True)
    assert [each["at_any_time"] for each in facts] == [False, True, False, False]
    assert ["week" in each for each in facts] == [False, False, False, True]


@pytest.mark.django_db
def test_is_set_on_a_page(client):
    sign_in(client, person(Role.OPERATIONS_LEAD))
    assert "leaves at once" in client.get("/sending-hours/").content.decode()
    assert client.get("/sending-hours/?currency=eur").url == "/sending-hours/EUR/"
    typed = {"seen_version": "0", "opens_0": "08:00", "holidays": "some day"}
    refused = client.post("/sending-hours/EUR/", typed).content.decode()
    assert "does not begin with a day" in refused
    assert "Enter both times for Monday" in refused
    typed |= {"closes_0": "16:00", "holidays": "2026-12-25 Christmas Day"}
    assert client.post("/sending-hours/EUR/", typed).status_code == 302
    kept = SendingHours.objects.get()
    assert kept.opening == OpeningHours(
        ((time(8), time(16)), *[None] * 6), {date(2026, 12, 25): "Christmas Day"}
    )
    page = client.get("/sending-hours/").content.decode()
    assert "Leaves now" in page or "Waits" in page
    sign_in(client, person(Role.PAYMENTS_APPROVER))
    assert client.get("/sending-hours/EUR/").status_code == 404
