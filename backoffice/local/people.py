"""Demo people: enrolled through the same services as everybody, each role confirmed by two administrators."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from backoffice.audit import Actor
from backoffice.local import ownership
from backoffice.staff import second_factor, services
from backoffice.staff.models import RoleGrant, User
from backoffice.staff.roles import Role

DOMAIN = "demo.example"


def email_of(username: str) -> str:
    return username if "@" in username else f"{username}@{DOMAIN}"


@transaction.atomic
def create_demo_person(*, username: str, display_name: str, role: Role, password: str, now: datetime) -> User:
    """A person who can sign in at once. The first two have to be administrators: the others need them.

    Raises WrongInstallation outside a demo installation, or the refusals of `staff.services`.
    """
    ownership.require_demo(connection, allowed=settings.DEMO_ALLOWED)
    email = email_of(username)
    administrators = [
        grant.user
        for grant in RoleGrant.objects.in_force().filter(role=Role.ADMINISTRATOR).select_related("user")[:2]
    ]
    if len(administrators) < 2:
        token = services.create_from_shell(email=email, display_name=display_name, role=role, now=now)
    else:
        first, second = (Actor.staff(user) for user in administrators)
        user, token = services.invite(email=email, display_name=display_name, role=role, actor=first, now=now)
        services.confirm_role(RoleGrant.objects.get(user=user), actor=second, now=now)
    return _enrol(token, password=password, now=now)


def _enrol(token: str, *, password: str, now: datetime) -> User:
    enrolment = services.usable_enrolment(token, now=now)
    secret = second_factor.new_secret()
    services.enrol(
        enrolment=enrolment,
        password_hash=make_password(password),
        secret=secret,
        # The step before: so the code of this moment is still good for signing in.
        code=second_factor.code_at(secret, now=now, steps=-1),
        now=now,
    )
    return User.objects.get(pk=enrolment.user_id)


def demo_people(*, now: datetime) -> list[dict[str, Any]]:
    """The demo people by role, each with the code that would be taken now (None: wait for the next one)."""
    users = User.objects.filter(email__endswith=f"@{DOMAIN}", is_active=True).order_by("pk")
    people = []
    for user in users:
        if not second_factor.is_enrolled(user):
            continue
        roles = sorted(user.roles)
        people.append(
            {
                "user": user,
                "role": ", ".join(str(role.label) for role in roles),
                "order": min((list(Role).index(role) for role in roles), default=99),
                "code": second_factor.usable_code(user, now=now),
            }
        )
    return sorted(people, key=lambda person: person["order"])
