"""What customers read, by reason and language: the words that leads wrote, and where they write new ones."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.audit import Actor
from backoffice.staff.admin_base import DeskAdmin
from backoffice.staff.errors import Refusal
from backoffice.staff.pages import form_page
from backoffice.staff.roles import Right
from backoffice.staff.site import site
from backoffice.staff.templatetags.desk import when
from onboarding.requested import services
from onboarding.requested.models import CustomerText
from onboarding.requested.texts import AskCode
from onboarding.requested.wording import name_of_language


class TextForm(forms.Form):
    code = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[choice for choice in AskCode.choices() if choice[0] != AskCode.OTHER],
    )
    language = forms.CharField(
        label=gettext_lazy("Language"),
        max_length=3,
        help_text=gettext_lazy("Its code of two letters, such as en or pl."),
    )
    text = forms.CharField(
        label=gettext_lazy("What the customer reads"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Write {document} where the name of the document belongs."),
    )


@admin.register(CustomerText, site=site)
class CustomerTextAdmin(DeskAdmin):
    required_right = Right.REVIEW_CASES
    nav_group = "records"
    nav_order = 70
    nav_icon = "document"
    list_display = ("code", "language_name", "text", "written_by", "written")
    list_select_related = ("written_by",)
    list_filter = ("code",)
    ordering = ("-id",)
    fields = ("code", "language_name", "text", "written_by", "written")
    readonly_fields = ("language_name", "written")

    @admin.display(description=gettext_lazy("Language"))
    def language_name(self, row: CustomerText) -> str:
        return name_of_language(row.language)

    @admin.display(description=gettext_lazy("Written"))
    def written(self, row: CustomerText) -> str:
        return when(row.written_at)

    def headline(self, record: Any) -> str:
        return f"{record.get_code_display()} · {name_of_language(record.language)}"

    def list_buttons(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not request.user.has_right(Right.LEAD_CASES):  # type: ignore[union-attr]
            return []
        return [{"label": _("Write a text"), "url": reverse("admin:requested_customertext_write")}]

    def get_urls(self) -> list[URLPattern]:
        write = path(
            "write/", self.admin_site.admin_view(self.write_view), name="requested_customertext_write"
        )
        return [write, *super().get_urls()]

    def write_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_right(Right.LEAD_CASES):  # type: ignore[union-attr]
            return redirect("admin:index")
        form = TextForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                services.write_text(**form.cleaned_data, actor=Actor.staff(request.user), now=timezone.now())
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("It is what customers read from now on."))
                return redirect("admin:requested_customertext_changelist")
        return form_page(
            request,
            title=_("Write a text for customers"),
            intro=_(
                "It takes the place of the text before, for this reason and language. Sent letters stay as they are."
            ),
            form=form,
            submit=_("Use this text"),
            back_url=reverse("admin:requested_customertext_changelist"),
        )
