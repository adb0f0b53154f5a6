"""The texts that customers agreed to, by the hash that their consent names."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User


class ConsentText(models.Model):
    """A text exactly as customers were shown it; their consent evidence carries its hash (contract section 3)."""

    sha256 = models.CharField(max_length=64, unique=True)
    version = models.CharField(max_length=300)
    text = models.TextField()
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        indexes = [models.Index(fields=["version"], name="consent_text_by_version")]
        triggers = [
            pgtrigger.Protect(name="kept_as_it_is", operation=pgtrigger.Delete | pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return f"{self.version} ({self.sha256[:12]})"
