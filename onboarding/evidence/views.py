"""The button that makes an evidence pack."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.audit import Actor
from backoffice.reveals.models import STATED
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from onboarding import panels
from onboarding.evidence.packing import make_pack, may_pack, waits_for_second_look
from onboarding.models import Case
from onboarding.second_look.bench import open_look


def register() -> None:
    panels.register("history", "onboarding/panels/evidence.html", evidence_panel, order=90)


def evidence_panel(bench: panels.Bench) -> dict[str, Any]:
    """The button, for who may press it."""
    return {
        "may_pack": may_pack(bench.case, bench.user, bench.rights, bench.now),
        "pack_waits": waits_for_second_look(open_look(bench), bench.user, bench.rights),
        "pack_purposes": STATED,
    }


@require_POST
@stepup.required
def evidence_pack(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Make the pack and hand it out as a file, with a fresh second factor; or come back with the reason."""
    user = request.user
    if not isinstance(user, User) or not user.has_right(Right.SEE_PERSONAL_DATA):
        raise Http404
    case = get_object_or_404(Case.objects.select_related("customer", "attested_by"), case_ref=case_ref)
    try:
        pack = make_pack(
            case=case,
            purpose=request.POST.get("purpose", ""),
            words=request.POST.get("words", ""),
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("onboarding:case", case_ref)
    name = _("evidence-%(ref)s.zip") % {"ref": case.case_ref.replace(":", "_")}
    return FileResponse(
        pack,
        as_attachment=True,
        filename=name,
        content_type="application/zip",
        headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
    )
