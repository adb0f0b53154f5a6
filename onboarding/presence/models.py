"""A person in front of a case: a row that is renewed while the page is open, and forgotten soon after."""

from django.db import models

from backoffice.staff.models import User
from onboarding.models import Case


class Looker(models.Model):
    """Who has a case's page open, as it was told last. Not a record: what was looked at is in the trail."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="lookers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="looker_once")]
        indexes = [models.Index(fields=["seen_at"], name="looker_by_time")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.case_id}"
