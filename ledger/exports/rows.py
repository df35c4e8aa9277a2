"""What every writer is given: a book of movements, read once, a chunk at a time.

At most six queries for each CHUNK of rows: memory stays the same for a hundred rows and a million.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from django.db.models import Max, Min, Q, QuerySet, Sum

from accounts.models import Household
from ledger.models import Account, Category, Payee, Status, Tag, Transaction, TransactionTag
from ledger.own_id import own_id

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Piece:
    """What carries one category: a part of a split, or the whole of what is not split.

    `amount` is in minor units of the account's currency. `payee` is "" where it is the whole's.
    """

    pk: int
    amount: int
    category_id: int | None
    payee_id: int | None = None
    payee: str = ""
    notes: str = ""
    tag_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """The other side of a transfer. `is_here` says whether it is a row of the same book."""

    pk: int
    account_id: int
    date: dt.date
    amount: int
    status: int
    description: str
    is_here: bool


@dataclass(slots=True)
class Row:
    """One movement on one account. `amount` is in minor units of the account's currency."""

    pk: int
    own_id: str
    account_id: int
    date: dt.date
    amount: int
    status: int
    description: str
    payee_id: int | None
    payee: str
    category_id: int | None
    notes: str
    is_split: bool
    transfer_id: int | None
    refund_of_id: int | None
    source: str
    external_id: str
    tag_ids: tuple[int, ...] = ()
    parts: list[Piece] = field(default_factory=list)
    other: Leg | None = None

    @property
    def is_pending(self) -> bool:
        return self.status == Status.PENDING

    @property
    def is_reconciled(self) -> bool:
        return self.status == Status.RECONCILED

    @property
    def pieces(self) -> list[Piece]:
        """The parts, or the whole as the only one."""
        whole = Piece(self.pk, self.amount, self.category_id)
        return self.parts if self.is_split and self.parts else [whole]


_LEG = "pk account_id date amount status description".split()
_COLUMNS = (
    "pk account_id date amount status description payee_id payee__name category_id notes "
    "is_split transfer_id refund_of_id source external_id"
).split()


