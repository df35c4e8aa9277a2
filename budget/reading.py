"""What the ledger says for a budget: rows summed by period and category, in the base currency.

Counted are allocations on accounts on budget that are no transfers, booked and pending alike. Of a
shared transaction only the own part counts; a refund that was given to another month or category
counts there. What is left out is counted and named.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Sign

from accounts.models import Household
from budget.adjustments import Adjustment, key_of, share_adjustments
from budget.periods import Calendar
from currencies.conversion import RateTable
from ledger.models import Account, AccountMonth, CategoryMonth, Flow, Transaction


@dataclass(slots=True)
class Tally:
    """Rows, their sum, and how much of it is pending."""

    amount: int = 0
    count: int = 0
    pending: int = 0

    def add(self, amount: int, count: int = 0, pending: int = 0) -> None:
        self.amount += amount
        self.count += count
        self.pending += pending


@dataclass(slots=True)
class Activity:
    """Of some periods, by their index: booked sums by category, and what moves them."""

    booked: dict[int, dict[int, Tally]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Tally))
    )
    transfers: dict[int, Tally] = field(default_factory=lambda: defaultdict(Tally))
    left_out: dict[tuple[int, str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    adjustments: dict[int, list[Adjustment]] = field(default_factory=lambda: defaultdict(list))

    def counted(self, index: int) -> dict[int, int]:
        """What counts of this period, by category."""
        sums: dict[int, int] = defaultdict(int)
        for key, tally in self.booked[index].items():
            sums[key] += tally.amount
        for one in self.adjustments[index]:
            sums[one.key] += one.amount
        return sums

    def adjusted(self, index: int, reason: str) -> int:
        """What adjustments of one reason took out of categories, as money without an envelope."""
        return -sum(one.amount for one in self.adjustments[index] if one.reason == reason)


def read_activity(
    household: Household,
    calendar: Calendar,
    accounts: Sequence[Account],
    indexes: Sequence[int],
    moved: Iterable[Adjustment],
    *,
    with_left_out: bool = False,
) -> Activity:
    """The activity of the periods `indexes`, in order. `moved` are the refunds that count elsewhere.

    One query for the base currency, one for shares, two more where accounts have other currencies.
    """
    found = Activity()
    base = household.base_currency
    home = [a.pk for a in accounts if not a.is_off_budget and a.currency == base]
    away = {a.pk: a.currency for a in accounts if not a.is_off_budget and a.currency != base}
    for row in _home_rows(household, calendar, home, indexes, with_left_out):
        _sort_in(found, base, *row)
    table = None
    if away:
        table = _read_foreign(found, household, calendar, away, indexes)
    where = in_periods(Transaction, calendar, indexes)
    shared = share_adjustments(household, where, calendar, table, [*home, *away])
    wanted = set(indexes)
    for one in (*shared, *moved):
        if one.index in wanted:
            found.adjustments[one.index].append(one)
    return found


def in_periods(model, calendar: Calendar, indexes: Sequence[int]) -> Q:
    """The rows of `model` in these periods."""
    if not calendar.by_pay_day or model is CategoryMonth:
        if len(indexes) > 1 and indexes[-1] - indexes[0] == len(indexes) - 1:
            return Q(month__range=(indexes[0], indexes[-1]))
        return Q(month__in=list(indexes))
    spans = [calendar.span(index) for index in indexes]
    if len(spans) > 1 and all(a.end == b.start for a, b in zip(spans, spans[1:], strict=False)):
        return Q(date__gte=spans[0].start, date__lt=spans[-1].end)
    wanted = Q()
    for span in spans:
        wanted |= Q(date__gte=span.start, date__lt=span.end)
    return wanted


def _with_index(rows: QuerySet, calendar: Calendar, indexes: Sequence[int]) -> QuerySet:
    """Transactions of these periods with the period's number as `at`."""
    rows = rows.filter(in_periods(Transaction, calendar, indexes))
    if not calendar.by_pay_day:
        return rows.annotate(at=F("month"))
    spans = [calendar.span(index) for index in indexes]
    whens = [When(date__lt=span.end, then=Value(span.index)) for span in spans]
    return rows.annotate(at=Case(*whens, default=Value(indexes[-1])))


def _home_rows(household, calendar, home: list[int], indexes, with_left_out) -> Iterator[tuple]:
    """(at, category, flow, is_inflow, off budget, currency, amount, count)."""
    scope = Q(household=household) if with_left_out else Q(account__in=home)
    more = ("account__is_off_budget", "account__currency") if with_left_out else ()
    if calendar.by_pay_day:
        yield from _pay_day_rows(calendar, scope, more, indexes)
        return
    rows = CategoryMonth.objects.filter(scope, in_periods(CategoryMonth, calendar, indexes))
    names = ("month", "category_id", "flow", "is_inflow", *more)
    yield from (
        rows.order_by()
        .values_list(*names)
        .annotate(total=Sum("amount"), number=Sum("count"))
        .iterator(chunk_size=5000)
    )


