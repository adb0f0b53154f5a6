"""What was accepted of a customer before: a periodic refresh does not ask again for what still stands."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from onboarding.models import Case, CaseDocument, Decision
from onboarding.requirements import EXPIRING_DOCUMENTS
from onboarding.states import CaseState


class Kinds:
    """The kinds of documents that were accepted in an approved case, and are neither expired nor older than policy."""

    def __init__(self, case: Case, now: datetime) -> None:
        self.case, self.now = case, now
        self._kinds: set[str] | None = None

    def still_good(self, kinds: frozenset[str]) -> bool:
        """Whether one of these will do. One query, the first time it is asked."""
        if self._kinds is None:
            self._kinds = set(self._read())
        return bool(self._kinds & kinds)

    def _read(self) -> list[str]:
        today = self.now.astimezone(settings.BUSINESS_TIME_ZONE).date()
        facts = "document__facts__"
        is_good = (
            ~Q(document__document_type__in=EXPIRING_DOCUMENTS)
            | Q(**{f"{facts}never_expires": True})
            | Q(**{f"{facts}expires_on__gte": today})
        )
        rows = CaseDocument.objects.filter(
            is_good,
            case__customer=self.case.customer_id,
            case__state=CaseState.APPROVED,
            decision=Decision.ACCEPTED,
            removed_at__isnull=True,
            decided_at__gte=self.now - timedelta(days=settings.DOCUMENTS_VALID_DAYS),
        )
        return list(rows.values_list("document__document_type", flat=True))
