"""The client: exact signed bytes out, once; a typed reply in, within its limits."""

import hashlib
import hmac
import io
import logging
import os
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from django.db import connection, transaction

from backoffice.oceafin import client as client_module
from backoffice.oceafin.client import BaseUrlRefused, Client, TransactionOpen, checked_base_url
from backoffice.oceafin.transport import Limits
from backoffice.oceafin.wire import (
    Answer,
    BodyChanged,
    BodyUnreadable,
    FieldError,
    NoAnswer,
    Problem,
    StreamedBody,
    WireRequest,
)
from tests.oceafin.raw_server import RawServer, drip, parts, raw, reply, reset

NOW = datetime(2026, 6, 28, tzinfo=UTC)
SECRET = "test-secret"
LIMITS = Limits(connect=5, read=10, total=20, total_file=20, reply_bytes=64 * 1024)
# For servers that keep us waiting: what they do would go on for many times as long.
SHORT = Limits(connect=0.5, read=0.3, total=0.6, total_file=0.9, reply_bytes=64 * 1024)
BODY = b'{"partnerCustomerRef":"cust-100001","customerType":"INDIVIDUAL"}'
CREATE = WireRequest("POST", "/partner/v1/customers", BODY, "application/json", "cust-100001:create")


def client_of(url: str, limits: Limits = LIMITS) -> Client:
    return Client(base_url=url, client_id="client-1", client_secret=SECRET, limits=limits)


def send_to(*behaviours, request=CREATE, limits=LIMITS):
    with RawServer(*behaviours) as server:
        return client_of(server.url, limits).send(request, now=NOW), server


def signature_of(request: bytes) -> str:
    """The signature by the contract's rules, from the bytes that arrived and nothing else."""
    method, target, headers, body = parts(request)
    lines = [
        method,
        target,
        hashlib.sha256(body).hexdigest(),
        headers["x-partner-timestamp"],
        headers["x-partner-nonce"],
        headers.get("idempotency-key", ""),
    ]
    return hmac.new(SECRET.encode(), "\n".join(lines).encode("latin-1"), hashlib.sha256).hexdigest()


class TestRequest:
    def test_carries_the_contracts_headers_and_the_exact_bytes(self):
        answer, server = send_to(reply())
        method, target, headers, body = parts(server.requests[0])
        assert (method, target, body) == ("POST", "/partner/v1/customers", BODY)
        assert headers["x-partner-client-id"] == "client-1"
        assert headers["x-partner-timestamp"] == "2026-06-28T00:00:00Z"
        assert headers["idempotency-key"] == "cust-100001:create"
        assert headers["content-type"] == "application/json"
        assert headers["x-request-id"] == answer.request_id
        assert headers["x-partner-nonce"] == answer.nonce
        assert len(answer.nonce) == 32
        assert headers["x-partner-signature"] == signature_of(server.requests[0])
        assert answer.sent_at == NOW

    def test_has_a_new_nonce_and_the_same_key_and_body_each_time(self):
        with RawServer(reply()) as server:
            client = client_of(server.url)
            for _ in range(3):
                client.send(CREATE, now=NOW)
        seen = [parts(request) for request in server.requests]
        assert len({headers["x-partner-nonce"] for _, _, headers, _ in seen}) == 3
        assert {(headers["idempotency-key"], body) for _, _, headers, body in seen} == {
            ("cust-100001:create", BODY)
        }

    def test_of_a_read_has_no_key_and_no_body(self):
        with RawServer(reply(b"[]")) as server:
            answer = client_of(server.url).get("/partner/v1/customers/1/balances?limit=2", now=NOW)
        method, target, headers, body = parts(server.requests[0])
        assert (method, target, body) == ("GET", "/partner/v1/customers/1/balances?limit=2", b"")
        assert not {"idempotency-key", "content-type", "transfer-encoding"} & set(headers)
        assert headers["x-partner-signature"] == signature_of(server.requests[0])
        assert answer.data == []

    def test_takes_the_request_id_that_was_written_down_before(self):
        with RawServer(reply()) as server:
            answer = client_of(server.url).send(CREATE, now=NOW, request_id="req-1")
        assert answer.request_id == parts(server.requests[0])[2]["x-request-id"] == "req-1"

    @pytest.mark.parametrize(
        "target",
        [
            "customers?limit=1&cursor=a b",
            "customers?q=ä",
            "customers/ünï?x=é&y=€",
            "customers/a%20b",
            "customers/a%2Fb",
            "customers/a%2fb?x=%c3%a4",
            "customers/%",
            "customers/%zz",
            "customers?x=%",
            "customers?",
            "customers??a=b",
            "customers?a=b?c",
            "customers?a=1&a=2&&",
            "customers?a=[]{}|\\^`",
            "customers/a;b=c,d",
            "customers/(a)'b'*!$",
            'customers/"quoted"<x>',
            "customers//double",
            "customers/a+b?c=d+e",
            "customers/x:y@z",
            "customers?u=https://other.example/a#cut",
            "customers/.hidden/..dots",
            "customers/a/./b/../c",
            "customers?" + "x" * 3000,
        ],
    )
    def test_signs_the_target_that_is_on_the_wire(self, target):
        with RawServer(reply()) as server:
            answer = client_of(server.url).get("/partner/v1/" + target, now=NOW)
        assert isinstance(answer, Answer)
        headers = parts(server.requests[0])[2]
        assert headers["x-partner-signature"] == signature_of(server.requests[0])

    @pytest.mark.parametrize("target", ["/partner/v1/../../admin", "/partner/v1/../v2/customers"])
    def test_does_not_leave_the_partner_api(self, target):
        with RawServer(reply()) as server, pytest.raises(ValueError, match="below /partner/v1"):
            client_of(server.url).get(target, now=NOW)
        assert server.requests == []

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"body": "text"}, TypeError),
            ({"body": {"a": 1}}, TypeError),
            ({"body": None}, TypeError),
            ({"method": "post"}, ValueError),
            ({"path_url": "/customers"}, ValueError),
            ({"path_url": "https://other.example/partner/v1/customers"}, ValueError),
            ({"idempotency_key": ""}, ValueError),
            ({"idempotency_key": "a\r\nX-Evil: 1"}, ValueError),
            ({"idempotency_key": " a"}, ValueError),
            ({"idempotency_key": "ä"}, ValueError),
            ({"content_type": "a\nb"}, ValueError),
            ({"method": "GET"}, ValueError),
        ],
    )
    def test_is_refused_when_it_cannot_be_a_right_one(self, fields, error):
        good = {
            "method": "POST",
            "path_url": "/partner/v1/customers",
            "body": b"{}",
            "content_type": "application/json",
            "idempotency_key": "k",
        }
        with pytest.raises(error):
            WireRequest(**good | fields)

    @pytest.mark.django_db(transaction=True)
    def test_is_refused_inside_a_database_transaction(self):
        connection.ensure_connection()
        with RawServer(reply()) as server:
            client = client_of(server.url)
            with transaction.atomic(), pytest.raises(TransactionOpen):
                client.send(CREATE, now=NOW)
            assert isinstance(client.send(CREATE, now=NOW), Answer)
        assert len(server.requests) == 1


