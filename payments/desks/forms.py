from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from payments.desks.services import LONGEST_REFERENCE


def _words(label: Any, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, max_length=2000, widget=widget, help_text=help_text)


class EvidenceForm(forms.Form):
    """What Oceafin's support said, and what shows it."""

    evidence = _words(_("What Oceafin said"), _("Who said it, when, and in which words. It is kept."))
    support_reference = forms.CharField(
        label=_("Reference of Oceafin's support"), max_length=LONGEST_REFERENCE, required=False
    )
    document = forms.ModelChoiceField(
        label=_("Document"),
        queryset=None,
        required=False,
        help_text=_("Of this customer's documents, the newest first."),
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        documents = customer.documents.order_by("-id")
        field: Any = self.fields["document"]
        field.queryset = documents
        field.label_from_instance = lambda each: (
            f"{each.get_document_type_display()} · {each.file_name} · {each.uploaded_at:%-d %B %Y}"
        )
        if not documents.exists():
            del self.fields["document"]


class WordsForm(forms.Form):
    reason = _words(_("Reason"))


class NoteForm(forms.Form):
    reason = _words(_("Note"), _("What you do about it. Your name stands beside it."))


class HappenedForm(forms.Form):
    oceafin_id = forms.CharField(
        label=_("Oceafin's id"),
        max_length=64,
        help_text=_("As Oceafin's support gave it. It is read there, and must be exactly what we sent."),
    )
