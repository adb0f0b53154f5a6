"""Customers and their documents, as staff see them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.reveals.desk import OpensData, open_and_hide
from backoffice.reveals.masking import masked_name
from backoffice.staff.admin_base import DeskAdmin, ReasonForm, RecordAction, render_waits
from backoffice.staff.errors import Refusal
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import age, masked, state_badge, when
from customers import services, submission
from customers.finding import find
from customers.forms import CustomerForm, UploadForm
from customers.models import Customer, Document
from customers.states import STANDING, Standing


def _stand(standing: Standing) -> Any:
    return lambda customer, **kwargs: services.change_standing(customer, standing=standing, **kwargs)


def _upload(customer: Customer, *, document_type: str, file: Any, actor: Actor, now: Any) -> Any:
    return services.upload_document(
        customer=customer, document_type=document_type, file=file, file_name=file.name, actor=actor, now=now
    )


def _may_see_persons(request: HttpRequest) -> bool:
    return bool(request.user.has_right(Right.SEE_PERSONAL_DATA))  # type: ignore[union-attr]


def search_help(request: HttpRequest) -> str:
    """What stands in an empty search box for customers."""
    return _("Reference, or part of a name") if _may_see_persons(request) else _("Reference begins with")


class CustomerAdmin(OpensData, DeskAdmin):
    """The list and the buttons. The page of one customer draws on every room, so the desk makes it."""

    required_right = Right.SEE_CUSTOMERS
    nav_group = "records"
    nav_order = 10
    nav_icon = "people"
    list_filter = ("customer_type", "standing")
    ordering = ("-id",)
    prefix_search = ("partner_customer_ref", "display_name")
    record_actions = (
        RecordAction(
            name="upload",
            label=gettext_lazy("Add a document"),
            right=Right.CREATE_CUSTOMERS,
            form=UploadForm,
            call=_upload,
            done=gettext_lazy("The document is in."),
        ),
        RecordAction(
            name="ask",
            label=gettext_lazy("Ask Oceafin again"),
            right=Right.CREATE_CUSTOMERS,
            call=services.ask_again,
            shown=lambda customer: customer.is_known_to_oceafin,
            done=gettext_lazy("Asked. The answer appears here by itself."),
        ),
        *open_and_hide(lambda customer: customer),
        RecordAction(
            name="restore",
            label=gettext_lazy("Lift the restriction"),
            right=Right.RESTRICT_CUSTOMERS,
            form=ReasonForm,
            call=_stand(Standing.ACTIVE),
            confirm=gettext_lazy("What waits for this customer leaves again by itself."),
            shown=lambda customer: customer.standing != Standing.ACTIVE,
            done=gettext_lazy("The customer is active again."),
        ),
        RecordAction(
            name="restrict",
            label=gettext_lazy("Restrict"),
            right=Right.RESTRICT_CUSTOMERS,
            form=ReasonForm,
            call=_stand(Standing.RESTRICTED),
            confirm=gettext_lazy("Nothing leaves for this customer until the restriction is lifted."),
            shown=lambda customer: customer.standing != Standing.RESTRICTED,
            done=gettext_lazy("The customer is restricted."),
            style="danger",
        ),
        RecordAction(
            name="offboard",
            label=gettext_lazy("End the relationship"),
            right=Right.RESTRICT_CUSTOMERS,
            form=ReasonForm,
            call=_stand(Standing.OFFBOARDING),
            confirm=gettext_lazy("Nothing new is begun for this customer."),
            shown=lambda customer: customer.standing != Standing.OFFBOARDING,
            done=gettext_lazy("The relationship is being ended."),
            style="danger",
        ),
    )

    # --- the list -------------------------------------------------------------------------------------------
    def get_list_display(self, request: HttpRequest) -> list[str]:
        name = "name" if _may_see_persons(request) else "hidden_name"
        return ["reference", name, "type", "status", "our_standing", "since"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Who may not see names cannot find by them either."""
        if not search_term.strip():
            return queryset, False
        return find(queryset, search_term, by_name=_may_see_persons(request)), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The search box says what this person can find by."""
        changelist = super().get_changelist_instance(request)
        changelist.search_help_text = search_help(request)
        return changelist

    @admin.display(description=gettext_lazy("Reference"))
    def reference(self, customer: Customer) -> str:
        return customer.partner_customer_ref

    @admin.display(description=gettext_lazy("Type"))
    def type(self, customer: Customer) -> str:
        return customer.get_customer_type_display()

    @admin.display(description=gettext_lazy("Name"))
    def name(self, customer: Customer) -> str:
        return masked(masked_name(customer.display_name))

    @admin.display(description=gettext_lazy("Name"))
    def hidden_name(self, customer: Customer) -> str:
        return masked("••••")

    @admin.display(description=gettext_lazy("At Oceafin"))
    def status(self, customer: Customer) -> str:
        return state_badge(None, customer.oceafin_status) if customer.oceafin_status else _("Not known yet")

    @admin.display(description=gettext_lazy("With us"))
    def our_standing(self, customer: Customer) -> str:
        return state_badge(STANDING, customer.standing)

    @admin.display(description=gettext_lazy("Since"))
    def since(self, customer: Customer) -> str:
        return age(customer.oceafin_status_since or customer.created_at)

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not request.user.has_right(Right.CREATE_CUSTOMERS):  # type: ignore[union-attr]
            return []
        return [{"label": _("New customer"), "url": reverse("admin:customers_customer_new")}]

    # --- a new one ------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        new = path("new/", self.admin_site.admin_view(self.new_view), name="customers_customer_new")
        return [new, *super().get_urls()]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_right(Right.CREATE_CUSTOMERS):  # type: ignore[union-attr]
            raise Http404
        form = CustomerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                customer = services.create_customer(
                    **form.cleaned_data, metadata={}, actor=Actor.staff(request.user), now=timezone.now()
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The customer is in. Oceafin is told by itself."))
                return redirect(self.record_url(customer))
        context = {
            **site.each_context(request),
            "title": _("New customer"),
            "form": form,
            "submit": _("Take in"),
            "intro": _("Oceafin is told of the customer by itself. Nothing is submitted by that."),
            "back_url": reverse("admin:customers_customer_changelist"),
        }
        return TemplateResponse(request, "staff/form.html", context)

    # --- the page of one ------------------------------------------------------------------------------------
    def headline(self, record: Any) -> str:
        return str(record.partner_customer_ref)

    def record_waits(self, record: Any) -> str:
        creation = None if record.is_known_to_oceafin else submission.create_submission(record)
        if record.standing != Standing.ACTIVE:
            return render_waits(
                what=STANDING.sentences[Standing(record.standing)],
                since=record.standing_since,
                who=_("Compliance may change that."),
            )
        if creation is not None and not creation.is_final:
            return render_waits(
                what=creation.waits_for or _("Oceafin is being told of this customer."),
                since=creation.state_since,
                by_itself=_("It goes by itself."),
            )
        return ""


@admin.register(Document, site=site)
class DocumentAdmin(OpensData, DeskAdmin):
    """A document is looked at as pictures that we draw; the original is only handed out as a file."""

    required_right = Right.SEE_CUSTOMERS
    nav_group = ""
    list_display = ("file_name", "document_type", "customer", "uploaded")
    list_filter = ("document_type",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    record_template = "customers/document.html"
    record_actions = open_and_hide(lambda document: document.customer)
    whose = staticmethod(lambda document: document.customer)
    fields = ("customer", "document_type", "kind", "weight", "digest", "uploaded_at", "uploaded_by")

    @admin.display(description=gettext_lazy("File"))
    def kind(self, document: Document) -> str:
        return document.content_type.rpartition("/")[2].upper()

    @admin.display(description=gettext_lazy("Size"))
    def weight(self, document: Document) -> str:
        return filesizeformat(document.size)

    @admin.display(description=gettext_lazy("SHA-256"))
    def digest(self, document: Document) -> str:
        return document.sha256

    @admin.display(description=gettext_lazy("Uploaded"))
    def uploaded(self, document: Document) -> str:
        return when(document.uploaded_at)

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        sees_persons = self.sees(request, record)
        return {
            **self.reveal_context(request, record),
            "page_numbers": range(1, record.pages + 1) if sees_persons else [],
            "given_name": record.given_name if sees_persons else "",
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        page = path("<int:pk>/page/<int:number>.png", view(self.page_view), name="customers_document_page")
        original = path("<int:pk>/original", view(self.original_view), name="customers_document_original")
        return [page, original, *super().get_urls()]

    def page_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Page `number` as a picture."""
        picture = self._opened(request, pk, number)
        if isinstance(picture, HttpResponse):
            return picture
        return _locked_down(HttpResponse(picture, content_type="image/png"))

    def original_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bytes as they came, to be kept and never shown by the browser."""
        document = self._document(pk)
        file = self._opened(request, pk, None)
        if isinstance(file, HttpResponse):
            return file
        return _locked_down(
            FileResponse(
                file, as_attachment=True, filename=document.file_name, content_type="application/octet-stream"
            )
        )

    def _opened(self, request: HttpRequest, pk: int, page: int | None) -> Any:
        try:
            return services.open_document(
                self._document(pk), page=page, actor=Actor.staff(request.user), now=timezone.now()
            )
        except services.NotAllowed as refusal:
            return HttpResponse(str(refusal), status=403, content_type="text/plain; charset=utf-8")
        except services.NotUsable as refusal:
            return HttpResponse(str(refusal), status=404, content_type="text/plain; charset=utf-8")
        except Refusal as refusal:
            return HttpResponse(str(refusal), status=503, content_type="text/plain; charset=utf-8")

    @staticmethod
    def _document(pk: int) -> Document:
        document = Document.objects.select_related("customer").filter(pk=pk).first()
        if document is None:
            raise Http404
        return document


def _locked_down(response: Any) -> HttpResponse:
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
