"""An e-mail that an approver is to get: why, and what became of it. Its words are made as it is sent."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from backoffice.staff.models import User
from payments import database_rules as rules
from payments.models import PaymentRequest
from payments.notices.states import NOTICE, NoticeState


class NoticeKind(models.TextChoices):
    DIGEST = "DIGEST", _("What waits, once a business day")
    HALF_TIME = "HALF_TIME", _("Half of the time is gone")


class Notice(models.Model):
    """One for each person and business day, and one for each payment and person: the database holds that.

    It keeps no address and no words, so that nothing personal lies here.
    """

    kind = models.CharField(_("notice"), max_length=9, choices=NoticeKind.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("to"))
    payment = models.ForeignKey(
        PaymentRequest, null=True, on_delete=models.PROTECT, related_name="notices", verbose_name=_("payment")
    )
    business_day = models.DateField(_("business day"), null=True)
    created_at = models.DateTimeField()
    state = models.CharField(
        _("state"), max_length=9, choices=NoticeState.choices(), default=NoticeState.QUEUED
    )
    state_since = models.DateTimeField(_("since"))
    due_at = models.DateTimeField()
    # From then on it would say nothing new.
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # What the mail server said, by its kind: its words may name the address.
    reason = models.CharField(_("why"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("notice to an approver")
        verbose_name_plural = _("notices to approvers")
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state__in=["QUEUED", "TAKEN"]), name="notice_queue"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "business_day"], condition=Q(kind="DIGEST"), name="notice_digest_once"
            ),
            models.UniqueConstraint(
                fields=["payment", "person"], condition=Q(kind="HALF_TIME"), name="notice_half_time_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="DIGEST", payment__isnull=True, business_day__isnull=False)
                | Q(kind="HALF_TIME", payment__isnull=False, business_day__isnull=True),
                name="notice_is_about_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in NoticeState]), name="notice_state_known"
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="moves",
                field="state",
                transitions=NOTICE.transitions(),
                condition=pgtrigger.AnyChange("state"),
            ),
            rules.never_deleted,
            rules.frozen("kind", "person", "payment", "business_day", "created_at"),
        ]

    def __str__(self) -> str:
        day = date_format(self.business_day, "j M Y") if self.business_day else ""
        return f"{self.get_kind_display()}: {self.payment or day}"


class NoticeChoice(models.Model):
    """What one person wants to be told of. Who has none yet gets everything."""

    person = models.OneToOneField(User, on_delete=models.PROTECT, related_name="+")
    digest = models.BooleanField(default=True)
    half_time = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        triggers = [
            rules.never_deleted,
            rules.frozen("person"),
        ]

    def __str__(self) -> str:
        return f"notices for {self.person_id}"
