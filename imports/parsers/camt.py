"""CAMT.052, .053 and .054 (ISO 20022): reports, statements and notifications, alone or zipped.

Own reader, because the libraries know one version, stop at the first statement or count the
details of a batch as rows. Elements are known by their local names, so every version, prefix and
file without a namespace reads alike. A row is one `Ntry`, which is what moved the balance.
"""

import io
import re
from itertools import islice
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from imports.parsers.archive import Archive, first_bytes, first_names
from imports.parsers.base import (
    MAX_ROWS,
    Parsed,
    Statement,
    UnreadableFile,
    begun_megabytes,
    check_size,
)
from imports.parsers.camt_statement import Account
from imports.parsers.text import decode, is_riddled

name = "camt"
label = "CAMT.052 / .053 / .054"

MAX_MEMBERS = 200
MAX_UNPACKED = 100 * 1024 * 1024
UNPACKED_SHARE = 48 * 1024 * 1024
"""The most that an archive may unpack to for each begun megabyte of it."""
MAX_DEPTH = 100
MAX_WORK = 450_000
"""Elements for each begun megabyte of file, at 4 µs each. A megabyte of real statements, zipped, has
290,000."""
_ENTRY_WORK, _STATEMENT_WORK, _DOCUMENT_WORK = 2, 8, 9
"""What these take longer than an element, in elements."""
SPARE_MARKS = 10_000
"""Comments and the like that are no elements."""
MAX_MENDED = 50_000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MESSAGE = re.compile(
    rb"<(?:[\w.\-]{1,40}:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)|:camt\.05[234]\."
)
_STATEMENT = re.compile(rb"<(?:[\w.\-]{1,40}:)?(?:Stmt|Rpt|Ntfctn)[\s>]")
_ENTRY = re.compile(rb"<(?:[\w.\-]{1,40}:)?Ntry[\s>]")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_NEXT_DOCUMENT = re.compile(r"(?<=>)\s*(?=<\?xml\s)")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._\-]{2,30})[\"']")
_MESSAGES = ("BkToCstmrStmt", "BkToCstmrAcctRpt", "BkToCstmrDbtCdtNtfctn")
_STATEMENTS = frozenset(["Stmt", "Rpt", "Ntfctn"])
# Office documents are archives of XML files as well.
_OFFICE = ("[Content_Types].xml", "_rels/", "xl/", "docProps/", "word/", "mimetype", "META-INF/")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def score(head: bytes, filename: str) -> int | None:
    """95 for a CAMT message, 90 for an archive that begins with one, 55 for one of XML files."""
    if head.startswith(_ZIP):
        return _score_archive(head)
    start = head.replace(b"\x00", b"")
    if _MESSAGE.search(start):
        return 95
    return 60 if _STATEMENT.search(start) and _ENTRY.search(start) else None


def _score_archive(head: bytes) -> int | None:
    names = first_names(head)
    if any(member.startswith(_OFFICE) for member in names):
        return None
    if _MESSAGE.search(first_bytes(head).replace(b"\x00", b"")):
        return 90
    return 55 if any(member.lower().endswith(".xml") for member in names) else None


def parse(data: bytes, *, currency: str = "") -> Parsed:
    """All statements of a CAMT file, or of the CAMT files in an archive.

    `currency` is for entries that name none. Raises UnreadableFile for what is not well-formed,
    declares a document type, or is no CAMT message.
    """
    check_size(data)
    reader = _Reader(currency, MAX_WORK * begun_megabytes(data))
    if data.startswith(_ZIP):
        _read_archive(data, reader)
    else:
        reader.read(data)
        if not reader.messages:
            raise UnreadableFile("This is not a CAMT file: it has no statement of an account.")
    if not reader.accounts:
        reader.warnings.append("There is no statement in this file.")
    return Parsed(name, reader.statements(), reader.warnings)


def _read_archive(data: bytes, reader: "_Reader") -> None:
    """Every CAMT file of the archive; what else is inside is named in a warning."""
    most = min(MAX_UNPACKED, UNPACKED_SHARE * begun_megabytes(data))
    archive = Archive(data, members=MAX_MEMBERS, unpacked=most)
    left_out = []
    for member, content in sorted(archive.files(), key=lambda item: item[0]):
        base = member.rpartition("/")[2]
        if base.startswith(".") or member.startswith("__MACOSX/"):
            continue
        if content.startswith(_ZIP):
            raise UnreadableFile("There is an archive in this archive. Unpack it first.")
        if score(content[:65_536], base) is None:
            left_out.append(base[:80])
            continue
        try:
            check_size(content)
            reader.read(content)
        except UnreadableFile as error:
            raise UnreadableFile(f"{base[:80]}: {error}") from error
    if not reader.messages:
        raise UnreadableFile("There is no CAMT file in this archive.")
    if left_out:
        reader.warnings.append(f"Files of the archive left out: {', '.join(left_out[:10])}.")


