"""Paying off debts, month by month, to the minor unit. Pure: integers in, integers out.

Each month: interest = balance × rate ÷ 12 ÷ 100, rounded half to even to the minor unit and added;
then the payment is taken off. docs/explanation/debts.md has the formulas and where they are from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

MAX_MONTHS = 1200
"""What takes longer than a hundred years is never paid off."""
TOO_MUCH = 10**18
"""Nor is what grows beyond this; no payment that the ledger takes covers its interest."""

SNOWBALL, AVALANCHE = "snowball", "avalanche"


@dataclass(frozen=True, slots=True)
class Loan:
    """A debt as it stands: `balance` in minor units, `rate` in per cent a year.

    The least payment of a month is `minimum`; with `percent` it is that part of what is owed once
    interest is added, and at least `minimum`.
    """

    key: int
    balance: int
    rate: Decimal
    minimum: int
    percent: Decimal | None = None

    def interest(self, balance: int) -> int:
        """A month's interest on `balance`."""
        return part_of(balance, self.rate, 1200)

    def least(self, owed: int) -> int:
        """The least payment of a month in which `owed` is owed, interest included."""
        due = self.minimum
        if self.percent is not None:
            due = max(due, part_of(owed, self.percent, 100))
        return min(due, owed)


@dataclass(frozen=True, slots=True)
class Row:
    """One month of one debt: interest was added, the payment taken off, `balance` is left."""

    month: int
    interest: int
    payment: int
    balance: int

    @property
    def principal(self) -> int:
        """What of the payment made the debt smaller; below zero when interest was more."""
        return self.payment - self.interest


@dataclass(frozen=True, slots=True)
class Plan:
    """How debts are paid off. Months are counted from 1, the first payment."""

    rows: Mapping[int, Sequence[Row]]
    """By debt, up to the month that it is paid off in (or in which it is given up)."""
    months: int | None
    """In how many months everything is paid off; None for never."""

    @property
    def interest(self) -> int:
        """All interest, up to the end; of a plan without one it says nothing."""
        return sum(row.interest for rows in self.rows.values() for row in rows)

    @property
    def paid(self) -> int:
        return sum(row.payment for rows in self.rows.values() for row in rows)

    def finished(self, key: int) -> int | None:
        """The month in which this debt is paid off, 0 for one that is none, None for never."""
        rows = self.rows[key]
        if not rows:
            return 0
        return rows[-1].month if rows[-1].balance == 0 else None

    def balance_after(self, month: int) -> int:
        """What is owed in all once `month` is paid (1 or later)."""
        return sum(rows[month - 1].balance for rows in self.rows.values() if len(rows) >= month)


def part_of(amount: int, rate: Decimal, whole: int) -> int:
    """`amount` × `rate` ÷ `whole` in minor units, rounded half to even; exact at any size."""
    numerator, denominator = rate.as_integer_ratio()
    quotient, rest = divmod(amount * numerator, denominator * whole)
    doubled = 2 * rest - denominator * whole
    return quotient + (doubled > 0 or (doubled == 0 and quotient % 2 == 1))


def order_of(loans: Iterable[Loan], order: str) -> list[Loan]:
    """Who gets what is over first: the smallest debt (snowball), or the dearest one (avalanche).

    Ties go the other order's way, so that debts of one rate are paid alike in both.
    """
    if order == AVALANCHE:
        return sorted(loans, key=lambda one: (-one.rate, one.balance, one.key))
    return sorted(loans, key=lambda one: (one.balance, -one.rate, one.key))


def minimum_plan(loans: Iterable[Loan]) -> Plan:
    """Each debt on its own with its least payments, nothing more."""
    rows = {one.key: _alone(one) for one in loans}
    if any(found and found[-1].balance for found in rows.values()):
        return Plan(rows, None)
    return Plan(rows, max((len(found) for found in rows.values()), default=0))


def _alone(loan: Loan) -> list[Row]:
    rows, balance = [], loan.balance
    while 0 < balance < TOO_MUCH and len(rows) < MAX_MONTHS:
        interest = loan.interest(balance)
        payment = loan.least(balance + interest)
        balance += interest - payment
        rows.append(Row(len(rows) + 1, interest, payment, balance))
    return rows


def plan(loans: Iterable[Loan], extra: int = 0, order: str = AVALANCHE, *, once: int = 0) -> Plan:
    """All debts together: each month the sum of the first month's least payments, and `extra`.

    Least payments come first; what is over, which grows by those of debts that are paid off, goes to
    the first of `order`. `once` is added in the first month. Amounts are minor units, >= 0.
    """
    queue = order_of(loans, order)
    balances = {one.key: one.balance for one in queue}
    rows: dict[int, list[Row]] = {one.key: [] for one in queue}
    each_month = extra + sum(one.least(one.balance + one.interest(one.balance)) for one in queue)
    month = 0
    while 0 < sum(balances.values()) < TOO_MUCH and month < MAX_MONTHS:
        month += 1
        _pay(queue, balances, rows, each_month + (once if month == 1 else 0), month)
    return Plan(rows, None if any(balances.values()) else month)


def _pay(
    queue: list[Loan],
    balances: dict[int, int],
    rows: dict[int, list[Row]],
    available: int,
    month: int,
) -> None:
    """One month: interest, least payments, and what is over by the order of `queue`."""
    open_ones = [one for one in queue if balances[one.key]]
    interest = {one.key: one.interest(balances[one.key]) for one in open_ones}
    owed = {one.key: balances[one.key] + interest[one.key] for one in open_ones}
    paid = {one.key: one.least(owed[one.key]) for one in open_ones}
    over = max(0, available - sum(paid.values()))
    for one in open_ones:
        more = min(over, owed[one.key] - paid[one.key])
        paid[one.key] += more
        over -= more
    for one in open_ones:
        key = one.key
        balances[key] = owed[key] - paid[key]
        rows[key].append(Row(month, interest[key], paid[key], balances[key]))


def never_ends(loan: Loan) -> bool:
    """Whether the least payment does not even cover a month's interest."""
    interest = loan.interest(loan.balance)
    return loan.balance > 0 and loan.least(loan.balance + interest) <= interest
