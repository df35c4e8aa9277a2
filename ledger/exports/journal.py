"""What both journals of plain text accounting are made of: entries whose postings sum to nothing.

Beancount and hledger differ in spelling only. A transfer is one entry with both accounts; a split is
one entry with a posting for each part. Pending rows are in it, marked `!`: the balances of accounts
here count them, too.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.money import to_decimal
from ledger.exports.rows import Book, Leg, Row, next_day
from ledger.models import Account, CategoryKind, Status

OPENING = "opening"
IN_TRANSIT = "transit"
"""Keys of the two accounts that are nobody's: where balances come from, and where the one side of a
transfer waits whose other side is on another page than the one exported."""

Key = tuple[str, int] | tuple[str, str]
"""("account", number), ("category", number), ("income" or "expense", "") without a category, and
("equity", OPENING or IN_TRANSIT)."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry. `cost` is the amount (>= 0) and currency that the other side has, where it
    has another currency than this line's."""

    key: Key
    amount: int
    currency: str
    date: dt.date | None = None
    """Where it differs from the entry's."""
    note: str = ""
    cost: tuple[int, str] | None = None

    @property
    def money(self) -> str:
        return money(self.amount, self.currency)


@dataclass(slots=True)
class Entry:
    """A transaction of a journal."""

    date: dt.date
    is_pending: bool
    payee: str
    text: str
    postings: list[Posting]
    own_id: str = ""
    other_id: str = ""
    notes: str = ""
    state: str = ""
    tag_ids: list[int] = field(default_factory=list)


def money(amount: int, currency: str) -> str:
    """Minor units as journals write them: "-12.34 EUR", "500 JPY"."""
    return f"{to_decimal(amount, currency):f} {currency}"


def category_key(category_id: int | None, amount: int) -> Key:
    """Where money without a category comes from or goes to is told by its sign."""
    if category_id is not None:
        return ("category", category_id)
    return (CategoryKind.INCOME.value if amount > 0 else CategoryKind.EXPENSE.value, "")


class Journal:
    """The entries of a book, oldest first, and the balances that they come to."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.chosen = {account.pk for account in book.accounts}
        self.totals: dict[int, int] = defaultdict(int)
        """Minor units by account, of what was written so far. Complete after `entries`."""
        first = book.first or (book.span[0] if book.span else book.household.today())
        openings = [a.opened_on for a in book.accounts if a.opened_on]
        self.start = first if book.first else min([first, *openings])
        """The day of the opening balances: not after any entry."""

    @property
    def end(self) -> dt.date:
        """The day after the last entry, when the balances are asserted."""
        last = self.book.span[1] if self.book.span else self.start
        return next_day(max(last, self.book.last or last))

    @property
    def currencies(self) -> list[str]:
        return sorted({account.currency for account in self.book.all_accounts.values()})

    def openings(self) -> Iterator[Entry]:
        """What the accounts begin with; nothing for a book that is not complete."""
        if not self.book.is_complete:
            return
        for account in self.book.accounts:
            amount = self.book.opening_balances[account.pk]
            self.totals[account.pk] += amount
            if amount:
                postings = [
                    Posting(("account", account.pk), amount, account.currency),
                    Posting(("equity", OPENING), -amount, account.currency),
                ]
                yield Entry(self.start, False, "", "Opening balance", postings)

    def entries(self) -> Iterator[Entry]:
        """One for each row, but only one for the two rows of a transfer."""
        for row in self.book.rows():
            self.totals[row.account_id] += row.amount
            other = row.other
            if other is None or not self._in_one(other):
                yield self._plain(row)
            elif not other.is_here or (row.date, row.pk) < (other.date, other.pk):
                yield self._transfer(row, other)

    def closings(self) -> Iterator[tuple[Account, int]]:
        """(account, minor units) at the end of a complete book."""
        if self.book.is_complete:
            for account in self.book.accounts:
                yield account, self.totals[account.pk]

    def _in_one(self, other: Leg) -> bool:
        # The other row of an account that is in the book, but not of these days, would break its balance.
        return other.is_here or other.account_id not in self.chosen or not self.book.is_complete

    def _plain(self, row: Row) -> Entry:
        currency = self.book.currency_of(row)
        postings = [Posting(("account", row.account_id), row.amount, currency)]
        if row.transfer_id:
            postings.append(Posting(("equity", IN_TRANSIT), -row.amount, currency))
        else:
            for piece in row.pieces:
                key = category_key(piece.category_id, piece.amount)
                note = ": ".join(text for text in (piece.payee, piece.notes) if text)
                postings.append(Posting(key, -piece.amount, currency, note=note))
        rest = -sum(posting.amount for posting in postings)
        if rest:  # parts that do not add up: check_ledger says so; the journal stays one
            postings.append(Posting(category_key(None, -rest), rest, currency))
        return self._entry(row, postings, row.is_pending)

    def _transfer(self, row: Row, other: Leg) -> Entry:
        mine, theirs = self.book.currency_of(row), self.book.currency_of(other)
        cost = (abs(other.amount), theirs) if mine != theirs else None
        postings = [
            Posting(("account", row.account_id), row.amount, mine, cost=cost),
            Posting(
                ("account", other.account_id),
                other.amount,
                theirs,
                date=other.date if other.date != row.date else None,
                note=other.description if other.description != row.description else "",
            ),
        ]
        rest = -(row.amount + other.amount)
        if cost is None and rest:
            postings.append(Posting(("equity", IN_TRANSIT), rest, mine))
        is_pending = row.is_pending or other.status == Status.PENDING
        entry = self._entry(row, postings, is_pending)
        entry.other_id = row.own_id.rpartition("-")[0] + f"-{other.pk}"
        return entry

    def _entry(self, row: Row, postings: list[Posting], is_pending: bool) -> Entry:
        tag_ids = {*row.tag_ids, *(tag for part in row.parts for tag in part.tag_ids)}
        return Entry(
            date=row.date,
            is_pending=is_pending,
            payee=row.payee,
            text=row.description,
            postings=postings,
            own_id=row.own_id,
            notes=row.notes,
            state="reconciled" if row.is_reconciled else "",
            tag_ids=sorted(tag_ids),
        )
