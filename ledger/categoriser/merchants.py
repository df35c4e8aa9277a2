"""Well-known merchants and telling words: what each is about before a household says so."""

import re
from bisect import bisect_left
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from ledger.categoriser.cleaning import clean, folded

_FILE = Path(__file__).parent / "data" / "merchants.tsv"
_LONGEST = 4
_WORD = re.compile(r"\w[\w'’]*")
_FEES = frozenset(("fee", "fees"))
_SHORT_WORDS = frozenset(
    "and or of the for de du la le les des d l y e i und am im zum zur da di del van den het in an on".split()
)


class Known(NamedTuple):
    """What the shipped list says about a text; `name` is empty where only a word was telling."""

    concept: str
    name: str
    pattern: str


@cache
def _table() -> dict[str, Known]:
    table = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pattern, concept, name = line.split("\t")
            table[pattern] = Known(concept, name, pattern)
    return table


@lru_cache(maxsize=20_000)
def find(cleaned: str) -> Known | None:
    """The merchant a cleaned text names, else the word in it that tells most.

    A longer name beats a shorter one and a merchant beats a word, unless the merchant's name comes
    after the beginning. Of two words the later tells more: "shell coffee bar" aside, kinds of shop
    stand at the end of their names in most languages.
    """
    table = _table()
    words = cleaned.split()
    best: tuple[tuple, Known] | None = None
    for start in range(min(len(words), 8)):
        for length in range(min(_LONGEST, len(words) - start), 0, -1):
            known = table.get(" ".join(words[start : start + length]))
            if known is None:
                continue
            if known.name and start > 0 and length == 1 and len(known.pattern) < 4:
                continue
            rank = (
                bool(known.name) * (2 - (start > 0)),
                length,
                start if not known.name else -start,
            )
            if best is None or rank > best[0]:
                best = (rank, known)
            break
    fee = _FEES.intersection(words)
    if fee and not (
        best and " " in best[1].pattern and _FEES.intersection(best[1].pattern.split())
    ):
        return table[min(fee)]
    return best[1] if best else _glued(words) or _cut_short(words)


_WHOLE = frozenset(["direct"])
"""Words that begin a merchant's name and are whole all the same."""


def _cut_short(words: list[str]) -> Known | None:
    """A telling word or merchant of which the bank printed only the beginning."""
    last = words[-1] if words else ""
    if len(last) < 5 or last in _WHOLE:
        return None
    patterns = _sorted_words()
    at = bisect_left(patterns, last)
    if at < len(patterns) and patterns[at].startswith(last) and len(patterns[at]) <= len(last) + 5:
        return _table()[patterns[at]]
    return None


@cache
def _sorted_words() -> list[str]:
    return sorted(pattern for pattern in _table() if " " not in pattern)


def _glued(words: list[str]) -> Known | None:
    """A merchant whose words the bank has run together or cut short at the end."""
    table = _table()
    if words and len(words[0]) >= 7:
        for cut in range(len(words[0]), 4, -1):
            known = table.get(words[0][:cut])
            if known and known.name:
                return known
    return None


def display_name(description: str) -> str:
    """A payee's name fit to be read: the merchant's own, else the cleaned words with capitals."""
    cleaned = clean(description)
    known = find(cleaned)
    if known and known.name and cleaned.startswith(known.pattern):
        return known.name
    written = {folded(word).replace("'", ""): word for word in _WORD.findall(description)}
    return " ".join(
        word if n and word in _SHORT_WORDS else _capital(written.get(word, word))
        for n, word in enumerate(cleaned.split())
    )


def _capital(word: str) -> str:
    """As somebody wrote it if with care, that is in both cases; else with a capital."""
    if word.isupper() or word.islower():
        return word[:1].upper() + word[1:].lower()
    return word
