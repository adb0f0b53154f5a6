from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.references import LENGTH, PATTERN
from customers.files import DocumentType
from customers.models import CustomerType
from customers.rules import MAX_NAME


class CustomerForm(forms.Form):
    """A customer taken in by a member of staff."""

    partner_customer_ref = forms.RegexField(
        rf"^{PATTERN}\Z",
        label=_("Your reference"),
        max_length=LENGTH,
        help_text=_("Letters, digits, dots, underscores, colons and hyphens. It stays for ever."),
        error_messages={"invalid": _("Use letters, digits, dots, underscores, colons and hyphens only.")},
    )
    customer_type = forms.ChoiceField(label=_("Type"), choices=CustomerType.choices)
    display_name = forms.CharField(label=_("Name"), max_length=MAX_NAME)


class UploadForm(forms.Form):
    document_type = forms.ChoiceField(label=_("What it is"), choices=DocumentType.choices())
    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("A PDF, or a picture as JPEG, PNG, WebP or HEIC, up to 20 MB."),
    )