def _declared(head: bytes) -> str | None:
    """The encoding that the XML declaration names. Latin-1 is read as its superset cp1252."""
    match = _ENCODING.search(head)
    word = match[1].decode("ascii").lower() if match else ""
    return {"iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252"}.get(word, word) or None


def _mended(text: str) -> str:
    """`text` without bare ampersands and control characters. Raises UnreadableFile for too many."""
    for odd in (_BARE_AMPERSAND, _FORBIDDEN):
        if next(islice(odd.finditer(text), MAX_MENDED, None), None):
            raise UnreadableFile("This is not well-formed XML.")
    return _BARE_AMPERSAND.sub("&amp;", _FORBIDDEN.sub(" ", text))


class _Reader:
    """Walks over messages and keeps of each entry only what was made of it."""

    def __init__(self, currency: str, work: int) -> None:
        """`work`: how many elements may be read."""
        self.currency = currency
        self.work = work
        self.accounts: list[Account] = []
        self.warnings: list[str] = []
        self.messages = self.entries = 0
        self.made_on = ""

    def read(self, data: bytes) -> None:
        """Read one message. The text is decoded here, so no encoding hides what it says."""
        text, _ = decode(data, _declared(data[:4096]))
        before = len(self.accounts), self.messages, self.entries
        try:
            try:
                self._walk(text)
            except ParseError:
                # Texts with a bare & or a control character: mend them and begin again.
                del self.accounts[before[0] :]
                self.messages, self.entries = before[1:]
                self._walk(_mended(text))
        except DefusedXmlException as error:
            raise UnreadableFile("A document type is not allowed in CAMT.") from error
        except ParseError as error:
            line = f"Line {error.position[0]}: " if getattr(error, "position", None) else ""
            raise UnreadableFile(f"{line}this is not well-formed XML. Is it cut off?") from error

    def _walk(self, text: str) -> None:
        """Read a document, or several that were put one behind the other."""
        for document in _NEXT_DOCUMENT.split(text):
            self._walk_document(document)

    def _walk_document(self, text: str) -> None:
        declared = _DECLARATION.match(text)
        if declared:
            text = "\n" * declared[0].count("\n") + text[declared.end() :]
        # An element has a mark at its beginning and one at its end.
        if text.count("<") > 2 * self.work + SPARE_MARKS:
            self._spend(self.work + 1)
        if is_riddled(text):
            raise UnreadableFile("This XML file has far too many comments.")
        source = io.BytesIO(text.encode())
        depth, account = 0, None
        self._spend(_DOCUMENT_WORK)
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                self.work -= 1
                if self.work < 0 or depth > MAX_DEPTH:
                    self._spend(0)
                    raise UnreadableFile("Elements are nested too deeply.")
                local = element.tag = element.tag.rpartition("}")[2]
                if local.startswith(_MESSAGES):
                    self.messages += 1
                elif local in _STATEMENTS and account is None:
                    self._spend(_STATEMENT_WORK)
                    account = Account(element, depth, self.made_on)
                continue
            if account is not None:
                account = self._ended(element, depth, account)
            elif element.tag == "CreDtTm":
                self.made_on = element.text or ""
            depth -= 1

    def _spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise UnreadableFile("This file holds far more than statements of its size do.")

    def _ended(self, element: Element, depth: int, account: Account) -> Account | None:
        if element.tag == "Ntry" and depth == account.depth + 1:
            self.entries += 1
            self._spend(_ENTRY_WORK)
            if self.entries > MAX_ROWS:
                raise UnreadableFile(f"This file has more than {MAX_ROWS:,} entries.")
            account.add(element, self.entries, self.currency)
            element.clear()
        elif depth == account.depth:
            account.finish()
            self.accounts.append(account)
            self.messages += not self.messages
            element.clear()
            return None
        return account

    def statements(self) -> list[Statement]:
        """One statement for each that was read, in the order of the file."""
        return [account.statement(self.currency, self.warnings) for account in self.accounts]
