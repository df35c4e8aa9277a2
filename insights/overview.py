"""The overview: every figure of the page, each with the explanation it was made with.

Income is the sum of allocations in income categories and of uncategorised money in; spending is
the sum in expense categories and of uncategorised money out, so that a refund lowers the spending of
its category. Transfers, pending rows, accounts off budget and other currencies are left out, counted
and named.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household
from core.explanation import Explanation, Term
from core.formatting import drawn, format_money, format_month
from core.months import Month
from insights.figures import Figure, Overview
from ledger.balances import account_balances, balance_curves
from ledger.models import Category, CategoryKind, CategoryMonth, Flow

MONTHS = 12
TOP = 8


@dataclass(slots=True)
class _Sum:
    amount: int = 0
    count: int = 0

    def add(self, amount: int, count: int) -> None:
        self.amount += amount
        self.count += count


class _Totals:
    """The month totals of a year, sorted into what counts and what does not. One query."""

    def __init__(self, household: Household, categories: dict, last: Month):
        self.income: dict[int, _Sum] = defaultdict(_Sum)
        self.spending: dict[int, _Sum] = defaultdict(_Sum)
        self.by_category: dict[tuple[int, int | None, bool], _Sum] = defaultdict(_Sum)
        self.left_out: dict[tuple[int, str, str], _Sum] = defaultdict(_Sum)
        first = last.index - MONTHS
        rows = (
            CategoryMonth.objects.filter(household=household, month__range=(first, last.index))
            .order_by()
            .values_list(
                *("month", "category_id", "flow", "is_inflow"),
                *("account__is_off_budget", "account__currency"),
            )
            .annotate(total=Sum("amount"), number=Sum("count"))
        )
        for month, category_id, flow, is_inflow, off_budget, currency, amount, count in rows:
            reason = _reason(household, off_budget, currency, flow)
            if reason:
                self.left_out[month, reason, currency].add(amount, count)
                continue
            category = categories.get(category_id)
            is_income = category.group.kind == CategoryKind.INCOME if category else is_inflow
            (self.income if is_income else self.spending)[month].add(amount, count)
            self.by_category[month, category_id, is_income].add(amount, count)


def _reason(household: Household, off_budget: bool, currency: str, flow: int) -> str:
    if flow == Flow.TRANSFER:
        return "transfer"
    if off_budget:
        return "off_budget"
    if currency != household.base_currency:
        return "other_currency"
    return "pending" if flow == Flow.PENDING else ""


def reason_label(reason: str) -> str:
    """Why rows are left out, in words."""
    return {
        "transfer": _("Transfers between your accounts"),
        "off_budget": _("On accounts off budget"),
        "other_currency": _("In another currency"),
        "pending": _("Not settled yet"),
    }[reason]


def overview(household: Household, today: dt.date, month: Month | None = None) -> Overview:
    """Everything the overview shows of `month` (default: the current one). Seven queries."""
    month = month or household.month_of(today)
    balances = account_balances(household, today)
    curves = balance_curves(household, balances, MONTHS)
    categories = {c.pk: c for c in Category.objects.for_household(household)}
    totals = _Totals(household, categories, month)
    page = _Page(household, month, balances, curves, categories, totals)
    return page.overview()


class _Page:
    """Turns totals into figures and charts."""

    def __init__(self, household, month, balances, curves, categories, totals):
        self.household, self.month, self.balances = household, month, balances
        self.curves, self.categories, self.totals = curves, categories, totals
        self.currency = household.base_currency
        self.list_url = reverse("ledger:transaction_list")

    def overview(self) -> Overview:
        income = self.totals.income[self.month.index].amount
        spending = -self.totals.spending[self.month.index].amount
        legend = self._legend()
        return Overview(
            month=self.month,
            answer=self._answer(income - spending),
            figures=[
                self._net_worth(),
                self._flow("income", _("Income"), self.totals.income, 1),
                self._flow("spending", _("Spending"), self.totals.spending, -1),
                self._saving_rate(income, spending),
            ],
            accounts=self._accounts(),
            cash_flow=self._cash_flow(),
            by_category=self._doughnut(legend),
            categories=[row[:4] for row in legend],
            net_worth=self._worth_chart(),
            balances=self.balances,
            category_map=self.categories,
        )

    def money(self, minor: int) -> str:
        return format_money(minor, self.currency)

    def link(self, **query) -> str:
        return self.list_url + "?" + "&".join(f"{key}={value}" for key, value in query.items())

    def _answer(self, kept: int) -> str:
        name = format_month(self.month, "LLLL")
        if kept >= 0:
            return _("You kept %(amount)s of %(month)s so far.") % {
                "amount": self.money(kept),
                "month": name,
            }
        return _("You spent %(amount)s more than came in this %(month)s.") % {
            "amount": self.money(-kept),
            "month": name,
        }

    def _left_out(self) -> list[Term]:
        return [
            Term(reason_label(reason), found.count, found.amount, currency)
            for (month, reason, currency), found in sorted(self.totals.left_out.items())
            if month == self.month.index
        ]

    def _flow(self, key: str, label: str, sums: dict, sign: int) -> Figure:
        """Income or spending of the month, as a positive amount, against the month before."""
        amount = sign * sums[self.month.index].amount
        before = sign * sums[self.month.index - 1].amount
        is_income = key == "income"
        counted = []
        for (month, category_id, kind), found in self.totals.by_category.items():
            if month == self.month.index and kind is is_income:
                category = self.categories.get(category_id)
                counted.append(
                    Term(
                        category.name if category else _("Uncategorised"),
                        found.count,
                        sign * found.amount,
                        self.currency,
                        self.link(month=self.month, category=category_id or "none", scope="budget"),
                    )
                )
        counted.sort(key=lambda term: -abs(term.amount))
        formula = (
            _("Everything booked in income categories, and uncategorised money in.")
            if is_income
            else _(
                "Everything booked in spending categories, less refunds, and uncategorised money out."
            )
        )
        url = self.link(
            month=self.month,
            direction="in" if is_income else "out",
            kind="ordinary",
            scope="budget",
        )
        explanation = Explanation(
            label, formula, self.money(amount), counted, self._left_out(), url
        )
        return Figure(
            key, label, amount, self.money(amount), self._against(amount, before), url, explanation
        )

    def _against(self, now: int, before: int) -> str:
        difference = format_money(now - before, self.currency, sign=True)
        name = format_month(self.month - 1, "LLLL")
        return _("%(difference)s against %(month)s") % {"difference": difference, "month": name}

    def _saving_rate(self, income: int, spending: int) -> Figure:
        last = self.month.index - 1
        now = _rate(income, spending)
        before = _rate(self.totals.income[last].amount, -self.totals.spending[last].amount)
        note = _("no income to compare with")
        if now is not None and before is not None:
            note = _("%(points)+d points against %(month)s") % {
                "points": now - before,
                "month": format_month(self.month - 1, "LLLL"),
            }
        text = "–" if now is None else f"{now} %".replace("-", "\u2212")
        label = _("Saving rate")
        terms = [
            Term(_("Income"), self.totals.income[self.month.index].count, income, self.currency),
            Term(
                _("Spending"),
                self.totals.spending[self.month.index].count,
                -spending,
                self.currency,
            ),
        ]
        explanation = Explanation(
            label,
            _("(Income − spending) ÷ income, in whole per cent."),
            text,
            terms,
            self._left_out(),
        )
        url = self.link(month=self.month, kind="ordinary", scope="budget")
        return Figure(
            "saving_rate", label, now or 0, text, note.replace("-", "\u2212"), url, explanation
        )

    def _net_worth(self) -> Figure:
        mine = [i for i in self.balances if i.account.currency == self.currency]
        others = [i for i in self.balances if i.account.currency != self.currency and i.balance]
        amount = sum(item.balance for item in mine)
        points = self._worth_points()
        change = amount - (points[-2] if len(points) > 1 else 0)
        counted = [
            Term(
                i.account.name,
                1,
                i.balance,
                self.currency,
                reverse("ledger:account_detail", args=[i.account.pk]),
            )
            for i in mine
        ]
        left = [Term(i.account.name, 1, i.balance, i.account.currency) for i in others]
        label = _("Net worth")
        explanation = Explanation(
            label,
            _("The balances of all accounts today, debts being negative."),
            self.money(amount),
            counted,
            left,
            reverse("ledger:account_list"),
        )
        note = _("%(change)s this month") % {
            "change": format_money(change, self.currency, sign=True)
        }
        return Figure(
            "net_worth",
            label,
            amount,
            self.money(amount),
            note,
            reverse("ledger:account_list"),
            explanation,
        )

    def _worth_points(self) -> list[int]:
        curves = [c.balances for c in self.curves if c.account.currency == self.currency]
        return [sum(values) for values in zip(*curves, strict=True)] if curves else []

    def _worth_chart(self) -> dict:
        points = self._worth_points()
        current = self.household.current_month()
        names = [format_month(current - back, "LLL") for back in range(len(points) - 1, -1, -1)]
        return {
            "labels": names,
            "series": [
                {
                    "name": _("Net worth"),
                    "color": "accent",
                    "values": [drawn(value, self.currency) for value in points],
                    "texts": [self.money(value) for value in points],
                }
            ],
        }

    def _accounts(self) -> list:
        points = {curve.account.pk: curve.balances for curve in self.curves}
        return [
            (item, points[item.account.pk], format_money(item.balance, item.account.currency))
            for item in self.balances
            if not item.account.is_closed
        ]

    def _cash_flow(self) -> dict:
        months = [self.month - back for back in range(MONTHS - 1, -1, -1)]
        series = []
        for name, colour, sums, sign, direction in (
            (_("Money in"), "accent", self.totals.income, 1, "in"),
            (_("Money out"), "second", self.totals.spending, -1, "out"),
        ):
            amounts = [sign * sums[month.index].amount for month in months]
            series.append(
                {
                    "name": name,
                    "color": colour,
                    "values": [drawn(amount, self.currency) for amount in amounts],
                    "texts": [self.money(amount) for amount in amounts],
                    "urls": [
                        self.link(month=month, direction=direction, kind="ordinary", scope="budget")
                        for month in months
                    ],
                }
            )
        return {"labels": [format_month(month, "LLL") for month in months], "series": series}

    def _legend(self) -> list[tuple[str, str, str, str, int]]:
        """(name, colour, text, url, amount) of the categories with the most spending, then the rest."""
        spent = []
        for (month, category_id, is_income), found in self.totals.by_category.items():
            if month == self.month.index and not is_income and found.amount < 0:
                category = self.categories.get(category_id)
                spent.append((-found.amount, category_id, category))
        spent.sort(key=lambda item: (-item[0], item[1] or 0))
        rows = [
            (
                category.name if category else _("Uncategorised"),
                category.colour if category else "cat-15",
                self.money(amount),
                self.link(month=self.month, category=category_id or "none", scope="budget"),
                amount,
            )
            for amount, category_id, category in spent[:TOP]
        ]
        rest = spent[TOP:]
        if rest:
            amount = sum(item[0] for item in rest)
            query = "&category=".join(str(item[1] or "none") for item in rest)
            url = self.link(month=self.month, scope="budget", category=query)
            rows.append((_("Others"), "cat-16", self.money(amount), url, amount))
        return rows

    def _doughnut(self, legend: list) -> dict:
        return {
            "labels": [row[0] for row in legend],
            "colors": [row[1] for row in legend],
            "series": [
                {
                    "name": _("Spending"),
                    "values": [drawn(row[4], self.currency) for row in legend],
                    "texts": [row[2] for row in legend],
                    "urls": [row[3] for row in legend],
                }
            ],
        }


def _rate(income: int, spending: int) -> int | None:
    """Whole per cent, half even; None without income."""
    if income <= 0:
        return None
    quotient, remainder = divmod((income - spending) * 100, income)
    if remainder * 2 > income or (remainder * 2 == income and quotient % 2):
        quotient += 1
    return quotient
