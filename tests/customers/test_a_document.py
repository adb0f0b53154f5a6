import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from threading import Barrier

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from backoffice import reveals
from backoffice.audit import Actor
from backoffice.oceafin.models import Submission
from customers import services, storing
from customers.models import Document
from tests.customers.conftest import ID, SYSTEM, deliver, known_customer, make_customer, upload
from tests.customers.specimens import pdf, picture
from tests.oceafin.scripted import Script, answer

pytestmark = pytest.mark.django_db(transaction=True)
ASSET = "77777777-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        }
    }


def stored() -> list[str]:
    return [name for day in storing._days(timezone.now()) for name in storing._listed(day)]


def send(document: Document) -> None:
    services.send_document(document, actor=SYSTEM, now=timezone.now() - timedelta(seconds=1))


def test_is_kept_under_a_name_of_ours() -> None:
    document = upload(make_customer(), file_name="../My passport <b>.pdf")
    with default_storage.open(document.storage_name) as file:
        assert file.read() == pdf()
    assert document.sha256 == hashlib.sha256(pdf()).hexdigest()
    assert document.file_name == f"passport-{document.document_id.hex[:8]}.pdf"
    assert document.given_name == "My passport <b>.pdf"
    assert b"My passport" not in bytes(document.given_name_sealed)


def test_is_the_same_when_the_same_bytes_come_again() -> None:
    customer = make_customer()
    first = upload(customer)
    assert upload(customer).pk == first.pk
    assert upload(customer, kind="OTHER").pk != first.pk
    assert len(stored()) == 2


def test_is_made_once_when_two_send_it_at_once() -> None:
    customer = make_customer()
    barrier = Barrier(2)

    def once(_: int) -> int:
        try:
            barrier.wait(10)
            return upload(customer).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(once, range(2)))) == 1
    assert len(stored()) == 1


def test_leaves_no_file_when_its_row_cannot_be_written(monkeypatch) -> None:
    customer = make_customer()

    def fail(*args: object, **kwargs: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(services, "record", fail)
    with pytest.raises(DatabaseError):
        upload(customer)
    assert (stored(), Document.objects.count()) == ([], 0)


def test_leaves_no_row_when_the_storage_is_away(monkeypatch) -> None:
    customer = make_customer()

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(type(default_storage), "save", fail, raising=False)
    with pytest.raises(services.storing.StorageAway, match="Nothing was saved"):
        upload(customer)
    assert Document.objects.count() == 0


def test_without_a_row_is_swept_away_when_it_is_old_enough() -> None:
    document = upload(make_customer())
    name = document.storage_name.rsplit("/", 1)[0] + "/orphan.pdf"
    default_storage.save(name, io.BytesIO(b"x"))
    assert services.sweep_orphans(timezone.now()) == 0
    assert services.sweep_orphans(timezone.now() + timedelta(hours=3)) == 1
    assert stored() == [document.storage_name.rsplit("/", 1)[1]]


def test_is_not_sent_before_somebody_decides_so(oceafin: Script) -> None:
    upload(known_customer())
    deliver()
    assert oceafin.sent == []


def test_is_sent_as_a_form_with_its_bytes_unchanged(oceafin: Script) -> None:
    oceafin.posts.append(answer(fileAssetId=ASSET))
    customer = known_customer()
    document = upload(customer, picture("PNG"), kind="SELFIE")
    send(document)
    deliver()
    document.refresh_from_db()
    assert str(document.oceafin_file_asset_id) == ASSET
    sent = oceafin.sent[0]
    assert sent.path == f"/partner/v1/customers/{customer.oceafin_customer_id}/files"
    assert sent.key == f"cust-1:file:{document.sha256[:16]}:SELFIE"
    row = Submission.objects.get(kind="file.upload")
    form = message_from_bytes(f"Content-Type: {row.content_type}\r\n\r\n".encode() + sent.body)
    kind, file = form.get_payload()
    assert kind.get_payload().strip() == "SELFIE"
    assert file.get_payload(decode=True) == picture("PNG")
    assert file.get_filename() == document.file_name


def test_waits_until_oceafin_knows_the_customer(oceafin: Script) -> None:
    oceafin.posts.extend([answer(customerId=ID, status="DRAFT"), answer(fileAssetId=ASSET)])
    customer = make_customer()
    send(upload(customer))
    assert not Submission.objects.filter(kind="file.upload").exists()
    deliver()
    Submission.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    deliver()
    assert Document.objects.get().oceafin_file_asset_id is not None


def test_that_was_changed_in_the_storage_is_held_and_not_sent(oceafin: Script) -> None:
    oceafin.posts.append(answer(fileAssetId=ASSET))
    document = upload(known_customer())
    with open(default_storage.path(document.storage_name), "ab") as file:
        file.write(b"more")
    send(document)
    deliver()
    assert Submission.objects.get(kind="file.upload").state == "HELD"
    assert document.oceafin_file_asset_id is None


def test_of_which_oceafin_holds_other_bytes_is_held(oceafin: Script) -> None:
    oceafin.posts.append(answer(fileAssetId=ASSET, sha256="0" * 64))
    send(upload(known_customer()))
    deliver()
    assert Submission.objects.get(kind="file.upload").state == "HELD"


def test_of_which_oceafin_says_the_digest_in_capitals_is_taken(oceafin: Script) -> None:
    document = upload(known_customer())
    oceafin.posts.append(answer(fileAssetId=ASSET, sha256=document.sha256.upper()))
    send(document)
    deliver()
    document.refresh_from_db()
    assert str(document.oceafin_file_asset_id) == ASSET


def test_is_never_deleted_or_exchanged() -> None:
    document = upload(make_customer())
    for change in ({"sha256": "0" * 64}, {"storage_name": "x"}, {"document_type": "OTHER"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.all().delete()


def test_is_opened_only_by_those_who_may_and_that_is_taken_down(reviewer: Actor) -> None:
    document = upload(make_customer())
    asked = {"page": 1, "actor": reviewer}
    with pytest.raises(reveals.NotRevealed):
        services.open_document(document, **asked, now=timezone.now())
    reveals.open(
        customer=document.customer,
        purpose="DATA_COMPARED",
        subject=document,
        actor=reviewer,
        now=timezone.now(),
    )
    page = services.open_document(document, **asked, now=timezone.now())
    assert page.startswith(b"\x89PNG")
    from backoffice.audit import timeline_of

    assert timeline_of(document)[-1].verb == "document.opened"
    from backoffice.staff.errors import NotAllowed
    from tests.customers.conftest import person

    with pytest.raises(NotAllowed):
        services.open_document(document, page=1, actor=person("SUPPORT"), now=timezone.now())
