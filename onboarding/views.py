"""The review desk: the queues, the workbench of one case, and its buttons. Each button makes one service call."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.states import IllegalMove
from customers import services as customers
from customers.likeness import services as likeness
from onboarding import panels, services, workbench
from onboarding.drafts import services as drafts
from onboarding.models import Case, CaseDocument, Decision
from onboarding.requested.models import count_collected
from onboarding.states import CaseState


@require_GET
def case_page(request: HttpRequest, case_ref: str) -> HttpResponse:
    """The workbench: documents beside the data, the decision, the history."""
    user = _person(request, Right.SEE_CUSTOMERS)
    return _workbench(request, _case(case_ref), user)


@require_GET
def case_tab(request: HttpRequest, case_ref: str, tab: str) -> HttpResponse:
    """One tab of the workbench alone, for the page that has it closed."""
    user = _person(request, Right.SEE_CUSTOMERS)
    if tab not in {each.name for each in panels.tabs(tab)}:
        raise Http404
    seen = workbench.bench(_case(case_ref), user, now=timezone.now(), asked=request.GET.dict())
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
    user = _person(request, Right.SEE_CUSTOMERS)
    if act not in ACTS:
        raise Http404
    service, fields, done = ACTS[act]
    case = _case(case_ref)
    typed = {name: request.POST.get(name, "") for name in fields}
    if act in {"accept", "decline"}:
        case.revision = seen_revision(request)
    try:
        done_to = service(case=case, actor=Actor.staff(user), now=timezone.now(), **typed)
    except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
        return _refused(request, case_ref, user, str(refusal), act, typed)
    if act in {"accept", "decline"} and done_to.state == CaseState.IN_REVIEW:
        done = _("Your decision is kept. Another person looks at this case too before it counts.")
    drafts.forget(case=case, user=user, form=act)
    messages.success(request, str(done))
    return redirect(_address(case_ref, request.POST))


@require_POST
@stepup.required
def attest(request: HttpRequest, case_ref: str) -> HttpResponse:
    """Sign and submit, with a fresh second factor."""
    user = _person(request, Right.SEE_CUSTOMERS)
    case = _case(case_ref)
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
        return _refused(request, case_ref, user, str(refusal), "attest", {})
    messages.success(request, _("Signed. The case goes to Oceafin by itself."))
    return redirect("onboarding:case", case_ref)


@require_POST
def decide_document(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """Accept or reject one document, then show the next one that waits."""
    user = _person(request, Right.SEE_CUSTOMERS)
    row = _case_document(case_ref, pk)
    decision = request.POST.get("decision", "")
    typed = {name: request.POST.get(name, "") for name in ("reason_code", "reason")}
    if decision not in Decision.values:
        raise Http404
    try:
        services.decide_document(
            case_document=row, decision=decision, actor=Actor.staff(user), now=timezone.now(), **typed
        )
    except (Refusal, IllegalMove, MovedMeanwhile) as refusal:
        return _refused(request, case_ref, user, str(refusal), "reject", typed, document=pk)
    drafts.forget(case=row.case, user=user, form=f"reject-{pk}")
    following = workbench.next_to_look_at(row) if decision != Decision.PENDING else row
    return redirect(_address(case_ref, request.POST, document=str((following or row).pk)))


@require_GET
def document_page(request: HttpRequest, case_ref: str, pk: int, page: int) -> HttpResponse:
    """One page of a document as a picture that was drawn here. For who has taken the case."""
    user = _person(request, Right.REVIEW_CASES)
    row = _revealed(case_ref, pk, user)
    try:
        drawn = customers.open_document(row.document, page=page, actor=Actor.staff(user), now=timezone.now())
    except (customers.NotUsable, customers.NotAllowed) as unusable:
        raise Http404(str(unusable)) from None
    except Refusal as refusal:
        return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(drawn, content_type="image/png", headers=_PRIVATE)


@require_GET
def document_original(request: HttpRequest, case_ref: str, pk: int) -> HttpResponse:
    """The original bytes, only as a file to keep: nothing of it is ever opened inside this site."""
    user = _person(request, Right.REVIEW_CASES)
    row = _revealed(case_ref, pk, user)
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
        headers=_PRIVATE,
    )


def seen_revision(request: HttpRequest) -> int:
    """The revision of the page that the button was on; one that no case has where the form tells none."""
    told = request.POST.get("revision", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else -1


_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def _person(request: HttpRequest, right: Right) -> User:
    user = request.user
    if not isinstance(user, User) or not user.has_right(right):
        raise Http404
    return user


def _case(case_ref: str) -> Case:
    cases = Case.objects.select_related("customer", "claimed_by", "attested_by")
    cases = cases.annotate(likely_duplicates=likeness.count_of_open("customer"))
    return get_object_or_404(cases.annotate(collected=count_collected()), case_ref=case_ref)


def _case_document(case_ref: str, pk: int) -> CaseDocument:
    rows = CaseDocument.objects.select_related("case__customer", "document__customer")
    return get_object_or_404(rows, pk=pk, case__case_ref=case_ref)


def _revealed(case_ref: str, pk: int, user: User) -> CaseDocument:
    row = _case_document(case_ref, pk)
    if not workbench.is_revealed(row.case, user, timezone.now()):
        raise Http404
    return row


def _workbench(
    request: HttpRequest, case: Case, user: User, *, status: int = 200, document: str = "", **more: Any
) -> HttpResponse:
    asked = request.GET.dict() | ({"document": document} if document else {})
    if request.POST.get("tab"):
        asked["tab"] = request.POST["tab"]
    seen = workbench.bench(case, user, now=timezone.now(), asked=asked)
    context = {**site.each_context(request), "title": case.case_ref, **workbench.context(seen), **more}
    return TemplateResponse(request, "onboarding/case.html", context, status=status)


def _refused(
    request: HttpRequest,
    case_ref: str,
    user: User,
    sentence: str,
    act: str,
    typed: dict[str, str],
    document: int | None = None,
    **more: Any,
) -> HttpResponse:
    messages.error(request, sentence)
    shown = str(document or request.POST.get("document", ""))
    return _workbench(
        request, _case(case_ref), user, status=409, document=shown, refused_act=act, typed=typed, **more
    )


def _address(case_ref: str, typed: Mapping[str, Any], document: str = "") -> str:
    """The page of a case with the document and the tab open that were open when the button was pressed."""
    document = document or typed.get("document", "")
    open_parts = {"document": document if document.isdecimal() else "", "tab": typed.get("tab", "")}
    query = urlencode({name: value for name, value in open_parts.items() if value})
    return reverse("onboarding:case", args=[case_ref]) + (f"?{query}" if query else "")
