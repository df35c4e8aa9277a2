"""A household's book as another program kept it, in a form that is nobody's own. Pure.

Readers fill a `Builder`; `imports.services.moving` moves the `Book` in. Every transaction is a
movement of one account, money in is positive, amounts are minor units of the account's currency.

A transfer comes in one of two ways: two transactions that share a `transfer_id`, or one that says
`transfer_account` and `transfer_amount` (signed, what the other account sees), whose other leg the
move makes. Parts of a split may be legs too.
"""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from core.money import CURRENCIES, MAX_MINOR
from imports.parsers.base import raw as short
from ledger.statement_line import Problem

CODES = frozenset(CURRENCIES)
WARNINGS_KEPT = 100
TWINS = 100
"""How many equal transfers of one day are told apart."""
PENDING, RECONCILED = "pending", "reconciled"
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


@dataclass(slots=True)
class BookAccount:
    """A place where money is."""

    name: str
    currency: str = ""
    """ISO 4217, "" when the program does not say."""
    kind_hint: str = ""
    """One of ledger's kinds of account, or ""."""
    opening_balance: int = 0
    opened_on: dt.date | None = None
    is_closed: bool = False
    closed_on: dt.date | None = None
    """None for a closed one: on its last day."""
    is_off_budget: bool = False
    number: str = ""
    institution: str = ""
    title: str = ""
    """What it is called, where `name` had to be told apart from another one's."""
    home_id: int | None = None
    """Its number in the household `Book.home`."""


@dataclass(frozen=True, slots=True)
class BookCategory:
    """What money was for."""

    name: str
    group: str = ""
    is_income: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class BookPart:
    """A piece of a split."""

    amount: int
    category: str = ""
    group: str = ""
    notes: str = ""
    payee: str = ""
    tags: tuple[str, ...] = ()
    transfer_account: str = ""
    transfer_amount: int | None = None
    transfer_id: str = ""


@dataclass(frozen=True, slots=True)
class BookTransaction:
    """One movement of one account."""

    account: str
    date: dt.date
    amount: int
    payee: str = ""
    description: str = ""
    """Raw text of the bank, where the program kept it."""
    notes: str = ""
    category: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    parts: tuple[BookPart, ...] = ()
    transfer_account: str = ""
    transfer_amount: int | None = None
    transfer_id: str = ""
    status: str = ""
    """ "pending" when the bank has not settled it, "cleared", "reconciled" or ""."""
    external_id: str = ""
    """The program's own number, else made from the content by `Builder.finish`."""
    line: int = 0
    refund_of: str = ""
    """The external id of the expense that it gives back."""
    known_as: tuple[tuple[str, str], ...] = ()
    """Source and external id by which files and banks know it."""


@dataclass(frozen=True, slots=True)
class BookBudget:
    """What was planned for one category in one month."""

    month: dt.date
    category: str
    group: str
    amount: int


@dataclass
class Book:
    """All that a file said."""

    program: str
    accounts: list[BookAccount] = field(default_factory=list)
    categories: list[BookCategory] = field(default_factory=list)
    transactions: list[BookTransaction] = field(default_factory=list)
    budgets: list[BookBudget] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    """What the file leaves open and a person has to say; the book is read by the likelier answer."""
    tags: list[str] = field(default_factory=list)
    """Those that nothing may carry, too."""
    is_exact: bool = False
    """The book is one of ours: every row comes as it is, nothing is made tidy."""
    home: str = ""
    """Of an exact book, the code of the household that it is from."""
    tally: Counter = field(default_factory=Counter)
    """What was read in the program's own terms: "transactions", "postings", "openings"…"""

    @property
    def span(self) -> tuple[dt.date, dt.date] | None:
        """First and last day."""
        days = [row.date for row in self.transactions]
        return (min(days), max(days)) if days else None


