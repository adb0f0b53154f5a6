"""The review desk: the queues, the workbench of one case, and its buttons. Each button makes one service call."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.states import IllegalMove
from customers import services as customers
from onboarding import facts, panels, services, workbench
from onboarding.case_pages import (
    PRIVATE,
    address,
    case_named,
    document_in,
    refused,
    revealed_document,
    seen_revision,
    show,
)
from onboarding.drafts import services as drafts
from onboarding.models import Decision
from onboarding.states import CaseState


@require_GET
def case_page(request: HttpRequest, case_ref: str) -> HttpResponse:
    """The workbench: documents beside the data, the decision, the history."""
    user = person(request, Right.SEE_CUSTOMERS)
    return show(request, case_named(case_ref), user)


@require_GET
def case_tab(request: HttpRequest, case_ref: str, tab: str) -> HttpResponse:
    """One tab of the workbench alone, for the page that has it closed."""
    user = person(request, Right.SEE_CUSTOMERS)
    if tab not in {each.name for each in panels.tabs(tab)}:
        raise Http404
    seen = workbench.bench(case_named(case_ref), user, now=timezone.now(), asked=request.GET.dict())
    return TemplateResponse(
        request,
        "onboarding/tab.html",
        workbench.tab_context(seen, tab),
        headers={"Cache-Control": "no-store"},
    )


ACTS: dict[str, tuple[Callable[..., Any], tuple[str, ...], str | Promise]] = {
    "claim": (services.claim_case, (), gettext_lazy("You have taken this case.")),
    "release": (services.release_case, (), gettext_lazy("The case is back in the queue.")),
    "accept": (services.accept_case, (), gettext_lazy("The review is done. The case waits for a signature.")),
    "ask": (
        services.ask_for_more,
        ("text_for_customer", "note", "language"),
        gettext_lazy("The customer is asked. The case comes back with the answer."),
    ),
    "collect": (
        services.collect_item,
        ("code", "document_type", "text", "language"),
        gettext_lazy("It is on the list. Nothing is sent yet."),
    ),
    "drop": (services.drop_item, ("item",), gettext_lazy("It is off the list.")),
    "unanswered": (services.collect_unanswered, (), gettext_lazy("It is on the list again.")),
    "remind": (services.remind_customer, (), gettext_lazy("The customer is reminded.")),
    "decline": (services.decline_case, ("reason",), gettext_lazy("The customer is declined.")),
    "return": (services.return_to_review, ("reason",), gettext_lazy("The case is back in review.")),
    "withdraw": (services.withdraw_case, ("reason",), gettext_lazy("The case is withdrawn.")),
    "settle": (
        services.settle_contradiction,
        ("reason",),
        gettext_lazy("It is settled, and the case stays where it stands."),
    ),
    "note": (services.add_note, ("note",), gettext_lazy("The note is kept.")),
}


@require_POST
def act(request: HttpRequest, case_ref: str, act: str) -> HttpResponse:
    """Carry out one act on a case. If it is refused, the page comes back with what was typed."""
    user = person(request, Right.SEE_CUSTOMERS)
    if act not in ACTS:
        raise Http404
    service, fields, done = ACTS[act]
    case = case_named(case_ref)
    typed = {name: request.POST.get(name, "") for name in fields}
    if act in {"accept", "decline"}:
        case.revision = seen_revision(request)
    try:
        done_to = service(case=case, actor=Actor.staff(user), now=timezone.now(), **typed)
    except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
        return refused(request, case_ref, user, str(refusal), act, typed)
    if act in {"accept", "decline"} and done_to.state == CaseState.IN_REVIEW:
        done = _("Your decision is kept. Another person looks at this case too before it counts.")
    drafts.forget(case=case, user=user, form=act)
    messages.success(request, str(done))
    return redirect(address(case_ref, request.POST))


@require_POST
@stepup.required
def attest(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Sign and submit, with a fresh second factor."""
    user = person(request, Right.SEE_CUSTOMERS)
    case = case_named(case_ref)
    try:
        services.attest_and_submit(
            case=case,
            seen_digest=request.POST.get("seen_digest", ""),
            seen_statement=request.POST.get("seen_statement", ""),
            second_factor_at=datetime.fromtimestamp(stepup.proved_at(request) or 0, UTC),
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
        return refused(request, case_ref, user, str(refusal), "attest", {})
    messages.success(request, _("Signed. The case goes to Oceafin by itself."))
    return redirect("onboarding:case", case_ref)


@require_POST
def decide_document(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """Accept or reject one document, then show the next one that waits."""
    user = person(request, Right.SEE_CUSTOMERS)
    row = document_in(case_ref, pk)
    decision = request.POST.get("decision", "")
    names = ("reason_code", "reason", "expires_on", "never_expires")
    typed: dict[str, Any] = {name: request.POST.get(name, "") for name in names}
    if decision not in Decision.values:
        raise Http404
    try:
        services.decide_document(
            case_document=row,
            decision=decision,
            reason_code=typed["reason_code"],
            reason=typed["reason"],
            **facts.expiry_in(request.POST),
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
        form = "accept-document" if decision == Decision.ACCEPTED else "reject"
        return refused(request, case_ref, user, str(refusal), form, typed, document=pk)
    drafts.forget(case=row.case, user=user, form=f"reject-{pk}")
    following = workbench.next_to_look_at(row) if decision != Decision.PENDING else row
    return redirect(address(case_ref, request.POST, document=str((following or row).pk)))


@require_GET
def document_page(request: HttpRequest, case_ref: str, pk: int, page: int) -> HttpResponse:
    """One page of a document as a picture that was drawn here. For who has taken the case."""
    user = person(request, Right.REVIEW_CASES)
    row = revealed_document(case_ref, pk, user)
    try:
        drawn = customers.open_document(row.document, page=page, actor=Actor.staff(user), now=timezone.now())
    except (customers.NotUsable, customers.NotAllowed) as unusable:
        raise Http404(str(unusable)) from None
    except Refusal as refusal:
        return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(drawn, content_type="image/png", headers=PRIVATE)


@require_GET
def document_original(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """The original bytes, only as a file to keep: nothing of it is ever opened inside this site."""
    user = person(request, Right.REVIEW_CASES)
    row = revealed_document(case_ref, pk, user)
    try:
        opened = customers.open_document(row.document, page=None, actor=Actor.staff(user), now=timezone.now())
    except customers.NotAllowed as hidden:
        raise Http404(str(hidden)) from None
    except Refusal as refusal:
        return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")
    return FileResponse(
        opened,  # type: ignore[arg-type]
        as_attachment=True,
        filename=row.document.file_name,
        content_type="application/octet-stream",
        headers=PRIVATE,
    )
