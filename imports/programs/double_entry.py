"""From double entry to movements: what GnuCash and the text ledgers have in common. Pure.

There a transaction is a list of postings that sum to nothing; some are on accounts where money is,
some on categories. Here it becomes one row for each account of money: categories are what it was
for, several of them the parts of a split, other accounts of money the other side of transfers.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from core.money import exponent
from imports.programs.book import BookPart, BookTransaction, Builder, joined

MONEY, CATEGORY, OPENING, EQUITY = "money", "category", "opening", "equity"


@dataclass(slots=True)
class Posting:
    """One line of a transaction."""

    kind: str
    path: str
    """The account's name with those above it, parted by colons."""
    units: Fraction
    """What the account sees, in `currency`."""
    currency: str
    weight: Fraction
    """What it counts in the transaction's balance."""
    is_income: bool = False
    notes: str = ""
    tags: tuple[str, ...] = ()


@dataclass
class Entry:
    """A transaction: facts of the whole, and its postings."""

    facts: BookTransaction
    currency: str
    """Of the weights."""
    postings: list[Posting] = field(default_factory=list)


def minor(value: Fraction, currency: str) -> int:
    """Whole units as minor units, rounded half to even."""
    return round(value * 10 ** exponent(currency))


class Ledger:
    """Collects entries, then names the accounts and writes the movements."""

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.entries: list[Entry] = []
        self._openings: list[tuple] = []
        self.facts: dict[str, dict] = {}
        """What is known of accounts by path: kind_hint, is_closed, number."""

    def count(self, postings: int) -> None:
        """Count a transaction in the program's own terms."""
        self.build.book.tally["transactions"] += 1
        self.build.book.tally["postings"] += postings

    def add(self, entry: Entry) -> None:
        """Take a transaction whose postings balance."""
        self.entries.append(entry)

    def opening(self, path: str, currency: str, day: dt.date, amount: int, line: int) -> None:
        """What an account began with, in minor units."""
        self._openings.append((path, currency, day, amount, line))

    def finish(self) -> None:
        """Write everything to the builder."""
        self.build.book.tally.setdefault("transactions", 0)
        used = {MONEY: set(), CATEGORY: set()}
        currencies: dict[str, set[str]] = defaultdict(set)
        for entry in self.entries:
            for posting in entry.postings:
                used.setdefault(posting.kind, set()).add(posting.path)
                if posting.kind == MONEY:
                    currencies[posting.path].add(posting.currency)
        for path, currency, *_rest in self._openings:
            used[MONEY].add(path)
            currencies[path].add(currency)
        self.currencies = currencies
        self.names = short_names(used[MONEY] | self.facts.keys())
        self.parents = {path.rsplit(":", 1)[0] for path in used[CATEGORY] if ":" in path}
        for entry in self.entries:
            self._write(entry)
        for path, currency, day, amount, line in self._openings:
            zero = Fraction(0)
            account = self._account(Posting(MONEY, path, zero, currency, zero))
            self.build.opening(BookTransaction(account, day, amount, line=line))

    def _account(self, posting: Posting) -> str:
        label = self.names[posting.path]
        if len(self.currencies[posting.path]) > 1:
            label = f"{label} {posting.currency}"
        facts = {key: value for key, value in self.facts.get(posting.path, {}).items() if value}
        if "kind_hint" not in facts and posting.path.lower().startswith("liabilit"):
            facts["kind_hint"] = _debt(posting.path)
        return self.build.account(label, posting.currency, **facts).name

    def _category(self, posting: Posting) -> dict[str, str]:
        if posting.kind != CATEGORY:
            return {"category": "", "group": ""}
        rest = posting.path.split(":")[1:] or [posting.path]
        if len(rest) > 1:
            name, group = ": ".join(rest[1:]), rest[0]
        else:
            name, group = rest[0], rest[0] if posting.path in self.parents else ""
        name, group = self.build.category(name, group, is_income=posting.is_income)
        return {"category": name, "group": group}

    def _write(self, entry: Entry) -> None:
        money = _merged(posting for posting in entry.postings if posting.kind == MONEY)
        others = [one for one in entry.postings if one.kind != MONEY and one.weight]
        if not money:
            if others:
                self.build.book.tally["without money"] += 1
                self.build.warn("Transactions between categories alone move no money: left out.")
            return
        if others and all(one.kind == OPENING for one in others):
            for number, posting in enumerate(money):
                self.build.opening(self._row(entry, posting, number, ()))
        elif len(money) > 1 and _one_way(money, others):
            for number, (posting, share) in enumerate(_shares(money, others)):
                self.build.add(self._row(entry, posting, number, share))
        else:
            main = max(money, key=lambda one: (one.currency == entry.currency, abs(one.weight)))
            rest = [one for one in money if one is not main]
            self.build.add(self._row(entry, main, 0, [*others, *rest]))

    def _row(self, entry: Entry, posting: Posting, number: int, others: Iterable[Posting]):
        facts = entry.facts
        amount = minor(posting.units, posting.currency)
        factor = Fraction(10 ** exponent(posting.currency))
        if posting.weight:
            factor = posting.units / posting.weight * factor
        parts = [self._part(one, factor) for one in others]
        # Rates leave a cent or two; that belongs to the largest part.
        rest = amount - sum(part.amount for part in parts)
        if parts and 0 < abs(rest) <= len(parts):
            largest = max(range(len(parts)), key=lambda n: abs(parts[n].amount))
            parts[largest] = replace(parts[largest], amount=parts[largest].amount + rest)
        return replace(
            facts,
            account=self._account(posting),
            amount=amount,
            notes=joined(facts.notes, posting.notes),
            tags=tuple(dict.fromkeys((*facts.tags, *posting.tags))),
            parts=tuple(parts),
            external_id=f"{facts.external_id}:{number}"
            if number and facts.external_id
            else facts.external_id,
        )

    def _part(self, posting: Posting, factor: Fraction) -> BookPart:
        facts = {"notes": posting.notes, "tags": posting.tags}
        amount = round(-posting.weight * factor)
        if posting.kind != MONEY:
            return BookPart(amount, **self._category(posting), **facts)
        return BookPart(
            amount,
            transfer_account=self._account(posting),
            transfer_amount=minor(posting.units, posting.currency),
            **facts,
        )


