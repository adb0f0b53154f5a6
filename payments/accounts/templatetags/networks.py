"""The name of a network as people call it."""

from django import template

from payments.accounts.deposits import coins

register = template.Library()


@register.filter
def network_name(network: str | None) -> str:
    """`POLYGON` as "Polygon"; one that is not known as it came, none as nothing."""
    return coins.name_of(network) if network else ""
