"""The pages of the matrix: a lead makes the next version, and whoever reviews reads any of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backoffice.audit import Actor
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from onboarding.risk import comparing, services
from onboarding.risk.first_matrix import TABLE
from onboarding.risk.levels import LEVEL_LABELS, Factor, Level
from onboarding.risk.matrix import Table
from onboarding.risk.matrix_form import NEVER, REST, MatrixForm, initial_of
from onboarding.risk.models import Matrix
from onboarding.risk.table import BadTable, checked

VERSIONS = 50


@require_http_methods(["GET", "POST"])
def matrix_page(request: HttpRequest) -> HttpResponse:
    """The version in force as a form. What is different is shown before it can be saved."""
    user = person(request, Right.LEAD_CASES)
    newest = services.matrix_in_force()
    base, version = (newest.table, newest.version) if newest else (TABLE, 0)
    if request.method == "GET":
        return _shown(request, MatrixForm(base=base, initial=initial_of(base, version)), newest)
    form = MatrixForm(request.POST, base=base)
    if not form.is_valid():
        return _shown(request, form, newest, status=409)
    try:
        table = checked(form.table())
    except BadTable as bad:
        messages.error(request, str(bad))
        return _shown(request, form, newest, status=409)
    if "save" not in request.POST or form.cleaned_data["seen_digest"] != _digest(table, version):
        return _compared(request, form, newest, table)
    try:
        made = services.make_matrix(
            table=table,
            based_on=form.cleaned_data["based_on"],
            note=form.cleaned_data["note"],
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _compared(request, form, services.matrix_in_force(), table, refusal=str(refusal))
    messages.success(
        request,
        _(
            "Version %(number)d is in force. Cases keep their rating until their data changes or they are rated again."
        )
        % {"number": made.version},
    )
    return redirect("onboarding:risk_matrix")


@require_GET
def matrix_version_page(request: HttpRequest, version: int) -> HttpResponse:
    """One version as it was made, and what was different from the one before it."""
    person(request, Right.SEE_PERSONAL_DATA)
    matrix = get_object_or_404(Matrix, version=version)
    before = Matrix.objects.filter(version=version - 1).first()
    context = {
        **site.each_context(request),
        "title": _("Risk matrix, version %(number)d") % {"number": version},
        "matrix": matrix,
        "before": before,
        "differences": comparing.differences(before.table, matrix.table) if before else [],
        "factors": [_read(matrix.table, factor) for factor in Factor],
        "mediums": matrix.table["mediumsForHigh"],
        "may_lead": request.user.has_right(Right.LEAD_CASES),  # type: ignore[union-attr]
    }
    return TemplateResponse(request, "onboarding/risk/version.html", context)


def _compared(
    request: HttpRequest, form: MatrixForm, newest: Matrix | None, table: Table, *, refusal: str = ""
) -> HttpResponse:
    """The same form, with what it changes. A version that somebody made meanwhile is what it is compared with."""
    version = newest.version if newest else 0
    found = comparing.differences(newest.table, table) if newest else []
    if form.cleaned_data["based_on"] != version:
        refusal = _(
            "Somebody has made version %(number)d meanwhile. What you typed is compared with it now."
        ) % {"number": version}
    elif "save" in request.POST and not refusal:
        refusal = _("You changed something since you compared. Look at the differences again.")
    if refusal:
        messages.error(request, refusal)
    data = request.POST.copy()
    data["based_on"], data["seen_digest"] = str(version), _digest(table, version)
    again = MatrixForm(data, base=form.base)
    more = {"is_compared": True, "differences": found, "may_save": bool(found) or newest is None}
    return _shown(request, again, newest, status=409 if refusal else 200, **more)


def _shown(
    request: HttpRequest, form: MatrixForm, newest: Matrix | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    versions = Matrix.objects.defer("table").order_by("-version")[:VERSIONS]
    context = {
        **site.each_context(request),
        "title": _("Risk matrix"),
        "form": form,
        "in_force": newest,
        "next_version": (newest.version if newest else 0) + 1,
        "versions": versions,
        **more,
    }
    return TemplateResponse(request, "onboarding/risk/matrix.html", context, status=status)


def _digest(table: Table, version: int) -> str:
    """Of what was compared: which table, and with which version."""
    return services.audit_digest({"over": version, "table": table})


def _read(table: Table, factor: Factor) -> dict[str, Any]:
    """One factor of a version, level by level."""
    column = table["factors"][factor.value]
    rows = []
    for level in Level:
        named = [comparing.name_of(factor, entry) for entry, its in column["entries"].items() if its == level]
        named.sort()
        rest = {name: label for name, label in REST.items() if name not in NEVER.get(factor, ())}
        named += [str(label).lower() for name, label in rest.items() if column[name] == level]
        rows.append((level, LEVEL_LABELS[level], named))
    return {"label": factor.label, "rows": rows}