def _merged(postings: Iterable[Posting]) -> list[Posting]:
    """One posting an account and currency; those that move nothing go."""
    found: dict[tuple[str, str], Posting] = {}
    for posting in postings:
        key = (posting.path, posting.currency)
        if key not in found:
            found[key] = replace(posting)
            continue
        same = found[key]
        same.units += posting.units
        same.weight += posting.weight
        same.notes = joined(same.notes, posting.notes)
        same.tags = tuple(dict.fromkeys((*same.tags, *posting.tags)))
    return [one for one in found.values() if minor(one.units, one.currency)]


def _one_way(money: list[Posting], others: list[Posting]) -> bool:
    """Several accounts that pay together (or are paid), for categories that all go the other way."""
    signs = {one.weight > 0 for one in money}
    against = {one.weight > 0 for one in others}
    return len(signs) == 1 and len(against) == 1 and signs != against


def _shares(money: list[Posting], others: list[Posting]):
    """Each account with the categories that it pays, in the order of the file."""
    waiting = [replace(one) for one in others]
    for posting in money[:-1]:
        need, share = -posting.weight, []
        while waiting and need:
            first = waiting[0]
            taken = min(need, first.weight, key=abs)
            share.append(replace(first, weight=taken))
            need -= taken
            first.weight -= taken
            if not first.weight:
                waiting.pop(0)
        yield posting, share
    yield money[-1], waiting


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """The last part of each path, with as much before it as tells it from all others."""
    paths = sorted(set(paths))
    result, open_paths, length = {}, paths, 1
    while open_paths:
        tails = {path: " ".join(path.split(":")[-length:]) for path in open_paths}
        count = Counter(name.casefold() for name in tails.values())
        taken = {name.casefold() for name in result.values()}
        again = []
        for path, name in tails.items():
            alone = count[name.casefold()] == 1 and name.casefold() not in taken
            if alone or length > path.count(":"):
                result[path] = name if alone else path
            else:
                again.append(path)
        open_paths, length = again, length + 1
    return result


def _debt(path: str) -> str:
    text = path.casefold()
    return "loan" if any(word in text for word in ("loan", "mortgage", "debt")) else "credit_card"
