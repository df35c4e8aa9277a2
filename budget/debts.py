"""Debts as people see them: what is owed, when it is gone by which plan, and what more would change."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Household
from budget.amortisation import (
    AVALANCHE,
    SNOWBALL,
    Loan,
    Plan,
    Row,
    minimum_plan,
    never_ends,
    plan,
)
from budget.models import Debt
from core.formatting import active_locale, drawn, format_day, format_money, format_month
from core.money import MAX_MINOR
from core.months import Month
from ledger.balances import AccountBalance, account_balances

MINIMUM = "minimum"
CHART_POINTS = 120
ENDLESS_SHOWN = 120
"""Months of a debt that never ends."""


@dataclass(frozen=True, slots=True)
class DebtLine:
    """A debt today. `owed`, `interest` (of a month) and `least` (payment) are minor units, >= 0."""

    debt: Debt
    owed: int
    interest: int
    least: int
    never_ends: bool
    """Whether the least payment does not even cover the interest."""

    @property
    def loan(self) -> Loan:
        return _loan(self.debt, self.owed)

    @property
    def rate(self) -> str:
        """ "3.85 %"."""
        return f"{_decimal(self.debt.rate)} %"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay off all debts of one currency."""

    key: str
    label: str
    plan: Plan
    ends: dict[int, dt.date | None]
    """By debt, the day of its last payment; None for never."""
    free_on: dt.date | None
    """The day of the last payment of all; None for never."""
    saved: int | None
    """Interest less than with least payments only; None where one of them never ends."""

    @property
    def is_endless(self) -> bool:
        return self.plan.months is None

    @property
    def time(self) -> str:
        return words_of_months(self.plan.months)


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year of a debt's payments; amounts are minor units. `months` are (day, row)."""

    year: int
    interest: int
    principal: int
    payment: int
    balance: int
    months: Sequence[tuple[dt.date, Row]]


@dataclass(frozen=True, slots=True)
class Change:
    """What paying more would change."""

    label: str
    sooner: int | None
    """Months; None where there was no end before, or is none now."""
    saved: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Debts:
    """All debts of a household in one currency, and the ways out of them."""

    currency: str
    currencies: Sequence[str]
    lines: Sequence[DebtLine]
    extra: int
    more: int
    ways: Sequence[Way]
    """Least payments only, snowball, avalanche."""
    changes: Sequence[Change]
    unlisted: Sequence[AccountBalance]
    """Accounts that owe something and are no debt here yet."""
    today: dt.date

    @property
    def total(self) -> int:
        return sum(line.owed for line in self.lines)

    @property
    def least(self) -> int:
        return sum(line.least for line in self.lines)

    @property
    def best(self) -> Way:
        return self.ways[-1]

    @property
    def endless(self) -> list[DebtLine]:
        return [line for line in self.lines if line.never_ends]

    @property
    def rows(self) -> list[tuple[DebtLine, list[dt.date | None]]]:
        """(debt, its end in each way) for those that owe something."""
        owing = [line for line in self.lines if line.owed]
        return [(line, [way.ends[line.debt.pk] for way in self.ways]) for line in owing]

    @property
    def is_one_way(self) -> bool:
        """Whether snowball and avalanche come to the same."""
        return self.ways[1].plan == self.ways[2].plan


def _loan(debt: Debt, owed: int) -> Loan:
    return Loan(debt.pk, owed, debt.rate, debt.minimum, debt.minimum_percent)


def payment_day(today: dt.date, day: int, number: int) -> dt.date:
    """The `number`-th (1 is the next) payment after `today` of what is paid on `day` of a month."""
    index = today.year * 12 + today.month - 1
    if _in_month(index, day) <= today:
        index += 1
    return _in_month(index + number - 1, day)


