from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.batches.files import MAX_BYTES, MAX_ROWS
from payments.batches.models import Rule
from payments.forms import reference_field


class UploadForm(forms.Form):
    """What a maker hands in."""

    batch_ref = reference_field(_("Your reference"))
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}), allow_empty_file=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "CSV or Excel (.xlsx), up to %(rows)s rows and %(size)d MB. The first line names the columns."
        ) % {"rows": f"{MAX_ROWS:,}", "size": MAX_BYTES // 1024**2}


class BookForm(forms.Form):
    rule = forms.ChoiceField(
        label=_("What is booked"), choices=Rule.choices, widget=forms.RadioSelect, initial=Rule.ALL_GOOD
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
