from typing import Any

from django.http import HttpRequest

from backoffice.staff.site import ribbon


def desk(request: HttpRequest) -> dict[str, Any]:
    """The ribbon, also on pages outside the staff site (signing in, errors)."""
    return ribbon()
