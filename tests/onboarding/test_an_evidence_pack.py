"""An evidence pack tells a case to somebody who was not there, and is checked by its own script, offline."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from backoffice.reveals.models import Reveal
from backoffice.staff.roles import Right, Role
from customers.facts.services import read_document
from customers.models import Customer
from onboarding.evidence.packing import LookStillOpen, PackImpossible, make_pack
from onboarding.models import Case
from onboarding.review import documents_of
from tests.customers import specimens
from tests.onboarding.conftest import (
    PARTNER,
    accept,
    act,
    again,
    decline,
    make_case,
    make_customer,
    person_details,
    to_submitting,
    upload,
    verbs,
)
from tests.people import actor, person, sign_in
from tests.webhooks.sender import Sender
from webhooks import inbox

pytestmark = pytest.mark.django_db(transaction=True)

_kept: list[bytes] = []


@pytest.fixture
def case(client, lena) -> Case:
    """Reviewed, signed, and approved by an event that Oceafin signed."""
    customer = make_customer(display_name="Zoë Example")
    papers = [upload(customer), upload(customer, "SELFIE", specimens.picture())]
    case = make_case(customer, document_ids=[each.document_id for each in papers])
    to_submitting(case, lena)
    act("add_note", lena, case=case, note="Her photo was compared with the selfie.")
    tell(client, customer, "APPROVED")
    assert again(case).state == "APPROVED"
    return again(case)


def tell(client: Any, customer: Customer, status: str) -> None:
    event = {
        "eventId": f"evt-{status}",
        "eventType": "customer.status",
        "occurredAt": timezone.now().isoformat(),
        "customer": {
            "customerId": "5f2f1ef0-3a39-4f0e-9fd4-3d8bdc2a7f2a",
            "partnerCustomerRef": customer.partner_customer_ref,
        },
        "resource": {
            "resourceType": "customer",
            "resourceId": "5f2f1ef0-3a39-4f0e-9fd4-3d8bdc2a7f2a",
        },
        "data": {"status": status},
    }
    assert Sender(client).send(event) == 202
    inbox.apply_due(worker="test")


def packed(case: Case, who: Any, purpose: str = "AUTHORITY") -> bytes:
    with make_pack(case=case, purpose=purpose, actor=actor(who), now=timezone.now()) as file:
        return file.read()


def checked(pack: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The pack's own script, unpacked alone: without our code, our settings and our libraries."""
    script = pack.parent / "check.py"
    if pack.is_file():
        with zipfile.ZipFile(pack) as files:
            script.write_bytes(files.read("check.py"))
    else:
        script = pack / "check.py"
    return subprocess.run(
        [sys.executable, "-I", str(script), str(pack), *options],
        capture_output=True,
        text=True,
        env={"PYTHONUTF8": "1"},
        check=False,
    )


@pytest.fixture
def pack(tmp_path, case, lena) -> Path:
    path = tmp_path / "pack.zip"
    path.write_bytes(packed(case, lena))
    return path


@pytest.fixture
def kept_pack(request, tmp_path) -> Path:
    """The same pack for all tests that only read it: to bring a case to its end takes a second."""
    path = tmp_path / "pack.zip"
    if not _kept:
        _kept.append(request.getfixturevalue("pack").read_bytes())
    path.write_bytes(_kept[0])
    return path


@pytest.fixture
def keys(tmp_path) -> list[str]:
    audit, secret = tmp_path / "audit.key", tmp_path / "webhook.secret"
    audit.write_text(settings.AUDIT_KEY)
    secret.write_text(settings.OCEAFIN_PARTNER_API_WEBHOOK_SECRET)
    return ["--audit-key-file", str(audit), "--webhook-secret-file", str(secret)]


def test_is_found_whole_by_its_own_script(kept_pack, keys):
    done = checked(kept_pack, *keys)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WRONG" not in done.stdout
    assert "skipped" not in done.stdout
    assert done.stdout.count("ok ") == 9


def test_says_what_it_cannot_check_without_the_keys(kept_pack):
    done = checked(kept_pack)
    assert done.returncode == 0
    assert done.stdout.count("skipped") == 2


def test_begins_with_a_paper_that_a_person_can_read(kept_pack):
    with zipfile.ZipFile(kept_pack) as files:
        first = files.namelist()[0]
        paper = pypdfium2.PdfDocument(files.read(first))
    assert first == "case-1.pdf"
    words = " ".join(
        " ".join(sheet.get_textpage().get_text_range() for sheet in paper).replace("\r\n", " ").split()
    )
    for told in ("case-1", "Zoë", "李", "Passport", "Lena", "Her photo was compared", "Hauptstraße 1"):
        assert told in words
    for room in ("Risk", "Screening", "Attestation", "Timeline"):
        assert room in words


