"""`{% load reveals %}{% initials name %}`: enough to tell two rows apart, not enough to know a person."""

from django import template
from django.utils.safestring import SafeString

from backoffice.reveals.masking import masked_name
from backoffice.staff.templatetags.desk import masked

register = template.Library()


@register.simple_tag
def initials(name: str) -> SafeString:
    """A name as its initials, marked as hidden personal data."""
    return masked(masked_name(name))
