"""Each version of the service levels, as a lead made it. The newest counts; the older ones can be read."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User


class ServiceLevelsVersion(models.Model):
    """What was promised from `made_at` on, until the next version."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    data = models.JSONField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of the service levels")
        verbose_name_plural = _("versions of the service levels")
        constraints = [models.CheckConstraint(condition=Q(number__gt=0), name="service_levels_number")]
        triggers = [
            pgtrigger.Protect(name="service_levels_are_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"service levels {self.number}"
