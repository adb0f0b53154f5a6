"""Documents of a customer, as multipart or by the id of a file that is here. Bytes are hashed, not kept."""

import re
from typing import Any

from ..call import Call
from ..problems import Answer, Problem, answer, invalid
from ..reading import choice
from ..resources import FILE, Resource
from ..signatures import sha256_hex
from ..world import World
from .customers import customer_of

DOCUMENT_TYPES = (
    "PASSPORT",
    "NATIONAL_ID",
    "DRIVING_LICENCE",
    "RESIDENCE_PERMIT",
    "PROOF_OF_ADDRESS",
    "SELFIE",
    "SOURCE_OF_FUNDS",
    "CERTIFICATE_OF_INCORPORATION",
    "ARTICLES_OF_ASSOCIATION",
    "REGISTER_EXTRACT",
    "OWNERSHIP_STRUCTURE",
    "BOARD_RESOLUTION",
    "OTHER",
)


def upload(world: World, call: Call) -> Answer:
    customer = customer_of(world, call)
    if call.is_multipart:
        return answer(201, shown(_take_in(world, customer, read_multipart(call))))
    document_type = choice(call.data, "documentType", *DOCUMENT_TYPES)
    file = world.resources.find(FILE, str(call.data.get("fileAssetId")))
    if file is None or file.customer_id != customer.id:
        raise Problem("PARTNER_RESOURCE_NOT_FOUND", "There is no such file of this customer.")
    file.fields["documentType"] = document_type
    world.resources.save(file)
    return answer(200, shown(file))


def _take_in(world: World, customer: Resource, parts: dict[str, "Part"]) -> Resource:
    if "file" not in parts or not parts["file"].content:
        raise invalid("file", "is missing or empty")
    type_part = parts.get("documentType")
    wanted = {"documentType": type_part.content.decode("utf-8", "replace") if type_part else None}
    file = parts["file"]
    return world.resources.add(
        FILE,
        status="STORED",
        customer_id=customer.id,
        documentType=choice(wanted, "documentType", *DOCUMENT_TYPES),
        fileName=file.file_name,
        contentType=file.content_type,
        sizeBytes=len(file.content),
        sha256=sha256_hex(file.content),
    )


def shown(file: Resource) -> dict[str, Any]:
    fields = file.fields
    return {
        "fileAssetId": file.id,
        "customerId": file.customer_id,
        "documentType": fields["documentType"],
        "fileName": fields["fileName"],
        "contentType": fields["contentType"],
        "sizeBytes": fields["sizeBytes"],
        "sha256": fields["sha256"],
        "createdAt": file.created_at,
    }


class Part:
    """One part of a multipart body."""

    def __init__(self, head: str, content: bytes) -> None:
        self.content = content
        self.name = _parameter(head, "name")
        self.file_name = _parameter(head, "filename")
        declared = re.search(r"^content-type:\s*(\S+)", head, re.I | re.M)
        self.content_type = declared.group(1) if declared else "application/octet-stream"


def read_multipart(call: Call) -> dict[str, Part]:
    """The parts by name; raises PARTNER_VALIDATION_FAILED if the body is not well formed."""
    boundary = re.search(r'boundary="?([^";]+)"?', call.content_type)
    if boundary is None:
        raise invalid("body", "names no boundary")
    mark = b"--" + boundary.group(1).encode()
    opening, *pieces, closing = (b"\r\n" + call.body).split(b"\r\n" + mark)
    if opening.strip() or not pieces or not closing.startswith(b"--"):
        raise invalid("body", "is not well-formed multipart")
    parts = {}
    for piece in pieces:
        head, gap, content = piece.partition(b"\r\n\r\n")
        if not gap:
            raise invalid("body", "has a part without headers")
        part = Part(head.decode("utf-8", "replace"), content)
        parts[part.name] = part
    return parts


def _parameter(head: str, name: str) -> str:
    found = re.search(rf'[;\s]{name}="((?:[^"\\]|\\.)*)"', head)
    return re.sub(r"\\(.)", r"\1", found.group(1)) if found else ""
