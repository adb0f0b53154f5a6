"""Files of payments, and a worker that does at once what the workers would do."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from backoffice.audit import Actor
from payments.batches import services, working
from payments.batches.models import Batch
from tests.payments.people import maker, now

HEADER = "paymentRef,kind,partnerCustomerRef,bankAccountRef,amount,currency,purpose"


def line(ref: str, amount: str = "10.00", *, purpose: str = "salary", **changes: str) -> str:
    cells = {"customer": "cust-1", "account": "ba-1", "currency": "EUR", "kind": "FIAT_WITHDRAWAL", **changes}
    return ",".join(
        [ref, cells["kind"], cells["customer"], cells["account"], amount, cells["currency"], purpose]
    )


def csv_of(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *lines, ""]).encode()


def upload(content: bytes, ref: str = "b-1", *, by: Actor | None = None, **changes: Any) -> Batch:
    asked = {"file_name": "payroll.csv", "now": now(), **changes}
    batch, _is_new = services.upload(batch_ref=ref, file=io.BytesIO(content), actor=by or maker(), **asked)
    return batch


def work() -> None:
    """Until there is nothing left to do."""
    while working.work():
        pass


def fresh(batch: Batch) -> Batch:
    return Batch.objects.get(pk=batch.pk)


def read(content: bytes, ref: str = "b-1", **changes: Any) -> Batch:
    batch = upload(content, ref, **changes)
    work()
    return fresh(batch)


def booked(content: bytes, ref: str = "b-1", *, rule: str = "ALL_GOOD", **changes: Any) -> Batch:
    batch = read(content, ref, **changes)
    services.book(batch=batch, rule=rule, actor=batch.maker, now=now())
    work()
    return fresh(batch)


def faults_of(batch: Batch) -> dict[int, list[str]]:
    """The columns that are named as wrong, by line."""
    rows = batch.rows.filter(verdict="BAD").order_by("line")
    return {row.line: [column for column, _sentence in row.faults] for row in rows}


def workbook(rows: Sequence[Sequence[Any]], **parts: bytes) -> bytes:
    """A small .xlsx: texts inline, numbers as numbers; a cell that begins with "=" is a formula."""
    lines = "".join(
        f'<row r="{number}">{"".join(_cell(cell, column, number) for column, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    files = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{relations}"><sheets>'
        '<sheet name="Payroll" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{lines}</sheetData></worksheet>",
        **{name: part.decode() for name, part in parts.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return out.getvalue()


def _cell(cell: Any, column: int, number: int) -> str:
    place = f"{chr(65 + column)}{number}"
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{cell}</v></c>'
    if cell.startswith("="):
        return f'<c r="{place}"><f>{escape(cell[1:])}</f><v>1</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
