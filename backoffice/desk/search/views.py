"""The search page, and its answer alone for the field on top of every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.desk.search.source import LONGEST, Term
from backoffice.desk.search.sources import search, sources_for, the_one
from backoffice.staff.models import User
from backoffice.staff.roles import rights_of
from backoffice.staff.site import site


@never_cache
@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """What was found for `?q=`; the one record of exactly that name opens at once, unless `?all=1`."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("Searching is for people who are signed in.")
    rights = rights_of(user.roles)
    text = request.GET.get("q", "").strip()
    groups = search(Term(text, user, rights, timezone.now()))
    context = {"q": text[:LONGEST], "groups": groups, "too_long": len(text) > LONGEST}
    if "part" in request.GET:
        context["number"] = sum(len(group.rows) for group in groups)
        return TemplateResponse(request, "desk/search/part.html", context)
    one = the_one(groups)
    if one is not None and "all" not in request.GET:
        return redirect(one.url)
    context |= {**site.each_context(request), "title": _("Search"), "sources": sources_for(rights)}
    return TemplateResponse(request, "desk/search/page.html", context)
