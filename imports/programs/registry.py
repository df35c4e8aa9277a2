"""Which program a file is from. Pure.

A new program is a module with `name`, `label`, `score` and `read`, added to PROGRAMS.
"""

from typing import Protocol

from imports.parsers import archive
from imports.parsers.base import UnreadableFile, check_size
from imports.programs import (
    actual,
    beancount,
    firefly,
    gnucash,
    hledger,
    housebook,
    lunchmoney,
    mint,
    monarch,
    ynab,
)
from imports.programs.book import Book

HEAD = 65_536


class Program(Protocol):
    """A module that reads one program's exports."""

    name: str
    label: str

    def score(self, head: bytes, filename: str) -> int | None:
        """How sure it is, 1 to 100, that a file that begins with `head` is its; None: it is not."""

    def read(self, data: bytes, *, currency: str = "", date_order: str = "") -> Book:
        """Read the whole file. `date_order` answers what some tables leave open. Raises
        UnreadableFile."""


PROGRAMS: tuple[Program, ...] = (
    ynab,
    mint,
    monarch,
    lunchmoney,
    firefly,
    actual,
    gnucash,
    beancount,
    hledger,
    housebook,
)
SILENT = frozenset(["ynab", "mint", "monarch", "actual", "hledger"])
"""Those whose files may not say which currency their amounts are in."""
ALIASES = {"ledger": "hledger", "ynab4": "ynab", "firefly3": "firefly", "fireflyiii": "firefly"}


def names() -> tuple[str, ...]:
    """The names of all programs, aliases too."""
    return (*(module.name for module in PROGRAMS), *ALIASES)


def module(name: str) -> Program:
    """The reader called `name`. Raises KeyError."""
    return {one.name: one for one in PROGRAMS}[ALIASES.get(name, name)]


def best(data: bytes, filename: str = "") -> tuple[int, str] | None:
    """How sure the surest program is that `data` is its export, and its name; None when none is.

    Raises UnreadableFile for an archive that cannot be looked into.
    """
    head = data[:HEAD]
    if head.startswith(archive.ZIP):
        # What an archive is stands in the names of its files, which are at its end.
        head += "\n".join(archive.Archive(data).names).encode("utf-8", "replace")
    scored = [(one.score(head, filename), one.name) for one in PROGRAMS]
    known = [(score, name) for score, name in scored if score is not None]
    return max(known, key=lambda item: item[0], default=None)


def detect(data: bytes, filename: str = "") -> str:
    """The name of the program whose export `data` is. Raises UnreadableFile."""
    check_size(data)
    known = best(data, filename)
    if known is None:
        raise UnreadableFile("This is not the export of a program that is known.")
    return known[1]


def read(name: str, data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """Read an export of the program `name`. Raises KeyError and UnreadableFile."""
    return module(name).read(data, currency=currency, date_order=date_order)
