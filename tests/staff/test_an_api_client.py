"""An API client speaks by a token that two administrators allowed."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from backoffice.audit import timeline_of
from backoffice.staff import addresses, clients, services
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import ApiClient
from backoffice.staff.roles import Role
from backoffice.staff.tokens import HasScope, TokenAuthentication, digest
from tests.people import actor, person

pytestmark = pytest.mark.django_db


def create(*scopes, name="erp"):
    out = StringIO()
    call_command("api_client", "create", name, "--scope", *scopes, stdout=out)
    return out.getvalue().rstrip("\n").split("\n")[-1]


def request(token, method="get", header="Bearer {}"):
    return getattr(APIRequestFactory(), method)("/", HTTP_AUTHORIZATION=header.format(token))


def client_of(token):
    return TokenAuthentication().authenticate(request(token))[1]


def may(client, scope, method="get"):
    view = APIView()
    view.required_scope = scope
    asked = request("x", method)
    asked.auth = client
    return HasScope().has_permission(asked, view)


def test_is_known_by_its_token():
    assert client_of(create("customers")).name == "erp"


@pytest.mark.parametrize("wrong", ["bo_wrong", "", "a b", "ü"])
def test_is_not_known_by_another(wrong):
    create("customers")
    with pytest.raises(AuthenticationFailed):
        TokenAuthentication().authenticate(request(wrong))


def test_that_is_none_is_told_to_wait_after_many_wrong_tokens_and_a_right_one_is_heard():
    token = create("customers")
    for number in range(addresses.FAILURES_ALLOWED):
        with pytest.raises(AuthenticationFailed):
            TokenAuthentication().authenticate(request(f"bo_{number}"))
    with pytest.raises(Throttled) as told:
        TokenAuthentication().authenticate(request("bo_again"))
    assert 0 < told.value.wait <= 15 * 60 + 1
    assert client_of(token).name == "erp"


def test_keeps_its_token_as_a_hash():
    token = create("customers")
    kept = ApiClient.objects.get()
    assert kept.token_sha256 == digest(token)
    assert token not in str(ApiClient.objects.values_list())
    assert token.startswith(kept.token_prefix)
    assert len(kept.token_prefix) == 8


@pytest.mark.parametrize(
    ("scopes", "scope", "method", "allowed"),
    [
        (["payments"], "payments", "post", True),
        (["payments"], "customers", "get", False),
        (["read"], "customers", "get", True),
        (["read"], "customers", "post", False),
        (["read", "customers"], "customers", "post", True),
        (["customers"], None, "get", False),
    ],
)
def test_reaches_what_its_scopes_name(scopes, scope, method, allowed):
    assert may(client_of(create(*scopes)), scope, method) is allowed


def test_is_turned_away_when_revoked():
    token = create("customers")
    call_command("api_client", "revoke", "erp", stdout=StringIO())
    with pytest.raises(AuthenticationFailed):
        client_of(token)


def test_is_turned_away_when_its_owner_left():
    token, ada = create("customers"), person(Role.ADMINISTRATOR)
    ApiClient.objects.update(owner=ada)
    client_of(token)
    ada.is_active = False
    ada.save()
    with pytest.raises(AuthenticationFailed):
        client_of(token)


def test_gets_its_token_after_a_second_administrator_confirmed_it():
    ada, bela = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    now = timezone.now()
    client = clients.ask_client(name="erp", scopes=["customers"], actor=actor(ada), now=now)
    with pytest.raises(clients.TokenShown):
        clients.issue_token(client, actor=actor(ada), now=now)
    with pytest.raises(services.SameAdministrator):
        clients.confirm_client(client, actor=actor(ada), now=now)
    clients.confirm_client(client, actor=actor(bela), now=now)
    with pytest.raises(services.SameAdministrator):
        clients.issue_token(client, actor=actor(bela), now=now)
    token = clients.issue_token(client, actor=actor(ada), now=now)
    assert client_of(token) == client
    with pytest.raises(clients.TokenShown):
        clients.issue_token(client, actor=actor(ada), now=now)


def test_is_confirmed_and_revoked_once_by_administrators():
    ada, bela = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    now = timezone.now()
    client = clients.ask_client(name="erp", scopes=["customers"], actor=actor(ada), now=now)
    with pytest.raises(NotAllowed):
        clients.revoke_client(client, actor=actor(person(Role.OPERATIONS_LEAD)), now=now)
    clients.confirm_client(client, actor=actor(bela), now=now)
    with pytest.raises(services.NotWaiting):
        clients.confirm_client(client, actor=actor(bela), now=now)
    clients.revoke_client(client, actor=actor(bela), now=now)
    with pytest.raises(services.NotWaiting):
        clients.revoke_client(client, actor=actor(ada), now=now)
    with pytest.raises(clients.TokenShown):
        clients.issue_token(client, actor=actor(ada), now=now)


def test_that_is_another_stays_as_it_is_and_each_step_is_on_record():
    ada, bela = person(Role.ADMINISTRATOR), person(Role.ADMINISTRATOR)
    by, also = {"actor": actor(ada), "now": timezone.now()}, {"actor": actor(bela), "now": timezone.now()}
    first, second = (clients.ask_client(name=name, scopes=["read"], **by) for name in ("erp", "crm"))
    with pytest.raises(NotAllowed):
        clients.ask_client(name="own", scopes=["read"], actor=actor(person(Role.MLRO)), now=timezone.now())
    clients.confirm_client(first, **also)
    with pytest.raises(clients.TokenShown):
        clients.issue_token(second, **by)
    clients.revoke_client(second, **also)
    with pytest.raises(services.NotWaiting):
        clients.confirm_client(second, **also)
    assert client_of(clients.issue_token(first, **by)) == first
    assert [entry.verb for entry in timeline_of(first)] == [
        "API client asked for",
        "API client confirmed",
        "API token issued",
    ]
    assert [entry.verb for entry in timeline_of(second)] == ["API client asked for", "API client revoked"]


@pytest.mark.parametrize("scopes", [[], ["read", "everything"]])
def test_asks_for_no_scope_that_there_is_not(scopes):
    with pytest.raises(clients.UnknownScope):
        clients.ask_client(
            name="erp", scopes=scopes, actor=actor(person(Role.ADMINISTRATOR)), now=timezone.now()
        )


def test_has_no_token_in_the_database_before_it_is_confirmed():
    ada = person(Role.ADMINISTRATOR)
    client = clients.ask_client(name="erp", scopes=["read"], actor=actor(ada), now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiClient.objects.filter(pk=client.pk).update(token_sha256="f" * 64)


def test_writes_when_it_was_seen_at_most_once_a_minute(django_assert_num_queries):
    token = create("customers")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client_of(token)
        first = ApiClient.objects.get().last_used_at
        clock.shift(timedelta(seconds=59))
        with django_assert_num_queries(1):
            client_of(token)
        clock.shift(timedelta(seconds=1))
        client_of(token)
        assert ApiClient.objects.get().last_used_at == first + timedelta(seconds=60)


def test_has_a_name_of_its_own_and_known_scopes():
    create("customers")
    with pytest.raises(CommandError, match="already"):
        create("customers")
    with pytest.raises(CommandError):
        create("everything", name="other")
