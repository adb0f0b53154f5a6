"""Our own mailbox to the partner's systems: where to (Endpoint), what (Message), and each try (Attempt)."""

from datetime import datetime
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice import vault
from backoffice.staff.models import User, two_people
from webhooks.outgoing.addresses import LONGEST_URL
from webhooks.outgoing.states import DELIVERY, DeliveryState

BODY_CONTEXT = "outgoing.body"
SECRET_CONTEXT = "outgoing.secret"  # noqa: S105 (names where a sealed value belongs)


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def in_force(self) -> "EndpointQuerySet":
        return self.filter(confirmed_at__isnull=False, revoked_at__isnull=True)

    def disabled(self) -> "EndpointQuerySet":
        return self.in_force().filter(disabled_at__isnull=False)


class Endpoint(models.Model):
    """Where one of the partner's systems takes webhooks: asked for by one administrator, confirmed by another.

    The address never changes, because it decides who learns of customers: another one is another endpoint.
    """

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=LONGEST_URL)
    # Empty: every kind, also those that later versions add.
    event_types = ArrayField(
        models.CharField(max_length=64), verbose_name=_("kinds of event"), default=list, blank=True
    )
    # Seals this endpoint's secrets.
    vault_key = models.UUIDField(editable=False)

    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    revoked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("revoked by")
    )
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    from_shell = models.BooleanField(_("from the shell"), default=False)

    # How it goes: nothing is sent before `resting_until`, and nothing at all while it is switched off.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    resting_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(_("last taken"), null=True)
    disabled_at = models.DateTimeField(_("switched off"), null=True)
    disabled_reason = models.CharField(_("why it is off"), max_length=300, blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        constraints = [
            *two_people("outgoing_endpoint"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at__isnull=True), name="outgoing_endpoint_name_once"
            ),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_reason="")
                | Q(disabled_at__isnull=False) & ~Q(disabled_reason=""),
                name="outgoing_endpoint_off_for_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="terms_stay", fields=["url", "vault_key", "asked_by", "from_shell"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stands(self) -> str:
        """WAITING, CONFIRMED (no secret yet), IN_FORCE, DISABLED or REVOKED."""
        if self.revoked_at:
            return "REVOKED"
        if not self.confirmed_at:
            return "WAITING"
        if self.disabled_at:
            return "DISABLED"
        return "IN_FORCE" if self.secret_rows.exists() else "CONFIRMED"

    def secrets(self, now: datetime) -> list[str]:
        """The secrets that sign now, the newest first: one, or two while a new one takes over."""
        rows = self.secret_rows.exclude(ends_at__lte=now).order_by("-id")
        return [vault.unseal_text(self.vault_key, bytes(row.sealed), context=SECRET_CONTEXT) for row in rows]


class Secret(models.Model):
    """One signing secret of an endpoint. The one before it signs along until `ends_at`."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="secret_rows")
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(ends_at__isnull=True), name="outgoing_secret_one_current"
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="secret_stays", fields=["endpoint", "sealed", "made_at"]),
        ]

    def __str__(self) -> str:
        return f"secret of {self.endpoint_id} since {self.made_at:%Y-%m-%d}"


class Message(models.Model):
    """One event as it was announced, in the transaction of the act. Its bytes never change."""

    # `webhook-id`: a receiver that has seen it drops it.
    message_id = models.CharField(_("id"), max_length=40, unique=True)
    event_type = models.CharField(_("kind"), max_length=64)
    announced_at = models.DateTimeField(_("announced"))
    # The customer's own, so that erasing the customer erases what was told of them.
    vault_key = models.UUIDField()
    body_sealed = models.BinaryField()
    body_sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        indexes = [models.Index(fields=["vault_key", "-id"], name="message_by_customer")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.message_id}"

    @property
    def body(self) -> bytes:
        """The bytes that are signed and sent. Raises vault.KeyDestroyed when the customer was erased."""
        return vault.unseal(self.vault_key, bytes(self.body_sealed), context=BODY_CONTEXT)


class Delivery(models.Model):
    """One message on its way to one endpoint: the row is the queue."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("endpoint")
    )
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices(), default=DeliveryState.PENDING, verbose_name=_("state")
    )
    state_since = models.DateTimeField(_("since"))
    reason = models.CharField(_("last result"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("due"))
    tries = models.PositiveIntegerField(_("tries"), default=0)
    lease_number = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("webhook sent")
        verbose_name_plural = _("webhooks sent")
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="PENDING"), name="delivery_queue"),
            models.Index(fields=["endpoint", "state", "-id"], name="delivery_by_endpoint"),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["message", "endpoint"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in DeliveryState]), name="delivery_state_known"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=DELIVERY.transitions()),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="terms_stay", fields=["message", "endpoint"]),
        ]

    def __str__(self) -> str:
        return f"{self.message} to {self.endpoint}"


class Outcome(models.TextChoices):
    OPEN = "OPEN", _("Under way")
    TAKEN = "TAKEN", _("Taken")
    REFUSED = "REFUSED", _("Not taken")
    UNANSWERED = "UNANSWERED", _("No answer")


class Attempt(models.Model):
    """One try. It is written before anything leaves, so that one that was cut off is seen too."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    status_code = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(max_length=300, blank=True)
    # The address that was connected to, for who has to find out why.
    sent_to = models.CharField(max_length=45, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="outgoing_attempt_number_once")
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"try {self.number} of {self.delivery_id}"

    @property
    def took_ms(self) -> int | None:
        if self.closed_at is None:
            return None
        return round((self.closed_at - self.opened_at).total_seconds() * 1000)


def waits(delivery: Delivery) -> dict[str, Any]:
    """What a delivery waits for, for its page; empty if for nothing."""
    if delivery.state != DeliveryState.PENDING:
        return {}
    endpoint = delivery.endpoint
    if endpoint.disabled_at:
        return {
            "what": _("The endpoint is switched off. What waits is sent when it is switched on again."),
            "who": _("An administrator can switch it on."),
        }
    due = max(delivery.due_at, endpoint.resting_until or delivery.due_at)
    return {
        "what": delivery.reason or DELIVERY.sentences[DeliveryState.PENDING],
        "by_itself": _("It is sent by itself, next at %(time)s UTC.") % {"time": f"{due:%d %b %H:%M:%S}"},
    }
