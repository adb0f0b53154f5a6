"""System checks: a wrong setting is said at the start, with what to do, and not by a payment that fails."""

import ipaddress
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_SECRET = 24
OUR_SECRETS = ("AUDIT_KEY", "SECRET_KEY")
SECRETS = (
    "OCEAFIN_PARTNER_API_CLIENT_SECRET",
    "OCEAFIN_PARTNER_API_WEBHOOK_SECRET",
    "AUDIT_KEY",
    "SECRET_KEY",
)


@register(Tags.security)
def check_oceafin_base_url(**_kwargs: Any) -> Iterable[CheckMessage]:
    parts = urlsplit(settings.OCEAFIN_PARTNER_API_BASE_URL)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return []
    return [
        Error(
            "OCEAFIN_PARTNER_API_BASE_URL is neither https nor on this machine.",
            hint="Set it to https://api.oceafin.com, or to the sandbox address that Oceafin gave you.",
            id="backoffice.E001",
        )
    ]


@register(Tags.security)
def check_field_keys(**_kwargs: Any) -> Iterable[CheckMessage]:
    if settings.FIELD_KEYS and all(_is_fernet_key(key) for key in settings.FIELD_KEYS):
        return []
    return [
        Error(
            "FIELD_KEYS is empty or holds something that is not a key.",
            hint="Each is 32 random bytes in url-safe base64, newest first, separated by commas.",
            id="backoffice.E002",
        )
    ]


@register()
def check_second_look(**_kwargs: Any) -> Iterable[CheckMessage]:
    if 1 <= settings.SECOND_LOOK_PERCENT <= 100:
        return []
    return [
        Error(
            "SECOND_LOOK_PERCENT is not between 1 and 100.",
            hint="So many cases in a hundred are drawn for a second look; it cannot be turned off.",
            id="backoffice.E004",
        )
    ]


@register(Tags.security, deploy=True)
def check_secrets_differ(**_kwargs: Any) -> Iterable[CheckMessage]:
    values = [getattr(settings, name) for name in SECRETS]
    if len(set(values)) == len(values):
        return []
    return [
        Warning(
            "Two secrets are the same.",
            hint=f"Give each of {', '.join(SECRETS)} a value of its own.",
            id="backoffice.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_secret_lengths(**_kwargs: Any) -> Iterable[CheckMessage]:
    return [
        Warning(
            f"{name} is shorter than {SHORTEST_SECRET} characters.",
            hint="Make a longer one: it guards sign-in and the trail.",
            id="backoffice.W001",
        )
        for name in OUR_SECRETS
        if len(getattr(settings, name)) < SHORTEST_SECRET
    ]


@register(Tags.security, deploy=True)
def check_not_local(**_kwargs: Any) -> Iterable[CheckMessage]:
    if not settings.LOCAL:
        return []
    return [
        Error(
            "Local mode is on: plain http, and a sign-in page that shows codes.",
            hint="Unset BACKOFFICE_LOCAL and start from an environment that has no .local folder.",
            id="backoffice.E003",
        )
    ]


@register(Tags.security, deploy=True)
def check_mail(**_kwargs: Any) -> Iterable[CheckMessage]:
    if not settings.EMAIL_HOST:
        hint = (
            "Set EMAIL_HOST and EMAIL_FROM, and EMAIL_HOST_USER and EMAIL_HOST_PASSWORD where it wants them."
        )
        return [Warning("EMAIL_HOST is not set: approvers get no notices.", hint=hint, id="backoffice.W003")]
    found: list[CheckMessage] = []
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        hint = "Set it to an address that your mail server sends for."
        found.append(Warning("EMAIL_FROM is not set.", hint=hint, id="backoffice.W004"))
    encrypted = settings.EMAIL_USE_SSL or settings.EMAIL_USE_TLS
    if not encrypted and not _is_loopback(settings.EMAIL_HOST):
        hint = "Unset EMAIL_PLAIN: it is for a mail server on this machine."
        found.append(Error("Mail would go over the network in plain.", hint=hint, id="backoffice.E005"))
    return found


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
