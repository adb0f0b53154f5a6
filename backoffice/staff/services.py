"""What an administrator can do with people and roles. Each act that gives power takes two administrators."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from backoffice.audit import Actor, record
from backoffice.staff import rights, second_factor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import Enrolment, RoleGrant, SecondFactorReset, User
from backoffice.staff.roles import EXCLUSIVE, Right, Role

LINK_LIVES = timedelta(hours=24)
SHELL = Actor.system("shell")


class UnableToInvite(Refusal):
    """The email is taken."""


class UnableToGrant(Refusal):
    """The role cannot be given to this person now."""


class SameAdministrator(Refusal):
    """Whoever asked cannot confirm, and nobody decides about their own roles."""


class NotWaiting(Refusal):
    """Somebody else confirmed, refused or revoked it meanwhile."""


class LinkUnusable(Refusal):
    """The enrolment link was used, is too old, or was never given."""


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, email: str, display_name: str, role: str, actor: Actor, now: datetime) -> tuple[User, str]:
    """Add a colleague, ask for their role, and return them with the token of their enrolment link.

    Raises NotAllowed, UnableToInvite (the email is taken) or UnableToGrant.
    """
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    user = _add(email=email, display_name=display_name, actor=actor, now=now)
    ask_role(user=user, role=role, actor=actor, now=now)
    return user, _link(user=user, created_by=administrator, actor=actor, now=now)


@transaction.atomic
def create_from_shell(*, email: str, display_name: str, role: str, now: datetime) -> str:
    """Add a person from the shell, with a role that counts at once, and return the token of their link.

    Used again for somebody who has not enrolled yet, it gives a new link (and the role, if it is missing).
    Raises UnableToInvite for a person who is enrolled: ask two administrators for a reset instead.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = _add(email=email, display_name=display_name, actor=SHELL, now=now)
    elif second_factor.is_enrolled(user):
        raise UnableToInvite(
            _("%(email)s has enrolled already. Use staff_reset to give a new link.") % {"email": user.email}
        )
    if Role(role) not in user.roles:
        grant = _grant(user=user, role=Role(role), asked_by=None, now=now)
        record(actor=SHELL, verb="role granted", subject=user, now=now, facts={"role": grant.role})
    return _link(user=user, created_by=None, actor=SHELL, now=now)


@transaction.atomic
def ask_role(*, user: User, role: str, actor: Actor, now: datetime) -> RoleGrant:
    """Ask that a person be given a role; it counts when a second administrator has confirmed it.

    Raises NotAllowed, SameAdministrator (for oneself) or UnableToGrant.
    """
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if administrator.pk == user.pk:
        raise SameAdministrator(_("Nobody asks for a role for themselves. Another administrator has to ask."))
    grant = _grant(user=user, role=Role(role), asked_by=administrator, now=now)
    record(actor=actor, verb="role asked for", subject=user, now=now, facts={"role": role, "grant": grant.pk})
    return grant


@transaction.atomic
def confirm_role(grant: RoleGrant, *, actor: Actor, now: datetime) -> None:
    """Confirm a role that another administrator asked for. Raises SameAdministrator or NotWaiting."""
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    _two_people(administrator, grant)
    waiting = RoleGrant.objects.waiting().filter(pk=grant.pk)
    if not waiting.update(confirmed_by=administrator, confirmed_at=now):
        raise NotWaiting(_("This role no longer waits for confirmation."))
    record(
        actor=actor,
        verb="role granted",
        subject=grant.user,
        now=now,
        facts={"role": grant.role, "grant": grant.pk},
    )


@transaction.atomic
def revoke_role(grant: RoleGrant, *, actor: Actor, now: datetime) -> None:
    """Take a role away, or refuse one that waits: one administrator is enough, and it holds at once.

    Raises NotWaiting if it was revoked already, UnableToGrant for the last administrator.
    """
    _one_at_a_time()
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    # The holder's row is what `rights.require` locks: their acts and this one take turns.
    User.objects.select_for_update(no_key=True).get(pk=grant.user_id)
    # As it stands: it may have been confirmed since the page was read.
    grant = RoleGrant.objects.select_related("user").get(pk=grant.pk)
    if grant.role == Role.ADMINISTRATOR and grant.confirmed_at:
        _keep_two_administrators(leaving=grant.user)
    if not RoleGrant.objects.filter(pk=grant.pk, revoked_at=None).update(
        revoked_by=administrator, revoked_at=now
    ):
        raise NotWaiting(_("This role was taken away already."))
    verb = "role revoked" if grant.confirmed_at else "role refused"
    record(actor=actor, verb=verb, subject=grant.user, now=now, facts={"role": grant.role, "grant": grant.pk})


