"""The client: a typed reply in, within its limits; whether a request may have left is never guessed."""

import gzip
import io
import json
import socket
import ssl
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.oceafin.transport import Limits
from backoffice.oceafin.wire import (
    Answer,
    FieldError,
    NoAnswer,
    Problem,
    StreamedBody,
    WireRequest,
)
from tests.oceafin.raw_server import RawServer, drip, raw, reply, reset
from tests.oceafin.sending import CREATE, LIMITS, NOW, SHORT, client_of, send_to


class TestAnswer:
    def test_keeps_amounts_digit_by_digit(self):
        answer, _ = send_to(reply(b'{"a": 0.10, "b": 1e400, "c": 12345678901234567890, "d": "1.50"}'))
        assert answer.data == {"a": "0.10", "b": "1e400", "c": 12345678901234567890, "d": "1.50"}

    def test_may_be_a_whole_list_of_a_busy_customer(self):
        movement = {
            "transactionId": "f463b337-d20b-4d59-9b61-0487c89da11b",
            "amount": "1250.00",
            "note": "x" * 150,
        }
        body = json.dumps([movement] * 20_000).encode()
        answer, _ = send_to(
            reply(body), request=WireRequest("GET", "/partner/v1/transactions"), limits=Limits()
        )
        assert len(answer.data) == 20_000

    def test_writes_out_a_number_with_an_exponent(self):
        answer, _ = send_to(reply(b'{"a": 1e-07, "b": -2.50E+2, "c": 0E5, "d": 1e-400, "e": "1e3"}'))
        assert answer.data == {"a": "0.0000001", "b": "-250", "c": "0", "d": "1e-400", "e": "1e3"}

    def test_may_be_any_2xx(self):
        answer, _ = send_to(reply(b'{"customerId": "1"}', status="207 Odd"))
        assert isinstance(answer, Answer)
        assert answer.status == 207

    def test_is_an_empty_object_when_declared_empty(self):
        assert send_to(reply(b""))[0].data == {}
        assert send_to(raw(b"HTTP/1.1 204 No Content\r\n\r\n"))[0].data == {}

    def test_tolerates_doubled_keys_nulls_and_unknown_fields(self):
        answer, _ = send_to(reply(b'{"status": null, "status": "NEW", "extra": [1, null]}'))
        assert answer.data == {"status": "NEW", "extra": [1, None]}

    def test_replaces_what_the_database_cannot_store_and_keeps_the_bytes(self):
        body = b'{"a\\u0000": ["x\\ud800y", "\\ud83d\\ude00"]}'
        answer, _ = send_to(reply(body))
        assert answer.data == {"a�": ["x�y", "😀"]}
        assert answer.body == body

    def test_knows_the_servers_date_and_request_id(self):
        date = "Date: Sun, 28 Jun 2026 00:05:00 GMT\r\nX-Request-Id: oce-1\r\n"
        answer, _ = send_to(reply(headers=date))
        assert answer.server_date == NOW + timedelta(minutes=5)
        assert answer.oceafin_request_id == "oce-1"

    def test_may_come_in_chunks(self):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert send_to(raw(head + b'5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'))[0].data == {"a": 1}

    @pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("Deflate", zlib.compress)])
    def test_may_come_packed_by_a_proxy_that_nobody_asked(self, encoding, pack):
        headers = f"Content-Encoding: {encoding}\r\n"
        assert send_to(reply(pack(b'{"customerId": "1"}'), headers=headers))[0].data == {"customerId": "1"}