class TestStreamedBody:
    FILE = os.urandom(200_000)
    HEAD, TAIL = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n', b"\r\n--b--\r\n"

    def body(self, **changes) -> StreamedBody:
        whole = self.HEAD + self.FILE + self.TAIL
        fields = {
            "head": self.HEAD,
            "open_file": lambda: io.BytesIO(self.FILE),
            "tail": self.TAIL,
            "length": len(whole),
            "sha256": hashlib.sha256(whole).hexdigest(),
        }
        return StreamedBody(**fields | changes)

    def request(self, **changes) -> WireRequest:
        return WireRequest(
            "POST",
            "/partner/v1/customers/1/files",
            self.body(**changes),
            "multipart/form-data; boundary=b",
            "k",
        )

    def test_arrives_whole_signed_and_with_its_length(self):
        answer, server = send_to(reply(), request=self.request())
        _, _, headers, body = parts(server.requests[0])
        assert isinstance(answer, Answer)
        assert body == self.HEAD + self.FILE + self.TAIL
        assert headers["content-length"] == str(len(body))
        assert "transfer-encoding" not in headers
        assert headers["content-type"] == "multipart/form-data; boundary=b"
        assert headers["x-partner-signature"] == signature_of(server.requests[0])

    @pytest.mark.parametrize(
        "stored",
        [FILE[:-1], FILE + b"x", FILE * 2, b"x" + FILE[1:], b""],
        ids=["short", "long", "double", "other", "empty"],
    )
    def test_never_arrives_whole_when_the_stored_file_was_changed(self, stored):
        with RawServer(reply()) as server:
            with pytest.raises(BodyChanged):
                client_of(server.url).send(self.request(open_file=lambda: io.BytesIO(stored)), now=NOW)
            server.wait_for_the_end()
        assert all(len(parts(request)[3]) < self.body().length for request in server.requests)

    def test_sends_nothing_when_the_stored_file_cannot_be_opened(self):
        def missing():
            raise FileNotFoundError

        with RawServer(reply()) as server, pytest.raises(BodyUnreadable):
            client_of(server.url).send(self.request(open_file=missing), now=NOW)
        assert server.requests == []

    def test_breaks_off_when_the_storage_fails_midway(self):
        class Failing(io.BytesIO):
            def read(self, size=-1):
                if self.tell() > 100_000:
                    raise BrokenPipeError
                return super().read(size)

        with RawServer(reply()) as server:
            with pytest.raises(BodyUnreadable):
                client_of(server.url).send(self.request(open_file=lambda: Failing(self.FILE)), now=NOW)
            server.wait_for_the_end()
        assert all(len(parts(request)[3]) < self.body().length for request in server.requests)

    def test_closes_the_file(self):
        file = io.BytesIO(self.FILE)
        send_to(reply(), request=self.request(open_file=lambda: file))
        assert file.closed


