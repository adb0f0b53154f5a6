"""The kinds of event that can be announced. Each app registers its own in ready()."""

from django.utils.functional import Promise

TEST = "endpoint.test"

_KINDS: dict[str, str | Promise] = {}


def register_kind(name: str, label: str | Promise) -> None:
    """`name` as receivers read it, dots between its parts; `label` for staff who choose what an endpoint gets."""
    _KINDS[name] = label


def known(name: str) -> bool:
    return name in _KINDS


def choices() -> list[tuple[str, str | Promise]]:
    """What an endpoint may be limited to; the test always arrives."""
    return sorted((name, label) for name, label in _KINDS.items() if name != TEST)