class TestProblem:
    def problem(self, body: bytes, status="409 Conflict", headers="") -> Problem:
        found, _ = send_to(reply(body, status=status, headers=headers))
        assert isinstance(found, Problem)
        return found

    def test_carries_code_texts_request_id_and_field_errors(self):
        found = self.problem(
            b'{"type":"urn:x","title":"Conflict","status":409,"code":"PARTNER_QUOTE_EXPIRED",'
            b'"detail":"Too late.","requestId":"oce-9","errors":[{"field":"quoteId","message":"expired","extra":1}]}'
        )
        assert (found.status, found.code, found.title) == (409, "PARTNER_QUOTE_EXPIRED", "Conflict")
        assert (found.detail, found.oceafin_request_id) == ("Too late.", "oce-9")
        assert found.errors == (FieldError("quoteId", "expired"),)
        assert found.readable

    def test_keeps_an_unknown_code_as_it_came(self):
        assert self.problem(b'{"code": "PARTNER_BRAND_NEW"}').code == "PARTNER_BRAND_NEW"

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>Bad gateway</html>",
            b"",
            b"null",
            b"[]",
            b'"text"',
            b"{}",
            b'{"code": null}',
            b'{"code": 5}',
            b'{"code": ["x"]}',
            b"\xff\xfe\x00",
            b"[" * 60_000,
            b'{"code": NaN}',
        ],
    )
    @pytest.mark.parametrize("status", ["400 Bad Request", "502 Bad Gateway"])
    def test_is_marked_unreadable_when_it_is_not_oceafins(self, body, status):
        found = self.problem(body, status)
        assert (found.code, found.readable) == ("", False)
        assert found.status == int(status[:3])

    @pytest.mark.parametrize(
        ("errors", "expected"),
        [
            (b"null", ()),
            (b"5", ()),
            (b'["a", null, 3]', (FieldError("", "a"),)),
            (b'{"x": "bad", "y": 1}', (FieldError("x", "bad"), FieldError("y", ""))),
            (b'[{"field": null, "message": "m"}, {}, []]', (FieldError("", "m"),)),
        ],
    )
    def test_reads_field_errors_of_any_shape(self, errors, expected):
        assert (
            self.problem(b'{"code": "C", "title": 1, "detail": {}, "errors": ' + errors + b"}").errors
            == expected
        )

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("7", 7),
            ("0", 0),
            (" 7 ", 7),
            ("99999999999999999999", 86400),
            ("Sun, 28 Jun 2026 00:01:30 GMT", 90),
            ("Sat, 27 Jun 2026 00:00:00 GMT", 0),
            ("-5", None),
            ("soon", None),
            ("1.5", None),
            ("Sun, 99 Jun 2026", None),
        ],
    )
    def test_reads_retry_after_in_seconds_or_as_a_date(self, value, seconds):
        found = self.problem(b"{}", "503 Service Unavailable", f"Retry-After: {value}\r\n")
        assert found.retry_after == (None if seconds is None else timedelta(seconds=seconds))

    def test_counts_a_retry_date_from_the_servers_own_clock(self):
        headers = "Date: Sun, 28 Jun 2026 01:00:00 GMT\r\nRetry-After: Sun, 28 Jun 2026 01:00:20 GMT\r\n"
        assert self.problem(b"{}", "429 Slow", headers).retry_after == timedelta(seconds=20)


