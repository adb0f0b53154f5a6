"""The pages of batches: handing a file in, looking it over, booking it, approving what it became."""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backoffice.audit import Actor, MovedMeanwhile
from backoffice.staff import stepup
from backoffice.staff.errors import Refusal
from backoffice.staff.models import User
from backoffice.staff.pages import person
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.states import IllegalMove
from customers.storing import FileChanged, StorageAway
from payments import queues
from payments import services as payments
from payments.batches import exporting, selecting, services, showing
from payments.batches.forms import BookForm, ReasonForm, UploadForm
from payments.batches.models import Batch, BatchRow, Verdict
from payments.errors import StepUpNeeded

REFUSALS = (Refusal, IllegalMove, MovedMeanwhile)


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """Every batch, the newest first."""
    user = person(request, Right.SEE_PAYMENTS)
    before = request.GET.get("before", "")
    batches = Batch.objects.order_by("-id")
    if before.isdigit() and len(before) < 19:
        batches = batches.filter(pk__lt=int(before))
    found = list(batches[: showing.ROWS + 1])
    context = {
        "title": _("Batches"),
        "rows": showing.listed(found[: showing.ROWS]),
        "older": found[showing.ROWS - 1].pk if len(found) > showing.ROWS else None,
        "may_upload": user.has_right(Right.REQUEST_PAYMENTS),
        "now": timezone.now(),
    }
    return _page(request, "payments/batches/list.html", context)


