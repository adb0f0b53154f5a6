from datetime import UTC, datetime, timedelta

from backoffice.oceafin import kinds
from backoffice.oceafin.judging import judge
from backoffice.oceafin.models import Submission
from backoffice.oceafin.wire import Problem

NOW = datetime(2026, 6, 28, tzinfo=UTC)
KIND = kinds.Kind(
    name="x",
    label="A thing",
    lane="papers",
    operation="x",
    gate=lambda submission, now: kinds.Go(),
    settle=lambda submission, outcome, now: None,
    identify=kinds.resource_with_id("id"),
)


def said(*, server_date: datetime | None) -> str:
    problem = Problem(
        status=401, code="PARTNER_SIGNATURE_EXPIRED", title="Stale", sent_at=NOW, server_date=server_date
    )
    return judge(problem, submission=Submission(), kind=KIND).detail


def test_on_a_stale_signature_names_the_clock_that_is_wrong() -> None:
    assert "400 s behind Oceafin's" in said(server_date=NOW + timedelta(seconds=400))
    assert "400 s ahead of Oceafin's" in said(server_date=NOW - timedelta(seconds=400))


def test_on_a_stale_signature_accuses_no_clock_that_is_right() -> None:
    assert said(server_date=NOW + timedelta(seconds=2)) == "Stale"
    assert said(server_date=None) == "Stale"
