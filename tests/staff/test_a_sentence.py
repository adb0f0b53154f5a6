"""A sentence of a service, and a fact of the trail, as a page shows them to a person."""

from types import SimpleNamespace

import pytest

from backoffice.staff.templatetags.desk import entry_facts, local_times


def test_has_its_instants_in_the_readers_zone() -> None:
    shown = local_times(
        "It expires <soon>: by 30 November 2026, 13:38 UTC. Read at 1 May 2026, 04:05:06 UTC."
    )
    assert "It expires &lt;soon&gt;: by <time " in shown
    assert 'datetime="2026-11-30T13:38:00Z"' in shown
    assert 'datetime="2026-05-01T04:05:06Z"' in shown
    assert shown.count("data-local") == 2


@pytest.mark.parametrize(
    "words", ["31 February 2026, 10:00 UTC", "1 May 2026, 99:99 UTC", "5 May 2026, noon UTC"]
)
def test_keeps_as_it_came_what_is_no_instant(words: str) -> None:
    assert local_times(words) == words


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("base_amount", "18250.00", "18,250.00"),
        ("receives", "-1084.7800001", "−1,084.7800001"),
        ("amount", "NaN", "NaN"),
        ("day", "2026-11-22", "22 Nov 2026"),
        ("day", "2026-11-31", "2026-11-31"),
        ("approvals", 12000, "12000"),
        ("found", "COMPLETED 12500.00 EUR", "COMPLETED 12500.00 EUR"),
        ("policy", "day-one-1", "The rules that came with the installation"),
        ("policy", "policy-3", "Policy version 3"),
        ("before", "MISSING_INFO", "Missing info"),
        ("method", "TOTP", "code of their app"),
    ],
)
def test_of_the_trail_reads_as_people_write(name: str, value: object, shown: str) -> None:
    facts = entry_facts(SimpleNamespace(facts={name: value}))
    assert facts.removesuffix("</span>").endswith(f"</span> {shown}")
