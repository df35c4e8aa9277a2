"""What subscriptions and bills cost in a year and in a month, and what they cost before."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from accounts.models import Household
from core.months import add_months
from recurring.models import Occurrence, Series
from recurring.prices import Paid, price_steps
from recurring.renewal import cancel_by
from recurring.schedule import per_year


@dataclass(frozen=True, slots=True)
class Cost:
    """Sizes in minor units of the series' currency. `paid` is oldest first, `steps` the first
    payment of each price, `rise` the size of the last change of price."""

    series: Series
    yearly: int
    monthly: int
    paid: tuple[Paid, ...]
    steps: tuple[Paid, ...]
    cancel_by: dt.date | None

    @property
    def curve(self) -> list[int]:
        return [abs(one.amount) for one in self.paid]

    @property
    def rise(self) -> int:
        if len(self.steps) < 2:
            return 0
        return abs(self.steps[-1].amount) - abs(self.steps[-2].amount)

    @property
    def old(self) -> int:
        """The price before the last change."""
        return abs(self.steps[-2].amount) if len(self.steps) > 1 else 0


@dataclass(frozen=True, slots=True)
class Costs:
    """The dearest first. `yearly` and `monthly` are of the household's currency; `others` are
    (currency, yearly, monthly)."""

    subscriptions: tuple[Cost, ...]
    bills: tuple[Cost, ...]
    currency: str
    yearly: int
    monthly: int
    bills_monthly: int
    others: tuple[tuple[str, int, int], ...]


def yearly_cost(series: Series) -> int:
    """The size of a year of it, rounded half to even."""
    return round(abs(series.amount) * per_year(series.schedule))


def monthly_cost(series: Series) -> int:
    """The size of a twelfth of a year of it: of a yearly one what to put aside."""
    return round(abs(series.amount) * per_year(series.schedule) * Fraction(1, 12))


def costs(household: Household, today: dt.date) -> Costs:
    """Of everything active that is paid. Two queries."""
    rows = (
        Series.objects.for_household(household)
        .active()
        .filter(kind__in=[Series.Kind.SUBSCRIPTION, Series.Kind.BILL])
        .select_related("category", "account")
    )
    paid = paid_by_series(household, today)
    made = [cost_of(series, paid.get(series.pk, []), today) for series in rows]
    made.sort(key=lambda cost: (-cost.yearly, cost.series.name))
    subscriptions = [c for c in made if c.series.kind == Series.Kind.SUBSCRIPTION]
    bills = [c for c in made if c.series.kind == Series.Kind.BILL]
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for cost in subscriptions:
        sums[cost.series.currency][0] += cost.yearly
        sums[cost.series.currency][1] += cost.monthly
    yearly, monthly = sums.pop(household.base_currency, (0, 0))
    return Costs(
        subscriptions=tuple(subscriptions),
        bills=tuple(bills),
        currency=household.base_currency,
        yearly=yearly,
        monthly=monthly,
        bills_monthly=sum(
            c.monthly for c in bills if c.series.currency == household.base_currency
        ),
        others=tuple((code, *pair) for code, pair in sorted(sums.items())),
    )


def cost_of(series: Series, paid: list[Paid], today: dt.date) -> Cost:
    """One series' cost, from what was paid of it (oldest first)."""
    return Cost(
        series=series,
        yearly=yearly_cost(series),
        monthly=monthly_cost(series),
        paid=tuple(paid),
        steps=tuple(price_steps(paid)) if series.is_fixed else (),
        cancel_by=cancel_by(series, today),
    )


def paid_by_series(
    household: Household, today: dt.date, series: Series | None = None
) -> dict[int, list[Paid]]:
    """Payments of the last 26 months by series, oldest first. One query."""
    rows = Occurrence.objects.for_household(household).filter(
        transaction__date__gte=add_months(today, -26)
    )
    if series is not None:
        rows = rows.filter(series=series)
    found: dict[int, list[Paid]] = defaultdict(list)
    for pk, day, amount in rows.order_by("transaction__date", "transaction_id").values_list(
        "series_id", "transaction__date", "transaction__amount"
    ):
        found[pk].append(Paid(day, amount))
    return found
