"""Every form that a case's data had: who put it in, when, and all of it."""

import json
from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from onboarding.models import Case

REVISION_CONTEXT = "case.revision"


class Revision(models.Model):
    """The data and documents of a case as they stood under one number; the case carries the newest number."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    details_sealed = models.BinaryField()
    # The ids of the documents that belonged to the case, in their order.
    document_ids = models.JSONField(default=list)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("revision of a case")
        verbose_name_plural = _("revisions of cases")
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="revision_once")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} revision {self.number}"

    @property
    def details(self) -> dict[str, Any]:
        """The data of this revision. Personal, like the case's."""
        key = self.case.customer.vault_key
        data: dict[str, Any] = json.loads(vault.unseal(key, self.details_sealed, context=REVISION_CONTEXT))
        return data
