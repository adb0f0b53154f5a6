import uuid

from django.db import models
from django.db.models import Q


class DataKey(models.Model):
    """One key that seals the data of one owner (a customer, a member of staff, the door).

    `wrapped` is the key itself, encrypted under FIELD_KEYS. Destroying it erases all that it sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=32)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"],
                condition=Q(purpose__in=["door", "fingerprints"]),
                name="one_key_for_the_house",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(wrapped=b""), name="a_destroyed_key_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} key {self.id}"
