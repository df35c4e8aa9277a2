"""Text as it is searched and compared. Pure."""

import datetime as dt
import hashlib
import re
import unicodedata
from functools import lru_cache

KEY_VERSION = b"1"
"""Goes into every content key; a change of `content_key` needs a new one beside the old."""

_SPACES = re.compile(r"\s+")
_NOISE = re.compile(r"[^\w\s]|_|\b\w*\d\w*\b")


@lru_cache(maxsize=4_096)
def fold(text: str) -> str:
    """Casefolded, without accents, with single spaces: what search compares."""
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _SPACES.sub(
        " ", "".join(char for char in decomposed if not unicodedata.combining(char))
    ).strip()


def search_text(description: str, payee_name: str = "", notes: str = "") -> str:
    """What the search index holds for a transaction."""
    if not payee_name and not notes:
        return fold(description)
    return fold(" ".join(part for part in (payee_name, description, notes) if part))


@lru_cache(maxsize=4_096)
def alias_key(text: str) -> str:
    """What is left of a description without digits and signs: equal for one payee's rows."""
    folded = fold(text)
    return _SPACES.sub(" ", _NOISE.sub(" ", folded)).strip()[:200] or folded[:200]


def content_key(date: dt.date, amount: int, description: str) -> int:
    """The 64-bit key of a row without an external id: equal rows of one account have it equal.

    Taken from the raw text as imported, so that later edits and better parsing do not change it.
    Signed, for a BIGINT. BLAKE2b (RFC 7693), 8 bytes.
    """
    raw = b"%s\x00%s\x00%d\x00%s" % (
        KEY_VERSION,
        date.isoformat().encode(),
        amount,
        " ".join(description.split()).casefold().encode("utf-8", "replace"),
    )
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big", signed=True)
