"""A role is given by two administrators, and some roles exclude each other, whoever writes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from backoffice.audit import timeline_of
from backoffice.staff import rights, services
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import RoleGrant
from backoffice.staff.roles import EXCLUSIVE, ROLE_RIGHTS, Right, Role
from tests.people import actor, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return person(Role.ADMINISTRATOR, name="Ada")


@pytest.fixture
def bela():
    return person(Role.ADMINISTRATOR, name="Bela")


@pytest.fixture
def mia():
    return person(name="Mia")


def ask(user, role, by):
    return services.ask_role(user=user, role=role, actor=actor(by), now=timezone.now())


def confirm(grant, by):
    services.confirm_role(grant, actor=actor(by), now=timezone.now())


def test_counts_only_when_a_second_administrator_has_confirmed_it(ada, bela, mia):
    grant = ask(mia, Role.PAYMENTS_MAKER, ada)
    assert not mia.has_right(Right.REQUEST_PAYMENTS)
    confirm(grant, bela)
    assert mia.has_right(Right.REQUEST_PAYMENTS)
    assert [entry.verb for entry in timeline_of(mia)] == ["role asked for", "role granted"]


def test_is_not_confirmed_by_its_asker(ada, mia):
    grant = ask(mia, Role.AUDITOR, ada)
    with pytest.raises(services.SameAdministrator):
        confirm(grant, ada)
    assert mia.roles == frozenset()


def test_is_not_asked_for_nor_confirmed_by_its_holder(ada, bela):
    with pytest.raises(services.SameAdministrator):
        ask(ada, Role.AUDITOR, ada)
    grant = ask(ada, Role.AUDITOR, bela)
    with pytest.raises(services.SameAdministrator):
        confirm(grant, ada)


def test_is_not_given_by_somebody_without_the_right(bela, mia):
    max_ = person(Role.OPERATIONS_LEAD)
    with pytest.raises(NotAllowed, match="manage staff"):
        ask(mia, Role.AUDITOR, max_)
    grant = ask(mia, Role.AUDITOR, bela)
    with pytest.raises(NotAllowed):
        confirm(grant, max_)


@pytest.mark.parametrize("held", sorted(EXCLUSIVE))
@pytest.mark.parametrize("wanted", sorted(EXCLUSIVE))
def test_excludes_the_other_two_of_administrator_maker_and_approver(ada, held, wanted):
    user = person(held)
    with pytest.raises(services.UnableToGrant):
        ask(user, wanted, ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(
            user=user, role=wanted, asked_at=timezone.now(), confirmed_at=timezone.now(), from_shell=True
        )


INSERT = """INSERT INTO staff_rolegrant (user_id, role, asked_by_id, asked_at, confirmed_by_id, confirmed_at,
            from_shell) VALUES (%s, %s, %s, now(), %s, now(), %s)"""


def by_sql(*values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def test_is_refused_by_the_database_without_two_other_people(ada, bela, mia):
    for asked_by, confirmed_by in ((ada, ada), (mia, ada), (ada, mia)):
        with pytest.raises(IntegrityError):
            by_sql(mia.pk, "AUDITOR", asked_by.pk, confirmed_by.pk, False)
    with pytest.raises(IntegrityError):
        by_sql(mia.pk, "AUDITOR", None, ada.pk, False)
    with pytest.raises(IntegrityError):
        by_sql(mia.pk, "AUDITOR", ada.pk, None, False)
    with pytest.raises(IntegrityError):
        by_sql(mia.pk, "KING", ada.pk, bela.pk, False)
    by_sql(mia.pk, "AUDITOR", ada.pk, bela.pk, False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE staff_rolegrant SET role = 'MLRO'",
        "UPDATE staff_rolegrant SET asked_by_id = NULL, from_shell = true, confirmed_by_id = NULL",
        "DELETE FROM staff_rolegrant",
    ],
)
def test_is_never_rewritten(ada, bela, mia, statement):
    confirm(ask(mia, Role.AUDITOR, ada), bela)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_counts_no_more_from_the_moment_it_is_taken_away(ada, bela):
    third = person(Role.PAYMENTS_APPROVER)
    services.revoke_role(third.grants.get(), actor=actor(ada), now=timezone.now())
    with transaction.atomic(), pytest.raises(NotAllowed):
        rights.require(third, Right.APPROVE_PAYMENTS, timezone.now())


def test_of_an_administrator_is_kept_while_two_are_left(ada, bela):
    person(Role.AUDITOR)
    with pytest.raises(services.UnableToGrant, match="Two administrators"):
        services.revoke_role(bela.grants.get(), actor=actor(ada), now=timezone.now())
    person(Role.ADMINISTRATOR)
    services.revoke_role(bela.grants.get(), actor=actor(ada), now=timezone.now())
    assert bela.roles == frozenset()


def test_of_an_administrator_is_kept_though_it_was_read_while_it_waited(ada, bela):
    carl = person(name="Carl")
    as_it_was_read = ask(carl, Role.ADMINISTRATOR, ada)
    confirm(RoleGrant.objects.get(pk=as_it_was_read.pk), bela)
    services.revoke_role(bela.grants.get(), actor=actor(ada), now=timezone.now())
    with pytest.raises(services.UnableToGrant, match="Two administrators"):
        services.revoke_role(as_it_was_read, actor=actor(ada), now=timezone.now())


def test_of_an_administrator_who_is_deactivated_is_kept_while_two_are_left(ada, bela):
    third, now = person(Role.ADMINISTRATOR), timezone.now()
    with pytest.raises(services.SameAdministrator):
        services.deactivate(ada, actor=actor(ada), now=now, reason="leaves")
    services.deactivate(third, actor=actor(ada), now=now, reason="left")
    with pytest.raises(services.NotWaiting):
        services.deactivate(third, actor=actor(ada), now=now, reason="left")
    with pytest.raises(services.UnableToGrant):
        services.deactivate(bela, actor=actor(ada), now=now, reason="left")
    services.reactivate(third, actor=actor(ada), now=now)
    with pytest.raises(services.NotWaiting):
        services.reactivate(third, actor=actor(ada), now=now)
    third.refresh_from_db()
    assert third.is_active
    assert not third.roles


def test_is_confirmed_and_taken_away_once(ada, bela, mia):
    grant = ask(mia, Role.AUDITOR, ada)
    confirm(grant, bela)
    with pytest.raises(services.NotWaiting):
        confirm(grant, bela)
    services.revoke_role(grant, actor=actor(ada), now=timezone.now())
    with pytest.raises(services.NotWaiting):
        services.revoke_role(grant, actor=actor(bela), now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_administrators_who_remove_each_other_at_once_ends_with_two():
    people = [person(Role.ADMINISTRATOR) for _ in range(3)]

    def remove(pair):
        remover, removed = pair
        try:
            services.revoke_role(removed.grants.get(), actor=actor(remover), now=timezone.now())
            return True
        except (services.UnableToGrant, NotAllowed):
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(remove, [(people[0], people[1]), (people[1], people[0])]))
    assert done.count(True) == 1
    assert RoleGrant.objects.in_force().filter(role=Role.ADMINISTRATOR).count() == 2


@pytest.mark.parametrize("act", ["revoke", "deactivate"])
@pytest.mark.django_db(transaction=True)
def test_is_taken_away_before_or_after_what_its_holder_does_and_never_during_it(act):
    """Who approves money holds their own row: whoever takes the right away waits for them."""
    ada, _bela = (person(Role.ADMINISTRATOR) for _ in range(2))
    holder = person(Role.PAYMENTS_APPROVER)
    acts, may_end = Event(), Event()

    def approve():
        try:
            with transaction.atomic():
                rights.require(holder, Right.APPROVE_PAYMENTS, timezone.now())
                acts.set()
                may_end.wait(20)
        finally:
            connection.close()

    @transaction.atomic
    def take_away():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        if act == "revoke":
            services.revoke_role(holder.grants.get(), actor=actor(ada), now=timezone.now())
        else:
            services.deactivate(holder, actor=actor(ada), now=timezone.now(), reason="left")

    with ThreadPoolExecutor(1) as pool:
        at_work = pool.submit(approve)
        assert acts.wait(20)
        try:
            with pytest.raises(OperationalError, match="lock timeout"):
                take_away()
        finally:
            may_end.set()
        at_work.result(20)
    assert holder.has_right(Right.APPROVE_PAYMENTS)


def test_is_taken_away_or_refused_by_the_only_administrator_there_is(ada, mia):
    waiting = ask(mia, Role.ADMINISTRATOR, ada)
    services.revoke_role(waiting, actor=actor(ada), now=timezone.now())
    reviewer = person(Role.COMPLIANCE_REVIEWER)
    services.revoke_role(reviewer.grants.get(), actor=actor(ada), now=timezone.now())
    assert [entry.verb for entry in timeline_of(mia)] == ["role asked for", "role refused"]
    assert [entry.verb for entry in timeline_of(reviewer)] == ["role revoked"]


def test_of_another_person_stays_as_it_is(ada, bela, mia):
    max_ = person(name="Max")
    first, second = ask(mia, Role.AUDITOR, ada), ask(max_, Role.AUDITOR, ada)
    confirm(first, bela)
    assert (mia.roles, max_.roles) == (frozenset({Role.AUDITOR}), frozenset())
    confirm(second, bela)
    services.revoke_role(first, actor=actor(bela), now=timezone.now())
    assert max_.roles == frozenset({Role.AUDITOR})
    for who in (mia, max_):
        services.deactivate(who, actor=actor(ada), now=timezone.now(), reason="left")
    assert RoleGrant.objects.get(pk=first.pk).revoked_by == bela, "it was taken away before"
    services.reactivate(mia, actor=actor(ada), now=timezone.now())
    max_.refresh_from_db()
    assert not max_.is_active
    told = [entry.verb for entry in timeline_of(mia)]
    assert told == ["role asked for", "role granted", "role revoked", "deactivated", "reactivated"]


def test_and_access_are_an_administrators_to_give_and_take(ada, bela, mia):
    by, gone = {"actor": actor(person(Role.OPERATIONS_LEAD)), "now": timezone.now()}, person()
    services.deactivate(gone, actor=actor(ada), now=timezone.now(), reason="left")
    grant = ask(mia, Role.AUDITOR, ada)
    for act in (
        lambda: services.invite(email="new@example.com", display_name="New", role="AUDITOR", **by),
        lambda: services.revoke_role(grant, **by),
        lambda: services.deactivate(mia, reason="left", **by),
        lambda: services.reactivate(gone, **by),
        lambda: services.renew_link(mia, **by),
    ):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(services.UnableToInvite, match="here already"):
        services.invite(
            email=mia.email, display_name="Mia", role="AUDITOR", actor=actor(ada), now=timezone.now()
        )


def test_of_somebody_inactive_counts_nothing(ada, bela):
    rita = person(Role.COMPLIANCE_REVIEWER)
    services.deactivate(rita, actor=actor(ada), now=timezone.now(), reason="left us")
    rita.refresh_from_db()
    assert rita.roles == frozenset()
    services.reactivate(rita, actor=actor(ada), now=timezone.now())
    assert rita.roles == frozenset()


def test_gives_each_right_to_the_right_hands():
    def who(right):
        return {role for role in Role if right in ROLE_RIGHTS[role]}

    assert who(Right.REQUEST_PAYMENTS) == {Role.PAYMENTS_MAKER}
    assert who(Right.APPROVE_PAYMENTS) == {Role.PAYMENTS_APPROVER}
    assert who(Right.MANAGE_STAFF) == who(Right.OPEN_MONEY_OUT) == {Role.ADMINISTRATOR}
    assert Right.SEE_PERSONAL_DATA not in ROLE_RIGHTS[Role.SUPPORT] | ROLE_RIGHTS[Role.ADMINISTRATOR]
    acts = {right for right in Right if not right.startswith("SEE_")}
    assert not ROLE_RIGHTS[Role.AUDITOR] & acts
    assert not ROLE_RIGHTS[Role.SUPPORT] & acts
    assert set(ROLE_RIGHTS) == set(Role)
