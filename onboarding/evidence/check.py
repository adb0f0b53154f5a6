#!/usr/bin/env python3
"""Checks an evidence pack, offline and without anything but Python 3.8 or newer.

    python check.py                          the folder that this script lies in
    python check.py PACK.zip                 a pack that was not unpacked
    python check.py --audit-key-file F       also each link of the audit chain (who holds AUDIT_KEY)
    python check.py --webhook-secret-file F  also Oceafin's signatures (who holds the webhook secret)

Ends with 0 if nothing is wrong, with 1 if something is. What it could not check without a key it says.
"""

import argparse
import hashlib
import hmac
import json
import sys
import zipfile
from pathlib import Path

SCRIPT = "check.py"
MANIFEST = "manifest.json"


class Folder:
    """The files of an unpacked pack."""

    def __init__(self, path):
        self.path = path

    def names(self):
        return {
            str(each.relative_to(self.path).as_posix()) for each in self.path.rglob("*") if each.is_file()
        }

    def open(self, name):
        return (self.path / name).open("rb")


class Zip:
    """The files of a pack that was not unpacked."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)

    def names(self):
        return {name for name in self.zip.namelist() if not name.endswith("/")}

    def open(self, name):
        return self.zip.open(name)


class Report:
    """What was checked, line by line."""

    def __init__(self):
        self.wrong = 0

    def check(self, sentence, faults):
        faults = list(faults)
        self.wrong += len(faults)
        say(("WRONG   " if faults else "ok      ") + sentence)
        for fault in faults:
            say("        - " + fault)

    def skip(self, sentence):
        say("skipped " + sentence)


def main():
    parser = argparse.ArgumentParser(description="Checks an evidence pack offline.")
    parser.add_argument("pack", nargs="?", default=str(Path(__file__).resolve().parent))
    parser.add_argument("--audit-key-file", help="a file that holds AUDIT_KEY")
    parser.add_argument("--webhook-secret-file", help="a file that holds the webhook secrets, one in a line")
    asked = parser.parse_args()
    path = Path(asked.pack)
    files = Folder(path) if path.is_dir() else Zip(path)
    report = Report()
    try:
        check(files, report, secrets_in(asked.audit_key_file), secrets_in(asked.webhook_secret_file))
    except (KeyError, OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
        report.check("The pack can be read", [f"{type(error).__name__}: {error}"])
    say("The pack is whole." if not report.wrong else "SOMETHING IS WRONG WITH THIS PACK.")
    return 1 if report.wrong else 0


def check(files, report, audit_keys, webhook_secrets):
    report.check("Every file is as it was packed, and none was added", faults_of_files(files))
    documents = read(files, "documents.json")
    report.check("The documents are those that were decided on", faults_of_documents(files, documents))
    attestation = read(files, "attestation.json")
    audit = read(files, "audit.json")
    if attestation["signed"] is None:
        report.skip("The attestation: nobody has signed this case")
    else:
        report.check(
            "The signature covers this data and these documents",
            faults_of_signature(files, attestation, documents, audit),
        )
    submitted = read(files, "submitted.json")
    report.check(
        "What was sent to Oceafin is what was signed", faults_of_letters(files, submitted, attestation)
    )
    webhooks = read(files, "webhooks.json")
    report.check("Oceafin's events are the bytes that came", faults_of_bodies(files, webhooks))
    if webhook_secrets:
        report.check("Oceafin signed each event", faults_of_events(files, webhooks, webhook_secrets))
    else:
        report.skip("Oceafin's signatures: give --webhook-secret-file")
    report.check(
        "The timeline says what the audit trail says", faults_of_timeline(read(files, "timeline.json"), audit)
    )
    report.check("The links of the audit chain fit each other", faults_of_order(audit))
    if audit_keys:
        report.check(
            "Each link of the audit chain was sealed with the key", faults_of_seals(audit, audit_keys[0])
        )
    else:
        report.skip("The seals of the audit chain: give --audit-key-file")


def faults_of_files(files):
    listed = read(files, MANIFEST)["files"]
    for name in sorted(files.names() - set(listed) - {MANIFEST}):
        yield f"{name} does not belong to the pack."
    for name, expected in listed.items():
        if name not in files.names():
            yield f"{name} is missing."
        elif digest_of(files, name) != expected["sha256"]:
            yield f"{name} was changed."


def faults_of_documents(files, documents):
    for document in documents:
        if digest_of(files, document["file"]) != document["sha256"]:
            yield f"{document['file']} is not the document that was decided on."


def faults_of_signature(files, attestation, documents, audit):
    signed = attestation["signed"]
    if canonical_digest(signed) != attestation["digest"]:
        yield "The digest that was signed is of something else."
    acts = [link["content"] for link in audit if link["content"]["verb"] == "case.attested"]
    if attestation["digest"] not in [act["facts"].get("digest") for act in acts]:
        yield "The audit trail knows of no signature over this digest."
    if signed[2] != read(files, "details.json"):
        yield "details.json is not the data that was signed."
    known = {(each["documentType"], each["sha256"]): each["decision"] for each in documents}
    for kind, sha256, _ in signed[3]:
        if known.get((kind, sha256)) != "ACCEPTED":
            yield f"A {kind} that was signed is not among the accepted documents."


def faults_of_letters(files, submitted, attestation):
    for letter in submitted:
        name = letter["file"]
        if name is None:
            continue
        if digest_of(files, name) != letter["bodySha256"]:
            yield f"{name} is not the body that was frozen."
        elif (
            letter["kind"] == "onboarding.submit" and letter["state"] == "ACCEPTED" and attestation["signed"]
        ):
            yield from faults_of_submission(read(files, name), name, attestation)


def faults_of_submission(body, name, attestation):
    if body["partnerAttestation"]["attestedAt"][:19] != attestation["attestedAt"][:19]:
        return  # an earlier signature: a later one covers another body
    for section, signed in attestation["signed"][2].items():
        if body.get(section) != signed:
            yield f"{section} in {name} is not what was signed."


def faults_of_bodies(files, webhooks):
    for event in webhooks:
        if digest_of(files, event["file"]) != event["bodySha256"]:
            yield f"{event['file']} is not what came."


def faults_of_events(files, webhooks, secrets):
    for event in webhooks:
        with files.open(event["file"]) as file:
            body = hashlib.sha256(file.read()).hexdigest()
        base = f"{event['timestamp']}\n{event['nonce']}\n{body}".encode()
        made = [hmac.new(secret.encode(), base, "sha256").hexdigest() for secret in secrets]
        if not any(hmac.compare_digest(one, event["signature"]) for one in made):
            yield f"{event['file']} was not signed with this secret."


def faults_of_timeline(timeline, audit):
    entries = {link["content"]["id"]: link["content"] for link in audit}
    for line in timeline:
        entry = entries.pop(line["entry"], None)
        if entry is None:
            yield f"Entry {line['entry']} is in the timeline and not in the trail."
        elif (entry["verb"], entry["facts"], entry["actor"][2]) != (line["verb"], line["facts"], line["who"]):
            yield f"Entry {line['entry']} says something else in the trail."
    for number in entries:
        yield f"Entry {number} is in the trail and not in the timeline."


def faults_of_order(audit):
    macs = {link["seal"]: link["mac"] for link in audit if link["seal"] is not None}
    for link in audit:
        number = link["seal"]
        if number is not None and macs.get(number - 1, link["before"]) != link["before"]:
            yield f"Seal {number} does not follow seal {number - 1}."


def faults_of_seals(audit, key):
    for link in audit:
        if link["seal"] is None:
            yield f"Entry {link['content']['id']} has no seal yet; make the pack again in a minute."
            continue
        covered = bytes.fromhex(link["before"]) + canonical(link["content"])
        if not hmac.compare_digest(hmac.new(key.encode(), covered, "sha256").hexdigest(), link["mac"]):
            yield f"Seal {link['seal']} was not made with this key, or its entry was changed."


def say(line):
    sys.stdout.write(line + "\n")


def canonical(data):
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def canonical_digest(data):
    return hashlib.sha256(canonical(data)).hexdigest()


def digest_of(files, name):
    digest = hashlib.sha256()
    with files.open(name) as file:
        for block in iter(lambda: file.read(65536), b""):
            digest.update(block)
    return digest.hexdigest()


def read(files, name):
    with files.open(name) as file:
        return json.loads(file.read().decode())


def secrets_in(path):
    return [line.strip() for line in Path(path).read_text().splitlines() if line.strip()] if path else []


if __name__ == "__main__":
    sys.exit(main())
