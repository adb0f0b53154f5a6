"""The one trail: who did what, when, to which record. Appended, never changed, sealed in a chain."""

import pgtrigger
from django.db import models


class ActorKind(models.TextChoices):
    STAFF = "STAFF"
    API = "API"
    SYSTEM = "SYSTEM"
    OCEAFIN = "OCEAFIN"


class Entry(models.Model):
    """One act. It holds ids, states, amounts and digests; free text is sealed under the customer's key."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=120)
    verb = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    customer_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    note_sealed = models.BinaryField(default=bytes)
    note_key = models.UUIDField(null=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["customer_id", "id"], name="audit_by_customer"),
            models.Index(fields=["actor_kind", "actor_id", "id"], name="audit_by_actor"),
            # What people decided over some days; workers and programs write far more, and are not in it.
            models.Index(
                fields=["verb", "at"], condition=models.Q(actor_kind="STAFF"), name="audit_by_staff_act"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="append_only_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'the trail is append-only';",
            ),
            # Whoever writes an entry, the sealer is told in the same transaction.
            pgtrigger.Trigger(
                name="awaits_seal",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id} by {self.actor_label}"


class Unsealed(models.Model):
    """An entry that waits for the sealer. Written by the database itself, removed by the sealer."""

    entry = models.OneToOneField(Entry, on_delete=models.DO_NOTHING, primary_key=True, related_name="+")

    class Meta:
        verbose_name_plural = "unsealed"

    def __str__(self) -> str:
        return f"unsealed entry {self.pk}"


class Seal(models.Model):
    """One link of the chain: `mac` covers the link before and every field of the entry, under AUDIT_KEY."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.DO_NOTHING, related_name="seal")
    mac = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="append_only_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'the chain is append-only';",
            ),
        ]

    def __str__(self) -> str:
        return f"seal {self.number}"
