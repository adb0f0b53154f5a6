"""The pages about confirming beneficiaries: what they show, and the one service call that their button makes."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from backoffice.staff.admin_base import RecordAction
from backoffice.staff.models import User
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from payments import confirming
from payments.accounts.deposits import coins
from payments.models import BankAccount, Evidence, NameCheck, PaymentRequest, WalletAddress
from payments.policies import reading
from payments.states import PaymentState

ROWS = 50
Payee = BankAccount | WalletAddress


class ConfirmForm(forms.Form):
    """How somebody knows that a beneficiary is the right one."""

    evidence = forms.ChoiceField(
        label=gettext_lazy("How you know"), choices=[("", gettext_lazy("Choose")), *Evidence.choices]
    )
    result = forms.ChoiceField(
        label=gettext_lazy("What the payee-name check came to"),
        choices=[("", gettext_lazy("No such check")), *NameCheck.choices],
        required=False,
        help_text=gettext_lazy("Only where you chose the payee-name check. Only a match confirms."),
    )
    note = forms.CharField(
        label=gettext_lazy("What you did"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "Whom you reached and how that was known before, or what you saw. It is kept for ever."
        ),
    )


CONFIRM = RecordAction(
    name="confirm",
    label=gettext_lazy("Confirm"),
    # Whoever may is asked by the service; the button is shown to nobody else.
    right=Right.SEE_PAYMENTS,
    form=ConfirmForm,
    call=lambda payee, **act: confirming.confirm_beneficiary(payee=payee, **act),
    confirm=gettext_lazy("Your name stands with it. Check it over a way that was known before it was added."),
    shown=lambda payee: not payee.is_refused,
    done=gettext_lazy("Kept, with your name and the time."),
    step_up=True,
    style="primary",
)

# The same, where somebody has confirmed it already.
MORE = replace(CONFIRM, label=gettext_lazy("Add evidence"), style="plain")


def actions_of(actions: list[RecordAction], payee: Payee, user: User) -> list[RecordAction]:
    """The buttons of a beneficiary's page without those that are not this person's."""
    found = [action for action in actions if action.name != CONFIRM.name]
    if not confirming.may_confirm(payee, user):
        return found
    return [MORE, *found] if payee.is_confirmed else [CONFIRM, *found]


def confirmation_context(payee: Payee, user: User) -> dict[str, Any]:
    return {
        "confirmations": confirming.confirmations_of(payee),
        "may_confirm": confirming.may_confirm(payee, user),
    }


def to_confirm_for(user: User, rights: frozenset[Right]) -> list[QuerySet[Any]]:
    """For the sidebar, where the policy lets nothing be approved before: what waits for this person."""
    if not rights & {Right.APPROVE_PAYMENTS, Right.LEAD_PAYMENTS} or not reading.confirmed_first():
        return []
    return [confirming.unconfirmed(BankAccount), confirming.unconfirmed(WalletAddress)]


@require_GET
def to_confirm_page(request: HttpRequest) -> HttpResponse:
    """Beneficiaries that nobody confirmed yet, the longest waiting first."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    payees: list[Payee] = []
    for model in (BankAccount, WalletAddress):
        payees += confirming.unconfirmed(model).select_related("customer")[:ROWS]
    payees.sort(key=lambda payee: payee.created_at)
    context = {
        "title": _("Beneficiaries to confirm"),
        "confirmed_first": reading.confirmed_first(),
        "rows": _rows(payees[:ROWS], user, now),
        "more": len(payees) > ROWS,
        "now": now,
    }
    return site_page(request, "payments/to_confirm.html", context)


def url_of(payee: Payee) -> str:
    return reverse(f"admin:payments_{payee._meta.model_name}_change", args=[payee.pk])


def _rows(payees: list[Payee], user: User, now: datetime) -> list[dict[str, Any]]:
    waiting = {
        column: _waiting_by(column, [payee.pk for payee in payees if isinstance(payee, model)])
        for column, model in (("beneficiary", BankAccount), ("wallet", WalletAddress))
    }
    return [
        {
            "payee": payee,
            "url": url_of(payee),
            "where": _where(payee),
            "waiting": waiting["wallet" if isinstance(payee, WalletAddress) else "beneficiary"].get(
                payee.pk, 0
            ),
            "is_own": user.pk in payee.added_by_user_ids,
        }
        for payee in payees
    ]


def _waiting_by(column: str, numbers: list[int]) -> dict[int, int]:
    waits = PaymentRequest.objects.filter(
        state=PaymentState.PENDING_APPROVAL, **{f"{column}__in": numbers}
    ).order_by()
    return dict(waits.values_list(column).annotate(number=Count("pk")))


def _where(payee: Payee) -> str:
    if isinstance(payee, WalletAddress):
        return f"{payee.asset}, {coins.name_of(payee.network)}"
    return f"{payee.country}, {payee.currency}"
