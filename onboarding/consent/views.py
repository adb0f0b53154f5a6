"""The page that shows what a customer agreed to."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backoffice import vault
from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from onboarding import workbench
from onboarding.consent import services
from onboarding.details import CONSENT
from onboarding.models import Case
from onboarding.presenting import group_rows

PERSONAL = {"ipAddress", "userAgent"}


@require_http_methods(["GET", "POST"])
def consent_page(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Version, hash, when and how, and the words themselves; POST keeps the words."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.SEE_CUSTOMERS):
        raise Http404
    case = get_object_or_404(Case.objects.select_related("customer"), case_ref=case_ref)
    typed = ""
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            services.keep_text(case=case, text=typed, actor=Actor.staff(user), now=timezone.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The text is kept."))
            return redirect("onboarding:consent", case_ref)
    try:
        consent = services.of_case(case)
    except vault.KeyDestroyed:
        raise Http404(_("This customer's data was erased.")) from None
    hidden = set() if workbench.is_revealed(case, user, timezone.now()) else PERSONAL
    shown = {name: value for name, value in consent.evidence.items() if name not in hidden}
    context = {
        **site.each_context(request),
        "title": _("What the customer agreed to"),
        "case": case,
        "consent": consent,
        "rows": group_rows(shown, CONSENT),
        "is_hidden": bool(hidden & set(consent.evidence)),
        "may_keep": user.has_right(Right.REVIEW_CASES) and consent.text is None and bool(consent.evidence),
        "typed": typed,
    }
    status = 409 if request.method == "POST" else 200
    return TemplateResponse(request, "onboarding/consent.html", context, status=status)
