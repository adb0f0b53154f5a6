"""Where a webhook may go: https to a public address. Asked when the endpoint is saved, and again at each connect.

A name is resolved once per attempt, every address it has must be allowed, and the connection goes to one of
exactly these (see `sending`): a name that changes its mind between the check and the connect gains nothing.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from backoffice.staff.errors import Refusal

LONGEST_URL = 500
# An IPv6 prefix that carries an IPv4 address inside and is translated on the way.
_TRANSLATED = IPv6Network("64:ff9b::/96")
# Of one network alone, though the first is not counted as private: what a network translates or calls its own site.
_LOCAL = (IPv6Network("64:ff9b:1::/48"), IPv6Network("fec0::/10"))

Address = IPv4Address | IPv6Address


class AddressRefused(Refusal):
    """The address leads to where a webhook must not go."""


@dataclass(frozen=True)
class Target:
    """A checked URL, taken apart."""

    tls: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.tls else 80) else f"{name}:{self.port}"


def target_of(url: str) -> Target:
    """Take the URL apart. Raises AddressRefused for all but plain https addresses (http to this machine alone, and
    in local mode alone)."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(
            _("This address cannot be read. Use plain letters, at most %(limit)d.") % {"limit": LONGEST_URL}
        )
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise AddressRefused(
            _("This address cannot be read. It looks like https://example.com/hooks.")
        ) from None
    if parts.scheme not in {"https", "http"} or not host or "%" in host:
        raise AddressRefused(_("Give a whole address, such as https://example.com/hooks."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(
            _("Leave name, password and # out of the address; deliveries prove themselves by signature.")
        )
    tls = parts.scheme == "https"
    if not tls and not settings.LOCAL:
        raise AddressRefused(_("Give an address that begins with https://, so that nobody reads along."))
    path = parts.path or "/"
    return Target(tls, host, port or (443 if tls else 80), f"{path}?{parts.query}" if parts.query else path)


def resolve(target: Target) -> list[Address]:
    """Every address of the host, each of them allowed. Raises AddressRefused."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(
            _("The name %(host)s leads nowhere. Check the address.") % {"host": target.host}
        ) from None
    addresses = list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
    for address in addresses:
        _check(address, target)
    return addresses


def _check(address: Address, target: Target) -> None:
    address = _inner(address)
    if settings.LOCAL and address.is_loopback:
        return
    is_local = any(address in network for network in _LOCAL)
    if is_local or not address.is_global or address.is_multicast or address.is_reserved:
        raise AddressRefused(
            _("%(host)s leads into a private network. Webhooks go to public addresses only.")
            % {"host": target.host}
        )
    if not target.tls:
        raise AddressRefused(_("Give an address that begins with https://, so that nobody reads along."))


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
