import hashlib

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from customers.models import Document
from tests.api.conftest import Client, problem, wrong_fields
from tests.customers.conftest import make_customer
from tests.customers.specimens import pdf, picture

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers/cust-1/documents"


@pytest.fixture
def onboarding(client_with: Client) -> APIClient:
    make_customer("cust-1")
    return client_with("onboarding")


def send(client: APIClient, content: bytes, kind: str = "PASSPORT", name: str = "scan.exe"):
    file = SimpleUploadedFile(name, content, content_type="application/x-msdownload")
    return client.post(URL, {"file": file, "documentType": kind}, format="multipart")


def test_are_taken_in_as_what_their_bytes_are(onboarding: APIClient) -> None:
    answer = send(onboarding, pdf(pages=2))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["contentType"], body["pages"], body["sizeBytes"]) == (
        "application/pdf",
        2,
        len(pdf(pages=2)),
    )
    assert body["sha256"] == hashlib.sha256(pdf(pages=2)).hexdigest()
    assert body["fileName"].endswith(".pdf")
    assert set(body) >= {"documentId", "documentType", "createdAt"}


def test_are_the_same_when_the_same_bytes_come_again(onboarding: APIClient) -> None:
    first, again = send(onboarding, pdf()), send(onboarding, pdf(), name="other.pdf")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert send(onboarding, pdf(), kind="SELFIE").status_code == 201


@pytest.mark.parametrize("content", [b"", b"MZ\x90", b"<svg/>", picture()[:-40], pdf()[:-20]])
def test_that_cannot_be_reviewed_are_refused_with_a_sentence(onboarding: APIClient, content: bytes) -> None:
    answer = send(onboarding, content)
    assert answer.status_code == 400
    assert wrong_fields(answer) == {"file"}
    assert Document.objects.count() == 0


def test_that_are_too_large_are_refused(onboarding: APIClient) -> None:
    assert send(onboarding, b"%PDF-" + b"x" * (20 * 1024 * 1024)).status_code == 400
    assert problem(send(onboarding, b"%PDF-" + b"x" * (22 * 1024 * 1024)))["code"] == "TOO_LARGE"


def test_need_a_file_and_a_type_that_there_is(onboarding: APIClient) -> None:
    assert wrong_fields(onboarding.post(URL, {}, format="multipart")) == {"file", "documentType"}
    assert wrong_fields(onboarding.post(URL, {"file": "text", "documentType": "X"})) == {
        "file",
        "documentType",
    }
    assert wrong_fields(send(onboarding, pdf(), kind="TATTOO")) == {"documentType"}


def test_of_nobody_are_not_taken(onboarding: APIClient) -> None:
    answer = onboarding.post(URL.replace("cust-1", "nobody"), {}, format="multipart")
    assert problem(answer)["code"] == "NOT_FOUND"


def test_wait_for_the_storage_with_a_sentence(onboarding: APIClient, monkeypatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("no space left")

    # On the class: what is put back on the lazy `default_storage` would outlive a change of the setting.
    monkeypatch.setattr(FileSystemStorage, "save", fail)
    answer = send(onboarding, pdf())
    assert (answer.status_code, problem(answer)["code"]) == (503, "STORAGE_AWAY")
    assert Document.objects.count() == 0


def test_that_breaks_off_on_its_way_is_refused_though_the_file_looks_whole(onboarding) -> None:
    """The line may break right behind the last byte of the file."""
    head = (
        b'--x\r\nContent-Disposition: form-data; name="documentType"\r\n\r\nPASSPORT\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    )
    for end in (b"", b"\r\n", b"\r\n--x"):
        answer = onboarding.generic("POST", URL, head + pdf() + end, "multipart/form-data; boundary=x")
        assert answer.status_code == 400
        assert "broke off" in answer.json()["detail"]
    whole = onboarding.generic(
        "POST", URL, head + pdf() + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
    )
    assert whole.status_code == 201
