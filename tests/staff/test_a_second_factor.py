"""A second factor is one person's, and each of its codes works once."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backoffice.staff import lockout, second_factor
from backoffice.staff.models import User
from tests.people import Phone, enrol, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def mia() -> User:
    return person(name="Mia")


def begun(user: User, now: datetime, code: str = "") -> str:
    """They scanned a secret and typed the code that their phone shows."""
    secret = second_factor.new_secret()
    typed = code or second_factor.code_at(secret, now=now)
    second_factor.enrol(user=user, secret=secret, code=typed, now=now)
    return secret


def is_right(user: User, code: str, now: datetime) -> bool:
    try:
        second_factor.check(user=user, code=code, now=now)
    except second_factor.WrongCode:
        return False
    return True


def test_begins_with_a_code_of_its_own_secret_or_the_old_one_stays(mia: User, now: datetime) -> None:
    old = Phone(begun(mia, now - timedelta(minutes=5)))
    with pytest.raises(second_factor.WrongCode):
        begun(mia, now, code="000000x")
    assert is_right(mia, second_factor.code_at(old.secret, now=now), now)


def test_takes_the_place_of_the_one_before_and_of_nobody_elses(mia: User, now: datetime) -> None:
    max_ = person(name="Max")
    his, old = enrol(max_), enrol(mia)
    codes = second_factor.renew_recovery_codes(max_)
    new = begun(mia, now - timedelta(minutes=5))
    assert not is_right(mia, second_factor.code_at(old.secret, now=now), now)
    assert not is_right(mia, second_factor.code_at(his.secret, now=now), now)
    assert not is_right(mia, codes[0], now)
    assert is_right(mia, second_factor.code_at(new, now=now), now)
    assert is_right(max_, second_factor.code_at(his.secret, now=now), now)
    assert is_right(max_, codes[0], now)


def test_has_codes_that_work_once(mia: User, now: datetime) -> None:
    secret = begun(mia, now)
    code = second_factor.code_at(secret, now=now)
    with pytest.raises(second_factor.CodeUsed):
        second_factor.check(user=mia, code=code, now=now)
    following = second_factor.code_at(secret, now=now, steps=1)
    assert is_right(mia, following, now)
    assert not is_right(mia, following, now)
    assert not is_right(mia, code, now)
    first, second = second_factor.renew_recovery_codes(mia)[:2]
    assert [is_right(mia, each, now) for each in (first, first, second)] == [True, False, True]
    newest = second_factor.renew_recovery_codes(mia)
    assert not is_right(mia, second, now)
    assert is_right(mia, newest[0], now)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_allows_a_phones_clock_one_step(mia: User, now: datetime, steps: int, taken: bool) -> None:
    secret = enrol(mia).secret
    assert is_right(mia, second_factor.code_at(secret, now=now, steps=steps), now) is taken


def test_is_shut_after_five_wrong_codes_for_the_right_one_too(mia: User, now: datetime) -> None:
    secret = enrol(mia).secret
    for _ in range(lockout.FAILURES_ALLOWED - 1):
        assert not is_right(mia, "wrong", now)
    assert is_right(mia, second_factor.code_at(secret, now=now), now), "a right one forgets the wrong ones"
    for _ in range(lockout.FAILURES_ALLOWED):
        assert not is_right(mia, "wrong", now)
    with pytest.raises(lockout.LockedOut):
        second_factor.check(user=mia, code=second_factor.code_at(secret, now=now, steps=1), now=now)
    later = now + lockout.LOCKED_FOR
    assert is_right(mia, second_factor.code_at(secret, now=later), later)


def test_that_is_none_lets_nobody_in(mia: User, now: datetime) -> None:
    assert not second_factor.is_enrolled(mia)
    assert not is_right(mia, "000000", now)
    with pytest.raises(second_factor.NotEnrolled):
        second_factor.usable_code(mia, now=now)
