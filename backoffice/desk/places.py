"""Where the record that an entry tells of can be opened."""

from dataclasses import dataclass

from django.apps import apps
from django.urls import NoReverseMatch, reverse

from backoffice.audit.models import Entry


@dataclass(frozen=True)
class Place:
    name: str
    url: str = ""


def place_of(entry: Entry) -> Place:
    """The kind of record and its number, with the address of its page where it has one."""
    try:
        model = apps.get_model(entry.subject_type)
    except (LookupError, ValueError):
        return Place(f"{entry.subject_type} {entry.subject_id}")
    name = f"{model._meta.verbose_name} {entry.subject_id}"
    page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    try:
        return Place(name, reverse(page, args=[entry.subject_id]))
    except NoReverseMatch:
        return Place(name)
