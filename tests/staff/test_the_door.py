"""The door of the staff site: password and code, counted failures, and nothing open without both."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff import lockout, second_factor, services
from backoffice.staff.addresses import FAILURES_ALLOWED, address_of
from backoffice.staff.models import Enrolment, FailureCount
from backoffice.staff.roles import Role
from tests.people import PASSWORD, actor, enrol, person, sign_in

pytestmark = pytest.mark.django_db

OPEN_TO_ALL = {
    "healthz",
    "readyz",
    "account_login",
    "mfa_authenticate",
    "account_logout",
    "enrol",
    "enrol_link",
}


@pytest.fixture
def rita():
    return person(Role.COMPLIANCE_REVIEWER, name="Rita", email="rita@example.com")


@pytest.fixture
def phone(rita):
    return enrol(rita)


def password(client, email="rita@example.com", word=PASSWORD):
    return client.post("/sign-in/", {"login": email, "password": word})


def code(client, digits):
    return client.post("/sign-in/code/", {"code": digits})


def is_in(client):
    return client.get("/").status_code == 200


def addresses(patterns, prefix=""):
    """Every address of the installation, with something in place of each parameter."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield pattern, route


def example(route):
    import re

    path = re.sub(r"<(?:int:)[^>]+>", "1", route)
    path = re.sub(r"<[^>]+>|\(\?P<[^>]+>[^)]*\)", "1", path)
    path = path.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "").replace(".*", "x")
    return "/" + path


def test_is_closed_at_every_address_without_a_second_factor(client, rita, phone):
    half = Client()
    half.force_login(rita, backend="backoffice.staff.backend.StaffBackend")
    walked = 0
    for pattern, route in addresses(get_resolver().url_patterns):
        name = pattern.name or getattr(pattern.callback, "__name__", "")
        if name in OPEN_TO_ALL or route.startswith(("api/", "webhooks/", "metrics")):
            continue
        for visitor in (client, half):
            for method in (visitor.get, visitor.post):
                answer = method(example(route))
                assert answer.status_code in {302, 404}, (route, answer.status_code)
                if answer.status_code == 302:
                    assert answer["Location"].startswith(("/sign-in/", "/1")), (route, answer["Location"])
        walked += 1
    assert walked > 20


