"""Bytes to text, without a detector that knows better than valid UTF-8.

The order was measured on real statements: byte order mark, UTF-16 by its NULs, UTF-8 strict, what
the profile or the file's header says, then Windows code pages. Detectors call short Latin-1 files
cp775 or Big5, so one is asked only for text that no Windows code page fits.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, lookup

import charset_normalizer

_HEAD = 65_536
MAX_JOINED = 5_000_000_000
"""Characters that may be copied to join texts: half a second."""
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Letters of cp1251 that Russian, Ukrainian and Bulgarian words are made of, and the numero sign.
_CYRILLIC_BYTES = frozenset([*range(0xC0, 0x100), 0xA8, 0xB8, 0xB9, 0xAA, 0xBA, 0xB2, 0xB3, 0xBF])
# Inside a word these are marks in cp1252, but Polish or Hungarian letters in cp1250.
_CP1250_IN_WORD = re.compile(r"[A-Za-z][\xb3\xb9\xbf\xbc\xbe\xa5\xa3\xb1\xb6][a-z]|[\xf5\xfb][a-z]")
_CZECH_IN_WORD = re.compile(r"[a-z][\xec\xf8\xf9\xe8][a-z]")
# Comments, instructions, quoted texts; else an element that begins or ends.
_MARK = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?![!?])", re.DOTALL
)
# NUL, and halves of surrogate pairs: PostgreSQL stores neither.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def words(text: str) -> frozenset[str]:
    """The words of `text` as a set: how the long lists of names are written down."""
    return frozenset(text.split())


def is_riddled(xml: str) -> bool:
    """Does one text in this XML have so many comments and instructions that it takes long to read?

    At each of them parsers join what comes with all that came before.
    """
    if (xml.count("<!--") + xml.count("<?")) * len(xml) <= MAX_JOINED:
        return False
    joined = start = 0
    for mark in _MARK.finditer(xml):
        if mark[0].startswith(("<!", "<?")):
            joined += mark.end() - start
        else:
            start = mark.start()
    return joined > MAX_JOINED


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Text of `data` and the name of the encoding that read it. Never fails.

    `encoding` is what a saved mapping or a file's header claims; it comes after valid UTF-8,
    because headers that claim cp1252 over UTF-8 bytes are common.
    """
    text, used = _decode(data, encoding)
    return storable(text), used


def storable(text: str) -> str:
    """`text` without what no database stores."""
    return _UNSTORABLE.sub("", text) if _UNSTORABLE.search(text) else text


def _decode(data: bytes, encoding: str | None) -> tuple[str, str]:
    if data.startswith(BOM_UTF8):
        return data[3:].decode("utf-8", errors="replace"), "utf-8-sig"
    for bom, name in ((BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(bom):
            return data[2:].decode(name, errors="replace"), name
    if name := _utf16_by_nuls(data):
        return data.decode(name, errors="replace"), name
    for name in ("utf-8", encoding):
        try:
            return data.decode(name), lookup(name).name
        except (UnicodeDecodeError, LookupError, TypeError, ValueError):
            continue
    return _decode_code_page(data)


def _utf16_by_nuls(data: bytes) -> str:
    """UTF-16 without a mark shows itself by a NUL in every second place of Latin text."""
    head = data[:4096]
    if len(head) < 4 or b"\x00" not in head:
        return ""
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > half * 0.6 and even < half * 0.2:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.2:
        return "utf-16-be"
    return ""


def _decode_code_page(data: bytes) -> tuple[str, str]:
    """Windows code pages: Cyrillic words are runs of high bytes, Western accents stand alone."""
    runs = _HIGH_RUN.findall(data[:_HEAD])
    high = b"".join(runs)
    long_runs = sum(len(run) for run in runs if len(run) >= 3)
    if runs and long_runs > len(high) * 0.6:
        cyrillic = sum(byte in _CYRILLIC_BYTES for byte in high)
        candidates = ["cp1251"] if cyrillic > len(high) * 0.95 else _ask_detector(data)
    else:
        candidates = ["cp1252"]
    for name in candidates:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if name == "cp1252" and _looks_central_european(text):
            return data.decode("cp1250", errors="replace"), "cp1250"
        return text, name
    # The five bytes that cp1252 leaves empty turn up where a program cut a text in the middle.
    return data.decode("cp1252", errors="replace"), "cp1252"


def _looks_central_european(text: str) -> bool:
    head = text[:_HEAD]
    if _CP1250_IN_WORD.search(head):
        return True
    # One of them is French, Italian or Danish; several different ones are Czech.
    return len({match[1] for match in _CZECH_IN_WORD.findall(head)}) >= 3


def _ask_detector(data: bytes) -> list[str]:
    best = charset_normalizer.from_bytes(data[:_HEAD], steps=3, chunk_size=2048).best()
    return [best.encoding] if best else []
