"""When payments in a currency leave: each version as a lead made it. The newest of a currency counts."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.opening_hours import OpeningHours
from backoffice.staff.models import User


class SendingHours(models.Model):
    """From `made_at` on, until the next version: hours with their cut-offs and holidays, or at any time."""

    currency = models.CharField(_("currency"), max_length=16)
    number = models.PositiveIntegerField(_("version"))
    at_any_time = models.BooleanField()
    data = models.JSONField(null=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sending hours")
        verbose_name_plural = _("sending hours")
        constraints = [
            models.UniqueConstraint(fields=["currency", "number"], name="sending_hours_version_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="sending_hours_number"),
            models.CheckConstraint(
                condition=Q(at_any_time=True, data__isnull=True) | Q(at_any_time=False, data__isnull=False),
                name="sending_hours_or_any",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="sending_hours_are_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"sending hours {self.number} of {self.currency}"

    @property
    def opening(self) -> OpeningHours | None:
        """None: at any time."""
        return None if self.data is None else OpeningHours.of_data(self.data)