class TestAnswer:
    def test_keeps_amounts_digit_by_digit(self):
        answer, _ = send_to(reply(b'{"a": 0.10, "b": 1e400, "c": 12345678901234567890, "d": "1.50"}'))
        assert answer.data == {"a": "0.10", "b": "1e400", "c": 12345678901234567890, "d": "1.50"}

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
        assert "within 0.6 seconds" in found.reason
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

    def test_when_a_compressed_bomb_comes_back(self):
        self.assert_open(reply(b"\x1f\x8b" + b"0" * 100, headers="Content-Encoding: gzip\r\n"))


class TestPool:
    def test_keeps_its_connection(self):
        with RawServer(reply(), reply(b"{}", status="404 Not Found"), reply()) as server:
            client = client_of(server.url)
            for _ in range(4):
                client.send(CREATE, now=NOW)
            assert (server.connections, len(server.requests)) == (1, 4)

    def test_keeps_no_cookies(self):
        with RawServer(reply(headers="Set-Cookie: session=1; Path=/\r\n"), reply()) as server:
            client = client_of(server.url)
            client.send(CREATE, now=NOW)
            client.send(CREATE, now=NOW)
        assert "cookie" not in parts(server.requests[1])[2]

    def test_takes_no_proxy_and_no_password_from_the_environment(self, monkeypatch, tmp_path):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        found, server = send_to(reply())
        assert isinstance(found, Answer)
        assert "authorization" not in parts(server.requests[0])[2]

    def test_is_one_per_process_and_new_after_a_fork_or_other_settings(self, monkeypatch, settings):
        client_module.reset_clients()
        first = client_module.client()
        assert client_module.client() is first
        monkeypatch.setattr(client_module.os, "getpid", lambda: -1)
        forked = client_module.client()
        assert forked is not first
        settings.OCEAFIN_PARTNER_API_CLIENT_ID = "other"
        assert client_module.client() is not forked
        client_module.reset_clients()


class TestBaseUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "https://api.oceafin.com",
            "https://api.oceafin.com/",
            "https://[2001:db8::1]:8443",
            "http://127.0.0.1:8900",
            "http://localhost:1",
            "http://[::1]:1",
            "http://127.9.9.9",
        ],
    )
    def test_may_be_https_or_http_to_this_machine(self, url):
        assert checked_base_url(url) == url.rstrip("/")

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.oceafin.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://localhost.example",
            "ftp://127.0.0.1",
            "api.oceafin.com",
            "",
            "https://",
            "https://api.oceafin.com/partner/v1",
            "https://a:b@api.oceafin.com",
            "https://api.oceafin.com?x",
            "https://api.oceafin.com:port",
            "http://[::1",
        ],
    )
    def test_is_refused_with_a_sentence_otherwise(self, url):
        with pytest.raises(BaseUrlRefused, match=r"OCEAFIN_PARTNER_API_BASE_URL .*\.$"):
            checked_base_url(url)

    def test_and_secrets_are_checked_when_the_client_is_made(self):
        for wrong in ({"client_secret": ""}, {"client_id": ""}, {"client_id": "a\nb"}):
            fields = {"base_url": "https://api.oceafin.com", "client_id": "c", "client_secret": "s"} | wrong
            with pytest.raises(ValueError):
                Client(**fields)


class TestSecrecy:
    def test_nothing_secret_is_printed_or_logged(self, caplog):
        caplog.set_level(logging.DEBUG)
        marker = b"Erika Mustermann"
        request = WireRequest("POST", "/partner/v1/customers?name=hidden-query", marker, "text/plain", "k")
        shown = [repr(request), repr(client_of("https://api.oceafin.com"))]
        with structlog.testing.capture_logs() as logs:
            for behaviour in (
                reply(b'{"name": "Erika Mustermann"}'),
                reply(b'{"code": "C", "detail": "Erika Mustermann"}', status="400 Bad Request"),
                reply(b"Erika Mustermann"),
                reset,
            ):
                found, server = send_to(behaviour, request=request)
                shown.append(repr(found))
        signature = parts(server.requests[0])[2]["x-partner-signature"]
        text = " ".join(
            [*shown, str(logs), *(r.getMessage() for r in caplog.records if "urllib3" not in r.name)]
        )
        for hidden in (SECRET, marker.decode(), signature, "hidden-query"):
            assert hidden not in text
        assert SECRET not in caplog.text
        assert marker.decode() not in caplog.text

    def test_each_call_is_one_log_line_that_support_can_use(self):
        with structlog.testing.capture_logs() as logs:
            found, _ = send_to(reply(b'{"code": "PARTNER_X"}', status="409 Conflict"))
        (line,) = logs
        assert line["path"] == "/partner/v1/customers"
        assert (line["method"], line["status"], line["code"]) == ("POST", 409, "PARTNER_X")
        assert line["request_id"] == found.request_id
        assert isinstance(line["ms"], int)