class TestNothingLeft:
    def assert_stayed(self, url: str, limits: Limits = LIMITS) -> NoAnswer:
        found = client_of(url, limits).send(CREATE, now=NOW)
        assert isinstance(found, NoAnswer)
        assert found.left is False
        assert found.reason.startswith("Oceafin could not be reached")
        return found

    def test_when_the_connection_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.assert_stayed(f"http://127.0.0.1:{port}")

    def test_when_the_address_is_not_found(self):
        assert "address was not found" in self.assert_stayed("https://no-such-host.invalid").reason

    def test_when_the_server_does_not_speak_tls(self):
        with RawServer(raw(b"hello, this is not TLS\r\n")) as server:
            found = self.assert_stayed(server.url.replace("http", "https"), SHORT)
        assert "secure connection" in found.reason or "reached" in found.reason

    def test_when_the_certificate_is_not_trusted(self, untrusted_tls_server):
        assert "secure connection" in self.assert_stayed(untrusted_tls_server).reason

    def test_when_the_tls_handshake_hangs(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            began = time.monotonic()
            limits = Limits(connect=0.3, read=5, total=5)
            found = self.assert_stayed(f"https://127.0.0.1:{silent.getsockname()[1]}", limits)
        assert "in time" in found.reason
        assert time.monotonic() - began < 4

    def test_when_connecting_takes_too_long(self):
        # A full backlog of one: Linux drops further connection requests unanswered.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting = [_try_to_connect(full.getsockname()) for _ in range(4)]
            limits = Limits(connect=0.3, read=5, total=5)
            found = self.assert_stayed(f"http://127.0.0.1:{full.getsockname()[1]}", limits)
            for one in waiting:
                one.close()
        assert "in time" in found.reason

    def test_when_the_time_is_over_before_the_first_byte(self):
        with RawServer(reply()) as server:
            self.assert_stayed(server.url, Limits(total=-1))
        assert server.requests == []


def _try_to_connect(address) -> socket.socket:
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(address)
    return one


@pytest.fixture
def untrusted_tls_server(tmp_path):
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def handshake(connection_: socket.socket) -> None:
        raise ConnectionResetError

    with RawServer(handshake) as server:
        server._serve = lambda one: _tls(context, one)
        yield server.url.replace("http", "https")


def _tls(context: ssl.SSLContext, one: socket.socket) -> None:
    try:
        context.wrap_socket(one, server_side=True).recv(1)
    except OSError:
        one.close()


def self_signed(folder) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


class TestItMayHaveArrived:
    def assert_open(self, *behaviours, limits=LIMITS, request=CREATE) -> NoAnswer:
        found, server = send_to(*behaviours, limits=limits, request=request)
        assert isinstance(found, NoAnswer)
        assert found.left is True
        assert found.reason.startswith("It may have arrived")
        assert len(server.requests) == 1
        return found

    def test_when_the_connection_is_reset_after_the_request(self):
        self.assert_open(reset)

    def test_when_it_is_closed_without_a_word(self):
        self.assert_open(raw(b"", close=True))

    def test_when_nothing_comes_back(self):
        with RawServer(lambda one: server.over.wait(5)) as server:
            began = time.monotonic()
            found = client_of(server.url, SHORT).send(CREATE, now=NOW)
            took = time.monotonic() - began
        assert found.left is True
        assert "nothing came back" in found.reason
        assert took < 4

    @pytest.mark.parametrize(
        "data",
        [
            b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 50,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
            b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b" " * 500,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 100,
        ],
        ids=["headers", "continue", "body", "chunks"],
    )
    def test_when_the_reply_drips(self, data):
        dripped = (
            data.index(b"\r\n")
            if b"500\r\n" not in data and b"chunked" not in data
            else data.index(b"\r\n\r\n") + 4
        )

        def behave(one: socket.socket) -> None:
            one.sendall(data[:dripped])
            drip(data[dripped:], server.over, pause=0.05)(one)

        with RawServer(behave) as server:
            began = time.monotonic()
            found = client_of(server.url, SHORT).send(CREATE, now=NOW)
            took = time.monotonic() - began
        assert isinstance(found, NoAnswer)
        assert found.left is True
        assert f"within {SHORT.total:g} seconds" in found.reason
        assert took < 4

    def test_when_the_server_stops_reading_a_file(self):
        def stall(one: socket.socket) -> None:
            server.over.wait(5)

        file = b"x" * 20_000_000
        body = StreamedBody(b"h", lambda: io.BytesIO(file), b"t", len(file) + 2, "0" * 64)
        request = WireRequest("POST", "/partner/v1/customers/1/files", body, "multipart/form-data", "k")
        with RawServer(reply()) as server:
            server._serve = stall
            began = time.monotonic()
            found = client_of(server.url, SHORT).send(request, now=NOW)
            took = time.monotonic() - began
        assert isinstance(found, NoAnswer)
        assert found.left is True
        assert took < 4

    @pytest.mark.parametrize(
        "behaviour",
        [
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", close=True),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", close=True),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", close=True),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", close=True),
            raw(b"HTTP/1.1 200 OK\r\n", close=True),
            raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", close=True),
            raw(b'HTTP/1.1 200 OK\r\n\r\n{"customerId": "1', close=True),
            raw(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 50\r\n\r\n{}", close=True),
            raw(b"HTTP/1.1 2", close=True),
            raw(b"SSH-2.0-OpenSSH\r\n", close=True),
            raw(b"\0" * 100, close=True),
        ],
    )
    def test_when_the_reply_is_cut_or_garbled(self, behaviour):
        self.assert_open(behaviour)

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>Welcome to the hotel</html>",
            b"OK",
            b"null",
            b"true",
            b"1",
            b'"x"',
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b"{} {}",
            b"\xff{}",
            b'{"a": ' + b"9" * 5000 + b"}",
            b"[" * 60_000,
        ],
    )
    def test_when_a_2xx_is_not_in_oceafins_form(self, body):
        assert self.assert_open(reply(body)).status == 200

    @pytest.mark.parametrize(
        "status", ["301 Moved", "302 Found", "307 Again", "308 Again", "304 Same", "999 Odd"]
    )
    def test_when_it_is_redirected_and_the_redirect_is_not_followed(self, status):
        with RawServer(reply()) as other:
            found = self.assert_open(
                reply(b"{}", status=status, headers=f"Location: {other.url}/partner/v1/x\r\n")
            )
        assert (found.status, found.body) == (int(status[:3]), b"{}" if status[:3] != "304" else b"")
        assert other.requests == []

    @pytest.mark.parametrize(
        "data",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[" + b" " * 99_998 + b"]",
            b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 65_000 + b"\r\nX-Long: " + b"x" * 60_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 100_000,
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000,
        ],
        ids=["body", "headers", "chunk size", "redirect"],
    )
    def test_when_the_reply_is_too_large(self, data):
        assert "too large" in self.assert_open(raw(data)).reason

    def test_when_a_read_breaks_off_and_is_not_repeated(self):
        self.assert_open(reset, reply(), request=WireRequest("GET", "/partner/v1/transactions/1"))

    def test_when_a_kept_connection_breaks_under_the_next_request(self):
        with RawServer(reply(), reset, reply()) as server:
            client = client_of(server.url)
            assert isinstance(client.send(CREATE, now=NOW), Answer)
            broken = client.send(CREATE, now=NOW)
            assert isinstance(broken, NoAnswer)
            assert broken.left is True
            assert len(server.requests) == 2
            assert isinstance(client.send(CREATE, now=NOW), Answer)

    @pytest.mark.parametrize(
        "packed",
        [
            b"\x1f\x8b" + b"0" * 100,
            gzip.compress(b'{"customerId": "1"}')[:-9],
            gzip.compress(b'{"customerId": "1"' + b" " * 10_000_000 + b"}"),
        ],
        ids=["no gzip at all", "cut off", "a bomb"],
    )
    def test_when_a_packed_reply_cannot_be_unpacked(self, packed):
        self.assert_open(reply(packed, headers="Content-Encoding: gzip\r\n"))
