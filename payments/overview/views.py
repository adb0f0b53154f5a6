"""The overview: one page, and its tables as files. Nothing here changes a payment."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backoffice.audit import Actor
from backoffice.staff.errors import NotAllowed
from backoffice.staff.pages import person, site_page
from backoffice.staff.roles import Right
from payments.overview import exporting, showing
from payments.overview.asking import AskForm


@require_GET
def overview_page(request: HttpRequest) -> HttpResponse:
    """How payments go in the days that were asked for. All of the question stands in the address."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    form = AskForm(request.GET, now=now)
    context = showing.overview(user, form, now)
    if form.is_valid():
        span = context["asked"].span
        # The days that are shown stand in the fields, however they were asked for.
        form.data = form.data.copy()
        form.data.update({"first": str(span.first), "last": str(span.last)})
    return site_page(
        request, "payments/overview/overview.html", {"title": _("Payments overview"), "form": form, **context}
    )


@require_POST
def export(request: HttpRequest, table: str) -> StreamingHttpResponse:
    """One table as CSV: taking it is written down, so it is no mere reading."""
    user, now = person(request, Right.SEE_PAYMENTS), timezone.now()
    form = AskForm(request.POST, now=now)
    if table not in exporting.TABLES or not form.is_valid():
        raise Http404
    try:
        lines = exporting.make_table(table=table, asked=form.asked, actor=Actor.staff(user), now=now)
    except NotAllowed:
        raise Http404 from None
    span = form.asked.span
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table}-{span.first}-{span.last}.csv"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
