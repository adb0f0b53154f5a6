from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.references import LENGTH, PATTERN
from customers.files import DocumentType
from customers.models import Document
from payments.accounts.fiat.models import FiatAccountCapability
from payments.accounts.fiat.services import LONGEST_ANSWER, LONGEST_PURPOSE


class ChooseCustomerForm(forms.Form):
    customer = forms.CharField(
        label=gettext_lazy("Customer"), max_length=LENGTH, help_text=gettext_lazy("Your reference of it.")
    )


class ApplyForm(forms.Form):
    """For which account. Where Oceafin has not listed what may be opened, the currency is written."""

    application_ref = forms.RegexField(
        rf"^{PATTERN}\Z",
        label=gettext_lazy("Your reference"),
        max_length=LENGTH,
        help_text=gettext_lazy("Letters, digits, dots, underscores, colons and hyphens. It stays for ever."),
        error_messages={
            "invalid": gettext_lazy("Use letters, digits, dots, underscores, colons and hyphens only.")
        },
    )
    capability = forms.ChoiceField(label=gettext_lazy("Account"), required=False)
    currency = forms.RegexField(
        r"^[A-Z]{3}\Z",
        label=gettext_lazy("Currency"),
        max_length=3,
        required=False,
        help_text=gettext_lazy("Three capital letters, such as EUR."),
        error_messages={"invalid": gettext_lazy("Three capital letters, such as EUR.")},
    )
    purpose = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=LONGEST_PURPOSE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Oceafin reads it."),
    )

    def __init__(self, *args: Any, capabilities: list[FiatAccountCapability], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {each.capability_id: each for each in capabilities if len(each.currency) == 3}
        if self.offered:
            del self.fields["currency"]
            self.fields["capability"].required = True
            choices = [(name, _offer(each)) for name, each in self.offered.items()]
            self.fields["capability"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["capability"]
            self.fields["currency"].required = True

    def asked(self) -> dict[str, str]:
        """The words that the service takes."""
        given = self.cleaned_data
        chosen = self.offered.get(given.get("capability", ""))
        return {
            "application_ref": given["application_ref"],
            "currency": chosen.currency if chosen else given["currency"],
            "capability_id": chosen.capability_id if chosen else "",
            "purpose": given["purpose"],
        }


class AnswerForm(forms.Form):
    """One text for each question, documents that are there, and one more file."""

    def __init__(
        self, *args: Any, items: list[dict[str, str]], documents: list[Document], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.questions = items or [{"code": "", "message": _("Your answer"), "documentType": ""}]
        for place, item in enumerate(self.questions):
            self.fields[f"answer_{place}"] = forms.CharField(
                label=item["message"] or item["code"] or item["documentType"],
                required=False,
                max_length=LONGEST_ANSWER,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_wanted(item),
            )
            # A document may answer it in place of a text: no reader takes a question of Oceafin's for optional.
            self.fields[f"answer_{place}"].is_question = True
        label = _("Another file") if documents else _("A file")
        if documents:
            self.fields["documents"] = forms.MultipleChoiceField(
                label=_("Documents that we have"),
                required=False,
                choices=[(str(each.document_id), _named(each)) for each in documents],
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["file"] = forms.FileField(
            label=label,
            required=False,
            allow_empty_file=True,
            help_text=_("A PDF, or a picture as JPEG, PNG, WebP or HEIC, up to 20 MB."),
        )
        wanted = next((item["documentType"] for item in self.questions if item["documentType"]), "")
        self.fields["document_type"] = forms.ChoiceField(
            label=_("What the file is"),
            required=False,
            choices=[("", _("Choose")), *DocumentType.choices()],
            initial=wanted if wanted in set(DocumentType) else "",
        )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("file") and not given.get("document_type"):
            self.add_error("document_type", _("Say what the file is."))
        return given

    def answers(self) -> dict[int, str]:
        return {place: self.cleaned_data[f"answer_{place}"] for place in range(len(self.questions))}


def _offer(capability: FiatAccountCapability) -> str:
    status = capability.status.replace("_", " ").capitalize()
    return " · ".join(part for part in (capability.currency, capability.country, status) if part)


def _named(document: Document) -> str:
    return f"{document.get_document_type_display()} · {document.file_name} · {document.uploaded_at:%-d %B %Y}"


def _wanted(item: dict[str, str]) -> str:
    if not item["documentType"]:
        return ""
    kind = item["documentType"].replace("_", " ").capitalize()
    return _("A document of this kind answers it too: %(kind)s.") % {"kind": kind}
