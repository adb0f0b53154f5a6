"""The client: exact signed bytes out, once, over one pool, to one address, and nothing secret in any log."""

import hashlib
import io
import logging
import os

import pytest
import structlog
from django.db import connection, transaction

from backoffice.oceafin import client as client_module
from backoffice.oceafin.client import BaseUrlRefused, Client, TransactionOpen, checked_base_url
from backoffice.oceafin.wire import (
    Answer,
    BodyChanged,
    BodyUnreadable,
    StreamedBody,
    WireRequest,
)
from tests.oceafin.raw_server import RawServer, parts, reply, reset
from tests.oceafin.sending import BODY, CREATE, NOW, SECRET, client_of, send_to, signature_of


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
