"""Rights are read from the database at each check: a role that was taken away a moment ago counts no more."""

from datetime import datetime

from django.utils.translation import gettext as _

from backoffice import once
from backoffice.audit import Actor
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import RoleGrant, User
from backoffice.staff.roles import Right, Role, rights_of


def roles_held(user: User) -> frozenset[Role]:
    """The roles that count now: confirmed, not revoked, of an active person."""
    return once.known(("roles", user.pk), lambda: RoleGrant.objects.roles_of(user))


def rights_held(user: User) -> frozenset[Right]:
    return rights_of(roles_held(user))


def person(actor: Actor) -> User:
    """The member of staff who acts. Raises NotAllowed for a job or a program."""
    _refuse_programs(actor)
    return User.objects.get(pk=actor.id)


def _refuse_programs(actor: Actor) -> None:
    if actor.kind != "STAFF":
        raise NotAllowed(_("Only a member of staff may do this."))


def lock_for_all(actor: Actor) -> None:
    """Lock a member of staff for what they do `once.for_all`: in all of it the same roles count. Nothing for others."""
    held = _locked(actor.id) if actor.kind == "STAFF" else None
    if held is not None:
        once.know(("person", actor.kind, actor.id), held)
        once.know(("locked", held.pk), held)
        once.know(("roles", held.pk), RoleGrant.objects.roles_of(held))


def require(user: User | Actor, right: Right, now: datetime) -> User:
    """Let the act go on only if the person holds the right at this moment; return the person.

    Call it inside the transaction of the act: the person's row is locked, and taking a role away locks it
    too, so either the act or the taking away comes first. Lock what the act is about before: the person comes last
    (docs/decisions/007). `now` is the instant of the act.

    Raises NotAllowed with a sentence for the person.
    """
    held = _acting(user)
    if held is None or right not in rights_held(held):
        raise NotAllowed(
            _("This needs the right to %(right)s, which you do not have. Ask an administrator.")
            % {"right": right.label}
        )
    return held if isinstance(user, Actor) else user


def _acting(user: User | Actor) -> User | None:
    """The person, locked until the transaction ends; None for who is no longer active. Raises NotAllowed."""
    if isinstance(user, User):
        return once.known(("locked", user.pk), lambda: _locked(user.pk))
    _refuse_programs(user)
    return once.known(("person", user.kind, user.id), lambda: _locked(user.id))


def _locked(pk: int | str) -> User | None:
    return User.objects.select_for_update(no_key=True).filter(pk=pk, is_active=True).first()
