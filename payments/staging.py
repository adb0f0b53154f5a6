"""Who may approve in which stage. A stage opens when the one before has its people."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from backoffice.audit import Actor
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed
from backoffice.staff.models import User
from backoffice.staff.roles import Right, Role
from payments import errors, guards
from payments.models import Approval, PaymentRequest
from payments.policies import wording
from payments.policies.deciding import APPROVER_ROLE, Stage, open_stage, stages_in

# Who asks for payments or manages people never approves one, whatever else they are.
NEVER = frozenset({Role.PAYMENTS_MAKER, Role.ADMINISTRATOR})
# Approvers, and leads where the policy names them.
ASKED = frozenset({Right.APPROVE_PAYMENTS, Right.COUNTERSIGN_PAYMENTS})


def stage_now(payment: PaymentRequest, given: Iterable[Approval] | None = None) -> tuple[int, Stage] | None:
    """The stage that waits for somebody, counted from 0; None when all have their people."""
    stages = stages_in(payment.policy)
    approvals = payment.live_approvals if given is None else given
    index = open_stage(stages, [approval.stage for approval in approvals])
    return None if index is None else (index, stages[index])


def place_of(payment: PaymentRequest, user: User, given: Iterable[Approval] | None = None) -> tuple[int, str]:
    """In which stage this person's approval counts now, and as what. Raises PolicyRefuses, NotYourStage."""
    if not payment.policy["stages"]:
        raise errors.PolicyRefuses(
            _("The policy does not let this payment go: %(sentence)s")
            % {"sentence": payment.policy["sentence"]}
        )
    now_open = stage_now(payment, given)
    if now_open is None:
        raise errors.AlreadyDecided(_("This payment has all its approvals."))
    index, stage = now_open
    role = role_in(stage, rights.roles_held(user))
    if role is None:
        raise errors.NotYourStage(
            _("Now it waits for %(people)s, and you are none.") % {"people": missing_words(payment)}
        )
    return index, role


def role_in(stage: Stage, roles: Iterable[Role]) -> str | None:
    """As what somebody of these roles counts in this stage."""
    held = set(roles)
    if held & NEVER:
        return None
    return min((role for role in stage.roles if role in held), default=None)


def is_named(payment: PaymentRequest, user: User) -> bool:
    """Whether some stage of its rule names a role of this person; any approver, where the rule refuses."""
    roles = rights.roles_held(user)
    stages = stages_in(payment.policy) or (Stage(1, (APPROVER_ROLE,)),)
    return any(role_in(stage, roles) for stage in stages) or Role.PAYMENTS_APPROVER in roles


def asked_person(actor: Actor, now: datetime) -> User:
    """The person, locked, whom the policy may ask: an approver, or one whose role it can name. Raises NotAllowed."""
    user = rights.require(actor, Right.SEE_PAYMENTS, now)
    if not rights.rights_held(user) & ASKED:
        raise NotAllowed(
            _("This needs the right to %(right)s, which you do not have. Ask an administrator.")
            % {"right": Right.APPROVE_PAYMENTS.label}
        )
    return user


def turn(payment: PaymentRequest, given: Iterable[Approval] | None = None) -> None:
    """Write down who is asked now, after an approval was given or is void. Call with the payment locked."""
    open_now = stage_now(payment, given)
    guards.set_columns(payment, asks_roles=list(open_now[1].roles) if open_now else [])


def missing_words(payment: PaymentRequest) -> str:
    """Who is missing in the stage that is open: "one more payments approver"; empty when nobody is."""
    given = [approval.stage for approval in payment.live_approvals]
    stages = stages_in(payment.policy)
    index = open_stage(stages, given)
    if index is None:
        return ""
    stage = stages[index]
    return wording.stage_words(stage, stage.approvers - given.count(index))
