"""Transactions of text ledgers, as beancount and hledger have them alike. Pure.

Amounts come as numbers of some commodity, at a cost or a price. Here they get a weight in a currency,
the missing one is inferred, and what stays without a value in any currency becomes a problem.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from imports.parsers.amounts import SYMBOLS
from imports.programs.book import CODES, BookTransaction, Builder
from imports.programs.double_entry import CATEGORY, EQUITY, MONEY, OPENING, Entry, Ledger, Posting

DOLLARS = frozenset("USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP".split())
_MAX_DIGITS = 40


@dataclass(slots=True)
class Rate:
    """What one unit, or with `is_total` all of them, cost."""

    number: Fraction
    commodity: str
    is_total: bool = False


@dataclass(slots=True)
class JournalPosting:
    """One line; `number` None is the amount to infer."""

    path: str
    number: Fraction | None = None
    commodity: str = ""
    rate: Rate | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    line: int = 0

    @property
    def weight(self) -> tuple[Fraction, str]:
        """What it counts, and in what."""
        number = self.number or Fraction(0)
        if self.rate is None:
            return number, self.commodity
        if not self.rate.is_total:
            return number * self.rate.number, self.rate.commodity
        return (-self.rate.number if number < 0 else self.rate.number), self.rate.commodity


@dataclass(slots=True)
class JournalTransaction:
    """A dated entry with its lines."""

    date: dt.date
    line: int
    payee: str = ""
    description: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    status: str = ""
    postings: list[JournalPosting] = field(default_factory=list)


class Unbalanced(ValueError):  # noqa: N818 - it reads as a sentence where it is caught
    """A transaction that has no meaning as it stands."""


class Journal:
    """Takes transactions, gives movements."""

    def __init__(self, build: Builder, kind_of: Callable[[str], tuple[str, bool]]) -> None:
        """`kind_of` tells of an account's path what it is, and whether it is income."""
        self.build, self.kind_of = build, kind_of
        self.ledger = Ledger(build)
        self._codes: dict[str, str] = {}

    def currency(self, commodity: str) -> str:
        """The ISO code of a commodity, "" when it is none."""
        if commodity not in self._codes:
            self._codes[commodity] = self._currency(commodity)
        return self._codes[commodity]

    def _currency(self, commodity: str) -> str:
        if not commodity:
            return self.build.currency or "XXX"
        if commodity == "$":
            return self.build.currency if self.build.currency in DOLLARS else "USD"
        upper = commodity.upper()
        return upper if upper in CODES else SYMBOLS.get(commodity.lower(), "")

    def add(self, row: JournalTransaction) -> None:
        """Take a transaction, or say what is wrong with it."""
        self.ledger.count(len(row.postings))
        try:
            entries = self._entries(row)
        except (Unbalanced, ZeroDivisionError) as error:
            self.build.problem(row.line, str(error), f"{row.date} {row.payee or row.description}")
            return
        for entry in entries:
            self.ledger.add(entry)

    def _entries(self, row: JournalTransaction) -> list[Entry]:
        postings = infer(row.postings)
        weights = self._convert(postings)
        by_currency: dict[str, list[Posting]] = defaultdict(list)
        for posting, (weight, code) in zip(postings, weights, strict=True):
            by_currency[code].append(self._posting(posting, weight, code))
        facts = BookTransaction(
            account="",
            date=row.date,
            amount=0,
            payee=row.payee,
            description=row.description,
            notes=row.notes,
            tags=row.tags,
            status=row.status,
            line=row.line,
        )
        return [Entry(facts, code, found) for code, found in by_currency.items()]

    def _convert(self, postings: list[JournalPosting]) -> list[tuple[Fraction, str]]:
        """Weights in currencies. Raises Unbalanced for what has no value in one."""
        weights = [posting.weight for posting in postings]
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for weight, commodity in weights:
            sums[commodity] += weight
        odd = [commodity for commodity, total in sums.items() if total]
        if len(odd) == 2 and sums[odd[0]] * sums[odd[1]] < 0:
            # Two commodities that do not cancel are one price: so much of this for so much of that.
            known = [one for one in odd if self.currency(one)]
            if known:
                first = known[0]
                second = odd[1] if odd[0] == first else odd[0]
                factor = -sums[first] / sums[second]
                weights = [
                    (weight * factor, first) if commodity == second else (weight, commodity)
                    for weight, commodity in weights
                ]
        result = []
        for weight, commodity in weights:
            code = self.currency(commodity)
            if not code and weight:
                raise Unbalanced(
                    f"“{commodity[:30]}” is no currency, and nothing says what it is worth"
                )
            result.append((weight, code if code != "XXX" else ""))
        named = next((code for weight, code in result if weight), "")
        return [(weight, code if weight else named) for weight, code in result]

    def _posting(self, posting: JournalPosting, weight: Fraction, code: str) -> Posting:
        kind, is_income = self.kind_of(posting.path)
        units, currency = weight, code
        own = self.currency(posting.commodity)
        if kind == MONEY and own and own != "XXX" and posting.number is not None:
            units, currency = posting.number, own
        return Posting(
            kind=kind,
            path=posting.path,
            units=units,
            currency=currency,
            weight=weight,
            is_income=is_income,
            notes=posting.notes,
            tags=posting.tags,
        )


