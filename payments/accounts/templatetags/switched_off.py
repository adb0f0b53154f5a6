"""The banner on every page of a product that is switched off at Oceafin."""

from typing import Any

from django import template
from django.http import HttpRequest

from backoffice.staff.roles import Right
from payments.accounts import switches

register = template.Library()

# By the room of a page, as its address is named: an app's namespace, or the app of a record of the staff site.
PRODUCTS: dict[str, tuple[str, ...]] = {
    "payments": ("Fiat withdrawals", "Crypto withdrawals", "Conversions", "Refunds"),
    "fiat_accounts": ("Fiat accounts",),
    "deposits": ("Fiat accounts", "Crypto deposits"),
    "travel_rule": ("Crypto deposits",),
    "collections": ("Collections",),
    "collections_in": ("Collections",),
    "accounts": ("Accounts",),
    "statements": ("Accounts",),
}


@register.inclusion_tag("accounts/oversight/banner.html", takes_context=True)
def switched_off_here(context: Any) -> dict[str, Any]:
    """What is switched off of the product that this page is about; nothing on all other pages."""
    request = context.get("request")
    products = PRODUCTS.get(_room(request), ()) if isinstance(request, HttpRequest) else ()
    if request is None or not products:
        return {"off": []}
    user: Any = request.user
    return {
        "off": switches.off_of(products),
        "may_see": user.is_authenticated and user.has_right(Right.SEE_PAYMENTS),
    }


def _room(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    if match.namespace != "admin":
        return match.namespace
    known = (room for room in PRODUCTS if (match.url_name or "").startswith(f"{room}_"))
    return max(known, key=len, default="")