@transaction.atomic
def deactivate(user: User, *, actor: Actor, now: datetime, reason: str) -> None:
    """End a person's access at once: sessions, roles and tokens that they own count no more."""
    _one_at_a_time()
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if administrator.pk == user.pk:
        raise SameAdministrator(_("Nobody deactivates themselves. Ask another administrator."))
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Role.ADMINISTRATOR in user.roles:
        _keep_two_administrators(leaving=user)
    RoleGrant.objects.filter(user=user, revoked_at=None).update(revoked_by=administrator, revoked_at=now)
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise NotWaiting(_("This person was deactivated already."))
    record(actor=actor, verb="deactivated", subject=user, now=now, note=reason)


@transaction.atomic
def reactivate(user: User, *, actor: Actor, now: datetime) -> None:
    """Let a person in again, without any role: roles are asked for anew, by two administrators."""
    rights.require(actor, Right.MANAGE_STAFF, now)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise NotWaiting(_("This person is active already."))
    record(actor=actor, verb="reactivated", subject=user, now=now)


@transaction.atomic
def renew_link(user: User, *, actor: Actor, now: datetime) -> str:
    """A new enrolment link for somebody who has not enrolled; the old ones die. Raises UnableToInvite."""
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if second_factor.is_enrolled(user):
        raise UnableToInvite(_("This person has enrolled already. A lost phone needs a second factor reset."))
    return _link(user=user, created_by=administrator, actor=actor, now=now)


@transaction.atomic
def ask_reset(user: User, *, actor: Actor, now: datetime) -> SecondFactorReset:
    """Ask that a person who lost phone and recovery codes may enrol anew."""
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    if administrator.pk == user.pk:
        raise SameAdministrator(_("Another administrator has to ask for your reset."))
    try:
        with transaction.atomic():
            reset = SecondFactorReset.objects.create(user=user, asked_by=administrator, asked_at=now)
    except IntegrityError:
        raise NotWaiting(_("A reset for this person waits for confirmation already.")) from None
    record(actor=actor, verb="second factor reset asked for", subject=user, now=now)
    return reset


@transaction.atomic
def confirm_reset(reset: SecondFactorReset, *, actor: Actor, now: datetime) -> str:
    """Confirm: the old password, second factor and sessions die. Returns the token of the new link."""
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    _two_people(administrator, reset)
    waiting = SecondFactorReset.objects.filter(pk=reset.pk, confirmed_at=None, revoked_at=None)
    if not waiting.update(confirmed_by=administrator, confirmed_at=now):
        raise NotWaiting(_("This reset no longer waits for confirmation."))
    return _reset(reset.user, created_by=administrator, actor=actor, now=now)


@transaction.atomic
def refuse_reset(reset: SecondFactorReset, *, actor: Actor, now: datetime) -> None:
    administrator = rights.require(actor, Right.MANAGE_STAFF, now)
    waiting = SecondFactorReset.objects.filter(pk=reset.pk, confirmed_at=None, revoked_at=None)
    if not waiting.update(revoked_by=administrator, revoked_at=now):
        raise NotWaiting(_("This reset no longer waits for confirmation."))
    record(actor=actor, verb="second factor reset refused", subject=reset.user, now=now)


