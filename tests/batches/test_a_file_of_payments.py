"""What comes as a file of payments: recognised however it is written, refused with what to do, each bad row named."""

import codecs

import pytest

from backoffice.references import ReferenceTaken
from payments.batches import checking, csv_file, exporting, xlsx_file
from payments.batches.errors import UnusableFile
from payments.batches.models import Batch
from tests.batches.people import HEADER, csv_of, faults_of, line, read, upload, work, workbook
from tests.customers.conftest import known_customer
from tests.payments.people import account_of, maker, requested

pytestmark = pytest.mark.django_db

TEXT = f"{HEADER}\r\n{line('wd-1', purpose='Löhne März')}\r\n{line('wd-2')}\r\n"


@pytest.fixture(autouse=True)
def account():
    return account_of(known_customer())


@pytest.mark.parametrize(
    ("content", "read_as"),
    [
        (TEXT.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "UTF-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("cp1252"), "Windows-1252"),
        (TEXT.replace(",", ";").encode(), "UTF-8"),
        (("sep=;\r\n" + TEXT.replace(",", ";")).encode(), "UTF-8"),
        (TEXT.replace(",", "\t").encode(), "UTF-8"),
        (TEXT.replace("\r\n", "\n").replace("Löhne März", '"Löhne, ""März"""').encode(), "UTF-8"),
    ],
    ids=["utf-8", "bom", "utf-16-le", "utf-16-be", "utf-16", "latin", "semicolon", "sep", "tab", "quotes"],
)
def test_is_read_however_it_is_written(content: bytes, read_as: str) -> None:
    batch = read(content)
    assert (batch.state, batch.good, batch.bad) == ("READ", 2, 0), faults_of(batch)
    assert csv_file.ENCODINGS[batch.encoding] == read_as


def test_keeps_its_words_whatever_the_letters(account) -> None:
    batch = upload(TEXT.encode("cp1252"), rule="ALL_GOOD")
    work()
    row = batch.rows.select_related("payment").get(line=2)
    assert row.payment.wording["purpose"] == "Löhne März"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"%PDF-1.7\n%\x00\x01", "no table"),
        (TEXT.encode("cp1252") + b"\x81", "CSV UTF-8"),
        (codecs.BOM_UTF16_LE + b"\xd8", "CSV UTF-8"),
        (b"one,two\n1,2\n", "not known: “one”, “two”"),
        (csv_of(header=f"{HEADER},iban"), "not known: “iban”"),
        (csv_of(header="paymentRef,kind"), "Missing: partnerCustomerRef, amount, currency"),
        (csv_of(header=f"{HEADER},amount"), "twice: amount"),
        (b"PK\x03\x04nonsense", "cannot be opened"),
    ],
)
def test_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(UnusableFile, match=says):
        upload(content)
    assert not Batch.objects.exists()


def test_that_breaks_off_in_a_cell_books_nothing() -> None:
    batch = read(csv_of(line("wd-1"), line("wd-2", purpose='"never closed')))
    assert (batch.state, batch.waits_for[:6]) == ("FAILED", "Line 3")
    assert not batch.rows.filter(verdict="GOOD").exists()
    assert read(csv_of(line("wd-1")), "b-2").good == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (line("wd 1"), "paymentRef"),
        (line("wd-1", kind="GIFT"), "kind"),
        (line("wd-1", customer="nobody"), "partnerCustomerRef"),
        (line("wd-1", account="ba-9"), "bankAccountRef"),
        (line("wd-1", account=""), "bankAccountRef"),
        (line("wd-1", currency="USD"), "currency"),
        (line("wd-1", currency="JPY", amount="1.5"), "amount"),
        *(
            (line("wd-1", amount), "amount")
            for amount in ("", "0", "0.001", "1e-30", "NaN", "10.001", "9" * 19)
        ),
        (line("wd-1", '"1,250.00"'), "amount"),
        (line("wd-1", "-5"), "amount"),
        (line("wd-1", purpose="=HYPERLINK(1)"), "purpose"),
        (line("wd-1", purpose="@cmd"), "purpose"),
        (line("wd-1", purpose="x" * 201), "purpose"),
        (line("wd-1", purpose="one\0two"), "purpose"),
        (line("wd-1") + ",more", ""),
    ],
)
def test_names_what_is_wrong_by_line_and_column(row: str, column: str, monkeypatch) -> None:
    # The row before has taught what is usual: this one is not good at a glance either.
    monkeypatch.setattr(checking, "AT_A_TIME", 1)
    if "\0" in row:
        with pytest.raises(UnusableFile, match="no table"):
            upload(csv_of(row))
        return
    batch = read(csv_of(line("wd-0"), row))
    assert (batch.good, batch.bad) == (1, 1)
    assert column in faults_of(batch)[3]


