"""What is served as files is looked through once in each process of the tests.

Every test client brings its own middleware, and WhiteNoise would walk through all folders for each of them: more
work than most of the pages that are asked for.
"""

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware

_look_through = WhiteNoiseMiddleware.add_files_from_finders
_found: dict[str, dict[str, Any]] = {}


def look_through_once() -> None:
    """From now on, what the first client finds below an address serves the others as well."""
    WhiteNoiseMiddleware.add_files_from_finders = _known_files


def _known_files(self: WhiteNoiseMiddleware) -> None:
    if self.static_prefix not in _found:
        _look_through(self)
        _found[self.static_prefix] = dict(self.files)
    self.files.update(_found[self.static_prefix])
