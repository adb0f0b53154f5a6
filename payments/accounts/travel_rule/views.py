"""The page on which somebody says who sent coins."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from payments.accounts.deposits import showing
from payments.accounts.deposits.models import Deposit
from payments.accounts.travel_rule import services
from payments.accounts.travel_rule.forms import WALLET, OriginatorForm, ProviderForm, WalletForm, given_by

_FIELDS = {
    "originatingVasp": "vasp_name",
    "walletOwnershipProof": "proof",
    **{f"originatingVasp.{name}": f"vasp_{name}" for name in ("name", "country", "lei")},
    **{f"originatorAddress.{name}": name for name in ("line1", "city", "country")},
}


@require_http_methods(["GET", "POST"])
def answer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what is asked and what was answered before, POST answers."""
    user, now = person(request, Right.REQUEST_PAYMENTS), timezone.now()
    deposit = get_object_or_404(Deposit.objects.select_related("customer", "travel_rule"), pk=pk)
    task = showing.task_of(deposit)
    if task is None:
        raise Http404
    given, own = request.POST or None, request.POST.get("source") == WALLET
    who = OriginatorForm(given)
    # The part that was not chosen asks for nothing.
    provider = ProviderForm(None if own else given)
    wallet = WalletForm(given, request.FILES) if own else WalletForm()
    part: Form = wallet if own else provider
    # Each says what is wrong with it, not the first one alone.
    valid = [form.is_valid() for form in (who, part)]
    if request.method == "POST" and all(valid):
        try:
            _answer(deposit, who, part, user)
        except Refusal as refusal:
            _show(refusal, (who, part))
        else:
            messages.success(request, _("Answered. It goes to Oceafin by itself; what it says appears here."))
            return redirect(showing.url_of(deposit))
    context = {
        "title": _("Who sent these coins?"),
        "deposit": deposit,
        "deposit_url": showing.url_of(deposit),
        "task": task,
        "due": showing.due_of(task, now),
        "last": task.answers.order_by("-version").first(),
        "who": who,
        "provider": provider,
        "wallet": wallet,
    }
    return site_page(request, "deposits/travel_rule.html", context)


def _answer(deposit: Deposit, who: Form, part: Form, user: User) -> None:
    file = part.cleaned_data.get("document")
    asked: dict[str, Any] = {
        "given": given_by(who.cleaned_data, part.cleaned_data),
        "proof_kind": part.cleaned_data.get("proof_kind", ""),
        "actor": Actor.staff(user),
        "now": timezone.now(),
    }
    if file:
        services.answer_with_document(deposit, file=file, file_name=file.name or "", **asked)
    else:
        services.answer(deposit, **asked)


def _show(refusal: Refusal, forms: tuple[Form, ...]) -> None:
    field = str(getattr(refusal, "field", ""))
    name = _FIELDS.get(field, field)
    home = next((form for form in forms if name in form.fields), None)
    if home is not None:
        home.add_error(name, str(refusal))
    else:
        forms[0].add_error(None, str(refusal))
