"""Beancount: its journal, the subset that households write.

Format: beancount.github.io/docs/beancount_language_syntax.html. Read are option (names of the roots),
open, close, pad with balance, pushtag and transactions with costs, prices, sums in amounts, one missing
amount, tags, links and comments. Lots without a stated cost are taken first in, first out. Other
directives say nothing about money and are passed over; include is refused.
"""

import datetime as dt
import re
from collections import defaultdict
from fractions import Fraction

from imports.parsers.base import MAX_ROWS, UnreadableFile, check_size
from imports.parsers.text import decode
from imports.programs.book import Book, Builder, joined
from imports.programs.double_entry import CATEGORY, MONEY, minor
from imports.programs.journal import (
    Journal,
    JournalPosting,
    JournalTransaction,
    Rate,
    equity_kind,
    number_of,
)

name = "beancount"
label = "Beancount"

_DATED = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})\s+(\S+)\s*(.*)", re.DOTALL)
_DIRECTIVES = frozenset(
    "open close commodity balance pad note document price event query custom".split()
)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_MARKS = re.compile(r"(?<!\S)([#^])([\w\-/.]+)")
_POSTING = re.compile(
    r"(?:(?P<flag>[*!&#?%PSTCURM])\s+)?(?P<path>[^\W\d_a-z][\w\-]*(?::[\w\-]+)+)(?:\s+(?P<rest>\S.*))?"
)
_AMOUNT = re.compile(r"(?P<sum>[-+*/().,\d\s]*\d[-+*/().,\d\s]*)(?P<code>[A-Z/][A-Z0-9'._\-]*)?")
_KEY = re.compile(r"[a-z][\w\-]*:(\s|$)")
_TXN = re.compile(r'^\s*\d{4}[-/]\d\d?[-/]\d\d?\s+(txn|[*!])(\s*"|\s*$)', re.MULTILINE)
_OPEN = re.compile(r"^\d{4}-\d\d-\d\d\s+(open|balance|pad)\s+[^\W\d_a-z]\w*:", re.MULTILINE)
_MAX_STRING_LINES = 200


def score(head: bytes, filename: str) -> int | None:
    """By a transaction with a quoted text, or an account that is opened."""
    text, _ = decode(head)
    if _OPEN.search(text) or re.search(r'^option\s+"', text, re.MULTILINE):
        return 85
    if filename.lower().endswith((".beancount", ".bean")) and _TXN.search(text):
        return 80
    return 72 if _TXN.search(text) and '"' in text else None


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """The whole journal. Raises UnreadableFile."""
    check_size(data)
    text, _ = decode(data)
    if text.count("\n") > MAX_ROWS:
        raise UnreadableFile(f"This file has more than {MAX_ROWS:,} lines.")
    build = Builder(name, currency)
    _Reader(build).read(text)
    return build.finish()