def _in_month(index: int, day: int) -> dt.date:
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def words_of_months(months: int | None) -> str:
    """ "2 years 3 months"; "never" for None."""
    if months is None:
        return _("never")
    years, rest = divmod(months, 12)
    words = []
    if years:
        words.append(ngettext("%(n)s year", "%(n)s years", years) % {"n": years})
    if rest or not years:
        words.append(ngettext("%(n)s month", "%(n)s months", rest) % {"n": rest})
    return " ".join(words)


def debt_lines(
    household: Household, debts: Iterable[Debt], balances: Iterable[AccountBalance]
) -> list[DebtLine]:
    """What each debt owes: its account's balance where it has one, else what was typed."""
    by_account = {item.account.pk: item.balance for item in balances}
    lines = []
    for debt in debts:
        owed = debt.balance
        if debt.account_id is not None:
            owed = max(0, -by_account.get(debt.account_id, 0))
        loan = _loan(debt, owed)
        interest = loan.interest(owed)
        lines.append(DebtLine(debt, owed, interest, loan.least(owed + interest), never_ends(loan)))
    return lines


def household_debts(household: Household, *, extra: int, more: int, currency: str = "") -> Debts:
    """The debts of one currency (the household's, or else the first there is) and their plans.

    `extra` is paid each month beside the least payments; `more` is what "one more payment" is.
    """
    today = household.today()
    balances = account_balances(household, today)
    rows = Debt.objects.for_household(household).select_related("account")
    lines = debt_lines(household, rows, balances)
    currencies = sorted({line.debt.currency for line in lines})
    if currency not in currencies:
        base = household.base_currency
        currency = base if base in currencies or not currencies else currencies[0]
    listed = {line.debt.account_id for line in lines}
    mine = [line for line in lines if line.debt.currency == currency]
    return Debts(
        currency=currency,
        currencies=currencies,
        lines=mine,
        extra=extra,
        more=more,
        ways=ways_of(mine, extra, today),
        changes=_changes(mine, extra, more, currency, today),
        unlisted=[
            item
            for item in balances
            if item.account.is_debt
            and item.balance < 0
            and not item.account.is_closed
            and item.account.pk not in listed
        ],
        today=today,
    )


def ways_of(lines: Sequence[DebtLine], extra: int, today: dt.date) -> list[Way]:
    """Least payments only, snowball and avalanche with `extra` a month."""
    loans = [line.loan for line in lines if line.owed]
    alone = minimum_plan(loans)
    found = (
        (MINIMUM, _("Least payments only"), alone),
        (SNOWBALL, _("Snowball"), plan(loans, extra, SNOWBALL)),
        (AVALANCHE, _("Avalanche"), plan(loans, extra, AVALANCHE)),
    )
    return [_way(key, label, one, alone, lines, today) for key, label, one in found]


def _way(
    key: str, label: str, one: Plan, alone: Plan, lines: Sequence[DebtLine], today: dt.date
) -> Way:
    ends = {
        line.debt.pk: _end(one.finished(line.debt.pk), line.debt, today)
        for line in lines
        if line.owed
    }
    days = list(ends.values())
    saved = None
    if one.months is not None and alone.months is not None:
        saved = alone.interest - one.interest
    free_on = None if None in days else max(days, default=today)
    return Way(key, label, one, ends, free_on, saved)


def _end(month: int | None, debt: Debt, today: dt.date) -> dt.date | None:
    return None if month is None else payment_day(today, debt.payment_day, month)


def _changes(
    lines: Sequence[DebtLine], extra: int, more: int, currency: str, today: dt.date
) -> list[Change]:
    """What `more` would change of the avalanche: paid once, and each month."""
    loans = [line.loan for line in lines if line.owed]
    if not loans or not more:
        return []
    before = plan(loans, extra, AVALANCHE)
    amount = format_money(more, currency)
    after = (
        (_("One payment of %(amount)s more"), plan(loans, extra, AVALANCHE, once=more)),
        (_("%(amount)s more each month"), plan(loans, extra + more, AVALANCHE)),
    )
    return [_change(label % {"amount": amount}, before, one, currency) for label, one in after]


