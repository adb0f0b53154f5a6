from datetime import timedelta
from threading import Thread

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.audit import Actor
from backoffice.staff.errors import NotAllowed, Refusal
from backoffice.staff.models import RoleGrant
from backoffice.staff.roles import Role
from payments import errors, services
from payments.models import MoneyOutSwitch
from tests.payments.people import now, open_money_out, sql
from tests.people import person
from tests.waiting import eventually, somebody_waits_for_us

pytestmark = pytest.mark.django_db


def administrator() -> Actor:
    return Actor.staff(person(Role.ADMINISTRATOR))


def test_starts_closed() -> None:
    assert not services.money_out().is_open


def test_is_opened_by_two_administrators() -> None:
    services.ask_to_open_money_out(actor=administrator(), now=now())
    assert not services.money_out().is_open
    services.confirm_open_money_out(actor=administrator(), now=now())
    assert services.money_out().is_open


def test_is_not_opened_by_one_twice() -> None:
    ada = administrator()
    services.ask_to_open_money_out(actor=ada, now=now())
    with pytest.raises(errors.SameAdministrator):
        services.confirm_open_money_out(actor=ada, now=now())


def test_is_not_opened_without_having_been_asked_for_lately() -> None:
    with pytest.raises(errors.SwitchStands):
        services.confirm_open_money_out(actor=administrator(), now=now())
    services.ask_to_open_money_out(actor=administrator(), now=now() - timedelta(hours=25))
    with pytest.raises(errors.SwitchStands):
        services.confirm_open_money_out(actor=administrator(), now=now())


def test_is_not_opened_for_somebody_who_is_no_administrator_any_more() -> None:
    ada = administrator()
    services.ask_to_open_money_out(actor=ada, now=now())
    RoleGrant.objects.filter(user_id=ada.id).update(revoked_at=now())
    with pytest.raises(NotAllowed):
        services.confirm_open_money_out(actor=administrator(), now=now())


def test_is_asked_for_by_one_and_opened_once() -> None:
    """Whoever asks where another asked before would begin it anew, and confirm what nobody else looked at."""
    ada = administrator()
    services.ask_to_open_money_out(actor=ada, now=now())
    with pytest.raises(errors.SwitchStands, match="Confirm instead"):
        services.ask_to_open_money_out(actor=administrator(), now=now())
    assert services.money_out().asked_by_id == int(ada.id)
    services.confirm_open_money_out(actor=administrator(), now=now())
    for again in (services.ask_to_open_money_out, services.confirm_open_money_out):
        with pytest.raises(errors.SwitchStands, match="open already"):
            again(actor=administrator(), now=now())
    assert services.money_out().is_open


def test_is_stopped_before_it_opens_and_not_twice() -> None:
    """Stopping takes back what was asked: nobody confirms it afterwards."""
    services.ask_to_open_money_out(actor=administrator(), now=now())
    stop = {"reason": "Fraud.", "actor": Actor.staff(person(Role.PAYMENTS_APPROVER))}
    services.stop_money_out(**stop, now=now())
    with pytest.raises(errors.SwitchStands, match="stopped already"):
        services.stop_money_out(**stop, now=now())
    with pytest.raises(errors.SwitchStands, match="Nobody asked"):
        services.confirm_open_money_out(actor=administrator(), now=now())


@pytest.mark.django_db(transaction=True)
def test_stays_stopped_where_somebody_stops_it_while_another_opens_it() -> None:
    first, second, bob = administrator(), administrator(), Actor.staff(person(Role.PAYMENTS_APPROVER))
    services.ask_to_open_money_out(actor=first, now=now())
    refused: list[Refusal] = []

    def confirm() -> None:
        try:
            services.confirm_open_money_out(actor=second, now=now())
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    other = Thread(target=confirm)
    with transaction.atomic():
        MoneyOutSwitch.objects.select_for_update().get()
        other.start()
        eventually(somebody_waits_for_us)
        services.stop_money_out(reason="Fraud.", actor=bob, now=now())
    other.join(30)
    assert [str(refusal) for refusal in refused] == [
        "Nobody asked to open money out in the last 24 hours. Ask first."
    ]
    assert not services.money_out().is_open


@pytest.mark.parametrize("role", [Role.PAYMENTS_APPROVER, Role.OPERATIONS_LEAD, Role.AUDITOR])
def test_is_opened_by_nobody_else(role: Role) -> None:
    with pytest.raises(NotAllowed):
        services.ask_to_open_money_out(actor=Actor.staff(person(role)), now=now())


@pytest.mark.parametrize("role", [Role.PAYMENTS_MAKER, Role.PAYMENTS_APPROVER, Role.MLRO, Role.ADMINISTRATOR])
def test_is_stopped_by_one_person(role: Role) -> None:
    open_money_out()
    services.stop_money_out(reason="a phone call", actor=Actor.staff(person(role)), now=now())
    assert not services.money_out().is_open


def test_is_not_stopped_by_who_only_reads() -> None:
    open_money_out()
    with pytest.raises(NotAllowed):
        services.stop_money_out(reason="x", actor=Actor.staff(person(Role.AUDITOR)), now=now())
    assert services.money_out().is_open


def test_is_not_opened_in_the_database_by_one() -> None:
    ada = administrator()
    services.ask_to_open_money_out(actor=ada, now=now())
    for change in ("is_open = true", "is_open = true, confirmed_by_id = asked_by_id"):
        with pytest.raises(DatabaseError), transaction.atomic():
            sql(f"UPDATE payments_moneyoutswitch SET {change}")
