"""The versions of the risk matrix, and every rating that was made. Both are only added to."""

import json
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User
from onboarding.models import Case
from onboarding.risk.levels import Factor, Level

RATING_CONTEXT = "rating.reasons"
TEXT_CONTEXT = "rating.text"
_APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Matrix(models.Model):
    """One version of the matrix (onboarding/risk/matrix.py says how a table is read). The highest is in force."""

    version = models.PositiveIntegerField(unique=True)
    table = models.JSONField()
    note = models.CharField(max_length=2000)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("risk matrix")
        verbose_name_plural = _("risk matrix")
        triggers = [_APPEND_ONLY]

    def __str__(self) -> str:
        return str(_("Version %(number)d") % {"number": self.version})


class RatingKind(models.TextChoices):
    MATRIX = "MATRIX", _("By the matrix")
    OVERRIDE = "OVERRIDE", _("By a lead")


@dataclass(frozen=True)
class KeptReason:
    """A reason as it was kept, whatever the matrix says today."""

    factor: Factor
    answer: str
    level: Level
    rule: str


class Rating(models.Model):
    """One rating of a case: by a version of the matrix with its reasons, or by a lead with text."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings")
    matrix = models.ForeignKey(Matrix, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=RatingKind.choices)
    level = models.CharField(max_length=6, choices=Level.choices())
    # What the matrix itself gave, also where a lead decided otherwise.
    matrix_level = models.CharField(max_length=6, choices=Level.choices())
    # Keyed, of what was rated by which version: the same again is not rated twice.
    facts_digest = models.CharField(max_length=64)
    reasons_sealed = models.BinaryField()
    text_sealed = models.BinaryField(default=bytes)
    rated_at = models.DateTimeField()
    rated_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("risk rating")
        verbose_name_plural = _("risk ratings")
        indexes = [models.Index(fields=["case", "-id"], name="rating_of_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="MATRIX", rated_by__isnull=True, level=models.F("matrix_level"))
                | Q(kind="OVERRIDE", rated_by__isnull=False) & ~Q(text_sealed=b""),
                name="rating_override_by_person_with_text",
            )
        ]
        triggers = [_APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.level} of {self.case_id}"

    @property
    def kept(self) -> dict[str, Any]:
        """What was kept of the rating: `reasons`, `mediums`."""
        found: dict[str, Any] = json.loads(
            vault.unseal(self.case.customer.vault_key, self.reasons_sealed, context=RATING_CONTEXT)
        )
        return found

    @property
    def reasons(self) -> list[KeptReason]:
        return [
            KeptReason(Factor(each["factor"]), each["answer"], Level(each["level"]), each["rule"])
            for each in self.kept["reasons"]
        ]

    @property
    def text(self) -> str:
        """Why a lead decided otherwise."""
        if not self.text_sealed:
            return ""
        return vault.unseal_text(self.case.customer.vault_key, self.text_sealed, context=TEXT_CONTEXT)
