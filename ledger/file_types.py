"""What an uploaded file is, by its first bytes: names and declared types are only claims. Pure."""

import re
import unicodedata

HEAD = 64
"""How many bytes of a file `type_of` needs."""

SUFFIXES = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/heic": (".heic", ".heif"),
}
INLINE = frozenset(SUFFIXES) - {"image/heic"}
"""What browsers show by themselves; of HEIC they would show a broken picture."""

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MAX_NAME = 120


def type_of(head: bytes) -> str | None:
    """The MIME type of a file that begins with `head`, None when it is none that is taken."""
    if head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image/heic"
    return None


def clean_name(name: str, content_type: str) -> str:
    """`name` without folders and invisible characters, ending as a file of `content_type` does."""
    base = re.split(r"[/\\]", name)[-1]
    # Category C: control characters, and the marks that turn "fdp.exe" round.
    shown = "".join(char for char in base if unicodedata.category(char)[0] != "C")
    shown = re.sub(r'[<>:"|?*]', "_", " ".join(shown.split()))
    suffixes = SUFFIXES[content_type]
    ending = next((end for end in suffixes if shown.lower().endswith(end)), None)
    stem = shown[: -len(ending)] if ending else shown
    return f"{stem.strip('. ')[:_MAX_NAME] or 'file'}{ending or suffixes[0]}"