def test_holds_the_documents_byte_for_byte(pack, case):
    with zipfile.ZipFile(pack) as files:
        listed = json.loads(files.read("documents.json"))
        assert files.read(listed[0]["file"]) == specimens.pdf()
    assert [each["documentType"] for each in listed] == ["PASSPORT", "SELFIE"]
    assert listed[0]["sha256"] == documents_of(case)[0].document.sha256


def test_holds_what_oceafin_said_as_the_bytes_that_it_signed(kept_pack):
    with zipfile.ZipFile(kept_pack) as files:
        (event,) = json.loads(files.read("webhooks.json"))
        assert json.loads(files.read(event["file"]))["data"] == {"status": "APPROVED"}


def changed(pack: Path, tmp_path: Path, change: Any) -> Path:
    """The pack again with one file changed, and the manifest made to agree with it."""
    import hashlib

    other = tmp_path / "changed"
    with zipfile.ZipFile(pack) as files:
        files.extractall(other)
    change(other)
    manifest = json.loads((other / "manifest.json").read_text())
    for name, facts in manifest["files"].items():
        facts["sha256"] = hashlib.sha256((other / name).read_bytes()).hexdigest()
    (other / "manifest.json").write_text(json.dumps(manifest))
    return other


def edit(name: str, *changes: tuple[str, str]) -> Any:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text)

    return change


def swap_a_document(folder: Path) -> None:
    next((folder / "documents").iterdir()).write_bytes(specimens.picture("PNG"))


def swap_an_event(folder: Path) -> None:
    (event,) = (folder / "webhooks").iterdir()
    event.write_bytes(event.read_bytes().replace(b"APPROVED", b"REJECTED"))


@pytest.mark.parametrize(
    "change",
    [
        edit("details.json", ("Hauptstra", "Nebenstra")),
        edit("attestation.json", ("Hauptstra", "Nebenstra")),
        edit("documents.json", ('"ACCEPTED"', '"REJECTED"')),
        edit("timeline.json", ("case.attested", "case.accepted")),
        edit("timeline.json", ('"Lena', '"Rita')),
        edit("audit.json", ('"Lena', '"Rita')),
        swap_a_document,
        swap_an_event,
    ],
)
def test_shows_that_it_was_changed_even_if_its_manifest_was_made_to_agree(kept_pack, tmp_path, keys, change):
    done = checked(changed(kept_pack, tmp_path, change), *keys)
    assert done.returncode == 1
    assert "WRONG" in done.stdout


def test_shows_a_file_that_was_changed_taken_out_or_added(kept_pack, tmp_path):
    folder = tmp_path / "changed"
    with zipfile.ZipFile(kept_pack) as files:
        files.extractall(folder)
    (folder / "requests.json").unlink()
    (folder / "case.json").write_text("{}")
    (folder / "more.txt").write_text("more")
    done = checked(folder)
    assert done.returncode == 1
    for sentence in (
        "requests.json is missing.",
        "case.json was changed.",
        "more.txt does not belong to the pack.",
    ):
        assert sentence in done.stdout


def test_is_not_made_with_a_document_that_is_lost(case, lena):
    from customers import storing

    storing.remove(documents_of(case)[0].document.storage_name)
    with pytest.raises(PackImpossible, match="cannot be read"):
        packed(case, lena)
    assert "case.packed" not in verbs(case)


def test_is_not_made_with_a_document_that_is_not_the_one_uploaded(case, lena):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    name = documents_of(case)[0].document.storage_name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"something else"))
    with pytest.raises(PackImpossible, match="is not the file that was uploaded"):
        packed(case, lena)


def test_is_on_record_with_its_purpose(pack, case):
    assert verbs(case)[-1] == "case.packed"
    (look,) = Reveal.objects.filter(customer_key=case.customer.vault_key, purpose="AUTHORITY")
    assert look.export.what == "evidence pack of case-1"


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PAYMENTS_APPROVER, Role.COMPLIANCE_REVIEWER])
def test_is_not_for_who_has_nothing_to_do_with_the_case(client, case, role):
    sign_in(client, person(role))
    answer = client.post(reverse("onboarding:evidence", args=["case-1"]), {"purpose": "AUDIT"})
    assert answer.status_code in {302, 404}
    page = client.get(reverse("onboarding:case", args=["case-1"]), {"tab": "history"})
    assert "Make the evidence pack" not in page.content.decode()
    assert "case.packed" not in verbs(case)


