"""Who looked at whose personal data, when, and why.

Personal data is hidden until somebody opens it. Taking a case is itself the recorded reveal of what its decision
needs; anything else states a purpose and lasts minutes:

    reveals.open(customer=customer, purpose=Purpose.CUSTOMER_ASKED, words="", subject=customer, actor=actor, now=now)
    reveals.is_open(user, customer, now)
    reveals.require(user, customer, now)         # in a service, before it hands anything out
    reveals.record(...)                          # an act that is itself the reveal: a claim, an approver's look
    reveals.record_export(...)                   # a file with the data of many, after the second factor

`customer` is whatever has a `vault_key` and a `partner_customer_ref`: so the borders, which know no customers, ask
too. The names are loaded when first used, because models cannot be imported while the apps are loading.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backoffice.reveals.models import Purpose
    from backoffice.reveals.services import (
        NotRevealed,
        Whose,
        acknowledge,
        close,
        is_open,
        open,
        open_reveal,
        record,
        record_export,
        register_ground,
        require,
    )

__all__ = [
    "NotRevealed",
    "Purpose",
    "Whose",
    "acknowledge",
    "close",
    "is_open",
    "open",
    "open_reveal",
    "record",
    "record_export",
    "register_ground",
    "require",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    home = "models" if name == "Purpose" else "services"
    return getattr(import_module(f"backoffice.reveals.{home}"), name)
