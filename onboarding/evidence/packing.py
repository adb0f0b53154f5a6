"""Making the evidence pack of a case: a ZIP on our own disk, every document checked while it is copied."""

import hashlib
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice import audit, reveals, vault
from backoffice.audit import Actor, sealing
from backoffice.reveals import Purpose
from backoffice.staff import rights
from backoffice.staff.errors import NotAllowed, Refusal
from backoffice.staff.models import User
from backoffice.staff.roles import Right
from customers import storing
from customers.models import Document
from onboarding.evidence import contents as gathering
from onboarding.evidence.contents import Contents, as_json, sha256
from onboarding.evidence.instants import instant
from onboarding.evidence.telling import told
from onboarding.models import Case
from onboarding.second_look import services as second_look
from onboarding.second_look.models import SecondLook

SCRIPT = Path(__file__).with_name("check.py")
BLOCK = 64 * 1024


class LookStillOpen(NotAllowed):
    """Who may still take the second look must not read in a pack how the first one decided."""


class PackImpossible(Refusal):
    """The pack cannot be made whole, so none is made."""


def make_pack(*, case: Case, purpose: str, words: str = "", actor: Actor, now: datetime) -> IO[bytes]:
    """The whole case as one ZIP, a readable PDF first; the caller closes the file. That it was made is on record.

    Each document is compared with its SHA-256 on the way. Call it with no transaction open. Raises NotAllowed,
    LookStillOpen, PurposeNeeded, PackImpossible (a document is lost or was changed, or the data was erased).
    """
    # Else the pack of a case that was decided a moment ago would be found wrong by its own script.
    sealing.seal_all(now=now)
    with transaction.atomic():
        person = _packer(case, actor, now)
        _record_export(case, purpose, words, actor, now)
        try:
            contents = gathering.gather(case)
        except vault.KeyDestroyed:
            raise PackImpossible(
                _("This customer's data was erased; there is nothing left to pack.")
            ) from None
    why = " · ".join(filter(None, [str(Purpose(purpose).label), words.strip()]))
    pdf = told(case, contents, made_by=person.display_name, purpose=why, now=now)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
    try:
        digest = _write(file, contents, pdf, case, made_by=person.display_name, purpose=why, now=now)
        with transaction.atomic():
            facts = {"manifest": digest, "documents": len(contents.documents), "for": purpose}
            audit.record(actor=actor, verb="case.packed", subject=case, now=now, facts=facts)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def may_pack(case: Case, person: User, held: frozenset[Right], now: datetime) -> bool:
    """Whether this person, with these rights, may make the pack."""
    has_it = Right.REVIEW_CASES in held and case.is_held_by(person, now)
    of_the_house = Right.LEAD_CASES in held or Right.SEE_AUDIT in held
    return Right.SEE_PERSONAL_DATA in held and (has_it or of_the_house)


def waits_for_second_look(look: SecondLook | None, person: User, held: frozenset[Right]) -> bool:
    """Whether the pack would tell this person the first result, and they may be the one who looks a second time."""
    return Right.REVIEW_CASES in held and second_look.is_blind(look, person)


def _packer(case: Case, actor: Actor, now: datetime) -> User:
    """Who has taken the case, who leads, and who audits; each needs the right to see personal data as well."""
    person = rights.require(actor, Right.SEE_PERSONAL_DATA, now)
    held = rights.rights_held(person)
    if not may_pack(case, person, held, now):
        raise NotAllowed(
            _("Who has taken this case, who leads compliance and who audits can make its evidence pack.")
        )
    if waits_for_second_look(second_look.open_for(case), person, held):
        raise LookStillOpen(
            _(
                "This case waits for a second look, and you may be the one who takes it. The pack would tell you how "
                "the first person decided. Make it when the second look is done."
            )
        )
    return person


def _record_export(case: Case, purpose: str, words: str, actor: Actor, now: datetime) -> None:
    what = _("evidence pack of %(ref)s") % {"ref": case.case_ref}
    reveals.record_export(
        what=what, customers=[case.customer], purpose=purpose, words=words, actor=actor, now=now
    )


def _write(
    file: IO[bytes], contents: Contents, pdf: bytes, case: Case, *, made_by: str, purpose: str, now: datetime
) -> str:
    """Write every file and then the manifest, which names each with its hash; return the manifest's own hash."""
    listed: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:

        def add(name: str, content: bytes) -> None:
            pack.writestr(name, content)
            listed[name] = {"sha256": sha256(content), "bytes": len(content)}

        add(f"{case.case_ref.replace(':', '_')}.pdf", pdf)
        for name, part in _parts(contents).items():
            add(name, as_json(part))
        for name, body in {**contents.bodies, **contents.events}.items():
            add(name, body)
        for name, document in contents.originals:
            listed[name] = _copy(pack, name, document)
        add(SCRIPT.name, SCRIPT.read_bytes())
        manifest = as_json(
            {
                "case": case.case_ref,
                "madeAt": instant(now),
                "madeBy": made_by,
                "purpose": purpose,
                "files": listed,
            }
        )
        pack.writestr("manifest.json", manifest)
    return sha256(manifest)


def _parts(contents: Contents) -> dict[str, Any]:
    return {
        "case.json": contents.about,
        "timeline.json": contents.timeline,
        "details.json": contents.details,
        "documents.json": contents.documents,
        "decisions.json": [part.as_data() for part in contents.parts],
        "requests.json": contents.requests,
        "consent.json": contents.details.get("consentEvidence", {}),
        "attestation.json": contents.attestation,
        "submitted.json": contents.submitted,
        "webhooks.json": contents.webhooks,
        "audit.json": contents.audit,
    }


def _copy(pack: zipfile.ZipFile, name: str, document: Document) -> dict[str, Any]:
    """Pictures and PDFs are as small as they get: they are stored, not squeezed again."""
    digest = hashlib.sha256()
    info = zipfile.ZipInfo(name, date_time=document.uploaded_at.timetuple()[:6])
    try:
        with storing.open_stored(document.storage_name) as stored, pack.open(info, "w") as packed:
            while block := stored.read(BLOCK):
                digest.update(block)
                packed.write(block)
    except (storing.StorageAway, OSError):
        raise PackImpossible(
            _("%(name)s cannot be read from the document storage. Nothing was made; try again later.")
            % {"name": document.file_name}
        ) from None
    if digest.hexdigest() != document.sha256:
        raise PackImpossible(
            _("%(name)s in the document storage is not the file that was uploaded. Tell an administrator.")
            % {"name": document.file_name}
        )
    return {"sha256": document.sha256, "bytes": document.size}
