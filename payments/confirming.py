"""A second person confirms a beneficiary with evidence, and what the policy makes of that."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.audit import Actor, record
from backoffice.staff import rights
from backoffice.staff.errors import Refusal
from backoffice.staff.models import ApiClient, RoleGrant, User
from backoffice.staff.roles import Right, Role
from payments import errors, guards, payee_kinds, payee_news
from payments.evidence import NOTE_CONTEXT
from payments.models import (
    BankAccount,
    BeneficiaryConfirmation,
    Evidence,
    NameCheck,
    PaymentRequest,
    WalletAddress,
)

# By whom, as the database asks it, too.
CONFIRMING = (Role.PAYMENTS_APPROVER, Role.OPERATIONS_LEAD)
NAMED_AT_MOST = 3
Payee = BankAccount | WalletAddress


def confirm_beneficiary(
    *, payee: Payee, evidence: str, result: str = "", note: str, actor: Actor, now: datetime
) -> BeneficiaryConfirmation:
    """Put down how this person knows that the beneficiary is the right one; it is kept for ever.

    `evidence` is CALL_BACK, STATEMENT or PAYEE_NAME_CHECK, and of the last `result` is MATCH, CLOSE, NONE or
    NOT_POSSIBLE: only a match confirms, the others are kept to be seen. Raises NotAllowed, SameConfirmer, Unfit,
    ReasonNeeded, BeneficiaryNotReady; each denied attempt is taken down.
    """
    try:
        with transaction.atomic():
            return _confirmed(payee, evidence, result, note, actor=actor, now=now)
    except Refusal as refusal:
        with transaction.atomic():
            verb, why = _verb(payee, "confirmation_denied"), type(refusal).__name__
            record(actor=actor, verb=verb, subject=payee, now=now, facts={"why": why})
        raise


def may_confirm(payee: Payee, user: User) -> bool:
    """For what a page shows: is it for this person to say? `confirm_beneficiary` decides."""
    return bool(user.roles & set(CONFIRMING)) and not payee.is_refused and not added_by(payee, user)


def added_by(payee: Payee, user: User) -> bool:
    """Whether this person added it, or owns the token that did."""
    if user.pk in payee.added_by_user_ids:
        return True
    owned = ApiClient.objects.filter(pk=payee.added_by_token_id, owner=user)
    return payee.added_by_token_id is not None and owned.exists()


def refuse_unconfirmed(payment: PaymentRequest) -> None:
    """Raise NotConfirmed where the policy asks for a confirmed beneficiary and it is not."""
    if sentence := lacking(payment):
        raise errors.NotConfirmed(sentence)


def lacking(payment: PaymentRequest) -> str:
    """That somebody has to confirm the beneficiary first, and who can; empty where nobody has to."""
    payee = payment.payee
    if payee is None or payee.is_confirmed or not payment.policy.get("confirmed_first"):
        return ""
    sentence = _("Somebody has to confirm %(payee)s first, with evidence, on its page. %(who)s")
    return sentence % {"payee": payee.ref, "who": _who_can(payee)}


def confirmations_of(payee: Payee) -> list[BeneficiaryConfirmation]:
    """All evidence about it, newest first."""
    return list(payee.confirmations.select_related("confirmed_by").order_by("-id"))


def unconfirmed(model: type[BankAccount] | type[WalletAddress]) -> QuerySet[Any]:
    """Those that nobody confirmed yet, the longest waiting first."""
    return model.objects.filter(confirmed_at__isnull=True, refusal="").order_by("id")


def _confirmed(
    payee: Payee, evidence: str, result: str, note: str, *, actor: Actor, now: datetime
) -> BeneficiaryConfirmation:
    payee = payee_news.locked(type(payee), payee.pk)
    lead = Right.LEAD_PAYMENTS in rights.rights_held(rights.person(actor))
    user = rights.require(actor, Right.LEAD_PAYMENTS if lead else Right.APPROVE_PAYMENTS, now)
    if added_by(payee, user):
        raise errors.SameConfirmer(
            _("You added this beneficiary, or your token did. Somebody else has to confirm it.")
        )
    if payee.is_refused:
        raise errors.BeneficiaryNotReady(_("Oceafin does not take it, so there is nothing to confirm."))
    _check(evidence, result)
    words = guards.reason_given(
        note, otherwise=_("Write how you know, so that somebody else understands it.")
    )
    key = payee.customer.vault_key
    column = "wallet" if isinstance(payee, WalletAddress) else "bank_account"
    said = BeneficiaryConfirmation.objects.create(
        **{column: payee},
        evidence=evidence,
        result=result,
        note_sealed=vault.seal_text(key, words, context=NOTE_CONTEXT),
        confirmed_by=user,
        confirmed_at=now,
    )
    if said.confirms and not payee.is_confirmed:
        guards.set_columns(payee, confirmed_at=now)
    facts = {"ref": payee.ref, "evidence": evidence, "result": result, "confirmed": payee.is_confirmed}
    verb = _verb(payee, "confirmed" if said.confirms else "checked")
    record(actor=actor, verb=verb, subject=payee, now=now, facts=facts, note=words, customer_key=key)
    return said


def _check(evidence: str, result: str) -> None:
    if evidence not in Evidence.values:
        raise errors.Unfit("evidence", _("Say how you know: a call-back, a statement or a payee-name check."))
    is_name_check = evidence == Evidence.PAYEE_NAME_CHECK
    if is_name_check and result not in NameCheck.values:
        raise errors.Unfit("result", _("Say what the payee-name check came to."))
    if result and not is_name_check:
        raise errors.Unfit("result", _("Only a payee-name check has a result. Leave it empty."))


def _who_can(payee: Payee) -> str:
    grants = RoleGrant.objects.in_force().filter(role__in=CONFIRMING, user__is_active=True)
    people = User.objects.filter(pk__in=grants.values("user")).order_by("display_name")
    names = [user.display_name for user in people[:20] if not added_by(payee, user)]
    if not names:
        return _("Nobody here can now: an operations lead or another payments approver is missing.")
    shown = ", ".join(names[:NAMED_AT_MOST])
    more = len(names) - NAMED_AT_MOST
    if more > 0:
        return _("%(names)s and %(more)d others can.") % {"names": shown, "more": more}
    return _("%(names)s can.") % {"names": shown}


def _verb(payee: Payee, what: str) -> str:
    return f"{payee_kinds.of(payee).name}.{what}"
