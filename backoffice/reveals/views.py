"""Who looked at whose personal data."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from backoffice.reveals import looking
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site


class LooksForm(forms.Form):
    """Of whom, and by whom."""

    customer = forms.CharField(
        label=gettext_lazy("Customer's whole reference"), max_length=255, required=False, strip=True
    )
    person = forms.ModelChoiceField(
        label=gettext_lazy("Member of staff"),
        queryset=User.objects.order_by("display_name", "pk"),
        required=False,
        empty_label=gettext_lazy("Everybody"),
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)


@require_GET
def looks_page(request: HttpRequest) -> HttpResponse:
    """The looks at one customer, by one person, or all, newest first."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.SEE_REVEALS):
        raise Http404
    form = LooksForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    customer, person = asked.get("customer") or "", asked.get("person")
    rows, following = looking.looks(
        customer_ref=customer, person=person.pk if person else None, before=asked.get("before")
    )
    kept = {"customer": customer, "person": person.pk if person else ""}
    context = {
        **site.each_context(request),
        "title": _("Who looked at personal data"),
        "form": LooksForm(initial={"customer": customer, "person": person}),
        "rows": rows,
        "customer": customer,
        "person": person,
        "next_url": "?" + urlencode({**kept, "before": following}) if following else "",
        "is_filtered": bool(customer or person),
        "now": timezone.now(),
    }
    return TemplateResponse(request, "reveals/looks.html", context)


def bursts_block(request: HttpRequest) -> str:
    """On a lead's home, only while somebody has to look."""
    rows = list(looking.waiting_bursts()[:6])
    if not rows:
        return ""
    context = {"rows": rows, "user": request.user, "now": timezone.now()}
    return render_to_string("reveals/bursts.html", context, request=request)
