"""hledger and ledger: their journal, the subset that both know.

Format: hledger.org/hledger.html#journal and ledger-cli.org/3.0/doc/ledger3.html. Read are transactions
with states, codes, secondary dates, comments, tags, prices, costs of lots, assertions, assigned balances
and one missing amount; the directives account, commodity, decimal-mark, alias, apply account, apply tag,
Y, D, A and comment blocks. Periodic and automated rules and market prices are passed over, timeclock
lines too; include is refused. Virtual postings are budgets, not money, unless nothing else is there.
"""

import datetime as dt
import re
from collections import Counter, defaultdict
from contextlib import suppress
from fractions import Fraction

from imports.parsers.amounts import mark_votes
from imports.parsers.base import MAX_ROWS, UnreadableFile, check_size
from imports.parsers.csv_table import DIGITS
from imports.parsers.text import decode
from imports.programs.book import Book, Builder, joined
from imports.programs.double_entry import CATEGORY, EQUITY, MONEY, minor
from imports.programs.journal import (
    Journal,
    JournalPosting,
    JournalTransaction,
    Rate,
    Unbalanced,
    equity_kind,
    infer,
    kind_by_name,
    number_of,
    tags_in,
)

name = "hledger"
label = "hledger or ledger"

_DATE = r"(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})"
_HEAD = re.compile(
    rf"{_DATE}(?:=[-/.\d]+)?(?:\s+([*!])(?=\s|$|\())?(?:\s*\(([^)]*)\))?(?:\s+(.*))?\s*$"
)
_START = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d:])[^\n]*\n[ \t]+[^\s;]", re.MULTILINE)
_NUMBER = r"[-+]?\s*(?:\d[\d.,'_\u00a0]*|[.,]\d+)"
_WORD = r'(?:"[^"]*"|[^\s\d.,;:?!\-+*/^&|=<>{}\[\]()@"\']+)'
_AMOUNT = re.compile(
    rf"\s*(?P<sign>[-+]?)\s*(?:(?P<before>{_WORD})\s*(?P<n1>{_NUMBER})|(?P<n2>{_NUMBER})\s*(?P<after>{_WORD})?)"
)
_TYPES = {
    "A": MONEY,
    "C": MONEY,
    "L": MONEY,
    "E": EQUITY,
    "V": EQUITY,
    "X": CATEGORY,
    "R": "income",
}
_TYPES |= {
    "ASSET": MONEY,
    "CASH": MONEY,
    "LIABILITY": MONEY,
    "EQUITY": EQUITY,
    "CONVERSION": EQUITY,
}
_TYPES |= {"EXPENSE": CATEGORY, "REVENUE": "income", "INCOME": "income"}


def score(head: bytes, filename: str) -> int | None:
    """By a transaction: a line that begins with a date, and an indented one after it."""
    text, _ = decode(head)
    if not _START.search(text.replace("\r\n", "\n")):
        return None
    named = filename.lower().endswith((".journal", ".hledger", ".ledger", ".j", ".dat", ".ldg"))
    return 78 if named else 70


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """The whole journal. Raises UnreadableFile."""
    check_size(data)
    text, _ = decode(data)
    if text.count("\n") > MAX_ROWS:
        raise UnreadableFile(f"This file has more than {MAX_ROWS:,} lines.")
    build = Builder(name, currency)
    reader = _Reader(build)
    reader.read(text)
    return build.finish()


class _Raw:
    """A posting before it is known which mark parts the decimals."""

    __slots__ = ("assigned", "balanced", "posting", "price", "state", "units", "virtual")

    def __init__(self, posting: JournalPosting) -> None:
        self.posting = posting
        self.units = self.price = self.assigned = None
        self.virtual = self.balanced = False