def _change(label: str, before: Plan, after: Plan, currency: str) -> Change:
    if after.months is None:
        return Change(label, None, None, _("You would still never be free of debt."))
    if before.months is None:
        words = _("You would be free of debt after %(time)s.") % {
            "time": words_of_months(after.months)
        }
        return Change(label, None, None, words)
    sooner, saved = before.months - after.months, before.interest - after.interest
    amount = format_money(saved, currency)
    if sooner:
        words = _("Free of debt %(time)s sooner, %(amount)s less interest.") % {
            "time": words_of_months(sooner),
            "amount": amount,
        }
    else:
        words = _("Free of debt in the same month, %(amount)s less interest.") % {"amount": amount}
    return Change(label, sooner, saved, words)


def answer_words(debts: Debts) -> str:
    """The sentence that the page begins with."""
    if not debts.total:
        return _("You owe nothing.")
    if debts.best.free_on is None:
        return _("With these payments you are never free of debt.")
    return _("Free of debt in %(month)s, %(interest)s interest to go.") % {
        "month": format_month(Month.of(debts.best.free_on.year, debts.best.free_on.month)),
        "interest": format_money(debts.best.plan.interest, debts.currency),
    }


def balances_chart(debts: Debts) -> dict:
    """What is owed in all after each month, by avalanche and by snowball. Empty without an end."""
    both = zip(debts.ways[:0:-1], ("accent", "second"), strict=True)  # the first is drawn on top
    ways = [(way, colour) for way, colour in both if not way.is_endless]
    last = max((way.plan.months for way, _colour in ways), default=0)
    if not last:
        return {}
    step = -(-last // CHART_POINTS)
    months = sorted({*range(0, last, step), last})
    start = debts.today.year * 12 + debts.today.month - 1
    series = []
    for way, colour in ways:
        owed = [way.plan.balance_after(month) if month else debts.total for month in months]
        series.append(
            {
                "name": way.label,
                "color": colour,
                "values": [drawn(amount, debts.currency) for amount in owed],
                "texts": [format_money(amount, debts.currency) for amount in owed],
                "urls": [""] * len(owed),
            }
        )
    labels = [format_month(Month(start + month), "LLL y") for month in months]
    return {"labels": labels, "series": series}


def years_of(rows: Sequence[Row], debt: Debt, today: dt.date) -> list[Year]:
    """Payments by calendar year, in order. What never ends is shown for ten years at most."""
    if rows and rows[-1].balance:
        rows = [row for row in rows[:ENDLESS_SHOWN] if row.balance <= MAX_MINOR]
    by_year: dict[int, list[tuple[dt.date, Row]]] = {}
    for row in rows:
        day = payment_day(today, debt.payment_day, row.month)
        by_year.setdefault(day.year, []).append((day, row))
    return [
        Year(
            year,
            sum(row.interest for _day, row in months),
            sum(row.principal for _day, row in months),
            sum(row.payment for _day, row in months),
            months[-1][1].balance,
            months,
        )
        for year, months in by_year.items()
    ]


def _decimal(value: Decimal) -> str:
    """Without zeros at the end, in the reader's locale."""
    return format_decimal(value, locale=active_locale(), decimal_quantization=False)


def debt_note(line: DebtLine) -> str:
    """The least payment in words: "3 % of what is owed, at least €25.00, on the 5th"."""
    debt = line.debt
    minimum = format_money(debt.minimum, debt.currency)
    if debt.minimum_percent is None:
        return _("%(amount)s a month") % {"amount": minimum}
    return _("%(percent)s %% of what is owed, at least %(amount)s") % {
        "percent": _decimal(debt.minimum_percent),
        "amount": minimum,
    }


def due_words(debt: Debt, today: dt.date) -> str:
    """The day of the next payment."""
    return format_day(payment_day(today, debt.payment_day, 1), "d MMM")