def test_refuses_every_act_that_does_not_carry_the_token_of_its_page():
    """Also of somebody who has each right: another site cannot act in their name."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client, person(Role.OPERATIONS_LEAD, Role.COMPLIANCE_LEAD))
    walked = 0
    for _pattern, route in addresses(get_resolver().url_patterns):
        if route.startswith(("api/", "webhooks/")):
            continue
        answer = client.post(example(route))
        assert answer.status_code == 403, (route, answer.status_code)
        walked += 1
    assert walked > 100


def test_opens_with_password_and_code(client, rita, phone):
    assert password(client)["Location"] == "/sign-in/code/"
    assert not is_in(client)
    assert code(client, phone.code())["Location"] == "/"
    assert is_in(client)
    assert [entry.verb for entry in timeline_of(rita)] == ["signed in"]


def test_gives_a_new_session_key_at_sign_in(client, rita, phone):
    password(client)
    before = client.session.session_key
    code(client, phone.code())
    assert client.session.session_key != before
    assert Session.objects.filter(session_key=before).count() == 0


def test_stays_closed_for_a_right_password_without_a_second_factor(client, rita):
    rita.set_password(PASSWORD)
    rita.save()
    password(client)
    assert not is_in(client)


def test_says_the_same_for_a_wrong_password_and_an_unknown_email(client, rita, phone):
    wrong, unknown = password(client, word="wrong"), password(client, email="nobody@example.com")
    for answer in (wrong, unknown):
        assert "The email or the password is not right." in answer.content.decode()


def test_stays_closed_for_somebody_deactivated(client, rita, phone):
    ada, _bela = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    password(client)
    code(client, phone.code())
    services.deactivate(rita, actor=actor(ada), now=timezone.now(), reason="left")
    assert not is_in(client)
    other = Client()
    answer = password(other)
    assert "not right" in answer.content.decode()


def test_does_not_take_a_code_twice(client, rita, phone):
    digits = phone.code()
    password(client)
    code(client, digits)
    thief = Client()
    password(thief)
    answer = code(thief, digits)
    assert "used already" in answer.content.decode()
    assert not is_in(thief)


@pytest.mark.django_db(transaction=True)
def test_takes_a_code_once_when_it_comes_ten_times_at_once():
    rita = person(email="rita@example.com")
    digits = enrol(rita).code()

    def use(_number):
        try:
            second_factor.check(user=rita, code=digits, now=timezone.now())
            return True
        except (second_factor.WrongCode, lockout.LockedOut):
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(use, range(10))) == 1


def test_takes_each_recovery_code_once(rita, phone):
    codes = second_factor.renew_recovery_codes(rita)
    second_factor.check(user=rita, code=codes[3], now=timezone.now())
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(user=rita, code=codes[3], now=timezone.now())
    second_factor.check(user=rita, code=codes[4], now=timezone.now())


def test_locks_after_five_wrong_passwords_for_the_right_one_too(client, rita, phone):
    for _ in range(5):
        password(client, word="wrong")
    assert "Too many failed tries" in password(client).content.decode()
    assert "locked out" in [entry.verb for entry in timeline_of(rita)]
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert password(Client())["Location"] == "/sign-in/code/"


def test_locks_after_five_wrong_codes_across_sessions(rita, phone):
    for _ in range(5):
        visitor = Client()
        password(visitor)
        code(visitor, "000000")
    visitor = Client()
    password(visitor)
    assert "Too many failed tries" in code(visitor, phone.code()).content.decode()
    assert not is_in(visitor)


@pytest.mark.django_db(transaction=True)
def test_counts_tries_that_come_at_once():
    now = timezone.now()

    def guess(_number):
        try:
            lockout.take("somebody", now=now)
            return True
        except lockout.LockedOut:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(24))) == lockout.FAILURES_ALLOWED


def test_forgets_failures_after_a_success(client, rita, phone):
    password(client, word="wrong")
    password(client)
    assert not FailureCount.objects.filter(subject__startswith="password:").exists()


def test_locks_an_address_that_tries_many_people_and_no_other_one(client, rita, phone):
    for number in range(FAILURES_ALLOWED):
        password(client, email=f"guess{number}@example.com")
    assert "Too many failed tries" in password(client).content.decode()
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert password(elsewhere)["Location"] == "/sign-in/code/"
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert password(Client())["Location"] == "/sign-in/code/"


def test_does_not_start_anew_by_signing_in_with_ones_own_account(client, rita, phone):
    for number in range(FAILURES_ALLOWED - 1):
        password(client, email=f"guess{number}@example.com")
    assert password(client)["Location"] == "/sign-in/code/"
    password(Client(), email="guess@example.com")
    assert "Too many failed tries" in password(Client()).content.decode()


def test_lets_a_whole_office_sign_in_from_one_address(rita, phone):
    for _number in range(FAILURES_ALLOWED + 5):
        assert password(Client())["Location"] == "/sign-in/code/"


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "counted"),
    [
        (0, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (1, "10.0.0.1", "203.0.113.9:5081", "203.0.113.9"),
        (1, "10.0.0.1", "nonsense", ""),
        (0, "2001:db8:1:2:3::4", "", "2001:0db8:0001:0002"),
        (0, "::ffff:198.51.100.7", "", "198.51.100.7"),
        (0, "", "", ""),
    ],
)
def test_counts_by_the_address_that_our_own_proxy_wrote_down(
    rf, settings, proxies, remote, forwarded, counted
):
    settings.PROXIES_IN_FRONT = proxies
    request = rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request) == counted


def test_forgets_old_counts(client):
    password(client, email="guess@example.com")
    assert lockout.forget_old(timezone.now()) == 0
    assert lockout.forget_old(timezone.now() + timedelta(days=2)) == 2


def test_lets_nobody_stay_longer_than_ten_hours(client, rita):
    with time_machine.travel(timezone.now()) as clock:
        sign_in(client, rita)
        assert is_in(client)
        for _ in range(3):
            clock.shift(timedelta(hours=3))
            assert is_in(client)
            session = client.session
            session["touched"] = True
            session.save()
        clock.shift(timedelta(hours=1, minutes=1))
        assert not is_in(client)


def test_is_left_by_post_only(client, rita):
    sign_in(client, rita)
    client.get("/sign-out/")
    assert is_in(client)
    client.post("/sign-out/")
    assert not is_in(client)


def test_keeps_its_secrets_sealed(rita, phone):
    second_factor.renew_recovery_codes(rita)
    stored = str(list(Authenticator.objects.filter(user=rita).values_list("data", flat=True)))
    assert phone.secret not in stored
    assert (
        second_factor.unseal(Authenticator.objects.get(user=rita, type="totp").data["secret"]) == phone.secret
    )
    rita.refresh_from_db()
    assert rita.vault_key is not None


def test_has_no_sign_up_no_password_by_email_and_no_social_accounts(client, rita):
    sign_in(client, rita)
    for path in (
        "/signup/",
        "/accounts/signup/",
        "/password/reset/",
        "/accounts/password/reset/",
        "/social/",
    ):
        assert client.get(path).status_code == 404
    assert client.get("/sign-in/demo/").status_code == 404


class TestAnEnrolmentLink:
    @pytest.fixture
    def token(self):
        return services.create_from_shell(
            email="new@example.com", display_name="Nora New", role=Role.AUDITOR, now=timezone.now()
        )

    def walk(self, client, token):
        client.get(f"/enrol/{token}/")
        client.post("/enrol/", {"password1": PASSWORD, "password2": PASSWORD})
        page = client.get("/enrol/")
        if page.status_code != 200:
            return page
        secret = page.context["secret"].replace(" ", "")
        return client.post("/enrol/", {"code": second_factor.code_at(secret, now=timezone.now())})

    def test_leads_to_a_signed_in_person_with_recovery_codes(self, client, token):
        assert self.walk(client, token)["Location"] == "/account/recovery-codes/"
        assert len(client.get("/account/recovery-codes/").context["codes"]) == 10
        client.post("/account/recovery-codes/")
        assert is_in(client)

    def test_works_once(self, client, token):
        self.walk(client, token)
        assert Client().get(f"/enrol/{token}/").status_code == 410

    def test_works_once_when_two_people_opened_it(self, client, token):
        other = Client()
        other.get(f"/enrol/{token}/")
        self.walk(client, token)
        assert self.walk(other, token).status_code == 410
        assert not is_in(other)

    def test_works_for_24_hours(self, client, token):
        with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
            assert client.get(f"/enrol/{token}/").status_code == 410

    def test_dies_when_a_newer_one_is_given(self, client, token):
        newer = services.create_from_shell(
            email="new@example.com", display_name="", role=Role.AUDITOR, now=timezone.now()
        )
        assert client.get(f"/enrol/{token}/").status_code == 410
        assert client.get(f"/enrol/{newer}/").status_code == 302

    def test_is_kept_as_a_hash(self, token):
        assert token not in str(list(Enrolment.objects.values_list()))

    def test_asks_for_a_password_that_is_good(self, client, token):
        client.get(f"/enrol/{token}/")
        for first, second, sentence in (
            ("short", "short", "at least 12"),
            (PASSWORD, PASSWORD + "x", "differ"),
            ("new@example.com", "new@example.com", "too similar"),
            ("", "", "required"),
        ):
            page = client.post("/enrol/", {"password1": first, "password2": second})
            assert sentence in page.content.decode()

    def test_is_named_in_no_log(self, client, token, caplog, capsys):
        client.get(f"/enrol/{token}/")
        printed = capsys.readouterr()
        assert token not in caplog.text + printed.out + printed.err


def test_is_opened_anew_by_two_administrators_after_a_lost_phone(client, rita, phone):
    ada, bela = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    password(client)
    code(client, phone.code())
    reset = services.ask_reset(rita, actor=actor(ada), now=timezone.now())
    with pytest.raises(services.SameAdministrator):
        services.confirm_reset(reset, actor=actor(ada), now=timezone.now())
    assert is_in(client)
    token = services.confirm_reset(reset, actor=actor(bela), now=timezone.now())
    assert not is_in(client)
    assert not second_factor.is_enrolled(rita)
    assert Client().get(f"/enrol/{token}/").status_code == 302


def test_sends_the_policy_with_every_page(client, rita):
    sign_in(client, rita)
    for visitor, path in ((Client(), "/sign-in/"), (client, "/"), (client, "/nothing/")):
        policy = visitor.get(path)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert not isinstance(AnonymousUser(), type(rita))
    assert settings.SESSION_COOKIE_HTTPONLY
