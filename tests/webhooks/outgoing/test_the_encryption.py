"""The encryption: a webhook goes only to a server that proves its name."""

import ssl
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from webhooks.outgoing import sending


def certificate(name: str) -> bytes:
    """Key and self-made certificate of a server that calls itself `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(timezone.now() - timedelta(days=1))
        .not_valid_after(timezone.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Calls itself `localhost`; the machine trusts its certificate when the test says so."""
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    file = tmp_path / "server.pem"
    file.write_bytes(certificate("localhost"))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = ours.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_args: None
    server.taken, server.file = taken, file
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def post(server, host: str) -> sending.Reply:
    return sending.post(f"https://{host}:{server.server_address[1]}/", headers={}, body=b"{}")


def trust(server, monkeypatch) -> None:
    real = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: real(cafile=str(server.file)))


def test_refuses_a_certificate_that_nobody_vouches_for(server) -> None:
    reply = post(server, "localhost")
    assert (reply.status, reply.detail.startswith("TLS failed"), server.taken) == (None, True, [])


def test_refuses_a_certificate_of_another_name(server, monkeypatch) -> None:
    trust(server, monkeypatch)
    assert (post(server, "127.0.0.1").status, server.taken) == (None, [])


def test_sends_to_a_server_that_proves_its_name(server, monkeypatch) -> None:
    trust(server, monkeypatch)
    assert (post(server, "localhost").status, server.taken) == (204, [b"{}"])
