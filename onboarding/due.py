"""When a case is due: reckoned from the service levels, and anew when they or its risk change."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onboarding.models import Case
from onboarding.service_levels.levels import ServiceLevels
from onboarding.service_levels.services import in_force
from onboarding.states import OURS, CaseState

SOON = timedelta(hours=4)
RENEWED_AT_ONCE = 500


def columns(*, submission_type: str, risk_level: str, since: datetime) -> dict[str, Any]:
    """The columns of a case that comes to review at `since`."""
    return _reckoned(in_force(), submission_type, risk_level, since)


def renew(now: datetime) -> int:
    """Reckon again what stands in our hands and was reckoned with other service levels or another risk.

    A duty of the sweep. Returns how many it wrote; the next round takes what was left.
    """
    levels = in_force()
    rows = Case.objects.filter(
        ~Q(due_version=levels.version) | ~Q(due_risk=F("risk_level")), state__in=list(OURS)
    )
    written = 0
    for case in rows.only("pk", "submission_type", "risk_level", "due_since")[:RENEWED_AT_ONCE]:
        found = _reckoned(levels, case.submission_type, case.risk_level, case.due_since)
        # Compared and set: whoever moved the case on meanwhile has reckoned it themselves.
        written += Case.objects.filter(pk=case.pk, due_since=case.due_since).update(**found)
    return written


def word(case: Case, now: datetime) -> str:
    """`late`, `soon` or nothing, for a case that is ours to move."""
    if CaseState(case.state) not in OURS:
        return ""
    if case.due_at <= now:
        return "late"
    return "soon" if case.due_at - now <= SOON else ""


def sentence(case: Case, now: datetime) -> str:
    """The same in words: how late, or how long there is left."""
    if CaseState(case.state) not in OURS:
        return ""
    length = _length(abs(case.due_at - now))
    if case.due_at <= now:
        return _("Late by %(time)s") % {"time": length}
    return _("%(time)s left") % {"time": length}


def _length(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return ngettext("%d minute", "%d minutes", max(minutes, 1)) % max(minutes, 1)
    if minutes < 48 * 60:
        return ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
    return ngettext("%d day", "%d days", minutes // 1440) % (minutes // 1440)


def _reckoned(levels: ServiceLevels, kind: str, risk: str, since: datetime) -> dict[str, Any]:
    return {
        "due_at": levels.due_at(since, kind=kind, risk=risk, zone=settings.BUSINESS_TIME_ZONE),
        "due_since": since,
        "due_version": levels.version,
        "due_risk": risk,
    }