class _Reader:
    def __init__(self, build: Builder) -> None:
        self.build = build
        self.journal = Journal(build, self.kind_of)
        self.types: dict[str, str] = {}
        self.strange: dict[str, None] = {}
        self.aliases: list[tuple[str, str]] = []
        self.prefixes: list[str] = []
        self.tags: list[str] = []
        self.year = 0
        self.default = self.bucket = self.declared = ""
        self.block = ""
        self.marks: dict[str, str] = {}
        self.shapes: dict[str, Counter] = defaultdict(Counter)
        self.rows: list[tuple[JournalTransaction, list[_Raw]]] = []
        self.row: tuple[JournalTransaction, list[_Raw]] | None = None
        self.balances: dict[tuple[str, str], Fraction] = defaultdict(Fraction)

    def kind_of(self, path: str) -> tuple[str, bool]:
        above = path
        while above:
            if kind := self.types.get(above):
                if kind == EQUITY:
                    return equity_kind(path), False
                return (CATEGORY, True) if kind == "income" else (kind, False)
            above = above.rpartition(":")[0]
        found = kind_by_name(path)
        if found is None:
            self.strange.setdefault(path.split(":")[0][:40])
            return MONEY, False
        return found

    def read(self, text: str) -> None:
        ending = ""
        for number, line in enumerate(text.splitlines(), 1):
            line = line.rstrip()
            if ending:
                ending = "" if line.strip() == ending else ending
                continue
            if line in ("comment", "test") or line.startswith(("comment ", "test ")):
                ending = f"end {line.split()[0]}"
            elif not line or line[0] in ";#*%|":
                self.row = None if not line else self.row
            elif line[0] in " \t":
                self._indented(number, line.strip())
            else:
                self.row, self.block = None, ""
                self._top(number, line)
        if not self.rows and not self.types:
            raise UnreadableFile("This file has no transaction of hledger or ledger.")
        self.year = 0
        for row, raws in self.rows:
            self._finish(row, raws)
        self.journal.ledger.finish()
        if self.strange:
            some = ", ".join(f"“{root}”" for root in list(self.strange)[:5])
            self.build.warn(
                f"{len(self.strange)} trees of accounts say by their names neither assets nor expenses "
                f"and were taken for money: {some}. Lines such as “account {next(iter(self.strange))}  "
                "; type:X” say it."
            )

    def _top(self, number: int, line: str) -> None:
        if line[0].isdigit():
            self._head(number, line)
            return
        word, _, rest = line.lstrip("!@").partition(" ")
        rest = rest.strip()
        plain = re.split(r"\s{2,}|\t|\s;", rest)[0].strip()
        if word == "include":
            raise UnreadableFile(
                f"Line {number}: this journal includes other files. Make one of them first: "
                "“hledger print > all.journal”."
            )
        if word == "account":
            self.block = self._path(plain)
            if match := re.search(r"\btype:\s*(\w+)", rest):
                self.types[self.block] = _TYPES.get(match[1].upper(), MONEY)
        elif word in ("commodity", "D"):
            self._declare(rest, is_default=word == "D")
        elif word == "decimal-mark" and plain in (".", ","):
            self.declared = plain
        elif word == "alias" and "=" in rest:
            self._alias(rest)
        elif word == "apply" and rest.startswith("account "):
            self.prefixes.append(rest[8:].strip())
        elif word == "apply" and rest.startswith("tag "):
            self.tags.append(rest[4:].split(":")[0].strip())
        elif word == "end" and rest.startswith(("apply account", "account")) and self.prefixes:
            self.prefixes.pop()
        elif word == "end" and rest in ("tag", "apply tag") and self.tags:
            self.tags.pop()
        elif word == "end" and rest == "aliases":
            self.aliases.clear()
        elif word in ("bucket", "A"):
            self.bucket = self._path(plain)
        elif (word in ("Y", "year") and plain.isdigit()) or re.fullmatch(r"Y\d{4}", word):
            self.year = int((plain or word[1:])[:4])

    def _declare(self, rest: str, *, is_default: bool) -> None:
        match = _AMOUNT.match(rest)
        if not match:
            return
        commodity = (match["before"] or match["after"] or "").strip('"')
        digits = match["n1"] or match["n2"]
        if mark := re.search(r"([.,])\d*$", digits):
            # A commodity is declared with its decimal mark in place.
            self.marks[commodity] = mark[1]
        if is_default:
            self.default = commodity

    def _alias(self, rest: str) -> None:
        old, _, new = rest.partition("=")
        if old.strip().startswith("/"):
            self.build.warn("Aliases by pattern are not applied.")
        else:
            self.aliases.append((old.strip(), new.strip()))

    def _path(self, text: str) -> str:
        path = ":".join([*self.prefixes, text])
        for old, new in self.aliases:
            if path == old or path.startswith(f"{old}:"):
                path = new + path[len(old) :]
        return ":".join(" ".join(part.split()) for part in path.split(":") if part.strip()) or "?"

    def _head(self, number: int, line: str) -> None:
        text, _, comment = line.partition(";")
        match = _HEAD.match(text)
        day = None
        if match and (match[1] or self.year):
            try:
                day = dt.date(int(match[1] or self.year), int(match[2]), int(match[3]))
            except ValueError:
                day = None
        if day is None:
            self.build.problem(number, "the date cannot be read", line)
            return
        payee, _, note = (match[6] or "").partition("|")
        tags, comment = tags_in(comment)
        row = JournalTransaction(
            day,
            number,
            payee=" ".join(payee.split()),
            notes=joined(note, comment),
            tags=tuple(dict.fromkeys([*self.tags, *tags])),
            status={"*": "cleared"}.get(match[4] or "", ""),
        )
        self.row = (row, [])
        self.rows.append(self.row)

    def _indented(self, number: int, line: str) -> None:
        if self.row is None:
            if self.block and line.startswith("alias "):
                self.aliases.append((line[6:].strip(), self.block))
            return
        row, raws = self.row
        if line[0] in ";#":
            tags, notes = tags_in(line[1:])
            target = raws[-1].posting if raws else row
            target.tags += tuple(tag for tag in tags if tag not in target.tags)
            target.notes = joined(target.notes, notes)
            return
        text, _, comment = line.partition(";")
        if text[:1] in "*!" and text[1:2] in (" ", "\t"):
            text = text[1:]
        path, _, rest = re.sub(r"\t|\s{2,}", "\x00", text.strip()).partition("\x00")
        rest = rest.replace("\x00", " ").strip()
        tags, notes = tags_in(comment)
        raw = _Raw(JournalPosting(path, notes=notes, tags=tuple(tags), line=number))
        if path.startswith("(") and path.endswith(")"):
            raw.virtual, path = True, path[1:-1]
        elif path.startswith("[") and path.endswith("]"):
            raw.virtual, raw.balanced, path = True, True, path[1:-1]
        raw.posting.path = self._path(path)
        raws.append(raw)
        if rest:
            try:
                self._amounts(raw, rest)
            except ValueError as error:
                self.build.problem(number, f"this amount cannot be read: {error}", line)
                self.row[0].status = "broken"

    def _amounts(self, raw: _Raw, text: str) -> None:
        """Amount, then lot and price in any order, then what the balance should be."""
        if not text.startswith("="):
            raw.units, text = self._one(text)
        while text:
            if text[0] in "{[(":
                double = text.startswith("{{")
                close = text.find({"{": "}", "[": "]", "(": ")"}[text[0]])
                if close < 0:
                    raise ValueError("a bracket does not close")
                inside = text[1:close].lstrip("{=").strip()
                if text[0] == "{" and raw.price is None and inside:
                    amount, _rest = self._one(inside)
                    raw.price = (amount, double)
                text = text[close + 1 :].lstrip("} ")
            elif text.startswith(("@", "(@")):
                total = text.startswith("@@")
                amount, text = self._one(text.lstrip("@").strip())
                raw.price = (amount, total)
            elif text.startswith("="):
                amount, rest = self._one(text.lstrip("=*! ").strip())
                raw.assigned = amount if raw.units is None else None
                text = "" if rest.startswith(("@", "{")) else rest
            else:
                raise ValueError(f"“{text[:30]}” is no amount")

    def _one(self, text: str) -> tuple[tuple[str, bool, str], str]:
        """Digits, whether negative, and commodity of the amount that `text` begins with."""
        match = _AMOUNT.match(text)
        if match is None:
            raise ValueError(f"“{text[:30]}” is no amount")
        digits = match["n1"] or match["n2"]
        negative = (match["sign"] == "-") != digits.startswith("-")
        digits = digits.lstrip("-+ ").replace("\u00a0", "").rstrip("'_")
        commodity = (match["before"] or match["after"] or self.default).strip('"')
        self.shapes[commodity][digits.translate(DIGITS)] += 1
        return (digits, negative, commodity), text[match.end() :].strip()

    def _number(self, amount: tuple[str, bool, str]) -> tuple[Fraction, str]:
        digits, negative, commodity = amount
        if commodity not in self.marks:
            votes = mark_votes(self.shapes[commodity])
            self.marks[commodity] = self.declared or ("," if votes[","] > votes["."] else ".")
        value = number_of(digits, self.marks[commodity])
        return (-value if negative else value), commodity

    def _finish(self, row: JournalTransaction, raws: list[_Raw]) -> None:
        """Amounts as numbers, balances that are assigned, what is virtual left out."""
        self.build.book.tally["virtual"] += sum(raw.virtual for raw in raws)
        broken = row.status == "broken"
        for raw in raws:
            try:
                self._value(raw)
            except ValueError as error:
                self.build.problem(
                    raw.posting.line, f"this amount cannot be read: {error}", row.payee
                )
                broken = True
        if broken:
            self.journal.ledger.count(len(raws))
            return
        real = [raw.posting for raw in raws if not raw.virtual]
        if not real:
            # Nothing but virtual ones: a balance that somebody states without the other side.
            real = [
                raw.posting
                for raw in raws
                if (kind_by_name(raw.posting.path) or ("",))[0] == MONEY and raw.posting.number
            ]
            self._stated(row, real, len(raws))
            return
        if len(real) == 1 and real[0].number is not None and self.bucket:
            real.append(JournalPosting(self.bucket))
        row.postings = real
        with suppress(Unbalanced):  # the journal says so
            row.postings = infer(real)
        for posting in row.postings:
            if posting not in real:
                self.balances[posting.path, posting.commodity] += posting.number or 0
        self.journal.add(row)
        self.build.book.tally["postings"] += len(raws) - len(row.postings)

    def _value(self, raw: _Raw) -> None:
        posting = raw.posting
        if raw.units is not None:
            posting.number, posting.commodity = self._number(raw.units)
        elif raw.assigned is not None:
            wanted, posting.commodity = self._number(raw.assigned)
            posting.number = wanted - self.balances[posting.path, posting.commodity]
        if raw.price is not None:
            number, commodity = self._number(raw.price[0])
            posting.rate = Rate(abs(number), commodity, raw.price[1])
        if posting.number is not None and not raw.virtual:
            self.balances[posting.path, posting.commodity] += posting.number

    def _stated(self, row: JournalTransaction, real: list[JournalPosting], count: int) -> None:
        self.journal.ledger.count(count)
        for posting in real:
            code = self.journal.currency(posting.commodity)
            if not code:
                self.build.problem(row.line, f"“{posting.commodity}” is no currency", row.payee)
                continue
            value = minor(posting.number or Fraction(0), code)
            self.journal.ledger.opening(posting.path, code, row.date, value, row.line)
        if not real:
            self.build.warn("Transactions of virtual postings alone are budgets: left out.")
