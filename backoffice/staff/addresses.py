"""Where a request comes from, and how often it failed there: beside the counts of each person."""

from datetime import datetime
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

from backoffice import vault
from backoffice.staff import lockout

FAILURES_ALLOWED = 30


def address_of(request: HttpRequest) -> str:
    """The caller's address as the outermost proxy of ours (PROXIES_IN_FRONT) wrote it down; "" if unreadable.

    What a caller writes into the header itself stands further left and is never believed. Of IPv6 the first half
    counts: one caller has the whole of the other.
    """
    meta = request.META
    told = str(meta.get("REMOTE_ADDR", ""))
    if settings.PROXIES_IN_FRONT:
        hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
        told = hops[-settings.PROXIES_IN_FRONT] if len(hops) >= settings.PROXIES_IN_FRONT else told
    if told.count(":") == 1:  # some proxies add the port
        told = told.partition(":")[0]
    try:
        address = ip_address(told)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return address.exploded[:19]
    return str(address)


def take_try(request: HttpRequest, *, kind: str, now: datetime) -> None:
    """Count one try from this address before it is looked at. Raises LockedOut beyond 30 within 15 minutes."""
    lockout.take(_subject(request, kind), now=now, allowed=FAILURES_ALLOWED)


def give_back(request: HttpRequest, *, kind: str) -> None:
    """The try was a success: only this one is forgotten, so that one's own account is no way to start anew."""
    lockout.give_back(_subject(request, kind))


def _subject(request: HttpRequest, kind: str) -> str:
    return f"{kind}:{vault.fingerprint(address_of(request), context='staff.address')}"
