"""Our own webhooks to the partner's systems, by the Standard Webhooks specification.

    outgoing.announce("customer.status_changed", customer.vault_key, {...}, now)

in the transaction of the act: what is announced commits with it, and is sent from rows until it was taken.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webhooks.outgoing.announcing import announce
    from webhooks.outgoing.kinds import register_kind

__all__ = ["announce", "register_kind"]

# Loaded when first used, because models cannot be imported while the apps are loading.
_HOMES = {"announce": "announcing", "register_kind": "kinds"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"webhooks.outgoing.{_HOMES[name]}"), name)