class Builder:
    """Collects a Book: every name once, every row accounted for."""

    def __init__(self, program: str, currency: str = "", date_order: str = "") -> None:
        """`date_order` ("dmy" or "mdy") decides where a file cannot."""
        self.book = Book(program)
        self.currency, self.date_order = currency, date_order
        self._accounts: dict[str, BookAccount] = {}
        self._categories: dict[tuple[str, str], BookCategory] = {}
        self._openings: list[BookTransaction] = []
        self._warned: set[str] = set()

    def account(self, name: str, currency: str = "", **facts) -> BookAccount:
        """The account called `name`, made when it is new."""
        name = clean(name) or "Account"
        found = self._accounts.get(name)
        if found is None:
            found = BookAccount(name, currency or self.currency, **facts)
            if not found.kind_hint:
                found.kind_hint = kind_of(name)
            self._accounts[name] = found
            self.book.accounts.append(found)
        return found

    def category(
        self, name: str, group: str = "", *, is_income: bool = False, is_archived: bool = False
    ) -> tuple[str, str]:
        """Name and group of a category as the rows state it; made when it is new."""
        name, group = clean(name), clean(group)
        if not name:
            return "", ""
        if (name, group) not in self._categories:
            made = BookCategory(name, group, is_income, is_archived)
            self._categories[name, group] = made
            self.book.categories.append(made)
        return name, group

    def add(self, row: BookTransaction) -> None:
        """A movement. One that the ledger cannot hold becomes a problem."""
        amounts = (row.amount, row.transfer_amount or 0, *(part.amount for part in row.parts))
        if any(abs(amount) > MAX_MINOR for amount in amounts):
            self.problem(row.line, "the amount is too large", row.payee or row.description)
        elif not FIRST_DAY <= row.date < LAST_DAY:
            self.problem(row.line, "the date is out of range", f"{row.date} {row.payee}")
        else:
            self.book.transactions.append(self._sound(row))

    def opening(self, row: BookTransaction) -> None:
        """What was on an account before its first movement."""
        if abs(row.amount) > MAX_MINOR:
            self.problem(row.line, "the amount is too large", row.payee)
            return
        self._openings.append(row)

    def budget(self, month: dt.date, category: str, group: str, amount: int) -> None:
        """A plan; nothing planned is no plan."""
        if amount and category:
            self.book.budgets.append(BookBudget(month.replace(day=1), category, group, amount))

    def problem(self, line: int, reason: str, text: object = "") -> None:
        """A row that could not be read."""
        self.book.problems.append(Problem(line, reason, short(str(text))))

    def warn(self, text: str) -> None:
        """A sentence for people, said once."""
        if text not in self._warned and len(self._warned) < WARNINGS_KEPT:
            self._warned.add(text)
            self.book.warnings.append(text)

    def finish(self) -> Book:
        """The book, with openings settled and every row identified."""
        self._settle_openings()
        self.book.transactions = identified(self.book.transactions)
        self.book.tally.setdefault("transactions", len(self.book.transactions))
        return self.book

    def _sound(self, row: BookTransaction) -> BookTransaction:
        """One part is no split; parts that miss the whole get their remainder as a part."""
        if not row.parts or self.book.is_exact:
            return row
        parts = [part for part in row.parts if part.amount or part.transfer_account]
        rest = row.amount - sum(part.amount for part in parts)
        if rest and parts:
            self.warn("Parts of a split that do not add up: the remainder has no category.")
            parts.append(BookPart(rest))
        if len(parts) > 1:
            return replace(row, parts=tuple(parts))
        if not parts:
            return replace(row, parts=())
        only = parts[0]
        return replace(
            row,
            parts=(),
            category=only.category,
            group=only.group,
            notes=joined(row.notes, only.notes),
            payee=row.payee or only.payee,
            tags=tuple(dict.fromkeys((*row.tags, *only.tags))),
            transfer_account=only.transfer_account,
            transfer_amount=only.transfer_amount,
            transfer_id=only.transfer_id,
        )

    def _settle_openings(self) -> None:
        first: dict[str, dt.date] = {}
        for row in self.book.transactions:
            first[row.account] = min(row.date, first.get(row.account, row.date))
            if row.transfer_account and row.transfer_amount is not None:
                other = row.transfer_account
                first[other] = min(row.date, first.get(other, row.date))
        for row in self._openings:
            account = self.account(row.account)
            if row.date > first.get(account.name, row.date):
                # Money that was there later is not what the account began with.
                self.add(row)
                continue
            self.book.tally["openings"] += 1
            account.opening_balance += row.amount
            account.opened_on = min(row.date, account.opened_on or row.date)


