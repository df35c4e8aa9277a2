"""A whole year of a budget: every category by month, budgeted and spent."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household
from budget import envelope
from budget.adjustments import UNSORTED_OUT
from budget.closing import budgeted_in
from budget.house import House, house_of
from budget.models import BudgetAmount
from budget.reading import Activity, read_activity
from core.formatting import drawn, format_money, format_month
from core.months import Month
from ledger.models import Category


@dataclass(frozen=True, slots=True)
class Cell:
    """One category in one month. `spent` is positive for money out (or for income, money in)."""

    month: Month
    budgeted: int
    spent: int

    @property
    def is_over(self) -> bool:
        return self.budgeted > 0 and self.spent > self.budgeted


@dataclass(frozen=True, slots=True)
class Row:
    """One category over the months; without one, money without a category, or a total."""

    category: Category | None
    cells: Sequence[Cell]

    @property
    def budgeted(self) -> int:
        return sum(cell.budgeted for cell in self.cells)

    @property
    def spent(self) -> int:
        return sum(cell.spent for cell in self.cells)

    @property
    def left(self) -> int:
        return self.budgeted - self.spent

    @property
    def is_empty(self) -> bool:
        return not any(cell.budgeted or cell.spent for cell in self.cells)


@dataclass(frozen=True)
class BudgetYear:
    """Amounts are minor units of the household's base currency."""

    year: int
    months: Sequence[Month]
    rows: Sequence[Row]
    total: Row
    income: Row
    currency: str


def budget_year(household: Household, year: int) -> BudgetYear:
    """The year by month and category. Nine queries."""
    first = Month.of(year, 1)
    months = [first + n for n in range(12)]
    house = house_of(household, first.index, months[-1].index)
    cells = _cells(house, months)
    rows, income = [], []
    for key, category in house.categories.items():
        row = Row(category, cells(key))
        (income if house.is_income(key) else rows).append(row)
    rows = [row for row in [*rows, Row(None, cells(UNSORTED_OUT))] if not row.is_empty]
    return BudgetYear(
        year, months, rows, _total(rows, months), _total(income, months), household.base_currency
    )


def _total(rows: Sequence[Row], months: Sequence[Month]) -> Row:
    columns = [
        Cell(
            month,
            sum(row.cells[n].budgeted for row in rows),
            sum(row.cells[n].spent for row in rows),
        )
        for n, month in enumerate(months)
    ]
    return Row(None, columns)


def _cells(house: House, months: Sequence[Month]):
    """A function that gives the cells of a category."""
    indexes = [month.index for month in months]
    first = envelope.year_of(indexes[0])[0]
    amounts = BudgetAmount.objects.filter(
        household=house.household, month__range=(first, indexes[-1])
    )
    budgeted, _within = budgeted_in(amounts, house.calendar, indexes[0], indexes[-1])
    activity: Activity = read_activity(
        house.household, house.calendar, house.accounts, indexes, house.moved
    )
    counted = {index: activity.counted(index) for index in indexes}

    def cells(key: int) -> list[Cell]:
        sign = 1 if house.is_income(key) else -1
        return [
            Cell(month, budgeted[month.index].get(key, 0), sign * counted[month.index].get(key, 0))
            for month in months
        ]

    return cells


def category_history(category: Category, until: Month) -> dict:
    """A chart of the twelve months up to `until`: budgeted and spent (or expected and received)."""
    household = category.household
    months = [until - back for back in range(11, -1, -1)]
    cells = _cells(house_of(household, months[0].index, until.index), months)(category.pk)
    currency = household.base_currency
    urls = [reverse("budget:month", args=[month]) for month in months]
    return {
        "labels": [format_month(month, "LLL") for month in months],
        "series": [
            {
                "name": name,
                "color": color,
                "values": [drawn(amount, currency) for amount in amounts],
                "texts": [format_money(amount, currency) for amount in amounts],
                "urls": urls,
            }
            for name, color, amounts in (
                (_("Budgeted"), "muted", [cell.budgeted for cell in cells]),
                (_("Spent"), "accent", [cell.spent for cell in cells]),
            )
        ],
    }