def test_is_handed_out_as_a_file_to_an_auditor(client, case):
    sign_in(client, person(Role.AUDITOR))
    page = client.get(reverse("onboarding:case", args=["case-1"]), {"tab": "history"})
    assert "Make the evidence pack" in page.content.decode()
    answer = client.post(
        reverse("onboarding:evidence", args=["case-1"]), {"purpose": "AUDIT", "words": "Yearly audit"}
    )
    assert answer["Content-Disposition"] == 'attachment; filename="evidence-case-1.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as files:
        assert files.testzip() is None


def content(case: Case, who: Any, name: str) -> Any:
    with zipfile.ZipFile(io.BytesIO(packed(again(case), who))) as files:
        return json.loads(files.read(name))


def words_of(case: Case, who: Any) -> str:
    """The paper as text."""
    with zipfile.ZipFile(io.BytesIO(packed(again(case), who))) as files:
        paper = pypdfium2.PdfDocument(files.read(files.namelist()[0]))
    told = " ".join(sheet.get_textpage().get_text_range() for sheet in paper)
    return " ".join(told.replace("\r\n", " ").split())


def test_says_what_was_read_off_each_document(lena):
    case = make_case()
    act("claim_case", lena, case=case)
    read_document(
        documents_of(case)[0].document,
        number="C01X00T47",
        issuing_country="DE",
        issued_on=date(2020, 1, 2),
        expires_on=None,
        actor=actor(lena),
        now=timezone.now(),
    )
    (document,) = content(case, lena, "documents.json")
    facts = document["facts"]
    assert (facts["number"], facts["issuingCountry"], facts["issuedOn"]) == ("C01X00T47", "DE", "2020-01-02")
    assert (facts["expiresOn"], facts["readBy"]) == (None, "Lena")
    assert "Number C01X00T47, Issued by DE, Issued on 2020-01-02 (read by Lena)" in words_of(case, lena)


def test_tells_item_by_item_what_was_asked_and_when_it_came(lena):
    details = person_details()
    details["consentEvidence"] = {**details["consentEvidence"], "locale": "de"}
    case = make_case(details=details)
    act("claim_case", lena, case=case)
    act("collect_item", lena, case=again(case), code="DOCUMENT_NEEDED", document_type="PROOF_OF_ADDRESS")
    act("collect_item", lena, case=again(case), code="DATA_NEEDED")
    act("ask_for_more", lena, case=again(case), text_for_customer="", note="Only for us.")
    bill = upload(case.customer, "PROOF_OF_ADDRESS", specimens.picture())
    act("add_document", PARTNER, case=again(case), document=bill)
    (letter,) = content(case, lena, "requests.json")
    address, data = letter["items"]
    assert (letter["by"], letter["askedBy"]) == ("US", "Lena")
    assert (address["text"], address["language"]) == (
        "Bitte senden Sie uns dieses Dokument: Adressnachweis.",
        "de",
    )
    assert address["answeredBy"] == str(bill.document_id)
    assert address["answeredAt"] >= address["askedAt"]
    assert data["answeredAt"] is None
    told = words_of(case, lena)
    assert "Dokument: Adressnachweis. [de]: answered" in told
    assert "ergänzen Sie sie. [de]: not answered" in told


def test_is_not_for_who_may_still_take_the_second_look(client, rita, robin, lena):
    case = make_case()
    decline(case, rita, "The passport looks altered.")
    for second in (robin, lena, person(Role.MLRO)):
        if not second.has_right(Right.LEAD_CASES):
            act("claim_case", second, case=case)
        with pytest.raises(LookStillOpen, match="Make it when the second look is done"):
            packed(again(case), second)
    assert "case.packed" not in verbs(case)
    assert not Reveal.objects.filter(purpose="AUTHORITY").exists()
    sign_in(client, lena)
    page = client.get(reverse("onboarding:case", args=["case-1"]), {"tab": "history"}).content.decode()
    assert "the pack would tell you how the first person decided" in page
    assert packed(again(case), person(Role.AUDITOR))
    accept(again(case), robin)
    # Now both have decided, and a lead settles it with everything before her.
    assert packed(again(case), lena)


def test_needs_a_purpose(client, case, lena):
    sign_in(client, lena)
    answer = client.post(reverse("onboarding:evidence", args=["case-1"]), {"purpose": "CURIOSITY"})
    assert answer.status_code == 302
    assert "case.packed" not in verbs(case)
