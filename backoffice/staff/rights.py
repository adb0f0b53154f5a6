"""Rights are read from the database at each check: a role that was taken away a moment ago counts no more."""

from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import RoleGrant, User
from backoffice.staff.roles import Right, Role, rights_of


def roles_held(user: User) -> frozenset[Role]:
    """The roles that count now: confirmed, not revoked, of an active person."""
    return RoleGrant.objects.roles_of(user)


def rights_held(user: User) -> frozenset[Right]:
    return rights_of(roles_held(user))


def require(user: User, right: Right, now: datetime) -> None:
    """Let the act go on only if the person holds the right at this moment.

    Call it inside the transaction of the act: the person's row is locked against a role being taken
    away meanwhile, so either the act or the taking away comes first. `now` is the instant of the act.

    Raises NotAllowed with a sentence for the person.
    """
    active = User.objects.select_for_update(of=("self",), no_key=True).filter(pk=user.pk, is_active=True)
    if not active.exists() or right not in rights_held(user):
        raise NotAllowed(
            _("This needs the right to %(right)s, which you do not have. Ask an administrator.")
            % {"right": right.label}
        )
