"""What somebody was typing about a case when the page closed or the session ended."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from onboarding.models import Case

DRAFT_CONTEXT = "case.draft"


class Draft(models.Model):
    """The unsent words of one person in one form of a case, sealed under the customer's key. Gone once sent."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=40)
    fields_sealed = models.BinaryField()
    # The revision of the case's data that the form showed.
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["case", "user", "form"], name="draft_once")]
        indexes = [models.Index(fields=["saved_at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"draft of {self.form} in {self.case_id}"
