"""The process ends, the line breaks, or the storage fails in the middle: no row without its file, no file for ever
without its row."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from customers import rendering, services, storing
from customers.models import Document
from tests.customers.conftest import make_customer, upload
from tests.customers.specimens import pdf

pytestmark = pytest.mark.django_db
KILLED_WHILE_STORING = """
import io, os, signal, uuid
import django
django.setup()
from django.core.files.storage import default_storage
from django.utils import timezone
from customers import storing
default_storage.exists("x")
type(default_storage._wrapped).size = lambda self, name: os.kill(os.getpid(), signal.SIGKILL)
received = storing.receive(io.BytesIO(open(os.environ["SPECIMEN"], "rb").read()))
storing.store(received, document_id=uuid.uuid4(), head=b"", tail=b"", now=timezone.now())
"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "papers")},
        }
    }
    return tmp_path


def stored() -> list[str]:
    return [name for day in storing._days(timezone.now()) for name in storing._listed(day)]


def test_by_a_kill_between_file_and_row_is_swept_away(folder: Path) -> None:
    (folder / "specimen.pdf").write_bytes(pdf())
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        "DOCUMENTS_BUCKET": "",
        "DOCUMENTS_FOLDER": str(folder / "papers"),
        "SPECIMEN": str(folder / "specimen.pdf"),
    }
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_STORING], env=surroundings, check=False)
    assert done.returncode == -9
    assert len(stored()) == 1
    assert services.sweep_orphans(timezone.now() + timedelta(hours=3)) == 1
    assert (stored(), Document.objects.count()) == ([], 0)


def test_in_a_storage_that_keeps_only_half_leaves_nothing(monkeypatch) -> None:
    customer = make_customer()
    monkeypatch.setattr(type(default_storage), "size", lambda self, name: 7, raising=False)
    with pytest.raises(storing.StorageAway, match="Nothing was saved"):
        upload(customer)
    assert (stored(), Document.objects.count()) == ([], 0)


def test_later_in_the_storage_is_said_before_a_byte_is_shown() -> None:
    document = upload(make_customer())
    path = Path(default_storage.path(document.storage_name))
    path.write_bytes(pdf(2))
    with pytest.raises(storing.FileChanged, match="as it was handed in"):
        storing.fetch(document.storage_name, sha256=document.sha256)
    path.unlink()
    with pytest.raises(storing.FileChanged):
        storing.fetch(document.storage_name, sha256=document.sha256)


def test_under_a_decoder_that_is_killed_is_refused_in_a_sentence(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr(rendering, "WORKER", tmp_path / "worker.py")
    with pytest.raises(services.NotUsable, match="too much memory or time"):
        upload(make_customer(), io.BytesIO(pdf()).read())
    assert (stored(), Document.objects.count()) == ([], 0)