@require_http_methods(["GET", "POST"])
def upload_page(request: HttpRequest) -> HttpResponse:
    """A maker hands a file in; it is read by itself."""
    user = person(request, Right.REQUEST_PAYMENTS)
    suggested = f"batch-{timezone.now():%Y%m%d}-{secrets.token_hex(3)}"
    form = UploadForm(request.POST or None, request.FILES or None, initial={"batch_ref": suggested})
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch, _is_new = services.upload(
                batch_ref=form.cleaned_data["batch_ref"],
                file=file,
                file_name=file.name or "",
                actor=Actor.staff(user),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The file is here. It is read by itself."))
            return redirect(showing.url_of(batch))
    return _page(request, "payments/batches/upload.html", {"title": _("Upload a file"), "form": form})


@require_GET
def template_file(request: HttpRequest) -> HttpResponse:
    person(request, Right.SEE_PAYMENTS)
    return _as_file(
        HttpResponse(exporting.template(), content_type="text/csv; charset=utf-8"), "payments.csv"
    )


@require_GET
def batch_page(request: HttpRequest, batch_ref: str) -> HttpResponse:
    """One batch: how far it is, what its rows come to, what is wrong with the bad ones, what became of the good."""
    user = person(request, Right.SEE_PAYMENTS)
    batch = get_object_or_404(Batch, batch_ref=batch_ref)
    context = {
        "title": batch.batch_ref,
        "form": BookForm(),
        "now": timezone.now(),
        **showing.batch_context(batch, user),
    }
    return _page(request, "payments/batches/batch.html", context)


@require_POST
def book(request: HttpRequest, batch_ref: str) -> HttpResponse:
    person(request, Right.REQUEST_PAYMENTS)
    batch = get_object_or_404(Batch, batch_ref=batch_ref)
    return _act(
        request,
        batch,
        lambda **act: services.book(batch=batch, rule=request.POST.get("rule", ""), **act),
        _("It is being booked. Its rows become payments by themselves."),
    )


@require_http_methods(["GET", "POST"])
def cancel_page(request: HttpRequest, batch_ref: str) -> HttpResponse:
    """GET asks for the reason, POST cancels."""
    person(request, Right.SEE_PAYMENTS)
    batch = get_object_or_404(Batch, batch_ref=batch_ref)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _act(
            request,
            batch,
            lambda **act: services.cancel(batch=batch, reason=form.cleaned_data["reason"], **act),
            _("Cancelled. No row of it becomes a payment any more."),
        )
    intro = _(
        "No row becomes a payment any more. Payments that stand already stay; each can be cancelled on its page."
    )
    return _form(
        request,
        batch,
        form,
        title=_("Cancel this batch"),
        submit=_("Cancel the batch"),
        intro=intro,
        style="danger",
    )


@require_GET
def rows_page(request: HttpRequest, batch_ref: str) -> HttpResponse:
    """Rows with their payments, in the order of the file; `bad` shows those that cannot be taken."""
    person(request, Right.SEE_PAYMENTS)
    batch = get_object_or_404(Batch, batch_ref=batch_ref)
    bad = "bad" in request.GET
    rows = batch.rows.filter(verdict=Verdict.BAD) if bad else showing.with_payments(batch)
    found, following = showing.page_of(rows, request.GET.get("after", ""))
    context = {
        "title": _("Rows of %(batch)s") % {"batch": batch.batch_ref},
        "batch": batch,
        "is_bad": bad,
        "rows": [showing.bad_row(row) if bad else showing.row_of(row) for row in found],
        "following": following,
    }
    return _page(request, "payments/batches/rows.html", context)


@require_GET
def bad_rows_file(request: HttpRequest, batch_ref: str) -> HttpResponse:
    """The bad rows as CSV, to be corrected and uploaded again."""
    person(request, Right.REQUEST_PAYMENTS)
    batch = get_object_or_404(Batch.objects.exclude(storage_name=""), batch_ref=batch_ref)
    try:
        lines = exporting.bad_rows(batch)
        first = next(lines)
    except (StorageAway, FileChanged) as away:
        messages.error(request, str(away))
        return redirect(showing.url_of(batch))
    response = StreamingHttpResponse(_behind(first, lines), content_type="text/csv; charset=utf-8")
    return _as_file(response, f"{batch.batch_ref}-bad-rows.csv")


@require_http_methods(["GET", "POST"])
def approve_page(request: HttpRequest, batch_ref: str) -> HttpResponse:
    """GET shows the rows that this person can approve together, POST approves exactly those by their own code."""
    user = _approver(request)
    batch = get_object_or_404(Batch, batch_ref=batch_ref)
    rows = services.approvable(batch, user)
    if request.method == "GET":
        return _page(request, "payments/batches/approve.html", _review(batch, rows, request))
    because = _("One code approves exactly the rows that you reviewed.")
    # A code typed for this selection, whenever the last one was.
    if not stepup.fresh(request, timezone.now(), timedelta()):
        return stepup.ask(request, because=because)
    try:
        selection = services.approve_selected(
            batch=batch,
            seen=request.POST.get("seen", ""),
            proof=payments.Proof(at=stepup.proved(request)),
            actor=Actor.staff(user),
            now=timezone.now(),
        )
    except StepUpNeeded as needed:
        return stepup.ask(request, because=str(needed))
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
        return redirect("batches:approve", batch.batch_ref)
    sentence = ngettext(
        "Your approval of %(count)d payment is being carried out.",
        "Your approval of %(count)d payments is being carried out, one by one.",
        selection.count,
    )
    messages.success(request, sentence % {"count": selection.count})
    return redirect(showing.url_of(batch))


@require_http_methods(["GET", "POST"])
def hold_out_page(request: HttpRequest, batch_ref: str, line: int) -> HttpResponse:
    """GET asks for the reason, POST leaves the row out of what is approved together."""
    _approver(request)
    row = get_object_or_404(BatchRow.objects.select_related("batch"), batch__batch_ref=batch_ref, line=line)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = _("%(ref)s is held out. It goes on waiting by itself.") % {"ref": row.payment_ref}
        return _act(
            request,
            row.batch,
            lambda **act: services.hold_out(row=row, reason=form.cleaned_data["reason"], **act),
            done,
            back="batches:approve",
        )
    title = _("Hold %(ref)s out") % {"ref": row.payment_ref}
    intro = _(
        "The others can be approved without it. It stays a payment, and is approved or rejected on its own."
    )
    return _form(request, row.batch, form, title=title, submit=_("Hold it out"), intro=intro)


@require_POST
def take_back_in(request: HttpRequest, batch_ref: str, line: int) -> HttpResponse:
    _approver(request)
    row = get_object_or_404(BatchRow.objects.select_related("batch"), batch__batch_ref=batch_ref, line=line)
    done = _("%(ref)s is approved with the others again.") % {"ref": row.payment_ref}
    return _act(
        request, row.batch, lambda **act: services.take_back_in(row=row, **act), done, back="batches:approve"
    )


def _approver(request: HttpRequest) -> User:
    """Whom the policy may ask for an approval; for anybody else the page is not there."""
    user = person(request, Right.SEE_PAYMENTS)
    if not queues.may_be_asked(user):
        raise Http404
    return user


def _review(batch: Batch, rows: Any, request: HttpRequest) -> dict[str, Any]:
    shown = rows.select_related("customer", "payment__customer", "payment__beneficiary")
    found, following = showing.page_of(shown, request.GET.get("after", ""))
    totals, short = showing.totals(rows)
    held = showing.with_payments(batch).filter(held_out_at__isnull=False).order_by("line")
    return {
        "title": _("Approve %(batch)s") % {"batch": batch.batch_ref},
        "batch": batch,
        "seen": selecting.seen_digest(rows),
        "count": rows.count(),
        "rows": [showing.row_of(row) for row in found],
        "following": following,
        "totals": totals,
        "short": short,
        "fees": showing.fees(rows),
        "warned": showing.warned(rows),
        "held_out": [showing.row_of(row) for row in held[: showing.ROWS]],
        "now": timezone.now(),
    }


def _act(
    request: HttpRequest, batch: Batch, service: Any, done: str, *, back: str = "batches:batch"
) -> HttpResponse:
    try:
        service(actor=Actor.staff(request.user), now=timezone.now())
        messages.success(request, done)
    except REFUSALS as refusal:
        messages.error(request, str(refusal))
    return redirect(back, batch.batch_ref)


def _form(request: HttpRequest, batch: Batch, form: Any, **context: Any) -> HttpResponse:
    return _page(
        request,
        "staff/form.html",
        {"form": form, "back_url": showing.url_of(batch), "parent": batch.batch_ref, **context},
    )


def _behind(first: str, lines: Any) -> Any:
    yield first
    yield from lines


def _as_file(response: Any, name: str) -> Any:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), **context})
