from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webhooks.outgoing import kinds
from webhooks.outgoing.addresses import LONGEST_URL


class EndpointForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What the system behind it is called here.")
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_(
            "It begins with https:// and is reached over the internet. It cannot be changed afterwards."
        ),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Kinds of event"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none to get all, also those that later versions add."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, f"{label} ({name})") for name, label in kinds.choices()]
        self.fields["event_types"].choices = choices  # type: ignore[attr-defined]
