"""A notice tells an approver by e-mail what waits for them: at most once, and nothing about anybody."""

import smtplib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pgtrigger
import pytest
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.test import Client
from django.urls import reverse

from backoffice.audit import Actor
from backoffice.audit.models import Entry
from backoffice.opening_hours import OpeningHours
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import User
from backoffice.staff.roles import Role
from payments import services as payments
from payments.models import PaymentRequest
from payments.notices import choosing, services
from payments.notices.models import Notice, NoticeChoice
from payments.policies.deciding import Rule
from payments.times import services as services_of_times
from tests.payments.crowd import crowd
from tests.payments.people import IBAN, approve, fresh, maker, now, open_money_out, waiting_payment
from tests.payments.policies import APPROVER, LEAD, in_force, policy_of, stages
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
PAST_HALF = timedelta(days=4)


@pytest.fixture(autouse=True)
def _mail(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def anton() -> User:
    return person(Role.PAYMENTS_APPROVER, name="Anton Approver", email="anton@example.com")


def working_day(hour: int) -> datetime:
    """A Monday to come."""
    today = datetime.now(UTC).replace(hour=hour, minute=5)
    return today + timedelta(days=7 - today.weekday())


def round_at(at: datetime) -> list[str]:
    """What two duties do at this time; to whom mail went, in the order of their addresses."""
    mail.outbox.clear()
    services.write_due(at)
    while services.send_due(at):
        pass
    return sorted(message.to[0] for message in mail.outbox)


def asked_at(payment: PaymentRequest) -> datetime:
    """It was asked for on a Monday morning, and has a week."""
    at = working_day(9)
    with pgtrigger.ignore():
        PaymentRequest.objects.filter(pk=payment.pk).update(
            state_since=at, approval_deadline_at=at + timedelta(days=7)
        )
    return at


def base_currency_is_open(*holidays: datetime, until: time = time(17), days: int = 5) -> None:
    """From nine on the first so many days of the week."""
    services_of_times.change_sending_hours(
        currency=settings.BASE_CURRENCY,
        seen_version=0,
        opening=OpeningHours(
            week=(*[(time(9), until)] * days, *[None] * (7 - days)),
            holidays={day.date(): "Founders' day" for day in holidays},
        ),
        actor=Actor.staff(person(Role.OPERATIONS_LEAD)),
        now=now(),
    )


# --- The digest ---------------------------------------------------------------------------------------------------


def test_is_a_digest_once_a_business_day_from_the_set_hour() -> None:
    anton()
    payment = waiting_payment()
    PaymentRequest.objects.update(approval_deadline_at=payment.created_at + timedelta(days=60))
    assert round_at(working_day(7)) == []
    assert round_at(working_day(8)) == ["anton@example.com"]
    assert round_at(working_day(15)) == []
    assert round_at(working_day(8) + timedelta(days=1)) == ["anton@example.com"]
    assert round_at(working_day(8) + timedelta(days=5)) == []
    assert round_at(working_day(8) + timedelta(days=6)) == []


def test_is_no_digest_on_a_day_on_which_nobody_works() -> None:
    anton()
    payment, monday = waiting_payment(), working_day(8)
    PaymentRequest.objects.update(approval_deadline_at=payment.created_at + timedelta(days=60))
    base_currency_is_open(monday, days=6)
    assert round_at(monday) == []
    assert round_at(monday + timedelta(days=1)) == ["anton@example.com"]
    assert round_at(monday + timedelta(days=5)) == ["anton@example.com"]
    assert round_at(monday + timedelta(days=6)) == []


def test_counts_what_waits_and_leads_there() -> None:
    anton()
    for ref in ("wd-1", "wd-2"):
        waiting_payment(ref)
    at = working_day(8)
    PaymentRequest.objects.filter(payment_ref="wd-1").update(approval_deadline_at=at + timedelta(hours=3))
    PaymentRequest.objects.filter(payment_ref="wd-2").update(approval_deadline_at=at + timedelta(days=60))
    round_at(at)
    digest = next(message for message in mail.outbox if "2 payments wait" in message.subject)
    assert "Payments to approve: 2\nhttp" in digest.body
    assert "Of these run out soon: 1\nhttp" in digest.body
    assert reverse("payments:queue") in digest.body


def test_is_not_sent_where_nothing_waits() -> None:
    anton()
    assert round_at(working_day(8)) == []
    assert Notice.objects.get().state == "DROPPED"


def test_goes_to_nobody_who_left_or_cannot_approve() -> None:
    gone = anton()
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for role in (Role.PAYMENTS_MAKER, Role.ADMINISTRATOR, Role.SUPPORT, Role.AUDITOR):
        person(role)
    waiting_payment()
    assert round_at(working_day(8)) == []
    assert not Notice.objects.exists()


# --- Half of the time ---------------------------------------------------------------------------------------------


def test_says_once_that_half_of_the_time_is_gone(kind: str, settings) -> None:
    settings.NOTICES_HOUR = 24
    anton()
    asked = asked_at(waiting_payment(kind=kind))
    assert round_at(asked + timedelta(days=3, hours=11)) == []
    assert not Notice.objects.exists()
    # On Thursday night; it goes when people work again.
    assert round_at(asked + timedelta(days=3, hours=13)) == []
    assert round_at(asked + timedelta(days=4)) == ["anton@example.com"]
    assert "half of its time is gone" in mail.outbox[0].subject
    assert "It expires in 3 days" in mail.outbox[0].body
    assert round_at(asked + timedelta(days=5)) == []


def test_goes_to_whom_the_open_stage_asks_and_not_to_who_approved_or_asked_for_it(settings) -> None:
    settings.NOTICES_HOUR = 24
    open_money_out()
    in_force(policy_of(Rule(stages=stages((2, APPROVER), (1, LEAD)))))
    User.objects.update(is_active=False)
    first, second = anton(), person(Role.PAYMENTS_APPROVER, email="berta@example.com")
    person(Role.OPERATIONS_LEAD, email="leo@example.com")
    payment = waiting_payment()
    approve(payment, Actor.staff(first))
    assert round_at(asked_at(payment) + PAST_HALF) == ["berta@example.com"]
    approve(payment, Actor.staff(second))
    assert round_at(asked_at(payment) + PAST_HALF + timedelta(hours=1)) == ["leo@example.com"]


def test_does_not_wait_for_working_hours_that_come_too_late(settings) -> None:
    settings.NOTICES_HOUR = 24
    anton()
    asked = asked_at(waiting_payment())
    friday = asked + timedelta(days=4)
    # What is left of it ends on Monday, some hours after people come: that is soon enough, but a holiday is not.
    PaymentRequest.objects.update(approval_deadline_at=friday + timedelta(days=3, hours=5))
    base_currency_is_open(friday + timedelta(days=3))
    assert round_at(friday + timedelta(hours=12)) == ["anton@example.com"]


def test_waits_over_a_weekend_where_time_is_left_on_monday(settings) -> None:
    settings.NOTICES_HOUR = 24
    anton()
    friday = asked_at(waiting_payment()) + timedelta(days=4)
    PaymentRequest.objects.update(approval_deadline_at=friday + timedelta(days=3, hours=5))
    assert round_at(friday + timedelta(hours=12)) == []
    assert round_at(friday + timedelta(days=2)) == []
    assert round_at(friday + timedelta(days=3)) == ["anton@example.com"]


def test_reads_half_of_the_time_from_its_index() -> None:
    person_asked, payment = anton(), waiting_payment()
    at = asked_at(payment) + PAST_HALF
    crowd(fresh(payment), 5_000, state_since=f"'{at.isoformat()}'")
    round_of_it = services.past_half_time(person_asked, at)[: services.HALF_TIMES_A_ROUND]
    plan = round_of_it.values_list("pk").explain()
    assert "payment_half_times" in plan
    assert "Seq Scan on payments_paymentrequest" not in plan


def test_does_not_go_to_its_maker(settings) -> None:
    settings.NOTICES_HOUR = 24
    maker_too = anton()
    payment = waiting_payment(requested_by="anton@example.com")
    assert maker_too.pk in payment.maker_user_ids
    assert round_at(asked_at(payment) + PAST_HALF) == []


def test_is_dropped_where_it_was_decided_meanwhile(settings) -> None:
    settings.NOTICES_HOUR = 24
    anton()
    payment = waiting_payment()
    at = asked_at(payment) + PAST_HALF
    services.write_due(at)
    payments.cancel(payment=payment, reason="not owed", actor=maker(), now=at)
    assert services.send_due(at) == 0
    assert mail.outbox == []
    assert Notice.objects.get().state == "DROPPED"


def test_says_nothing_about_anybody(kind: str) -> None:
    anton()
    payment = waiting_payment("wd-ada-1", "321.00", kind=kind)
    at = working_day(8)
    # Both on the same morning.
    PaymentRequest.objects.update(approval_deadline_at=at + timedelta(hours=2))
    assert payment.pk
    assert round_at(at) == ["anton@example.com", "anton@example.com"]
    for message in mail.outbox:
        text = f"{message.subject} {message.body} {message.extra_headers}"
        for word in (
            "Ada",
            "Example",
            "Anton",
            "wd-",
            "cust-",
            "321",
            "EUR",
            "USDC",
            IBAN,
            "2051",
            "ba-1",
            "@",
        ):
            assert word not in text


# --- Switched off -------------------------------------------------------------------------------------------------


def choose(who: User, *, digest: bool = True, half_time: bool = True) -> None:
    choosing.choose(digest=digest, half_time=half_time, actor=Actor.staff(who), now=now())


def test_is_no_digest_for_who_switched_it_off() -> None:
    anton()
    berta = person(Role.PAYMENTS_APPROVER, email="berta@example.com")
    waiting_payment()
    choose(berta, digest=False)
    assert round_at(working_day(8)) == ["anton@example.com"]


def test_is_no_digest_either_if_it_was_switched_off_before_it_went() -> None:
    who = anton()
    waiting_payment()
    services.write_due(working_day(8))
    choose(who, digest=False)
    services.send_due(working_day(8))
    assert Notice.objects.get(kind="DIGEST").state == "DROPPED"


def test_of_half_the_time_goes_to_each_who_did_not_switch_it_off(settings) -> None:
    settings.NOTICES_HOUR = 24
    anton()
    berta = person(Role.PAYMENTS_APPROVER, email="berta@example.com")
    asked = asked_at(waiting_payment())
    person(Role.PAYMENTS_APPROVER, email="clara@example.com")
    choose(berta, half_time=False)
    assert round_at(asked + PAST_HALF) == ["anton@example.com", "clara@example.com"]
    assert round_at(asked + PAST_HALF + timedelta(hours=1)) == []


def test_of_half_the_time_goes_to_everybody_if_everybody_switched_it_off(settings) -> None:
    settings.NOTICES_HOUR = 24
    berta = person(Role.PAYMENTS_APPROVER, email="berta@example.com")
    people = [anton(), berta]
    asked = asked_at(waiting_payment())
    for each in people:
        choose(each, half_time=False)
    assert round_at(asked + PAST_HALF) == ["anton@example.com", "berta@example.com"]
    assert round_at(asked + PAST_HALF + timedelta(hours=1)) == []


def test_of_half_the_time_is_not_sent_to_who_switched_it_off_before_it_went(settings) -> None:
    settings.NOTICES_HOUR = 24
    berta = person(Role.PAYMENTS_APPROVER, email="berta@example.com")
    anton()
    at = asked_at(waiting_payment()) + PAST_HALF
    services.write_due(at)
    choose(berta, half_time=False)
    assert round_at(at) == ["anton@example.com"]
    assert Notice.objects.get(person=berta).state == "DROPPED"


@pytest.mark.parametrize("other", ["never told", "gone", "switched off too", "dropped"])
def test_of_half_the_time_goes_nevertheless_where_nobody_else_would_be_told(settings, other: str) -> None:
    settings.NOTICES_HOUR = 24
    berta = person(Role.PAYMENTS_APPROVER, email="berta@example.com")
    second = anton() if other != "never told" else None
    at = asked_at(waiting_payment()) + PAST_HALF
    services.write_due(at)
    if second is None:
        anton()
    elif other == "gone":
        User.objects.filter(pk=second.pk).update(is_active=False)
    elif other == "dropped":
        for state in ("TAKEN", "DROPPED"):
            Notice.objects.filter(person=second).update(state=state)
    else:
        choose(second, half_time=False)
    choose(berta, half_time=False)
    services.send_due(at)
    assert "berta@example.com" in {message.to[0] for message in mail.outbox}


def test_is_switched_off_on_a_page_of_ones_own_on_record(client: Client) -> None:
    who = anton()
    sign_in(client, who)
    page = reverse("payment_notices:mine")
    assert page in client.get(reverse("staff:account")).content.decode()
    assert client.get(page).content.decode().count(" checked") == 2
    for _again in range(2):
        client.post(page, {"wanted": ["half_time"]})
    choice = NoticeChoice.objects.get(person=who)
    assert (choice.digest, choice.half_time) == (False, True)
    entry = Entry.objects.get(verb="notices.chosen")
    assert (entry.subject_id, entry.facts) == (str(who.pk), {"digest": "on → off"})


@pytest.mark.parametrize("role", [Role.PAYMENTS_MAKER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_is_nothing_to_choose_for_who_gets_none(client: Client, role: Role) -> None:
    who = person(role)
    sign_in(client, who)
    assert client.get(reverse("payment_notices:mine")).status_code == 404
    assert reverse("payment_notices:mine") not in client.get(reverse("staff:account")).content.decode()
    with pytest.raises(NotAllowed):
        choose(who, digest=False)


# --- At most once -------------------------------------------------------------------------------------------------


def a_queued_one(settings) -> datetime:
    settings.NOTICES_HOUR = 24
    anton()
    at = asked_at(waiting_payment()) + PAST_HALF
    services.write_due(at)
    assert Notice.objects.get().state == "QUEUED"
    return at


class During(EmailBackend):
    """Does something once a mail has left, before anybody wrote that down."""

    happens: Callable[[], None] = staticmethod(lambda: None)

    def send_messages(self, messages):
        super().send_messages(messages)
        type(self).happens()


@pytest.fixture
def during(settings) -> type[During]:
    settings.EMAIL_BACKEND = f"{__name__}.During"
    During.happens = staticmethod(lambda: None)
    return During


def test_is_not_sent_again_after_a_crash_in_the_middle(settings, during) -> None:
    def dies() -> None:
        raise SystemExit

    at = a_queued_one(settings)
    during.happens = staticmethod(dies)
    with pytest.raises(SystemExit):
        services.send_due(at)
    during.happens = staticmethod(lambda: None)
    assert (len(mail.outbox), Notice.objects.get().state) == (1, "TAKEN")
    assert services.send_due(at + timedelta(minutes=5)) == 0
    assert services.send_due(at + timedelta(minutes=11)) == 0
    services.write_due(at + timedelta(minutes=11))
    assert (len(mail.outbox), Notice.objects.get().state) == (1, "UNCERTAIN")


def test_is_not_sent_again_where_the_answer_is_lost(settings, during) -> None:
    def breaks() -> None:
        raise smtplib.SMTPServerDisconnected("anton@example.com")

    at = a_queued_one(settings)
    during.happens = staticmethod(breaks)
    assert services.send_due(at) == 0
    assert services.send_due(at + timedelta(hours=1)) == 0
    notice = Notice.objects.get()
    assert (len(mail.outbox), notice.state) == (1, "UNCERTAIN")
    assert "@" not in notice.reason


def test_is_tried_again_where_the_mail_server_says_no(settings, during) -> None:
    def refuses() -> None:
        mail.outbox.clear()
        raise smtplib.SMTPRecipientsRefused({"anton@example.com": (451, b"later")})

    at = a_queued_one(settings)
    during.happens = staticmethod(refuses)
    assert services.send_due(at) == 0
    notice = Notice.objects.get()
    assert (notice.state, notice.due_at, notice.tries) == ("QUEUED", at + timedelta(minutes=1), 1)
    during.happens = staticmethod(lambda: None)
    assert services.send_due(at) == 0
    assert services.send_due(at + timedelta(minutes=1)) == 1
    assert (len(mail.outbox), Notice.objects.get().state) == (1, "SENT")


def test_waits_untouched_while_no_mail_server_answers(settings) -> None:
    at = a_queued_one(settings)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert services.send_due(at) == 0
    notice = Notice.objects.get()
    assert (notice.state, notice.tries, notice.due_at) == ("QUEUED", 0, at + timedelta(minutes=1))


def test_is_written_by_nobody_where_mail_is_off(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    anton()
    waiting_payment()
    assert services.write_due(working_day(8)) == 0
    assert not Notice.objects.exists()


def test_is_held_to_one_by_the_database(settings) -> None:
    a_queued_one(settings)
    row = Notice.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_is_sent_once_by_two_workers_at_once(settings) -> None:
    settings.NOTICES_HOUR = 24
    anton()
    at = max(asked_at(waiting_payment(f"wd-{number}")) for number in range(6)) + PAST_HALF
    ready = threading.Barrier(2)

    def work() -> None:
        close_old_connections()
        ready.wait(10)
        services.write_due(at)
        services.send_due(at)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    services.send_due(at)
    assert len(mail.outbox) == 6
    assert set(Notice.objects.values_list("state", flat=True)) == {"SENT"}


def test_is_seen_by_who_leads_with_what_became_of_it(settings, client: Client) -> None:
    services.send_due(a_queued_one(settings))
    sign_in(client, person(Role.OPERATIONS_LEAD))
    page = client.get(reverse("admin:payments_notices_notice_changelist")).content.decode()
    assert "Half of the time is gone" in page
    assert fresh(PaymentRequest.objects.get()).payment_ref in page
