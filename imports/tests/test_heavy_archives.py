"""Archives that pack far more work than their size says are refused; real ones are read."""

import datetime as dt
import gzip
import io
import random
import zipfile

import pytest

from imports.parsers import archive, camt, xlsx_file, xlsx_sheet
from imports.parsers.base import UnreadableFile
from imports.parsers.text import is_riddled
from imports.tests.writers import WRITERS, Row

START, END = b"<Document><BkToCstmrStmt><Stmt>", b"</Stmt></BkToCstmrStmt></Document>"
MEGABYTE = 1024 * 1024


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def dense(unit: bytes, size: int) -> bytes:
    """`unit` again and again, with just so much noise that no ratio gives it away."""
    noise, block = random.Random(1), unit * (4096 // len(unit))
    pieces = (
        block + b"<x>" + noise.randbytes(12).hex().encode() + b"</x>"
        for _ in range(size // len(block))
    )
    return b"".join(pieces)


@pytest.mark.parametrize(
    "unit",
    [b"<a/>", b"<Ntry/>", b"</Stmt><Stmt>", END + b'<?xml version="1.0"?>' + START],
    ids=["elements", "entries", "statements", "documents"],
)
def test_a_small_archive_of_much_work_is_refused(unit):
    data = zipped({"a.xml": START + dense(unit, 6 * MEGABYTE) + END})
    assert len(data) < MEGABYTE // 8
    with pytest.raises(UnreadableFile, match="far more than statements"):
        camt.parse(data)


def test_work_is_counted_over_all_files_of_an_archive():
    one = START + dense(b"<a/>", MEGABYTE) + END
    with pytest.raises(UnreadableFile, match="far more"):
        camt.parse(zipped({f"{n}.xml": one for n in range(4)}))


def test_thousands_of_bare_ampersands_are_not_mended():
    with pytest.raises(UnreadableFile, match="well-formed"):
        camt.parse(START + b"& " * (camt.MAX_MENDED + 10) + END)


def rows(count: int) -> list[Row]:
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(400)]
    return [
        Row(
            dt.date(2015, 1, 1) + dt.timedelta(days=number // 3),
            chance.randrange(-100_000, 100_000),
            " ".join(chance.choices(words, k=5)),
            f"B{chance.randrange(10**15):015}",
        )
        for number in range(count)
    ]


def test_ten_years_of_statements_are_read_zipped_and_as_a_workbook():
    data = zipped({"all.xml": WRITERS["camt"](rows(11_000))})
    assert len(list(camt.parse(data).statements[0].entries)) == 11_000
    data = WRITERS["xlsx"](rows(11_000))
    assert len(list(xlsx_file.parse(data).statements[0].entries)) == 11_000


def workbook(part: str, mark: bytes, more: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(WRITERS["xlsx"](rows(3)))) as whole:
        members = {info.filename: whole.read(info) for info in whole.infolist()}
    members[part] = members[part].replace(mark, mark + more, 1)
    return zipped(members)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("unit", [b"<row/>", b"<a/>", b"<row><c><v>1</v></c></row>"])
def test_a_small_workbook_of_much_work_is_refused(unit):
    data = workbook(SHEET, b"<sheetData>", dense(unit, 8 * MEGABYTE))
    assert len(data) < MEGABYTE // 4
    with pytest.raises(UnreadableFile, match="far more"):
        xlsx_file.parse(data)


def test_sheets_are_counted_and_each_is_read_once():
    again = b'<sheet name="b" sheetId="1" r:id="rId1"/>'
    few = workbook("xl/workbook.xml", b"<sheets>", again * 20)
    assert len(list(xlsx_file.parse(few).statements[0].entries)) == 3
    with pytest.raises(UnreadableFile, match="sheets"):
        xlsx_file.parse(workbook("xl/workbook.xml", b"<sheets>", again * xlsx_sheet.MAX_SHEETS))


def test_comments_within_one_text_are_told_from_comments_among_elements():
    many = 4000
    assert is_riddled("<a>" + ("x" * 1000 + "<!-- <b> -->") * many + "</a>")
    assert is_riddled("<a>" + ("x" * 1000 + "<?b <c> ?>") * many)
    assert is_riddled("<a>" + ("x" * 1000 + "<![CDATA[<b>]]><!---->") * many)
    assert not is_riddled("<a>" + ("<b>" + "x" * 1000 + "</b><!-- c -->") * many + "</a>")
    assert not is_riddled("<!--" * 2000)


def test_gzip_grows_as_little_as_zip():
    with pytest.raises(UnreadableFile, match="far more"):
        archive.gunzip(gzip.compress(b"\x00" * 60 * MEGABYTE))
    assert archive.gunzip(gzip.compress(b"abc" * 1000)) == b"abc" * 1000
