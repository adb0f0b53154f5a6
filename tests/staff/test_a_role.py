"""A role is given by two administrators, and some roles exclude each other, whoever writes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
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
