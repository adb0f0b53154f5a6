"""What an open page of a case tells and hears every 15 seconds."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding.models import Case
from onboarding.presence import services


@require_POST
def looking(request: HttpRequest, case_ref: str) -> HttpResponse:
    """This person looks at the case; the answer names the others who do. For who works on cases or reads them."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.SEE_CUSTOMERS):
        raise Http404
    case = get_object_or_404(Case, case_ref=case_ref)
    names = services.look(case=case, user=user, now=timezone.now())
    return TemplateResponse(request, "onboarding/looking.html", {"names": names})