def _pay_day_rows(calendar, scope: Q, more: tuple, indexes) -> Iterator[tuple]:
    rows = _with_index(Transaction.objects.allocations().filter(scope), calendar, indexes)
    flow = Case(
        When(transfer__isnull=False, then=Value(Flow.TRANSFER.value)),
        When(status=0, then=Value(Flow.PENDING.value)),
        default=Value(Flow.COUNTED.value),
    )
    rows = rows.annotate(flow=flow, direction=Sign("amount")).order_by()
    rows = rows.values_list("at", "category_id", "flow", "direction", *more)
    for at, category, kind, direction, *rest in rows.annotate(Sum("amount"), Count("pk")):
        yield (at, category, kind, direction > 0, *rest)


def _sort_in(found: Activity, base: str, at, category, flow, is_inflow, *rest) -> None:
    *account, amount, count = rest
    off_budget, currency = account or (False, base)
    if off_budget:
        found.left_out[at, "off_budget", currency].add(amount, count)
    elif currency != base:
        return  # read by day, to be converted
    elif flow == Flow.TRANSFER:
        found.transfers[at].add(amount, count)
    else:
        pending = amount if flow == Flow.PENDING else 0
        found.booked[at][key_of(category, is_inflow)].add(amount, count, pending)


def _read_foreign(found: Activity, household, calendar, away: dict, indexes) -> RateTable:
    """Add the accounts in other currencies, each day's rows at the rate of the day."""
    rows = _with_index(
        Transaction.objects.allocations().filter(account__in=list(away)), calendar, indexes
    )
    names = ("at", "category_id", "date", "account__currency", "direction", "moves")
    moves = Case(When(transfer__isnull=False, then=Value(1)), default=Value(0))
    rows = rows.annotate(direction=Sign("amount"), moves=moves).order_by()
    rows = list(rows.values_list(*names).annotate(Sum("amount"), Count("pk")))
    base = household.base_currency
    table = _rates(base, {row[3] for row in rows}, [row[2] for row in rows])
    for at, category, day, currency, direction, moves, amount, count in rows:
        worth = table.convert(amount, currency, base, day)
        if worth is None:
            found.left_out[at, "no_rate", currency].add(amount, count)
        elif moves:
            found.transfers[at].add(worth.minor, count)
        else:
            found.booked[at][key_of(category, direction > 0)].add(worth.minor, count)
    return table


def _rates(base: str, currencies: set[str], days: list[dt.date]) -> RateTable:
    if not days:
        return RateTable((), dt.date.min, dt.date.min)
    return RateTable({base, *currencies}, min(days), max(days))


def opening_money(household, calendar, accounts: Sequence[Account], index: int) -> int:
    """What the accounts on budget held before the period `index`, opening balances included.

    In other currencies: each day's rows of a category at the rate of the day, as a period counts
    them, and the opening balance at that of its day (of the first day of the budget's first month
    where it has none). Without a rate it is left out.
    """
    start, base = calendar.span(index).start, household.base_currency
    on_budget = [account for account in accounts if not account.is_off_budget]
    home = [account for account in on_budget if account.currency == base]
    away = [account for account in on_budget if account.currency != base]
    total = sum(account.opening_balance for account in home)
    ids = [account.pk for account in home]
    if calendar.by_pay_day:
        moved = Transaction.objects.movements().filter(account__in=ids, date__lt=start)
    else:
        moved = AccountMonth.objects.filter(account__in=ids, month__lt=index)
    total += moved.aggregate(total=Sum("amount"))["total"] or 0
    if away:
        total += _foreign_before(household, calendar, away, index)
    return total


def _foreign_before(household, calendar, away: list[Account], index: int) -> int:
    start, base = calendar.span(index).start, household.base_currency
    before = Q(date__lt=start) if calendar.by_pay_day else Q(month__lt=index)
    rows = Transaction.objects.allocations().filter(before, account__in=away).order_by()
    moves = Case(When(transfer__isnull=False, then=Value(1)), default=Value(0))
    rows = rows.annotate(direction=Sign("amount"), moves=moves)
    names = ("account__currency", "date", "category_id", "direction", "moves")
    grouped = rows.values_list(*names).annotate(total=Sum("amount"))
    sums = [(currency, day, amount) for currency, day, *_rest, amount in grouped]
    begun = calendar.span(calendar.plan.first_month).start
    sums += [(a.currency, a.opened_on or begun, a.opening_balance) for a in away]
    table = _rates(base, {row[0] for row in sums}, [row[1] for row in sums])
    worths = [table.convert(amount, currency, base, day) for currency, day, amount in sums]
    return sum(worth.minor for worth in worths if worth is not None)