def test_is_known_again_however_its_columns_stand(monkeypatch) -> None:
    lines = [line(f"wd-{number}", purpose="salary" if number % 2 else "") for number in range(6)]
    monkeypatch.setattr(checking, "AT_A_TIME", 1)
    assert read(csv_of(*lines)).good == 6
    turned = [",".join([" ", *reversed(text.split(","))]) for text in [HEADER, *lines]]
    turned[0] = turned[0].replace(" ", "paymentReference", 1)
    again = read(csv_of(*turned[1:], header=turned[0]), "b-2")
    assert (again.good, again.same, again.bad) == (0, 6, 0)


def test_counts_lines_as_an_editor_does() -> None:
    lines = [line("wd-1", purpose='"two\nlines"'), "", line("wd-2", "0")]
    assert list(faults_of(read(csv_of(*lines)))) == [2, 5]


def test_names_a_reference_that_is_there_twice(account) -> None:
    requested(account, "wd-1", "10.00", purpose="salary", payment_reference="")
    requested(account, "wd-2", "99.00")
    rows = [line("wd-1"), line("wd-2"), line("wd-3"), line("wd-3"), line("wd-3", "11.00")]
    batch = read(csv_of(*rows))
    assert (batch.good, batch.same, batch.bad) == (1, 2, 2)
    assert faults_of(batch) == {3: ["paymentRef"], 6: ["paymentRef"]}


def test_says_so_where_nothing_may_leave_for_the_customer() -> None:
    known_customer("cust-2", status="PROCESSING")
    batch = read(csv_of(line("wd-1", customer="cust-2")))
    assert faults_of(batch) == {2: ["partnerCustomerRef", "bankAccountRef"]}


def test_may_be_a_workbook_with_the_digits_as_they_stand() -> None:
    cells = [
        HEADER.split(","),
        ["wd-1", "FIAT_WITHDRAWAL", "cust-1", "ba-1", 1250.5, "EUR", "salary"],
        ["wd-2", "FIAT_WITHDRAWAL", "cust-1", "ba-1", "=10+2", "EUR", "salary"],
        ["wd-3", "FIAT_WITHDRAWAL", "cust-1", "ba-1", "10.00", "EUR", "=1+1"],
        ["wd-4", "FIAT_WITHDRAWAL", "cust-1", "ba-1", 0.30000000000000004, "EUR"],
    ]
    batch = read(workbook(cells))
    assert (batch.good, faults_of(batch)) == (1, {3: ["amount"], 4: ["purpose"], 5: ["amount"]})
    assert batch.rows.get(line=2).amount == 1250.5


def test_that_unpacks_to_too_much_is_refused(monkeypatch) -> None:
    cells = [HEADER.split(","), ["x" * 3_000] * 7, ["x" * 3_000] * 7]
    bomb = workbook(cells)
    monkeypatch.setattr(xlsx_file, "MOST_SHEET_BYTES", 10_000)
    with pytest.raises(UnusableFile, match="unpacks to more"):
        upload(bomb)
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    with pytest.raises(UnusableFile, match="cannot be opened"):
        upload(workbook(cells, **{"xl/worksheets/sheet1.xml": doctype}))


def test_gives_its_bad_rows_back_to_be_corrected() -> None:
    batch = read(csv_of(line("wd-1"), line("wd-2", "0", purpose="+49"), line("wd-3", "1.234")))
    given = "".join(exporting.bad_rows(batch))
    assert "'+49" in given
    assert "amount: " in given
    corrected = given.replace(",0,", ",10.00,").replace("1.234", "12.34").replace("'+49", "for 49")
    again = read(corrected.encode(), "b-2")
    assert (again.good, again.bad, faults_of(again)) == (2, 0, {})


def test_is_the_same_when_it_is_handed_in_again() -> None:
    by = maker()
    first = upload(csv_of(line("wd-1")), by=by)
    assert upload(csv_of(line("wd-1")), by=by) == first
    with pytest.raises(ReferenceTaken):
        upload(csv_of(line("wd-2")), by=by)


def test_template_is_a_file_that_can_be_read() -> None:
    batch = read(exporting.template().encode())
    assert faults_of(batch) == {2: ["partnerCustomerRef"]}
