"""The page on which approvers say which e-mails they want."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import form_page
from payments import queues
from payments.notices import choosing

KINDS = {
    "digest": gettext_lazy("Each working day, how much waits for me"),
    "half_time": gettext_lazy("When half the time of a payment is gone that waits for me"),
}


class NoticesForm(forms.Form):
    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Send me an e-mail"),
        choices=list(KINDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "If everybody whom a payment asks has switched the second one off, all of them get it nevertheless."
        ),
    )
    wanted.is_question = True  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """What is ticked is sent."""
    user = request.user
    if not isinstance(user, User) or not queues.may_be_asked(user):
        raise Http404
    choice = choosing.choice_of(user)
    initial = {"wanted": [name for name in KINDS if getattr(choice, name)]}
    form = NoticesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["wanted"]
        try:
            choosing.choose(
                digest="digest" in wanted,
                half_time="half_time" in wanted,
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Kept. It holds from the next e-mail on."))
            return redirect("payment_notices:mine")
    return form_page(
        request,
        title=_("E-mails about what waits for you"),
        parent=_("Your account"),
        form=form,
        submit=_("Keep it"),
        intro=_(
            "They hold counts and links, no names or amounts. They come in the working hours, which are the sending "
            "hours of the base currency; a message about a payment that would run out before comes at once."
        ),
        back_url=reverse("staff:account"),
    )
