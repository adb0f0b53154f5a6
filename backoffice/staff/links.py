"""The address of this installation, for links that are handed to people."""

import os

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from backoffice.environment import Environment


def base_url(request: HttpRequest | None = None) -> str:
    """From the request at hand; from the shell: the local port, or the first host of ALLOWED_HOSTS."""
    if request is not None:
        return f"{request.scheme}://{request.get_host()}"
    if settings.LOCAL:
        return f"http://127.0.0.1:{os.environ.get('PORT') or Environment().text('PORT', '8000')}"
    named = [host for host in settings.ALLOWED_HOSTS if host != "*" and not host.startswith(".")]
    return f"https://{named[0] if named else 'YOUR-HOST'}"


def enrolment_url(token: str, request: HttpRequest | None = None) -> str:
    return base_url(request) + reverse("staff:enrol_link", args=[token])
