"""Documents in an S3-compatible storage, against a server of its own."""

import os
import subprocess
import sys

import boto3
import pytest
from botocore.config import Config
from django.core.files.storage import default_storage
from django.utils import timezone

from customers import services, storing
from customers.models import Document
from tests.customers.conftest import make_customer, upload
from tests.customers.specimens import pdf
from tests.waiting import eventually

pytestmark = pytest.mark.django_db
CODE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def endpoint():
    """moto's server as a process; it ends when its standard input does."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.communicate(timeout=10)


@pytest.fixture
def bucket(endpoint: str, settings):
    options = settings_made_with(DOCUMENTS_BUCKET="papers", DOCUMENTS_S3_ENDPOINT=endpoint)
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    eventually(lambda: client.create_bucket(Bucket="papers"))
    settings.STORAGES = settings.STORAGES | {"default": options}
    yield client
    for item in client.list_objects_v2(Bucket="papers").get("Contents", []):
        client.delete_object(Bucket="papers", Key=item["Key"])


def settings_made_with(**values: str) -> dict:
    """What settings.py makes of these environment variables."""
    from backoffice import settings

    values |= {"DOCUMENTS_S3_ACCESS_KEY": "a", "DOCUMENTS_S3_SECRET_KEY": "b"}
    before = dict(os.environ)
    os.environ.update(values)
    try:
        settings.env = settings.Environment()
        return settings._documents_storage()
    finally:
        os.environ.clear()
        os.environ.update(before)


def names(client) -> list[str]:
    return [item["Key"] for item in client.list_objects_v2(Bucket="papers").get("Contents", [])]


def test_holds_the_bytes_of_a_document(bucket) -> None:
    document = upload(make_customer())
    assert names(bucket) == [document.storage_name]
    with default_storage.open(document.storage_name) as file:
        assert file.read() == pdf()
    with storing.fetch(document.storage_name, sha256=document.sha256) as copy:
        assert copy.read() == pdf()


def test_is_swept_of_what_has_no_row(bucket) -> None:
    document = upload(make_customer())
    day = document.storage_name.rsplit("/", 1)[0]
    bucket.put_object(Bucket="papers", Key=f"{day}/orphan.pdf", Body=b"x")
    assert services.sweep_orphans(timezone.now() + 2 * storing.ORPHAN_AFTER) == 1
    assert names(bucket) == [document.storage_name]


def test_that_is_not_there_is_said_in_a_sentence(bucket, settings) -> None:
    options = settings.STORAGES["default"]["OPTIONS"] | {
        "endpoint_url": "http://127.0.0.1:9",
        "client_config": Config(connect_timeout=1, retries={"max_attempts": 0}),
    }
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    with pytest.raises(storing.StorageAway, match="try again"):
        upload(make_customer())
    assert Document.objects.count() == 0