def clean(text: object) -> str:
    """One line without blanks at its ends."""
    return " ".join(str(text or "").split())


def joined(*texts: str) -> str:
    """Different texts, one under the other."""
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text and text.strip()))


def identified(rows: Iterable[BookTransaction]) -> list[BookTransaction]:
    """Rows without a number of the program's get one from their content and how often it occurs.

    Only from what people seldom change in the other program: not from category, tags or notes. A
    number that stands twice on one account does not identify.
    """
    rows = list(rows)
    twice = {
        key
        for key, count in Counter((row.account, row.external_id) for row in rows).items()
        if count > 1
    }
    seen: Counter[str] = Counter()
    result = []
    for row in rows:
        if row.external_id and (row.account, row.external_id) not in twice:
            result.append(row)
            continue
        facts = (row.account, row.date, row.amount, row.payee, row.description, row.external_id)
        text = "\x00".join(" ".join(str(fact).split()).casefold() for fact in facts)
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
        seen[digest] += 1
        result.append(replace(row, external_id=f"{digest}:{seen[digest]}"))
    return result


def pair_transfers(
    rows: list[BookTransaction], *, days: int = 0, must_name: bool = True
) -> list[BookTransaction]:
    """Give the two rows of each transfer one `transfer_id`: opposite amounts, nearest day first.

    With `must_name`, each row's `transfer_account` is the other's account; else every row that has
    one set (to anything) is a candidate for any other account.
    """
    waiting: dict[tuple, list[int]] = defaultdict(list)
    pairs: list[tuple[int, int, int]] = []
    for n, row in enumerate(rows):
        if not row.transfer_account or row.transfer_id or row.transfer_amount is not None:
            continue
        ends = (row.transfer_account, row.account) if must_name else ()
        for apart in range(-days, days + 1) if row.amount else ():
            day = row.date.toordinal() + apart
            for other in waiting.get((*ends, -row.amount, day), ()):
                if rows[other].account != row.account:
                    pairs.append((abs(apart), other, n))
        mine = (row.account, row.transfer_account) if must_name else ()
        bucket = waiting[(*mine, row.amount, row.date.toordinal())]
        if len(bucket) < TWINS:
            bucket.append(n)
    result = list(rows)
    used: set[int] = set()
    for _apart, first, second in sorted(pairs):
        if used & {first, second}:
            continue
        used |= {first, second}
        for n in (first, second):
            result[n] = replace(result[n], transfer_id=f"pair-{first}")
    return result


def whole_of(rows: list[BookTransaction]) -> BookTransaction:
    """One transaction of the rows that are its parts."""
    payees = [row.payee for row in rows if not row.transfer_account]
    main = payees[0] if payees else rows[0].payee
    parts = tuple(
        BookPart(
            amount=row.amount,
            category=row.category if payees else "",
            group=row.group if payees else "",
            notes=row.notes,
            payee=row.payee if row.payee != main else "",
            transfer_account=row.transfer_account,
            transfer_id=row.transfer_id,
        )
        for row in rows
    )
    return replace(
        rows[0],
        amount=sum(row.amount for row in rows),
        payee=main,
        notes="",
        category="",
        group="",
        parts=parts,
        transfer_account="",
        transfer_id="",
    )


_KINDS = (
    ("credit_card", "credit card,visa,mastercard,amex,kreditkarte,carte de credit"),
    ("savings", "saving,sparkonto,tagesgeld,epargne,ahorro"),
    ("cash", "cash,wallet,petty,bargeld,portemonnaie,especes,efectivo"),
    ("loan", "loan,mortgage,kredit,darlehen,hypothek"),
    ("investment", "invest,broker,401k,ira,stock,pension,retirement,depot,isa"),
    ("property", "house,real estate,property"),
)


def kind_of(name: str) -> str:
    """What kind of account a name sounds like, "" when it says nothing."""
    text = f" {name.casefold()} "
    for kind, words in _KINDS:
        if any(word in text if len(word) > 3 else f" {word} " in text for word in words.split(",")):
            return kind
    return ""
