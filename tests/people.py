"""The people of the tests, and how they come in.

    rita = person(Role.COMPLIANCE_REVIEWER)
    sign_in(client, rita)

`person` gives the role as the shell would. `enrol` gives a password and a second factor, for tests that walk
through the sign-in pages themselves.
"""

import itertools
from dataclasses import dataclass
from types import SimpleNamespace

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.utils import timezone

from backoffice.audit import Actor
from backoffice.staff import second_factor
from backoffice.staff.models import RoleGrant, User
from backoffice.staff.roles import Role

PASSWORD = "correct horse battery staple"


class FewRounds(PBKDF2PasswordHasher):
    """Passwords kept as in production, but quick to check."""

    iterations = 1000


_numbers = itertools.count(1)


def person(*roles: Role, name: str = "", email: str = "") -> User:
    """An active person who holds these roles."""
    number = next(_numbers)
    name = name or (f"{roles[0].label} {number}" if roles else f"Person {number}")
    user = User.objects.create_user(email or f"person{number}@example.com", name)
    now = timezone.now()
    for role in roles:
        RoleGrant.objects.create(user=user, role=role, asked_at=now, confirmed_at=now, from_shell=True)
    return user


def actor(user: User) -> Actor:
    return Actor.staff(user)


@dataclass
class Phone:
    """The person's authenticator app."""

    secret: str

    def code(self, steps: int = 0) -> str:
        return second_factor.code_at(self.secret, now=timezone.now(), steps=steps)


def enrol(user: User, password: str = PASSWORD) -> Phone:
    """Password and second factor; the code of the present moment is not used up."""
    secret = second_factor.new_secret()
    user.set_password(password)
    user.save(update_fields=["password"])
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": second_factor.seal_for(user, secret)}
    )
    return Phone(secret)


def sign_in(client: Client, user: User) -> None:
    """A session as it stands after both steps of signing in."""
    client.force_login(user, backend="backoffice.staff.backend.StaffBackend")
    session = client.session
    request = SimpleNamespace(session=session)
    record_authentication(request, user, "password")  # type: ignore[arg-type]
    record_authentication(request, user, "mfa", type="totp", id=0)  # type: ignore[arg-type]
    session.save()