@transaction.atomic
def reset_from_shell(*, email: str, now: datetime) -> str:
    """The way back in when no second administrator is left. Recorded as done from the shell."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise UnableToInvite(_("There is no active person with the email %(email)s.") % {"email": email})
    SecondFactorReset.objects.create(user=user, asked_at=now, confirmed_at=now, from_shell=True)
    return _reset(user, created_by=None, actor=SHELL, now=now)


def usable_enrolment(token: str, *, now: datetime) -> Enrolment:
    """The enrolment behind a link. Raises LinkUnusable."""
    enrolment = Enrolment.objects.select_related("user").filter(token_sha256=digest(token)).first()
    return _usable(enrolment, now)


@transaction.atomic
def enrol(*, enrolment: Enrolment, password_hash: str, secret: str, code: str, now: datetime) -> list[str]:
    """Set password and second factor in one step, use the link up, and return the recovery codes.

    Raises LinkUnusable or WrongCode; then nothing was changed.
    """
    kept = Enrolment.objects.select_for_update(of=("self",)).select_related("user").filter(pk=enrolment.pk)
    user = _usable(kept.first(), now).user
    codes = second_factor.enrol(user=user, secret=secret, code=code, now=now)
    user.password = password_hash
    user.save(update_fields=["password"])
    Enrolment.objects.filter(pk=enrolment.pk).update(used_at=now)
    record(actor=Actor.staff(user), verb="enrolled", subject=user, now=now)
    return codes


def _usable(enrolment: Enrolment | None, now: datetime) -> Enrolment:
    if enrolment is None or not enrolment.usable(now):
        raise LinkUnusable(
            _("This link was used already or is older than 24 hours. Ask an administrator for a new one.")
        )
    return enrolment


def _add(*, email: str, display_name: str, actor: Actor, now: datetime) -> User:
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, display_name)
    except IntegrityError:
        raise UnableToInvite(
            _("Somebody with the email %(email)s is here already.") % {"email": email}
        ) from None
    record(actor=actor, verb="invited", subject=user, now=now)
    return user


def _grant(*, user: User, role: Role, asked_by: User | None, now: datetime) -> RoleGrant:
    by = {"asked_by": asked_by} if asked_by else {"from_shell": True, "confirmed_at": now}
    try:
        with transaction.atomic():
            return RoleGrant.objects.create(user=user, role=role.value, asked_at=now, **by)
    except IntegrityError:
        raise UnableToGrant(_why_not(user, role)) from None


def _why_not(user: User, role: Role) -> str:
    standing = {Role(grant.role) for grant in RoleGrant.objects.filter(user=user, revoked_at=None)}
    if role in standing:
        return _("%(name)s holds this role already, or it waits for confirmation.") % {
            "name": user.display_name
        }
    other = next(iter(standing & EXCLUSIVE), None)
    return _(
        "%(name)s is %(other)s. Administrator, payments maker and payments approver exclude each other."
    ) % {
        "name": user.display_name,
        "other": other.label if other else "",
    }


def _two_people(administrator: User, asked: RoleGrant | SecondFactorReset) -> None:
    if administrator.pk == asked.asked_by_id:
        raise SameAdministrator(_("You asked for this yourself. A second administrator has to confirm it."))
    if administrator.pk == asked.user_id:
        raise SameAdministrator(_("This is about yourself. Another administrator has to confirm it."))


def _one_at_a_time() -> None:
    """Two administrators who remove each other at once take turns, and the second counts who is left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('staff.administrators'))")


def _keep_two_administrators(*, leaving: User) -> None:
    others = RoleGrant.objects.in_force().filter(role=Role.ADMINISTRATOR).exclude(user=leaving)
    if others.count() < 2:
        raise UnableToGrant(
            _("Two administrators have to remain, or nobody could confirm anything. Add another one first.")
        )


def _reset(user: User, *, created_by: User | None, actor: Actor, now: datetime) -> str:
    Authenticator.objects.filter(user=user).delete()
    # A session is bound to the password: without one, every session of theirs ends here.
    user.set_unusable_password()
    user.save(update_fields=["password"])
    record(actor=actor, verb="second factor reset", subject=user, now=now)
    return _link(user=user, created_by=created_by, actor=actor, now=now)


def _link(*, user: User, created_by: User | None, actor: Actor, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    Enrolment.objects.filter(user=user, used_at=None).update(expires_at=now)
    Enrolment.objects.create(
        user=user,
        token_sha256=digest(token),
        created_by=created_by,
        created_at=now,
        expires_at=now + LINK_LIVES,
    )
    record(actor=actor, verb="enrolment link given", subject=user, now=now)
    return token
