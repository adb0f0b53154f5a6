"""A sentence of a service, and a fact of the trail, as a page shows them to a person."""

from types import SimpleNamespace

import pytest

from backoffice.staff.templatetags.desk import ident, in_fours, local_times, verb_words
from backoffice.staff.templatetags.trail import actor_name, entry_details, entry_facts, entry_plain_facts


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", "cust-1:payment:1"),
        ("body_sha256", "a" * 64),
        ("request_id", "a504c2e2-56a9-4c01-b15c-2cbe0d230e19"),
        ("bankAccountId", "acc-17"),
        ("status", 201),
        ("why", "NobodyHasWordsForThis"),
        ("code", "NOT_KNOWN_HERE"),
    ],
)
def test_of_the_trail_that_is_technical_stands_behind_details(name: str, value: object) -> None:
    entry = SimpleNamespace(facts={name: value, "amount": "10.00"})
    assert "<summary>Details</summary>" in entry_details(entry)
    assert entry_plain_facts(entry) == entry_plain_facts(SimpleNamespace(facts={"amount": "10.00"}))
    assert entry_facts(entry).count('class="fact"') == 2


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("why", "SameApprover", "The maker of the payment"),
        (
            "code",
            "ACCOUNT_CLOSED",
            "The beneficiary&#x27;s account is closed. Ask the payee for another one.",
        ),
        ("status", "COMPLETED", "Completed"),
        ("source", "ECB", "ECB"),
    ],
)
def test_of_the_trail_that_has_words_is_said_in_them(name: str, value: object, shown: str) -> None:
    entry = SimpleNamespace(facts={name: value})
    assert shown in entry_plain_facts(entry)
    assert entry_details(entry) == ""


def test_has_its_long_numbers_in_fours_and_no_blank_to_copy() -> None:
    shown = in_fours("DE89370400440532013000")
    assert "<span>DE89</span><span>3704</span>" in shown
    assert 'data-copy="DE89370400440532013000"' in shown


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("DE89370400440532013000", True), ("DE88370400440532013000", False), ("wd-1", False)],
)
def test_has_an_iban_in_fours_and_no_other_reference(value: str, is_one: bool) -> None:
    assert ("fours" in ident(value)) == is_one
    assert f'data-copy="{value}"' in ident(value)


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("submission.accepted", "Oceafin accepted it"),
        ("payment.approval_given", "An approval was given"),
        ("batch.booked", "Its payments were booked"),
        ("role granted", "role granted"),
        ("case.asked_for_more", "case asked for more"),
    ],
)
def test_of_what_happened_reads_as_people_say_it(verb: str, words: str) -> None:
    assert verb_words(verb) == words


@pytest.mark.parametrize(("kind", "label"), [("SYSTEM", "outbox"), ("TRY", "worker web-1:24597")])
def test_of_what_goes_by_itself_names_its_program_on_hover_only(kind: str, label: str) -> None:
    shown = actor_name(SimpleNamespace(actor_kind=kind, actor_label=label))
    assert shown == f'<span title="{label}">By itself</span>'
