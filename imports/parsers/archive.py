"""Zip archives from strangers: what is inside, within limits, read in memory only.

The sizes that an archive declares are the ones that hold: `zipfile` reads no more than them, and
what unpacks to something else fails its checksum.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from imports.parsers.base import UnreadableFile

MAX_RATIO = 200
"""Times that a member may grow. Statements in XML reach 20, sheets of blanks 100."""
SMALL = 1024 * 1024
"""Below this size the ratio says nothing."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # encrypted; also NotImplementedError for unknown methods
    LookupError,
    OverflowError,
)


class Archive:
    """A zip archive whose members are few and small enough."""

    def __init__(self, data: bytes, *, members: int, unpacked: int) -> None:
        """Raise UnreadableFile for what is no archive and for one beyond the limits."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._infos = [info for info in self._zip.infolist() if not info.is_dir()]
        except _BROKEN as error:
            raise UnreadableFile("This archive is damaged.") from error
        if len(self._infos) > members:
            raise UnreadableFile(f"This archive has more than {members} files.")
        if sum(info.file_size for info in self._infos) > unpacked:
            raise UnreadableFile(f"This archive unpacks to more than {unpacked // 1024**2} MB.")
        for info in self._infos:
            if info.flag_bits & 1:
                raise UnreadableFile("This archive has a password. Unpack it first.")
            grown = info.file_size > MAX_RATIO * max(info.compress_size, 1)
            if info.file_size > SMALL and grown:
                raise UnreadableFile("This archive unpacks to far more than it should.")

    def read(self, name: str) -> bytes:
        """The content of one file, b"" when there is none. Raises UnreadableFile."""
        info = next((info for info in self._infos if info.filename == name), None)
        return self._read(info) if info else b""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of every file, one after the other. Raises UnreadableFile."""
        for info in self._infos:
            yield info.filename, self._read(info)

    def _read(self, info: zipfile.ZipInfo) -> bytes:
        try:
            return self._zip.read(info)
        except _BROKEN as error:
            raise UnreadableFile("This archive is damaged.") from error


def first_names(head: bytes) -> list[str]:
    """The names of the files that begin within `head`, the beginning of an archive."""
    names, at = [], 0
    while len(names) < 200 and (at := head.find(b"PK\x03\x04", at)) >= 0:
        size = int.from_bytes(head[at + 26 : at + 28], "little")
        names.append(head[at + 30 : at + 30 + size].decode("utf-8", errors="replace"))
        at += 30
    return names


def first_bytes(head: bytes, size: int = 4096) -> bytes:
    """The beginning of the first file of an archive, b"" when it cannot be unpacked."""
    if not head.startswith(b"PK\x03\x04") or len(head) < 30:
        return b""
    method = int.from_bytes(head[8:10], "little")
    start = 30 + sum(int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
    if method == zipfile.ZIP_STORED:
        return head[start : start + size]
    if method != zipfile.ZIP_DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-15).decompress(head[start:], size)
    except zlib.error:
        return b""