@dataclass(frozen=True)
class Book:
    """Movements of one household, and everything that they point to.

    `is_complete`: these are all movements of `accounts` on the days from `first` to `last` (None: from
    the beginning, to the end), so that balances before and after them mean something.
    """

    household: Household
    movements: QuerySet
    accounts: list[Account]
    first: dt.date | None = None
    last: dt.date | None = None
    is_complete: bool = True

    @cached_property
    def all_accounts(self) -> dict[int, Account]:
        """Every account of the household by number: transfers lead to those left out, too."""
        return {a.pk: a for a in Account.objects.for_household(self.household)}

    @cached_property
    def categories(self) -> dict[int, Category]:
        """Every category with its group, by number."""
        return {c.pk: c for c in Category.objects.for_household(self.household)}

    @cached_property
    def tags(self) -> dict[int, Tag]:
        return {t.pk: t for t in Tag.objects.filter(household=self.household)}

    @cached_property
    def span(self) -> tuple[dt.date, dt.date] | None:
        """The days of the first and the last row; None when there is no row."""
        found = self.movements.order_by().aggregate(first=Min("date"), last=Max("date"))
        return (found["first"], found["last"]) if found["first"] else None

    @cached_property
    def opening_balances(self) -> dict[int, int]:
        """What was on each of `accounts` before the first row, in minor units."""
        moved = {}
        if self.first is not None:
            moved = self._sums(Q(date__lt=self.first))
        return {a.pk: a.opening_balance + moved.get(a.pk, 0) for a in self.accounts}

    @cached_property
    def closing_balances(self) -> dict[int, int]:
        """What was on each of `accounts` at the end of the book's last day, pending rows and all."""
        moved = self._sums(Q(date__lte=self.last) if self.last else Q())
        return {a.pk: a.opening_balance + moved.get(a.pk, 0) for a in self.accounts}

    def booked_balances(self, day: dt.date) -> dict[int, int]:
        """What was on each of `accounts` at the end of `day`, in minor units, without what is
        pending: the balance that a bank prints."""
        moved = self._sums(Q(date__lte=day) & ~Q(status=Status.PENDING))
        return {a.pk: a.opening_balance + moved.get(a.pk, 0) for a in self.accounts}

    def _sums(self, which: Q) -> dict[int, int]:
        rows = Transaction.objects.for_household(self.household).movements().filter(which)
        return dict(rows.order_by().values_list("account_id").annotate(Sum("amount")))

    @cached_property
    def payees(self) -> QuerySet:
        """The payees of the rows and their parts, by name."""
        rows = self.movements.order_by().values("pk")
        named = Q(pk__in=Transaction.objects.filter(pk__in=rows).values("payee")) | Q(
            pk__in=Transaction.objects.filter(parent__in=rows).values("payee")
        )
        return Payee.objects.for_household(self.household).filter(named)

    def currency_of(self, row: Row | Leg) -> str:
        """ISO 4217 code of the row's amount."""
        return self.all_accounts[row.account_id].currency

    def category_path(self, category_id: int | None) -> tuple[str, str]:
        """(group, category) as people named them, two empty texts for none."""
        category = self.categories.get(category_id)
        return (category.group.name, category.name) if category else ("", "")

    def tag_names(self, ids: Iterable[int]) -> list[str]:
        return sorted(self.tags[pk].name for pk in ids if pk in self.tags)

    def rows(self, account: Account | None = None, *, newest_first: bool = False) -> Iterator[Row]:
        """All rows, or those of one account, oldest first unless told otherwise."""
        movements = self.movements if account is None else self.movements.filter(account=account)
        order = ("-date", "-pk") if newest_first else ("date", "pk")
        iterator = movements.order_by(*order).values_list(*_COLUMNS).iterator(chunk_size=CHUNK)
        while chunk := [self._row(values) for values in islice(iterator, CHUNK)]:
            self._add_parts(chunk)
            self._add_tags(chunk)
            self._add_others(chunk)
            yield from chunk

    def _row(self, values: tuple) -> Row:
        pk, account, date, amount, status, text, payee_id, payee, *rest = values
        number = own_id(self.household.code, pk)
        return Row(pk, number, account, date, amount, status, text, payee_id, payee or "", *rest)

    def _add_parts(self, chunk: list[Row]) -> None:
        split = {row.pk: row for row in chunk if row.is_split}
        if not split:
            return
        found = Transaction.objects.filter(parent__in=split).order_by("pk")
        for parent, pk, amount, category, payee_id, payee, notes in found.values_list(
            *"parent_id pk amount category_id payee_id payee__name notes".split()
        ):
            piece = Piece(pk, amount, category, payee_id, payee or "", notes)
            split[parent].parts.append(piece)

    def _add_tags(self, chunk: list[Row]) -> None:
        if not self.tags:
            return
        ids = [row.pk for row in chunk] + [part.pk for row in chunk for part in row.parts]
        found: dict[int, list[int]] = defaultdict(list)
        for pk, tag in (
            TransactionTag.objects.filter(transaction__in=ids)
            .order_by("tag_id")
            .values_list("transaction_id", "tag_id")
        ):
            found[pk].append(tag)
        for row in chunk:
            row.tag_ids = tuple(found.get(row.pk, ()))
            for number, part in enumerate(row.parts):
                if part.pk in found:
                    row.parts[number] = _tagged(part, tuple(found[part.pk]))

    def _add_others(self, chunk: list[Row]) -> None:
        legs = {row.transfer_id: row for row in chunk if row.transfer_id}
        if not legs:
            return
        found = list(
            Transaction.objects.filter(transfer__in=legs).values_list("transfer_id", *_LEG)
        )
        here = set(self.movements.order_by().filter(transfer__in=legs).values_list("pk", flat=True))
        by_transfer: dict[int, list[tuple]] = defaultdict(list)
        for transfer, *facts in found:
            by_transfer[transfer].append(facts)
        for row in chunk:
            for facts in by_transfer.get(row.transfer_id, ()):
                if facts[0] != row.pk:
                    row.other = Leg(*facts, is_here=facts[0] in here)


def _tagged(part: Piece, tag_ids: tuple[int, ...]) -> Piece:
    return Piece(
        part.pk, part.amount, part.category_id, part.payee_id, part.payee, part.notes, tag_ids
    )


def next_day(day: dt.date) -> dt.date:
    """The day after; the last day that there is stays itself."""
    return day if day == dt.date.max else day + dt.timedelta(days=1)
