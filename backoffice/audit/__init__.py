"""The one trail of who did what, and the one function that moves a record from state to state.

The names are loaded when first used, because models cannot be imported while the apps are loading.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backoffice.audit.actors import Actor
    from backoffice.audit.moving import MovedMeanwhile, move
    from backoffice.audit.trail import NoTransaction, entries_of, note_of, record, timeline_for, timeline_of

__all__ = [
    "Actor",
    "MovedMeanwhile",
    "NoTransaction",
    "entries_of",
    "move",
    "note_of",
    "record",
    "timeline_for",
    "timeline_of",
]

_HOMES = {"Actor": "actors", "MovedMeanwhile": "moving", "move": "moving"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"backoffice.audit.{_HOMES.get(name, 'trail')}"), name)
