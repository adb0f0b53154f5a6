"""Money in is tested against the same stand-in Oceafin as money out."""

from tests.payments.conftest import _oceafin, oceafin

__all__ = ["_oceafin", "oceafin"]
