"""Text of people and banks, made fit for files that have a syntax. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

_NEVER = frozenset(("Cc", "Cs"))
_Key = TypeVar("_Key")


def one_line(text: str) -> str:
    """`text` on one line with single spaces, without what has no meaning in a file.

    Control characters, lone surrogates and the code points that are no characters go; every kind of
    space and line end becomes one space.
    """
    if text.isprintable():
        kept = text
    else:
        kept = "".join(char for char in text if char.isspace() or _is_text(char))
    return " ".join(kept.split())


def _is_text(char: str) -> bool:
    # U+FFFE and U+FFFF of every plane, which XML forbids.
    return unicodedata.category(char) not in _NEVER and ord(char) & 0xFFFE != 0xFFFE


def cut(text: str, length: int) -> str:
    """At most the first `length` characters, without a space at the end."""
    return text[:length].rstrip()


def unique_names(
    named: Iterable[tuple[_Key, str]],
    *,
    clean: Callable[[str], str],
    otherwise: str,
    join: str = " ",
    taken: Iterable[str] = (),
) -> dict[_Key, str]:
    """A name for every key, no two alike, from what people called them.

    `clean` makes a name valid and may leave nothing of it; `otherwise` is used then. A name that is
    taken already, in any mixture of cases, gets a number behind `join`.
    """
    used = {name.casefold() for name in taken}
    names: dict[_Key, str] = {}
    for key, raw in named:
        name = base = clean(raw) or otherwise
        count = 1
        while name.casefold() in used:
            count += 1
            name = f"{base}{join}{count}"
        used.add(name.casefold())
        names[key] = name
    return names


def joined(texts: Sequence[str], between: str = " ") -> str:
    """Those of `texts` that are not empty, in one."""
    return between.join(text for text in texts if text)
