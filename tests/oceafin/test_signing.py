"""Signing: base strings, signatures, timestamps and nonces."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.oceafin import signing

VECTOR = {
    "method": "POST",
    "path_url": "/partner/v1/customers",
    "timestamp": "2026-06-28T00:00:00Z",
    "nonce": "0123456789abcdef0123",
    "idempotency_key": "cust-100001:create",
    "body": b'{"partnerCustomerRef":"cust-100001","customerType":"INDIVIDUAL"}',
}
VECTOR_SIGNATURE = "330be5cc20baa8322320013c6afa625f45025600cbca9cfc55e018ae7220876d"

line = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=60)
secret = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)
request_parts = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        "path_url": line,
        "timestamp": line,
        "nonce": line,
        "idempotency_key": line,
        "body": st.binary(max_size=200),
    }
)


def test_gives_the_signature_of_the_contracts_vector():
    assert signing.sign("test-secret", signing.base_string(**VECTOR)) == VECTOR_SIGNATURE


def test_base_string_of_the_vector_is_six_lines_without_a_trailing_one():
    assert signing.base_string(**VECTOR) == (
        "POST\n/partner/v1/customers\n"
        "9052ba2e753caf6805017b15d0cf9ee8c9c1145f2f9051f9c3979c6929cadff3\n"
        "2026-06-28T00:00:00Z\n0123456789abcdef0123\ncust-100001:create"
    )


def test_last_line_of_a_get_is_empty_and_its_hash_that_of_nothing():
    base = signing.base_string(method="GET", path_url="/partner/v1/x?a=b", body=b"", timestamp="t", nonce="n")
    assert base == f"GET\n/partner/v1/x?a=b\n{signing.EMPTY_SHA256}\nt\nn\n"


@given(secret, request_parts)
def test_agrees_with_the_rules_written_out(key, parts):
    lines = [
        parts["method"],
        parts["path_url"],
        hashlib.sha256(parts["body"]).hexdigest(),
        parts["timestamp"],
        parts["nonce"],
        parts["idempotency_key"],
    ]
    expected = hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    assert signing.sign(key, signing.base_string(**parts)) == expected


@given(secret, request_parts, request_parts)
def test_verifies_its_own_request_and_no_other(key, ours, other):
    signature = signing.sign(key, signing.base_string(**ours))
    assert signing.verify(key, signing.base_string(**ours), signature)
    assert signing.verify(key, signing.base_string(**other), signature) == (ours == other)


@pytest.mark.parametrize("part", ["path_url", "timestamp", "nonce", "idempotency_key"])
def test_refuses_a_line_break_in_any_part(part):
    with pytest.raises(ValueError, match="line break"):
        signing.base_string(**VECTOR | {part: "a\nb"})


@given(secret, st.text())
def test_is_not_verified_by_foreign_text(key, signature):
    assert not signing.verify(key, "base", signature)


@given(st.text(st.characters()), st.text(st.characters()))
def test_answers_false_and_never_fails_on_hostile_text(base, signature):
    assert not signing.verify("secret", base, signature)


@pytest.mark.parametrize(
    "damage",
    [str.upper, lambda s: s[:-1], lambda s: s + "0", lambda s: " " + s, lambda s: s[::-1], lambda s: ""],
    ids=["upper", "short", "long", "space", "reversed", "empty"],
)
def test_is_not_verified_when_the_signature_is_damaged(damage):
    base = signing.base_string(**VECTOR)
    assert not signing.verify("test-secret", base, damage(VECTOR_SIGNATURE))


def test_is_neither_made_nor_verified_with_an_empty_secret():
    with pytest.raises(ValueError, match="empty"):
        signing.sign("", "base")
    assert not signing.verify("", "base", hmac.digest(b"", b"base", "sha256").hex())


def test_webhook_base_string_is_three_lines_over_the_raw_body():
    body = b'{"eventId": "1"}\r\n'
    assert signing.webhook_base_string(timestamp="t", nonce="n", body=body) == (
        f"t\nn\n{hashlib.sha256(body).hexdigest()}"
    )


def test_timestamp_is_written_in_utc_and_whole_seconds():
    local = datetime(2026, 6, 28, 2, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert signing.format_timestamp(local) == "2026-06-28T00:00:00Z"


def test_timestamp_is_refused_without_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        signing.format_timestamp(datetime(2026, 6, 28))


@given(
    st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.timezones())
)
def test_timestamp_survives_writing_and_reading(moment):
    assert signing.parse_timestamp(signing.format_timestamp(moment)) == moment.astimezone(UTC).replace(
        microsecond=0
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-28T00:00:00Z",
        "2026-06-28T02:00:00+02:00",
        "2026-06-27T19:00:00-05:00",
        "2026-06-28T00:00:00.000000000Z",
        "2026-06-28T00:00Z",
        "2026-06-28T05:45:00+05:45",
        "2026-06-28t00:00:00z",
    ],
)
def test_timestamp_is_read_with_any_offset(text):
    assert signing.parse_timestamp(text) == datetime(2026, 6, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1782604800",
        "2026-06-28",
        "2026-06-28T00:00:00",
        "2026-06-28 00:00:00Z",
        "20260628T000000Z",
        "2026-W26-7T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-06-28T24:00:01Z",
        "2026-06-28T00:00:00Z\n",
        "2026-06-28T00:00:00+0200",
        "2026-06-28T00:00:00+99:00",
        "0001-01-01T00:00:00+23:59",
        "٢٠٢٦-06-28T00:00:00Z",
    ],
)
def test_timestamp_is_none_for_anything_else(text):
    assert signing.parse_timestamp(text) is None


@given(st.text())
def test_timestamp_reader_never_fails(text):
    moment = signing.parse_timestamp(text)
    assert moment is None or moment.tzinfo is UTC


def test_nonces_are_32_hex_digits_and_do_not_repeat():
    nonces = {signing.new_nonce() for _ in range(1000)}
    assert len(nonces) == 1000
    assert all(len(nonce) == 32 and set(nonce) <= set("0123456789abcdef") for nonce in nonces)