class _Reader:
    def __init__(self, build: Builder) -> None:
        self.build = build
        self.roots = {"Assets": MONEY, "Liabilities": MONEY, "Equity": "equity"}
        self.roots |= {"Income": "income", "Expenses": CATEGORY}
        self.journal = Journal(build, self.kind_of)
        self.rows: list[JournalTransaction] = []
        self.balances: list[tuple[dt.date, str, Fraction, str, int]] = []
        self.pads: list[tuple[dt.date, str, int]] = []
        self.pushed: list[str] = []
        self.seen = 0
        self.current: JournalTransaction | None = None
        self.lots: dict[tuple[str, str], list[list]] = defaultdict(list)

    def kind_of(self, path: str) -> tuple[str, bool]:
        kind = self.roots.get(path.split(":")[0], MONEY)
        if kind == "equity":
            return equity_kind(path), False
        return (CATEGORY, True) if kind == "income" else (kind, False)

    def read(self, text: str) -> None:
        for number, line in _logical_lines(text):
            if not line.strip() or line.lstrip().startswith(";"):
                continue
            if line[0] in " \t":
                self._indented(number, line.strip())
            else:
                self.current = None
                self._top(number, line.rstrip())
        if not self.seen:
            raise UnreadableFile("This file has no entry of Beancount.")
        # It does not matter there where an entry stands in the file.
        for row in sorted(self.rows, key=lambda row: row.date):
            self._book(row)
            self.journal.add(row)
        self._pad()
        self.journal.ledger.finish()

    def _top(self, number: int, line: str) -> None:
        if match := _DATED.match(line):
            try:
                day = dt.date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                self.build.problem(number, "there is no such day", line)
                return
            self.seen += 1
            self._dated(number, day, match[4], match[5])
            return
        word, _, rest = line.partition(" ")
        strings = _STRING.findall(rest)
        if word == "include":
            raise UnreadableFile(
                f"Line {number}: this journal includes other files. Join them first: "
                "“bean-report … print”, or paste them together."
            )
        if word == "option" and len(strings) == 2:
            self.seen += 1
            if strings[0] == "operating_currency" and not self.build.currency:
                self.build.currency = strings[1]
            elif strings[0].startswith("name_"):
                old = strings[0].removeprefix("name_").capitalize()
                self.roots[strings[1]] = self.roots.get(old, MONEY)
        elif word in ("pushtag", "poptag"):
            tag = rest.strip().lstrip("#")
            if word == "pushtag":
                self.pushed.append(tag)
            elif tag in self.pushed:
                self.pushed.remove(tag)

    def _dated(self, number: int, day: dt.date, word: str, rest: str) -> None:
        if word in _DIRECTIVES:
            path, _, more = rest.strip().partition(" ")
            if word == "close":
                self.journal.ledger.facts.setdefault(path, {})["is_closed"] = True
            elif word == "pad":
                self.pads.append((day, path, number))
            elif word == "balance":
                try:
                    value, code, _rest = _amount(more.split("~")[0] + " " + more.split()[-1])
                    self.balances.append((day, path, value, code, number))
                except (ValueError, IndexError, ZeroDivisionError):
                    self.build.problem(number, "this balance cannot be read", rest)
            return
        if word.startswith('"'):
            word, rest = "*", f"{word} {rest}"
        if word != "txn" and len(word) != 1:
            return
        strings = [_plain(text) for text in _STRING.findall(rest)]
        outside = _STRING.sub(" ", rest)
        comment = outside.partition(";")[2].strip()
        marks = _MARKS.findall(outside.partition(";")[0])
        self.current = JournalTransaction(
            day,
            number,
            payee=strings[0] if strings else "",
            notes=joined(strings[1] if len(strings) > 1 else "", comment),
            tags=tuple(
                dict.fromkeys([*self.pushed, *(text for kind, text in marks if kind == "#")])
            ),
            status="cleared" if word in ("*", "txn") else "",
        )
        self.rows.append(self.current)

    def _indented(self, number: int, line: str) -> None:
        row = self.current
        if row is None:
            if _DATED.match(line):  # an entry that somebody pushed to the right
                self._top(number, line)
            return
        bare = _STRING.sub('""', line)
        text, _, comment = bare.partition(";")
        text = text.strip()
        if not text:
            return
        if text[0] in "#^":
            row.tags += tuple(mark for kind, mark in _MARKS.findall(text) if kind == "#")
        elif _KEY.match(text):
            return
        else:
            self._posting(row, number, text, comment.strip())

    def _posting(self, row: JournalTransaction, number: int, text: str, comment: str) -> None:
        match = _POSTING.fullmatch(text)
        if match is None:
            self.build.problem(number, "this line is no posting", text)
            return
        posting = JournalPosting(match["path"], notes=comment, line=number)
        try:
            if match["rest"]:
                _fill(posting, match["rest"].strip())
        except (ValueError, ZeroDivisionError) as error:
            self.build.problem(number, f"this amount cannot be read: {error}", text)
            posting.number, posting.commodity = Fraction(0), self.build.currency
        row.postings.append(posting)

    def _book(self, row: JournalTransaction) -> None:
        """Costs of lots: what comes in keeps its cost, what goes out without one takes the oldest."""
        for posting in row.postings:
            if posting.number is None or posting.rate is None:
                continue
            lots = self.lots[posting.path, posting.commodity]
            if posting.rate.commodity != "{}":
                if posting.number > 0:
                    unit = posting.weight[0] / posting.number
                    lots.append([posting.number, unit, posting.rate.commodity])
                else:
                    _take(lots, -posting.number, only=posting.rate.number)
                continue
            found = _take(lots, abs(posting.number))
            total = sum((units * cost for units, cost, _code in found), Fraction(0))
            code = found[0][2] if found else posting.commodity
            posting.rate = Rate(total, code, is_total=True) if found else None
            # Its own books have a posting for each lot.
            self.build.book.tally["postings"] += max(0, len(found) - 1)

    def _pad(self) -> None:
        """What a pad makes up, so that the next balance of its account is right."""
        moved: dict[tuple[str, str], list[tuple[dt.date, Fraction]]] = defaultdict(list)
        for entry in self.journal.ledger.entries:
            for posting in entry.postings:
                moved[posting.path, posting.currency].append((entry.facts.date, posting.units))
        for day, path, number in self.pads:
            later = [one for one in self.balances if one[1] == path and one[0] > day]
            if not later:
                continue
            on, _path, value, commodity, _line = min(later, key=lambda one: one[0])
            code = self.journal.currency(commodity)
            self.journal.ledger.count(2)
            if not code:
                self.build.problem(number, f"“{commodity}” is no currency", f"{day} pad {path}")
                continue
            before = sum((units for date, units in moved[path, code] if date < on), Fraction(0))
            self.journal.ledger.opening(path, code, day, minor(value - before, code), number)