def infer(postings: list[JournalPosting]) -> list[JournalPosting]:
    """The lines with the missing amount filled in. Raises Unbalanced when two are missing."""
    missing = [posting for posting in postings if posting.number is None]
    if len(missing) > 1:
        raise Unbalanced("more than one amount is missing")
    if not missing:
        return postings
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for posting in postings:
        if posting.number is not None:
            weight, commodity = posting.weight
            sums[commodity] += weight
    blank = missing[0]
    filled = [
        JournalPosting(blank.path, -total, commodity, None, blank.notes, blank.tags, blank.line)
        for commodity, total in sums.items()
        if total
    ]
    at = next(n for n, posting in enumerate(postings) if posting is blank)
    return [*postings[:at], *filled, *postings[at + 1 :]]


_ROOTS = {
    MONEY: "assets asset liabilities liability debts debt aktiva passiva vermögen vermoegen "
    "verbindlichkeiten actifs passifs activos pasivos attività passività bank cash",
    EQUITY: "equity eigenkapital capitaux patrimonio",
    CATEGORY: "expenses expense ausgaben aufwand aufwendungen dépenses depenses gastos spese costs",
    "income": "income incomes revenue revenues einnahmen ertrag erträge einkommen revenus ingresos "
    "entrate gains",
}
ROOTS = {word: kind for kind, some in _ROOTS.items() for word in some.split()}
_OPENING = ("opening", "starting", "start", "beginning", "anfang", "eröffnung", "initial")


def kind_by_name(path: str) -> tuple[str, bool] | None:
    """What an account is by the names of its tree, None when they do not say."""
    kind = ROOTS.get(path.split(":")[0].casefold())
    if kind == "income":
        return CATEGORY, True
    if kind == EQUITY:
        return equity_kind(path), False
    return (kind, False) if kind else None


def equity_kind(path: str) -> str:
    """Opening balances, or other equity. An account of equity without children is the former."""
    text = path.casefold()
    return OPENING if ":" not in text or any(word in text for word in _OPENING) else EQUITY


def number_of(text: str, mark: str = ".") -> Fraction:
    """Digits with grouping as a number. Raises ValueError."""
    grouping = "," if mark == "." else "."
    plain = text.replace(grouping, "").replace("'", "").replace(" ", "").replace("\u00a0", "")
    plain = plain.replace(mark, ".").replace("_", "")
    if len(plain) > _MAX_DIGITS or not plain.lstrip("+-").replace(".", "", 1).isdigit():
        raise ValueError(f"“{text[:40]}” is not a number")
    return Fraction(plain)


_TAG = re.compile(
    r"(?:^|(?<=[\s,]))([^\s:,\[\]]+):(?:(?=\s|,|$)|([^,\s:][^,:]*|[^,\s][^,]*))(?:,|$)?"
)
_LEDGER_TAGS = re.compile(r"(?<!\S):((?:[^\s:]+:)+)(?!\S)")


def tags_in(comment: str) -> tuple[list[str], str]:
    """Tags of a comment, and what else it says."""
    comment = comment.strip()
    if not comment or comment.startswith("[="):
        return [], ""
    tags: list[str] = []
    for match in _LEDGER_TAGS.finditer(comment):
        tags += [tag for tag in match[1].split(":") if tag]
    rest = _LEDGER_TAGS.sub(" ", comment)
    for match in _TAG.finditer(rest):
        value = (match[2] or "").strip()
        tags.append(f"{match[1]}: {value}" if value else match[1])
    rest = _TAG.sub(" ", rest)
    return tags, " ".join(rest.split()).strip(" ,")
