"""Tells the contents of a pack as a paper: the case, the data, the documents, the decisions, and then the timeline."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from backoffice.staff.templatetags.desk import verb_words
from onboarding import presenting
from onboarding.evidence.contents import Contents
from onboarding.evidence.instants import moment
from onboarding.models import Case
from onboarding.states import CASE, CaseState

if TYPE_CHECKING:
    from backoffice.paper import Paper

_DIGEST = re.compile(r"[0-9a-f]{64}")


def told(case: Case, contents: Contents, *, made_by: str, purpose: str, now: datetime) -> bytes:
    """The PDF. Times are UTC."""
    # The library that draws takes a sixth of the whole program's start, and few processes draw.
    from backoffice.paper import Paper

    title = _("Evidence pack of case %(ref)s") % {"ref": case.case_ref}
    foot = _("%(title)s · made by %(name)s, %(at)s · confidential") % {
        "title": title,
        "name": made_by,
        "at": moment(now),
    }
    paper = Paper(title=title, foot=foot, made_at=now)
    paper.headline(
        title,
        _("Made by %(name)s on %(at)s. Purpose: %(purpose)s")
        % {"name": made_by, "at": moment(now), "purpose": purpose},
    )
    _tell_case(paper, case, contents)
    _tell_data(paper, case)
    _tell_documents(paper, contents)
    for part in contents.parts:
        paper.heading(part.title)
        for row in part.rows:
            paper.row(row.label, row.lines)
    _tell_requests(paper, contents)
    _tell_attestation(paper, contents)
    _tell_borders(paper, contents)
    _tell_timeline(paper, contents)
    _tell_how_to_check(paper)
    return bytes(paper.output())


def _tell_case(paper: "Paper", case: Case, contents: Contents) -> None:
    customer = contents.about["customer"]
    paper.heading(_("The case"))
    paper.row(
        _("State"), [str(case.get_state_display()).capitalize(), str(CASE.sentences[CaseState(case.state)])]
    )
    paper.row(_("Since"), [moment(case.state_since)])
    paper.row(_("Kind"), [f"{case.get_case_type_display()}, {case.get_submission_type_display()}"])
    paper.row(_("Customer"), [customer["displayName"], customer["partnerCustomerRef"]])
    paper.row(_("Customer at Oceafin"), [customer["customerId"] or "", customer["oceafinStatus"] or ""])
    paper.row(_("Opened"), [f"{moment(case.created_at)}, {case.created_by}"])
    paper.row(_("Submission at Oceafin"), [case.oceafin_submission_id])


def _tell_data(paper: "Paper", case: Case) -> None:
    for section in presenting.sections(case.details, submission_type=case.submission_type):
        paper.heading(str(section.title))
        for row in section.rows:
            paper.row(str(row.label), row.lines)


def _tell_documents(paper: "Paper", contents: Contents) -> None:
    paper.heading(_("Documents"))
    if not contents.documents:
        paper.words(_("There are none."))
    for document in contents.documents:
        decision = document["decision"].capitalize()
        if document["decidedBy"]:
            decision += f": {document['decidedBy']}, {_read(document['decidedAt'])}"
        paper.item(
            verb_words(document["documentType"]).capitalize(),
            [
                decision,
                f"{document['reasonCode'] or ''} {document['reason'] or ''}".strip(),
                _facts(document["facts"]),
                _("Uploaded %(at)s by %(name)s")
                % {"at": _read(document["uploadedAt"]), "name": document["uploadedBy"]},
                _("Taken out of the case %(at)s") % {"at": _read(document["takenOutAt"])}
                if document["takenOutAt"]
                else "",
                document["file"],
                f"SHA-256 {document['sha256']}",
            ],
        )


def _tell_requests(paper: "Paper", contents: Contents) -> None:
    if not contents.requests:
        return
    paper.heading(_("Asked of the customer"))
    for letter in contents.requests:
        came = [_asked(item) for item in letter["items"]]
        if not came:
            came = [_answered(letter)]
        paper.item(f"{_read(letter['askedAt'])}, {letter['askedBy']}", [letter["text"] or "", *came])


def _asked(item: dict[str, Any]) -> str:
    """One thing that was asked for, in the words that were sent, and what came of it."""
    language = f" [{item['language']}]" if item["language"] else ""
    reminded = "; " + _("reminded %(at)s") % {"at": _read(item["remindedAt"])} if item["remindedAt"] else ""
    return f"• {item['text']}{language}: {_answered(item)}{reminded}"


def _answered(asked: dict[str, Any]) -> str:
    if asked["answeredAt"]:
        return _("answered %(at)s") % {"at": _read(asked["answeredAt"])}
    if asked.get("closedAt"):
        return _("not answered, and not waited for since %(at)s") % {"at": _read(asked["closedAt"])}
    return _("not answered")


def _facts(facts: dict[str, Any] | None) -> str:
    """What a reviewer read off a document, in one line."""
    if facts is None:
        return ""
    labels = {
        "number": _("Number"),
        "issuingCountry": _("Issued by"),
        "issuedOn": _("Issued on"),
        "expiresOn": _("Expires on"),
    }
    read = [f"{label} {facts[name]}" for name, label in labels.items() if facts[name]]
    who = _("read by %(name)s") % {"name": facts["readBy"]}
    return f"{', '.join(read) or _('Nothing stands on it')} ({who})"


def _tell_attestation(paper: "Paper", contents: Contents) -> None:
    paper.heading(_("Attestation"))
    signed = contents.attestation
    if signed["signed"] is None:
        paper.words(_("Nobody has signed this case."))
        return
    paper.row(_("Signed by"), [signed["attestedBy"]])
    paper.row(_("Signed at"), [_read(signed["attestedAt"])])
    paper.row(_("Statement"), [signed["statementVersion"], signed["statementText"] or ""])
    paper.row(_("Digest of what was signed"), [signed["digest"]])


def _tell_borders(paper: "Paper", contents: Contents) -> None:
    paper.heading(_("Sent to Oceafin, and heard from it"))
    for letter in contents.submitted:
        lines = [f"{letter['kind']}: {letter['state'].lower()}", f"SHA-256 {_short(letter['bodySha256'])}"]
        paper.row(_read(letter["createdAt"]), lines)
    for event in contents.webhooks:
        lines = [event["eventType"] or event["eventId"], f"SHA-256 {_short(event['bodySha256'])}"]
        paper.row(_read(event["receivedAt"]), lines)


def _tell_timeline(paper: "Paper", contents: Contents) -> None:
    paper.heading(_("Timeline"))
    for line in contents.timeline:
        facts = ", ".join(f"{name}: {_short(value)}" for name, value in line["facts"].items() if value)
        note = f" “{line['note']}”" if line["note"] else ""
        what = verb_words(line["verb"]).capitalize() + note + (f" ({facts})" if facts else "")
        paper.moment(_read(line["at"], seconds=True), line["who"], what)


def _tell_how_to_check(paper: "Paper") -> None:
    paper.heading(_("How to check this pack"))
    paper.words(
        _(
            "Run check.py with Python 3.8 or newer, in this folder or on the ZIP itself; it needs nothing else and no "
            "network. It compares every file with the manifest, the documents with the decisions, the signature "
            "with the data, and the timeline with the audit trail. Who holds the audit key or Oceafin's webhook "
            "secret can give them in a file, and the seals and Oceafin's signatures are checked too."
        )
    )


def _short(value: Any) -> str:
    """A value for the eye; digests and long texts stand whole in the data."""
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    text = str(value)
    longest = 12 if _DIGEST.fullmatch(text) else 80
    return text if len(text) <= longest else f"{text[:longest]}…"


def _read(at: str | None, *, seconds: bool = False) -> str:
    return moment(datetime.fromisoformat(at), seconds=seconds) if at else ""