def _take(lots: list[list], units: Fraction, only: Fraction | None = None) -> list[tuple]:
    """Take `units` from the oldest lots (of cost `only`); what was taken."""
    taken = []
    for lot in lots:
        if units and (only is None or lot[1] == only):
            part = min(lot[0], units)
            taken.append((part, lot[1], lot[2]))
            lot[0] -= part
            units -= part
    lots[:] = [lot for lot in lots if lot[0]]
    return taken


def _logical_lines(text: str):
    """Lines with their numbers; a string that goes on over several is one."""
    held, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if held:
            held = f"{held}\n{line}"
            if number - start > _MAX_STRING_LINES:
                raise UnreadableFile(f"Line {start}: a quotation mark opens and does not close.")
        else:
            held, start = line, number
        code = held.partition(";")[0] if held.partition(";")[0].count('"') % 2 == 0 else held
        if _DATED.match(held.lstrip()) and len(re.findall(r'(?<!\\)"', code)) % 2:
            continue
        yield start, held
        held = ""
    if held:
        yield start, held


def _plain(text: str) -> str:
    return " ".join(text.replace('\\"', '"').replace("\\\\", "\\").split())


def _amount(text: str) -> tuple[Fraction, str, str]:
    """Number, commodity and what follows. Raises ValueError."""
    match = _AMOUNT.match(text)
    if match is None:
        raise ValueError("no number")
    return calculate(match["sum"]), match["code"] or "", text[match.end() :].strip()


def _fill(posting: JournalPosting, text: str) -> None:
    """Amount, cost and price of a posting."""
    if not text[0].isdigit() and text[0] not in "-+(.":
        return  # a currency alone, its number to be inferred
    posting.number, posting.commodity, rest = _amount(text)
    cost, is_total = "", False
    if rest.startswith("{"):
        is_total = rest.startswith("{{")
        close = rest.find("}")
        if close < 0:
            raise ValueError("a bracket does not close")
        cost, rest = rest[: close + 1].strip("{} "), rest[close + 1 :].lstrip("} ")
        posting.rate = _cost(cost, is_total, posting.number)
    elif rest.startswith("@"):
        total = rest.startswith("@@")
        if price := rest.lstrip("@").strip():
            number, code, _rest = _amount(price)
            posting.rate = Rate(abs(number) if total else number, code, total)


def _cost(text: str, is_total: bool, units: Fraction) -> Rate:
    for piece in text.split(","):
        if not re.match(r"\s*[\d.(+-]", piece) or re.match(r"\s*\d{4}-\d\d", piece):
            continue
        if "#" in piece:  # so much each, and so much in all
            each, _, fixed = piece.partition("#")
            more, code, _rest = _amount(fixed)
            one = _amount(f"{each} X")[0] if each.strip() else Fraction(0)
            return Rate(one * abs(units) + more, code, is_total=True)
        number, code, _rest = _amount(piece)
        return Rate(number, code, is_total)
    return Rate(Fraction(0), "{}")


_TOKEN = re.compile(r"\s*(\d[\d,]*\.?\d*|\.\d+|[-+*/()])")


def calculate(text: str) -> Fraction:
    """A sum such as (10.00 + 5) / 3. Raises ValueError and ZeroDivisionError."""
    if len(text) > 200:
        raise ValueError("too long")
    words, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError("not a sum")
        words.append(match[1])
        at = match.end()
    value = _sum(words)
    if words:
        raise ValueError("not a sum")
    return value


def _sum(words: list[str]) -> Fraction:
    value = _product(words)
    while words and words[0] in "+-":
        sign = words.pop(0)
        value = value + _product(words) if sign == "+" else value - _product(words)
    return value


def _product(words: list[str]) -> Fraction:
    value = _factor(words)
    while words and words[0] in "*/":
        sign = words.pop(0)
        value = value * _factor(words) if sign == "*" else value / _factor(words)
    return value


def _factor(words: list[str]) -> Fraction:
    if not words:
        raise ValueError("not a sum")
    word = words.pop(0)
    if word in "+-":
        return _factor(words) * (1 if word == "+" else -1)
    if word == "(":
        value = _sum(words)
        if not words or words.pop(0) != ")":
            raise ValueError("a bracket does not close")
        return value
    return number_of(word)
