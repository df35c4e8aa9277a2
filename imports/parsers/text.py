"""Bytes to text, in the order that real statements were found to need."""

import codecs
import re

from imports.parsers.base import UnreadableFileError

ENCODINGS = (
    "utf-8 cp1252 cp1250 cp1251 iso-8859-1 iso-8859-2 iso-8859-15 utf-16 shift_jis euc-kr gb18030"
).split()

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# What no database column and no page can take.
_UNSTORABLE = {0: None, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of `data` and the encoding that was used.

    A BOM, then NULs in every second place (UTF-16), then strict UTF-8, then `encoding` as the
    person or the file's header says, then cp1252: valid UTF-8 is never anything else by chance.
    Raises UnreadableFileError for an encoding that there is not.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _clean(data.decode(name, "replace")), name
    head = data[:2000]
    if head[1::2].count(0) > len(head) * 0.35:
        return _clean(data.decode("utf-16-le", "replace")), "utf-16-le"
    if head[0::2].count(0) > len(head) * 0.35:
        return _clean(data.decode("utf-16-be", "replace")), "utf-16-be"
    if not encoding or encoding.lower().replace("-", "") in ("utf8", "ascii", "usascii"):
        try:
            return _clean(data.decode("utf-8")), "utf-8"
        except UnicodeDecodeError:
            encoding = _single_byte(data)
    try:
        return _clean(data.decode(encoding, "replace")), encoding
    except LookupError as error:
        raise UnreadableFileError(f"There is no text encoding “{encoding[:30]}”.") from error


_POLISH = re.compile(rb"[a-z][\x9c\x9f\xb3\xb9\xbf][a-z]|[a-z]\xb3[aeiouy\xb9\xea]")
_CYRILLIC = re.compile(rb"[\xc0-\xff]{4}")


def _single_byte(data: bytes) -> str:
    """Which Windows code page: Cyrillic makes words of high bytes, Central Europe puts what
    cp1252 has signs for between letters, the West does neither."""
    head = data[:200_000]
    high = sum(byte >= 0xC0 for byte in head)
    if len(_CYRILLIC.findall(head)) * 8 > high:
        return "cp1251"
    return "cp1250" if _POLISH.search(head) else "cp1252"


def _clean(text: str) -> str:
    return text if text.isascii() and "\x00" not in text else text.translate(_UNSTORABLE)
