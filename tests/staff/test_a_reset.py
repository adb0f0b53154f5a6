"""A second factor is reset by two other administrators, whoever writes: it is the way into somebody's place."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff import second_factor, services
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import ApiClient, SecondFactorReset, User
from backoffice.staff.roles import Role
from tests.people import actor, enrol, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return person(Role.ADMINISTRATOR)


@pytest.fixture
def bela() -> User:
    return person(Role.ADMINISTRATOR)


@pytest.fixture
def rita() -> User:
    rita = person(Role.PAYMENTS_APPROVER)
    enrol(rita)
    return rita


def ask(user: User, by: User) -> SecondFactorReset:
    return services.ask_reset(user, actor=actor(by), now=timezone.now())


def confirm(reset: SecondFactorReset, by: User) -> str:
    return services.confirm_reset(reset, actor=actor(by), now=timezone.now())


@contextmanager
def refused(name: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        yield


def test_is_not_about_its_asker_nor_its_confirmer(ada: User, bela: User) -> None:
    enrol(bela)
    with pytest.raises(services.SameAdministrator):
        ask(ada, by=ada)
    reset = ask(bela, by=ada)
    with pytest.raises(services.SameAdministrator):
        confirm(reset, by=bela)
    assert second_factor.is_enrolled(bela)


def test_is_for_administrators_alone(ada: User, rita: User) -> None:
    lead = person(Role.OPERATIONS_LEAD)
    with pytest.raises(NotAllowed):
        ask(rita, by=lead)
    reset = ask(rita, by=ada)
    for act in (services.confirm_reset, services.refuse_reset):
        with pytest.raises(NotAllowed):
            act(reset, actor=actor(lead), now=timezone.now())
    assert second_factor.is_enrolled(rita)


def test_waits_once_and_is_decided_once(ada: User, bela: User, rita: User) -> None:
    reset = ask(rita, by=ada)
    with pytest.raises(services.NotWaiting):
        ask(rita, by=bela)
    services.refuse_reset(reset, actor=actor(bela), now=timezone.now())
    with pytest.raises(services.NotWaiting):
        confirm(reset, by=bela)
    with pytest.raises(services.NotWaiting):
        services.refuse_reset(reset, actor=actor(bela), now=timezone.now())
    assert second_factor.is_enrolled(rita)
    confirm(ask(rita, by=ada), by=bela)
    assert not second_factor.is_enrolled(rita)


def test_of_another_person_waits_on_and_each_is_on_record(ada: User, bela: User, rita: User) -> None:
    rosa = person(Role.PAYMENTS_MAKER)
    enrol(rosa)
    first, second = ask(rita, by=ada), ask(rosa, by=ada)
    confirm(first, by=bela)
    assert second_factor.is_enrolled(rosa)
    for act in (services.confirm_reset, services.refuse_reset):
        with pytest.raises(services.NotWaiting):
            act(first, actor=actor(bela), now=timezone.now())
    third = ask(rita, by=ada)
    services.refuse_reset(third, actor=actor(bela), now=timezone.now())
    confirm(second, by=bela)
    assert not second_factor.is_enrolled(rosa)
    assert [entry.verb for entry in timeline_of(rita)] == [
        "second factor reset asked for",
        "second factor reset",
        "enrolment link given",
        "second factor reset asked for",
        "second factor reset refused",
    ]


def test_gives_a_link_that_ends_the_ones_before_and_nobody_elses(ada: User) -> None:
    mia, max_ = person(), person()
    now, by = timezone.now(), actor(ada)
    others = services.renew_link(max_, actor=by, now=now)
    old = services.renew_link(mia, actor=by, now=now)
    new = services.renew_link(mia, actor=by, now=now)
    with pytest.raises(services.LinkUnusable):
        services.usable_enrolment(old, now=now)
    secret = second_factor.new_secret()
    services.enrol(
        enrolment=services.usable_enrolment(new, now=now),
        password_hash="!",
        secret=secret,
        code=second_factor.code_at(secret, now=now),
        now=now,
    )
    with pytest.raises(services.LinkUnusable):
        services.usable_enrolment(new, now=now)
    assert services.usable_enrolment(others, now=now).user == max_
    with pytest.raises(services.LinkUnusable):
        services.usable_enrolment(others, now=now + services.LINK_LIVES)
    with pytest.raises(services.LinkUnusable):
        services.usable_enrolment("never-given", now=now)


def test_from_the_shell_is_of_somebody_active(rita: User) -> None:
    User.objects.filter(pk=rita.pk).update(is_active=False)
    for email in (rita.email, "nobody@example.com"):
        with pytest.raises(services.UnableToInvite):
            services.reset_from_shell(email=email, now=timezone.now())
    assert second_factor.is_enrolled(rita)
    User.objects.filter(pk=rita.pk).update(is_active=True)
    assert services.reset_from_shell(email=rita.email.upper(), now=timezone.now())
    assert SecondFactorReset.objects.get().from_shell
    assert not second_factor.is_enrolled(rita)


def test_is_the_only_way_to_a_new_link_for_who_has_enrolled(ada: User, rita: User) -> None:
    """A link that one administrator gives would be a second factor that one administrator gives."""
    with pytest.raises(services.UnableToInvite):
        services.renew_link(rita, actor=actor(ada), now=timezone.now())
    assert services.renew_link(person(), actor=actor(ada), now=timezone.now())


def test_is_refused_by_the_database_without_two_others(ada: User, bela: User, rita: User) -> None:
    asked = {"user": rita, "asked_at": timezone.now()}
    with refused("staff_reset_is_asked_and_confirmed_by_name"):
        SecondFactorReset.objects.create(**asked, confirmed_at=timezone.now())
    with refused("staff_reset_not_by_the_person"):
        SecondFactorReset.objects.create(**asked, asked_by=rita)
    reset = SecondFactorReset.objects.create(**asked, asked_by=ada)
    with refused("staff_reset_one_waiting"):
        SecondFactorReset.objects.create(**asked, asked_by=bela)
    waiting = SecondFactorReset.objects.filter(pk=reset.pk)
    for by, name in ((ada, "staff_reset_confirmed_by_another"), (rita, "staff_reset_not_by_the_person")):
        with refused(name):
            waiting.update(confirmed_by=by, confirmed_at=timezone.now())
    with refused("staff_reset_is_asked_and_confirmed_by_name"):
        waiting.update(confirmed_at=timezone.now())


def test_is_as_hard_to_get_as_a_token_of_the_api(ada: User) -> None:
    client = ApiClient.objects.create(name="erp", scopes=["read"], asked_by=ada, asked_at=timezone.now())
    asked = ApiClient.objects.filter(pk=client.pk)
    with refused("staff_api_client_confirmed_by_another"):
        asked.update(confirmed_by=ada, confirmed_at=timezone.now())
    with refused("staff_api_client_is_asked_and_confirmed_by_name"):
        asked.update(confirmed_at=timezone.now())
