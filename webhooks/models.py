"""The incoming mailbox: what Oceafin told us (Event), and how often we were told lies (Refusal)."""

import json
from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from webhooks.states import EVENT, EventState

BODY_CONTEXT = "event.body"
PARKED_TOO_LONG = timedelta(hours=24)
WAITING = (EventState.RECEIVED, EventState.PARKED)


class EventQuerySet(models.QuerySet["Event"]):
    def parked_too_long(self, now: datetime) -> "EventQuerySet":
        """Parked for more than 24 hours, the longest first: a person has to look."""
        return self.filter(state=EventState.PARKED, state_since__lte=now - PARKED_TOO_LONG).order_by(
            "state_since"
        )

    def for_resource(self, resource_type: str, resource_id: str) -> "EventQuerySet":
        """What Oceafin told about one resource, in the order in which it came."""
        return self.filter(resource_type=resource_type, resource_id=resource_id).order_by("id")


class Event(models.Model):
    """One genuine event of Oceafin (contract section 5), written before it was answered 2xx, kept for ever.

    What the door did not set is set by the database, so that its one statement stays small. A text that was
    no text, or too long for its column, is only in the body, which holds the signed bytes as they came.
    """

    event_id = models.CharField(max_length=255, unique=True)
    event_type = models.CharField(max_length=255, blank=True, db_default="")
    resource_type = models.CharField(max_length=255, blank=True, db_default="")
    resource_id = models.CharField(max_length=255, blank=True, db_default="")
    oceafin_customer_id = models.CharField(max_length=255, blank=True, db_default="")
    partner_customer_ref = models.CharField(max_length=255, blank=True, db_default="")
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    state = models.CharField(max_length=8, choices=EventState.choices(), db_default=EventState.RECEIVED.value)
    state_since = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=300, blank=True, db_default="")
    due_at = models.DateTimeField(db_default=Now())
    tries = models.PositiveIntegerField(db_default=0)
    lease_number = models.PositiveIntegerField(db_default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True, db_default="")
    # The record that it moved or confirmed.
    subject_type = models.CharField(max_length=64, blank=True, db_default="")
    subject_id = models.CharField(max_length=64, blank=True, db_default="")

    # The raw bytes, under the door's key until the customer is known, then under the customer's.
    vault_key = models.UUIDField()
    body_sealed = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    # The evidence that it came from Oceafin.
    timestamp = models.TextField()
    nonce = models.TextField()
    signature = models.CharField(max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event from Oceafin")
        verbose_name_plural = _("events from Oceafin")
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state__in=["RECEIVED", "PARKED"]), name="event_queue"
            ),
            models.Index(
                fields=["partner_customer_ref"],
                condition=Q(state__in=["RECEIVED", "PARKED"]),
                name="event_waiting_by_customer",
            ),
            models.Index(
                fields=["state", "state_since"],
                condition=Q(state__in=["PARKED", "IGNORED", "DEAD"]),
                name="event_set_aside",
            ),
            models.Index(fields=["resource_id", "resource_type", "id"], name="event_by_resource"),
            models.Index(fields=["-received_at", "-id"], name="event_by_arrival"),
            models.Index(fields=["partner_customer_ref", "-id"], name="event_by_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in EventState]), name="event_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["IGNORED", "DEAD"]) | ~Q(reason=""),
                name="event_set_aside_for_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=EVENT.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "event_id",
                    "event_type",
                    "resource_type",
                    "resource_id",
                    "oceafin_customer_id",
                    "partner_customer_ref",
                    "occurred_at",
                    "received_at",
                    "body_sha256",
                    "timestamp",
                    "nonce",
                    "signature",
                ),
            ),
            # The sealed bytes change only when they are sealed anew under another key.
            pgtrigger.Protect(
                name="body_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.body_sealed IS DISTINCT FROM NEW.body_sealed AND OLD.vault_key = NEW.vault_key"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type or 'event'} {self.event_id}"

    @property
    def body(self) -> bytes:
        """The bytes that Oceafin signed. Raises vault.KeyDestroyed when the customer was erased."""
        return vault.unseal(self.vault_key, self.body_sealed, context=BODY_CONTEXT)

    @property
    def payload(self) -> dict[str, Any]:
        """The whole event as an object, numbers as exact text; {} where it is none."""
        try:
            payload = json.loads(self.body, parse_int=str, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError):
            return {}
        return payload if isinstance(payload, dict) else {}

    @property
    def data(self) -> dict[str, Any]:
        """The event's `data` object; {} where there is none."""
        data = self.payload.get("data")
        return data if isinstance(data, dict) else {}

    @property
    def happened_at(self) -> datetime:
        """When Oceafin says it happened; when it reached us, where that cannot be read."""
        return self.occurred_at or self.received_at

    def is_newer_than(self, known: datetime | None) -> bool:
        """Whether this tells more than what is known since `known`: an older word never overwrites a newer."""
        return known is None or self.happened_at > known


class Refusal(models.Model):
    """How many deliveries were turned away at the door, by reason. One row per reason, never per request."""

    reason = models.CharField(max_length=24, primary_key=True)
    count = models.PositiveBigIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("refused delivery")
        verbose_name_plural = _("refused deliveries")

    def __str__(self) -> str:
        return f"{self.reason}: {self.count}"
