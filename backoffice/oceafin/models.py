"""The outgoing mailbox: what must be sent (Submission), each try (Attempt), and whether we send at all (Breaker)."""

import pgtrigger
from django.db import models
from django.db.models import Q

from backoffice import vault
from backoffice.oceafin import kinds
from backoffice.oceafin.states import SUBMISSION, SubmissionState

BODY_CONTEXT = "submission.body"
REPLY_CONTEXT = "attempt.reply"
# The one kind of which settled rows may go: it changes nothing at Oceafin, and is sent daily for ever.
PRUNED_KIND = "customer.poll"
SETTLED = sorted(state.value for state in SUBMISSION.final)


class Lane(models.TextChoices):
    MONEY = "money"
    PAPERS = "papers"


# Asked only where a statement writes one of them: a row is leased and moved again and again.
_FROZEN = (
    "key",
    "method",
    "path_url",
    "content_type",
    "body_sealed",
    "body_sha256",
    "file_head_bytes",
    "file_storage_name",
    "file_sha256",
    "file_bytes",
    "moves_money",
)


class Submission(models.Model):
    """One mutation at Oceafin: one idempotency key, one frozen body, written with the decision it carries out."""

    kind = models.CharField(max_length=40)
    lane = models.CharField(max_length=8, choices=Lane.choices)
    moves_money = models.BooleanField()
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    customer_ref = models.CharField(max_length=64)
    key = models.CharField(max_length=255, unique=True)
    method = models.CharField(max_length=8, default="POST")
    path_url = models.CharField(max_length=512)
    content_type = models.CharField(max_length=120)
    vault_key = models.UUIDField()
    body_sealed = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    file_head_bytes = models.PositiveIntegerField(null=True)
    file_storage_name = models.CharField(max_length=255, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_bytes = models.PositiveBigIntegerField(null=True)

    state = models.CharField(max_length=12, choices=SubmissionState.choices(), default=SubmissionState.QUEUED)
    state_since = models.DateTimeField()
    due_at = models.DateTimeField()
    waits_for = models.CharField(max_length=300, blank=True)
    tries = models.PositiveIntegerField(default=0)
    delays = models.PositiveIntegerField(default=0)
    lease_number = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=80, blank=True)
    first_left_at = models.DateTimeField(null=True)
    resource_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["lane", "due_at", "id"],
                condition=Q(state__in=["QUEUED", "UNCONFIRMED"]),
                name="submission_queue",
            ),
            models.Index(
                fields=["leased_until"], condition=Q(leased_until__isnull=False), name="submission_leases"
            ),
            models.Index(fields=["subject_type", "subject_id", "id"], name="submission_by_subject"),
            models.Index(fields=["state", "-id"], name="submission_by_state"),
            models.Index(fields=["customer_ref", "-id"], name="submission_by_customer"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SubmissionState]),
                name="submission_state_known",
            ),
        ]
        triggers = [
            # Only asked where the state changes: leases come and go on every delivery.
            pgtrigger.FSM(
                name="moves",
                field="state",
                transitions=SUBMISSION.transitions(),
                condition=pgtrigger.AnyChange("state"),
            ),
            # Asking again about a customer leaves a row each time: of those only the last settled one is kept.
            pgtrigger.Protect(
                name="never_deleted",
                operation=pgtrigger.Delete,
                condition=~(pgtrigger.Q(old__kind=PRUNED_KIND) & pgtrigger.Q(old__state__in=SETTLED)),
            ),
            # Frozen: a retry sends the same bytes under the same key, whatever our code became meanwhile.
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*_FROZEN),
                condition=pgtrigger.AnyChange(*_FROZEN),
                func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def kind_label(self) -> str:
        """Its kind in words for people; the name of one that is no longer sent."""
        return kinds.label_of(self.kind) or self.kind

    @property
    def body(self) -> bytes:
        """The frozen bytes (for a file: what stands before and after it)."""
        return vault.unseal(self.vault_key, self.body_sealed, context=BODY_CONTEXT)

    @property
    def carries_file(self) -> bool:
        return bool(self.file_storage_name)

    @property
    def is_final(self) -> bool:
        return SubmissionState(self.state) in SUBMISSION.final

    @property
    def is_closed(self) -> bool:
        """Whether it ended without Oceafin having taken it, as far as we knew then."""
        return self.is_final and self.state != SubmissionState.ACCEPTED


class Purpose(models.TextChoices):
    SEND = "SEND"
    LOOK = "LOOK"


class AttemptOutcome(models.TextChoices):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    BUSY = "BUSY"
    UNCONFIRMED = "UNCONFIRMED"
    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    UNREADABLE = "UNREADABLE"


class Attempt(models.Model):
    """One try: opened with the lease before a byte leaves, closed by the reply. A row per try, for ever."""

    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=4, choices=Purpose.choices, default=Purpose.SEND)
    outcome = models.CharField(max_length=12, choices=AttemptOutcome.choices, default=AttemptOutcome.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    nonce = models.CharField(max_length=64, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    code = models.CharField(max_length=80, blank=True)
    oceafin_request_id = models.CharField(max_length=128, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    reply_sealed = models.BinaryField(default=bytes)
    # The reply came when the lease was no longer ours, or our own handling failed: the sweep settles from it.
    unsettled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="attempt_number_once"),
            models.UniqueConstraint(fields=["nonce"], condition=~Q(nonce=""), name="attempt_nonce_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(unsettled=True), name="attempt_unsettled"),
            models.Index(fields=["-closed_at"], name="attempt_by_closing"),
            # What Oceafin's support names: ours is known with the row, theirs with the answer.
            models.Index(fields=["request_id"], condition=~Q(request_id=""), name="attempt_by_request"),
            models.Index(
                fields=["oceafin_request_id"],
                condition=~Q(oceafin_request_id=""),
                name="attempt_by_their_request",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="never_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"""
                    IF EXISTS (
                        SELECT FROM oceafin_submission WHERE id = OLD.submission_id
                        AND kind = '{PRUNED_KIND}' AND state IN ('{"', '".join(SETTLED)}')
                    ) THEN RETURN OLD; END IF;
                    RAISE EXCEPTION 'a try is never deleted';
                """,
            )
        ]

    def __str__(self) -> str:
        return f"try {self.number} of {self.submission_id}"

    @property
    def reply(self) -> bytes:
        if not self.reply_sealed:
            return b""
        return vault.unseal(self.submission.vault_key, self.reply_sealed, context=REPLY_CONTEXT)


class Breaker(models.Model):
    """One row: whether we send to Oceafin at all. Opens on our own faults and on silence, closes by a probe."""

    is_open = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    probe_due_at = models.DateTimeField(null=True)
    probes = models.PositiveIntegerField(default=0)
    last_probe = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "pauses of sending"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_breaker")]

    def __str__(self) -> str:
        return "sending is paused" if self.is_open else "sending"


class DutyRun(models.Model):
    """When a periodic duty was last taken up, so that of all worker processes one does it."""

    name = models.CharField(max_length=64, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
