"""The partner's references: what one looks like, and what happens when one is used a second time."""

import json
import re
from typing import Any

from django.db import models
from django.urls import register_converter
from django.urls.converters import StringConverter
from django.utils.translation import gettext as _

from backoffice import vault
from backoffice.staff.errors import Refusal

PATTERN = r"[A-Za-z0-9._:-]{1,64}"
LENGTH = 64

_WHOLE = re.compile(PATTERN)


class ReferenceConverter(StringConverter):
    """`<ref:name>` in an address: one of the partner's references, or an id of Oceafin's of the same form."""

    regex = PATTERN


register_converter(ReferenceConverter, "ref")


class NoReference(Refusal):
    """A reference that cannot be one."""


class ReferenceTaken(Refusal):
    """The reference stands already. `existing` is the record that has it; nothing was changed."""

    def __init__(self, existing: models.Model, reference: str) -> None:
        super().__init__(
            _("%(reference)s is in use for something else. Use another reference.") % {"reference": reference}
        )
        self.existing = existing


def check(reference: str) -> str:
    """Return the reference, or raise NoReference with a sentence."""
    if not isinstance(reference, str) or not _WHOLE.fullmatch(reference):
        raise NoReference(
            _(
                "A reference is 1 to 64 letters, digits, dots, underscores, colons and hyphens, without spaces."
            )
        )
    return reference


def constraint(field: str, *, name: str) -> models.CheckConstraint:
    """The same rule again in the database."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__regex": rf"^{PATTERN}$"}), name=name)


def request_digest(body: dict[str, Any]) -> str:
    """A keyed hash of what was asked for, so that the same request again is known as the same.

    The order of keys does not count. Keyed, because a bare hash of a name can be guessed.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return vault.fingerprint(canonical, context="request")
